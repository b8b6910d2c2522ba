"""The document says what the API is for."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `description`, or an empty one."""
    if not node.text("description").strip():
        yield node.says("`info` has no `description`")


RULE = Rule(
    name="info-description",
    means="`info` has no `description`",
    why="It is the first thing that a reader of the documentation sees.",
    bad="info: {title: A, version: '1'}",
    good="info: {title: A, version: '1', description: Lamps that can be lit.}",
    level="note",
    sets="spectral vacuum",
    on="info",
    check=check,
    spectral="info-description",
    vacuum="info-description",
)
