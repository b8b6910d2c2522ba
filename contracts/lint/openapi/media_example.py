"""The examples of bodies, parameters and headers keep the schema beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troth.contracts.lint.examples import broken
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Every way in which `example` and each of `examples` break the schema, at the key that is wrong."""
    if "example" in node.value:
        for path, message in broken(node, node.value["example"], "schema"):
            yield node.says(f"the example breaks its schema at {message}", "example", *path)
    for name, item in node.map("examples").items():
        yield from _named(node, name, item)


def _named(node: Node, name: str, item: Any) -> Iterator[Problem]:
    example = node.graph.resolve(item)
    key = next((key for key in ("value", "dataValue") if key in example), None)
    if key is None:
        return
    for path, message in broken(node, example[key], "schema"):
        inside: tuple[str | int, ...] = ()
        if path and key in item:
            inside = (key, *path)
        yield node.says(f"the example {name!r} breaks its schema at {message}", "examples", name, *inside)


RULE = Rule(
    name="D02",
    means="an example of a body, parameter or header breaks the schema beside it",
    why="Readers and mocks copy examples: mend it.",
    bad="""components:
  responses:
    A: {description: A., content: {application/json: {schema: {type: string}, example: 3}}}""",
    good="""components:
  responses:
    A: {description: A., content: {application/json: {schema: {type: string}, example: three}}}""",
    sets="recommended spectral redocly vacuum",
    on="media parameter header",
    where="schema",
    check=check,
    spectral="oas3-valid-media-example",
    redocly="no-invalid-media-type-examples no-invalid-parameter-examples",
    vacuum="oas3-valid-schema-example",
)
