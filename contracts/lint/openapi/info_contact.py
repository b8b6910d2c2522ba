"""The document says whom to ask."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `contact`."""
    if not node.value.get("contact"):
        yield node.says("`info` has no `contact`")


RULE = Rule(
    name="info-contact",
    means="`info` has no `contact`",
    why="Readers look there for somebody to ask.",
    bad="info: {title: A, version: '1'}",
    good="info: {title: A, version: '1', contact: {email: a@a.test}}",
    level="note",
    sets="spectral",
    on="info",
    check=check,
    spectral="info-contact",
    redocly="info-contact",
    vacuum="info-contact",
)
