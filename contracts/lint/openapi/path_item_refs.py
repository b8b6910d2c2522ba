"""Paths stand where they are declared."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import PATHS, Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path that is a `$ref`."""
    if node.kind in PATHS:
        yield node.says("the path is a `$ref`", "$ref")


RULE = Rule(
    name="path-item-refs",
    means="a path is a `$ref`",
    why="Some tools do not follow it. Off: documents of many files live by it.",
    bad="paths:\n  /a: {get: {responses: {default: {description: A.}}}}\n  /b: {$ref: '#/paths/~1a'}",
    good="paths:\n  /a: {get: {responses: {default: {description: A.}}}}",
    level="note",
    sets="vacuum",
    on="reference",
    check=check,
    vacuum="path-item-refs",
)
