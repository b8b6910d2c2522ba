"""What is required is declared."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.properties import declared
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A name in `required` that no property of the schema, its parts or its surroundings has."""
    known = declared(node)
    for index, name in enumerate(node.list("required")):
        if known is not None and str(name) not in known:
            yield node.says(f"{name!r} is required, but not among the properties", "required", index)


RULE = Rule(
    name="no-required-schema-properties-undefined",
    means="`required` names a property that the schema does not declare",
    why="Mostly a typo: the real property is then optional, and one without a schema is demanded.",
    bad="components: {schemas: {A: {type: object, required: [nmae], properties: {name: {type: string}}}}}",
    good="components: {schemas: {A: {type: object, required: [name], properties: {name: {type: string}}}}}",
    sets="recommended redocly",
    on="schema",
    where="required",
    check=check,
    redocly="no-required-schema-properties-undefined",
    vacuum="required-fields-defined",
)
