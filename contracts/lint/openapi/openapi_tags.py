"""The document declares its tags."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `tags`, or an empty list."""
    if not node.value.get("tags"):
        yield node.says("the document declares no `tags`")


RULE = Rule(
    name="openapi-tags",
    means="the document declares no `tags`",
    why="Declared tags have descriptions and an order.",
    bad="paths: {}",
    good="tags: [{name: a}]\npaths: {}",
    level="note",
    on="document",
    check=check,
    spectral="openapi-tags",
    vacuum="openapi-tags",
)
