"""`oneOf`, `anyOf` and `allOf` have something to compose."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Alternatives that are none: an empty list, a single one, or the same one twice."""
    for key in ("oneOf", "anyOf"):
        parts = node.list(key)
        if len(parts) == 1:
            yield node.says(f"`{key}` has 1 alternative", key)
        elif any(part in parts[:index] for index, part in enumerate(parts)):
            yield node.says(f"`{key}` has one alternative twice", key)


RULE = Rule(
    name="no-illogical-composition-keywords",
    means="`oneOf` or `anyOf` with fewer than two different alternatives",
    why="One alternative is none; with `oneOf`, the same one twice can never be kept.",
    bad="components: {schemas: {A: {oneOf: [{type: string}]}}}",
    good="components: {schemas: {A: {oneOf: [{type: string}, {type: integer}]}}}",
    level="note",
    sets="redocly",
    on="schema",
    check=check,
    redocly="no-illogical-composition-keywords",
)
