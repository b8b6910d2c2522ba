"""The catalogue of rules: complete beside other linters, explained throughout, robust."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gate import often
from tests.lint.documents import LAMP
from troth.contracts.document import Document
from troth.contracts.document.origins import Origin, Sources
from troth.contracts.document.source import Source
from troth.contracts.lint import examine
from troth.contracts.lint.catalogue import RULES
from troth.contracts.lint.left_out import LEFT_OUT
from troth.contracts.lint.nodes import Graph
from troth.contracts.lint.rule import OTHERS, SETS
from troth.contracts.lint.settings import Settings

THEIRS = yaml.safe_load((Path(__file__).parent / "elsewhere.yaml").read_text("utf-8"))
CORPUS = Path(os.environ.get("TROTH_CORPUS", Path(__file__).parents[2] / "../shared/corpus"))
DOCUMENTS = sorted(
    path
    for path in [*CORPUS.glob("*.*"), *CORPUS.glob("*/specification/*-public.v2.yaml")]
    if path.suffix in (".yaml", ".json")
)


@pytest.mark.parametrize("linter", OTHERS)
def test_every_rule_of_another_linter_is_known_or_left_out_for_a_reason(linter: str) -> None:
    known = {name for rule in RULES.values() for name in rule.names_in(linter)}
    out = {name for name, (of, reason) in LEFT_OUT.items() if linter in of and reason}
    assert set(THEIRS[linter]["all"]) == known | out


@pytest.mark.parametrize("linter", OTHERS)
def test_a_set_is_what_the_other_linter_switches_on(linter: str) -> None:
    ours = {rule for rule in RULES.values() if rule.on and rule.is_in(linter)}
    on = set(THEIRS[linter]["on"])
    theirs = {rule for rule in RULES.values() if rule.on and on & set(rule.names_in(linter))}
    assert {rule.name for rule in ours} == {rule.name for rule in theirs}


def test_every_rule_is_explained() -> None:
    for rule in RULES.values():
        assert rule.means, rule.name
        assert rule.why.endswith((".", "`.")), rule.name
        assert rule.bad != rule.good
        assert set(rule.level.split(", ")) <= {"error", "warning", "note"}
        assert set(rule.sets.split()) <= {*SETS, "none"}


def test_the_sets_lie_one_in_the_other() -> None:
    minimal, recommended, everything = (
        {rule.name for rule in RULES.values() if rule.is_in(name)}
        for name in ("minimal", "recommended", "all")
    )
    assert minimal < recommended < everything


def odd(value: Any) -> Iterator[Any]:
    """A document with one of its values, wherever it stands, replaced by something else."""
    for way in ways(value, ()):
        for junk in (None, 3, "x", [], {}, True, [None], {"x": None}, {"$ref": 3}):
            changed = copy.deepcopy(value)
            inner = changed
            for key in way[:-1]:
                inner = inner[key]
            inner[way[-1]] = junk
            yield changed


def ways(value: Any, way: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*way, key)
        if isinstance(inner, (dict, list)):
            yield from ways(inner, (*way, key))


RICH = """
openapi: 3.0.3
info: {title: A, version: '1', contact: {name: a}, license: {name: b}}
servers: [{url: 'https://{a}.test/', variables: {a: {default: x, enum: [x]}}}]
tags: [{name: a, description: b}]
security: [{o: [read]}]
paths:
  /a/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: array, items: {}}, example: [1]}]
    get:
      operationId: a
      tags: [a]
      requestBody: {content: {text/plain: {schema: {type: string}, examples: {a: {value: b}}}}}
      responses: {'200': {description: b, headers: {a: {schema: {}}}, content: {text/plain: {}}}}
      callbacks: {done: {/b: {post: {callbacks: {}, responses: {}}}}}
components:
  schemas:
    A: {type: object, required: [a], properties: {a: {type: string, enum: [a], nullable: true}}, allOf: [{}]}
    B: {type: integer, minimum: 1, maximum: 2, pattern: a, example: 1, oneOf: [{type: integer}, {}]}
    C: {$ref: '#/components/schemas/A', description: beside}
  securitySchemes: {o: {type: oauth2, flows: {implicit: {scopes: {read: R}}}}}
  examples: {a: {value: 1}}
"""


@pytest.mark.parametrize("version", often(["3.0.3", "3.1.0"], "3.0.3"))
def test_no_rule_falls_over_a_document_that_is_odd(version: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(RICH.replace("3.0.3", version))
    source = Source(path, "a.yaml")
    for data in odd(source.data):
        if not isinstance(data["paths"], dict) or not isinstance(data["openapi"], str):
            continue
        document = Document("a", data, Sources({"": source}, Origin()))
        graph = Graph(document)
        for rule in RULES.values():
            nodes = (n for kind in rule.on.split() for n in graph.of(kind, *rule.where.split()))
            assert all(problem.message for node in nodes for problem in rule.check(node))  # type: ignore[misc]


def test_the_rich_document_reaches_most_rules(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(RICH)
    graph = Graph(Document("a", Source(path, "a").data, Sources({}, Origin())))
    reached = {r.name for r in RULES.values() for k in r.on.split() if graph.of(k, *r.where.split())}
    unreached = {rule.name for rule in RULES.values() if rule.on} - reached
    assert unreached == {"oas3_1-servers-in-webhook"}


@pytest.mark.skipif(not DOCUMENTS, reason="no corpus: set TROTH_CORPUS to a folder of public documents")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_public_documents_are_linted_without_a_traceback(path: Path) -> None:
    report = examine(path, settings=Settings(("all",)))
    assert report.findings
    assert all(f.location and f.location.line >= 1 for f in report.findings)


@pytest.mark.parametrize("old", ["get:", "Lamp.list", "schemas:", "'200': &lamp", "in: path"])
def test_a_broken_document_is_linted_all_the_same(old: str, tmp_path: Path) -> None:
    assert old in LAMP
    path = tmp_path / "a.yaml"
    path.write_text(LAMP.replace(old, old.replace(old.strip(":&"), "odd"), 1))
    assert isinstance(examine(path, settings=Settings(("all",))).findings, list)
