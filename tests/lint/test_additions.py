"""Rules of other distributions: found by their entry points, told by their distribution where wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.lint.documents import LAMP
from troth import UsageError
from troth.contracts import extensions
from troth.contracts.commands.explain import explain
from troth.contracts.lint import additions as found_additions
from troth.contracts.lint import catalogue, examine
from troth.contracts.lint.settings import Choice, Settings

NODE_RULE = """
from troth.contracts.lint.rule import Rule

def check(node):
    if "dull" in node.text("title"):
        yield node.says("the title is dull", "title")

RULE = Rule(
    name="house-title", means="a dull title", why="Nobody reads on.", bad="info: {title: dull}",
    good="info: {title: Lamps}", sets="recommended all", on="info", check=check,
)
"""
CONTRACT_RULE = """
from troth.contracts.lint.rule import Rule

RULES = [Rule("H01", "few operations", "Is that all?", "paths: {}", "paths: {a: {}}", "note", "recommended")]

def check(contract):
    if len(contract.operations) < 100:
        yield contract.document.finding("H01", "has few operations", "/paths", "note")
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a distribution with one module of rules where Python finds it; the path of a document."""

    def put(code: str, value: str = "house_rules") -> Path:
        (tmp_path / "house_rules.py").write_text(code)
        about = tmp_path / "house_rules-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: house-rules\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[troth.lint_rules]\nhouse = {value}\n")
        document = tmp_path / "api.yaml"
        document.write_text(LAMP.replace("title: ", "title: dull "))
        return document

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(catalogue, "RULES", catalogue.RULES)
    _forget()
    yield put
    sys.modules.pop("house_rules", None)
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    extensions._installed.cache_clear()
    found_additions.additions.cache_clear()
    vars(catalogue.RULES).pop("_rules", None)


def said(document: Path, settings: Settings | None = None) -> list[tuple[str, str]]:
    findings = examine(document, settings=settings).findings
    return [(f.code, f.severity) for f in findings if f.code in ("house-title", "H01")]


def test_a_rule_about_nodes(install: Install) -> None:
    document = install(NODE_RULE)
    assert said(document) == [("house-title", "warning")]
    assert said(document, Settings(chosen={"house-title": Choice("off")})) == []
    assert said(document, Settings(chosen={"house-title": Choice("error")})) == [("house-title", "error")]
    assert "Nobody reads on." in CliRunner().invoke(explain, ["house-title"]).output


def test_a_rule_about_contracts(install: Install) -> None:
    document = install(CONTRACT_RULE)
    assert said(document) == [("H01", "note")]
    assert said(document, Settings(chosen={"H01": Choice("off")})) == []


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("import no_such_module", "house_rules", "cannot be imported: ModuleNotFoundError: No module named"),
        ("x = (", "house_rules", "cannot be imported: SyntaxError: "),
        ("", "house_rules:nothing", "cannot be imported: AttributeError: "),
        ("", "house_rules", "has no RULE, no RULES and no check"),
        ("RULE = 3", "house_rules", "has a rule that is no troth.contracts.lint.rule.Rule: 3"),
        ("RULES = 3", "house_rules", "has RULES that are no list or tuple"),
        (
            NODE_RULE.replace("house-title", "D01"),
            "house_rules",
            "has the rule 'D01', which is there already",
        ),
        (
            NODE_RULE.replace('on="info"', 'level="bad"'),
            "house_rules",
            "'house-title' with the severity 'bad'",
        ),
        (
            NODE_RULE.replace("node.says", "node.shouts"),
            "house_rules",
            "failed: AttributeError: 'Node' object",
        ),
        (NODE_RULE.replace("yield", "yield 3 and"), "house_rules", "failed: TypeError: "),
        (CONTRACT_RULE.replace(".finding(", ".findings("), "house_rules", "failed: AttributeError: "),
        ("def check(contract):\n    yield 3", "house_rules", "failed: TypeError: 3 is no Finding"),
        (
            "def check(contract):\n    return 3",
            "house_rules",
            "failed: TypeError: 'int' object is not iterable",
        ),
    ],
)
def test_what_is_broken_is_told_by_its_distribution(
    install: Install, code: str, value: str, expected: str
) -> None:
    document = install(code.replace("yield 3 and", "yield 3; yield"), value)
    with pytest.raises(UsageError) as caught:
        examine(document)
    start = f"house-rules: the entry point 'house' of 'troth.lint_rules' ({value}) "
    assert str(caught.value).startswith(start)
    assert expected in str(caught.value)


def test_the_command_line_shows_no_traceback(install: Install, tmp_path: Path) -> None:
    document = install("import no_such_module")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "troth"]
    run = subprocess.run(
        [*command, "lint", str(document)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith("troth: house-rules: the entry point 'house'")
    assert run.stderr.count("\n") == 1
    run = subprocess.run([*command, "--help"], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0


def test_rules_are_not_looked_for_before_they_are_needed() -> None:
    code = "import troth.contracts.lint as l; from troth.contracts.extensions import _installed as i; "
    code += "assert i.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
