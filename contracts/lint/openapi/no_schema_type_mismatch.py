"""The keywords of a schema fit its type."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

ONLY = {
    "properties": "object",
    "items": "array",
}


def check(node: Node) -> Iterator[Problem]:
    """`properties` in what is no object, `items` in what is no list."""
    declared = node.value["type"]
    types = [declared] if isinstance(declared, str) else node.list("type")
    for key, type_ in ONLY.items():
        if key in node.value and types and type_ not in types:
            yield node.says(f"`{key}` has no effect on type {' or '.join(map(str, types))}", key)


RULE = Rule(
    name="no-schema-type-mismatch",
    means="`properties` in what is no object, or `items` in what is no array",
    why="The keyword is ignored, or the type is wrong: the author cannot mean both.",
    bad="components: {schemas: {A: {type: array, properties: {a: {}}, items: {}}}}",
    good="components: {schemas: {A: {type: object, properties: {a: {}}}}}",
    level="error",
    sets="minimal recommended redocly vacuum",
    on="schema",
    where="type",
    check=check,
    redocly="no-schema-type-mismatch",
    vacuum="oas-schema-check",
)
