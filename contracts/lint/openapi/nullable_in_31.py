"""`nullable` means nothing since OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`nullable` in a version that does not have it."""
    if node.value["nullable"] is not False:
        yield node.says("`nullable` means nothing since OpenAPI 3.1; add 'null' to `type`", "nullable")


RULE = Rule(
    name="nullable-in-3.1",
    means="`nullable` in a document of OpenAPI 3.1 or newer",
    why="JSON Schema does not know it: null is refused.",
    bad="openapi: 3.1.0\ncomponents: {schemas: {A: {type: string, nullable: true}}}",
    good="openapi: 3.1.0\ncomponents: {schemas: {A: {type: [string, 'null']}}}",
    sets="recommended",
    on="schema",
    where="nullable",
    check=check,
    versions=("3.1", "3.2"),
)
