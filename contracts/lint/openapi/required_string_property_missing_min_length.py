"""A required text says whether it may be empty."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A required property of type string with none of `minLength`, `enum`, `const`, `format`, `pattern`."""
    properties = node.map("properties")
    for name in node.list("required"):
        schema = properties.get(name) if isinstance(name, str) else None
        if isinstance(schema, dict) and schema.get("type") == "string" and not SAYS & schema.keys():
            yield node.says(f"the required text {name!r} has no `minLength`", "properties", name)


SAYS = {"minLength", "enum", "const", "format", "pattern"}

RULE = Rule(
    name="required-string-property-missing-min-length",
    means="a required text does not say whether it may be empty",
    why="An empty text keeps `required`, and is seldom meant.",
    bad="components: {schemas: {A: {required: [a], properties: {a: {type: string}}}}}",
    good="components: {schemas: {A: {required: [a], properties: {a: {type: string, minLength: 1}}}}}",
    level="note",
    on="schema",
    where="required properties",
    check=check,
    redocly="required-string-property-missing-min-length",
)
