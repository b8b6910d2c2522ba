"""A schema says what type it is of."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

SAYS = {"type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "$ref", "if"}


def check(node: Node) -> Iterator[Problem]:
    """A schema with keywords of one type that does not name it."""
    told = TELLS & node.value.keys()
    if told and not SAYS & node.value.keys():
        yield node.says(f"the schema has {', '.join(f'`{t}`' for t in sorted(told))}, but no `type`")


TELLS = {"properties", "items", "minLength", "maxLength", "pattern", "format", "minimum", "maximum"}

RULE = Rule(
    name="oas-missing-type",
    means="a schema has keywords of one type, and does not name the type",
    why="They bind values of that type only: a number keeps `minLength: 3`.",
    bad="components: {schemas: {A: {minLength: 3}}}",
    good="components: {schemas: {A: {type: string, minLength: 3}}}",
    level="note",
    sets="vacuum",
    on="schema",
    check=check,
    vacuum="oas-missing-type",
)
