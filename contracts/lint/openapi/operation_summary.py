"""Every operation has a summary."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `summary`, or an empty one."""
    if not node.text("summary").strip():
        yield node.says_of("summary", "the operation has no `summary`")


RULE = Rule(
    name="operation-summary",
    means="an operation has no `summary`",
    why="Documentation lists operations by it.",
    bad="paths: {/a: {get: {responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {summary: List all, responses: {default: {description: A.}}}}}",
    level="note",
    sets="redocly",
    on="operation",
    check=check,
    redocly="operation-summary",
)
