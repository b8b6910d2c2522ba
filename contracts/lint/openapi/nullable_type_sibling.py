"""`nullable` stands beside a type."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`nullable` without `type`."""
    if "type" not in node.value:
        yield node.says("`nullable` needs a `type` beside it", "nullable")


RULE = Rule(
    name="nullable-type-sibling",
    means="`nullable` without a `type` beside it",
    why="OpenAPI 3.0.3 says that it then has no effect; older tools read it otherwise.",
    bad="components: {schemas: {A: {nullable: true, allOf: [{type: string}]}}}",
    good="components: {schemas: {A: {nullable: true, type: string}}}",
    level="note",
    sets="redocly",
    on="schema",
    where="nullable",
    check=check,
    versions=("3.0",),
    redocly="nullable-type-sibling",
)
