"""An operation has one tag."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """More than one tag."""
    if len(node.list("tags")) > 1:
        yield node.says("the operation has more than one tag", "tags", 1)


RULE = Rule(
    name="operation-singular-tag",
    means="an operation has more than one tag",
    why="Some generators make one class a tag, and the operation twice.",
    bad="paths: {/a: {get: {tags: [a, b], responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {tags: [a], responses: {default: {description: A.}}}}}",
    level="note",
    on="operation",
    where="tags",
    check=check,
    spectral="operation-singular-tag",
    redocly="operation-singular-tag",
    vacuum="operation-singular-tag",
)
