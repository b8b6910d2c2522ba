"""Every rule about OpenAPI by its table: what it finds and where, and where it keeps quiet.

A case says the part of a document that matters; what it leaves out is added below, so lines stay as written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from troth.contracts.lint import examine
from troth.contracts.lint.catalogue import RULES
from troth.contracts.lint.rule import Rule
from troth.contracts.lint.settings import Choice, Settings
from troth.contracts.model import Finding

REST = {"openapi": "openapi: 3.0.3", "info": "info: {title: A, version: '1'}", "paths": "paths: {}"}
TABLES: dict[str, list[dict[str, Any]]] = {
    rule: cases
    for path in sorted(Path(__file__).parent.glob("tables/*.yaml"))
    for rule, cases in yaml.safe_load(path.read_text("utf-8")).items()
}
OPENAPI = [rule for rule in RULES.values() if rule.on]


def completed(text: str) -> str:
    known = {line.split(":")[0] for line in text.splitlines() if line[:1] not in (" ", "#", "")}
    return "\n".join([text.rstrip("\n"), *(line for key, line in REST.items() if key not in known), ""])


def found(folder: Path, text: str, rule: str, **options: Any) -> list[Finding]:
    """What lint finds in a document with one rule switched on."""
    path = folder / "document.yaml"
    path.write_text(completed(text), "utf-8")
    report = examine(path, settings=Settings((), {rule: Choice(None, options)}))
    assert report.document is not None, report.findings
    return report.findings


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, n) for rule, cases in TABLES.items() for n in range(len(cases))]
)
def test_a_case(rule: str, number: int, tmp_path: Path) -> None:
    case = TABLES[rule][number]
    findings = [f for f in found(tmp_path, case["text"], rule, **case.get("options", {})) if f.code == rule]
    places = [f"{f.location.line}:{f.location.column} {f.message}" for f in findings if f.location]
    assert [place.replace(str(tmp_path / "document.yaml"), "…") for place in places] == case["finds"]
    assert {f.severity for f in findings} <= {RULES[rule].level}


def test_every_rule_has_a_case_that_it_finds_and_one_that_it_does_not() -> None:
    for rule in OPENAPI:
        finds = [bool(case["finds"]) for case in TABLES.get(rule.name, [])]
        assert {True, False} <= set(finds), rule.name


def test_no_table_is_about_a_rule_that_is_gone() -> None:
    assert TABLES.keys() <= RULES.keys()


@pytest.mark.parametrize("rule", OPENAPI, ids=lambda rule: rule.name)
def test_the_examples_of_a_rule_are_true(rule: Rule, tmp_path: Path) -> None:
    assert rule.name in [f.code for f in found(tmp_path, rule.bad, rule.name)]
    good = [f.code for f in found(tmp_path, rule.good, rule.name)]
    assert rule.name not in good
    assert "D01" not in good
