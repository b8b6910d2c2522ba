"""Every operation has a tag."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `tags`, or an empty list."""
    if not node.list("tags"):
        yield node.says_of("tags", "the operation has no tags")


RULE = Rule(
    name="operation-tags",
    means="an operation has no tags",
    why="Documentation and generated clients are grouped by them.",
    bad="paths: {/a: {get: {responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {tags: [a], responses: {default: {description: A.}}}}}",
    level="note",
    sets="spectral vacuum",
    on="operation",
    check=check,
    spectral="operation-tags",
    vacuum="operation-tags",
)
