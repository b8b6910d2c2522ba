"""Every tag is described."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `description`, or an empty one."""
    if not node.text("description").strip():
        yield node.says(f"the tag {node.text('name')!r} has no `description`")


RULE = Rule(
    name="tag-description",
    means="a tag has no `description`",
    why="It is the introduction of a chapter in the documentation.",
    bad="tags: [{name: a}]",
    good="tags: [{name: a, description: What begins with A.}]",
    level="note",
    sets="redocly",
    on="tag",
    check=check,
    spectral="tag-description",
    redocly="tag-description",
    vacuum="tag-description",
)
