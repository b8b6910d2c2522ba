"""Every property that is a single value has an example."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

SCALARS = ("string", "integer", "number")


def check(node: Node) -> Iterator[Problem]:
    """A property of a scalar type without `example`, `examples`, `enum`, `const` or `default`."""
    for name, schema in node.map("properties").items():
        if isinstance(schema, dict) and schema.get("type") in SCALARS and not SHOWS & schema.keys():
            yield node.says(f"the property {name!r} has no example", "properties", name)


SHOWS = {"example", "examples", "enum", "const", "default"}

RULE = Rule(
    name="scalar-property-missing-example",
    means="a property that is a text or a number has no example",
    why="Documentation and mocks show `string` instead of something that a reader understands.",
    bad="components: {schemas: {A: {properties: {a: {type: string}}}}}",
    good="components: {schemas: {A: {properties: {a: {type: string, example: Hall}}}}}",
    level="note",
    sets="vacuum",
    on="schema",
    where="properties",
    check=check,
    redocly="scalar-property-missing-example",
    vacuum="oas3-missing-example",
)
