"""A combination of one schema is that schema."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

KEYS = ("allOf", "anyOf", "oneOf")


def check(node: Node) -> Iterator[Problem]:
    """A single schema in a combinator with nothing beside it."""
    for key in KEYS:
        if len(node.list(key)) == 1 and len(node.value) == 1:
            yield node.says(f"`{key}` of one schema with nothing beside it: write the schema itself", key)


RULE = Rule(
    name="no-unnecessary-combinator",
    means="`allOf`, `anyOf` or `oneOf` holds a single schema, and nothing stands beside it",
    why="The schema alone says the same; generators make a needless type of it.",
    bad="components: {schemas: {A: {allOf: [{type: string}]}}}",
    good="components: {schemas: {A: {type: string}}}",
    level="note",
    sets="vacuum",
    on="schema",
    check=check,
    vacuum="no-unnecessary-combinator",
)
