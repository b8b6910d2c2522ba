"""A list says what is in it."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`type: array` without `items`."""
    if node.value.get("type") == "array" and "items" not in node.value:
        yield node.says("`type: array` needs `items`")


RULE = Rule(
    name="array-items",
    means="`type: array` without `items`",
    why="OpenAPI 3.0 requires it: generators do not know what the list holds.",
    bad="components: {schemas: {A: {type: array}}}",
    good="components: {schemas: {A: {type: array, items: {}}}}",
    level="error",
    sets="minimal recommended spectral",
    on="schema",
    where="type",
    check=check,
    versions=("3.0",),
    spectral="array-items",
)
