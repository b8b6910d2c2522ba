"""The examples of bodies, parameters and headers keep the schema beside them."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.examples import broken
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """The first way in which each `example` and each of `examples` breaks the schema."""
    if "example" in node.value and (message := broken(node, node.value["example"], "schema")):
        yield node.says(f"the example breaks its schema at {message}", "example")
    for name, item in node.map("examples").items():
        example = node.graph.resolve(item)
        if "value" in example and (message := broken(node, example["value"], "schema")):
            yield node.says(f"the example {name!r} breaks its schema at {message}", "examples", name)


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
