"""The document says where the API is."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `servers`, or an empty list."""
    if not node.value.get("servers"):
        yield node.says("the document names no `servers`")


RULE = Rule(
    name="oas3-api-servers",
    means="the document has no `servers`",
    why="Without them clients assume the place that the document was loaded from.",
    bad="paths: {}",
    good="servers: [{url: 'https://a.test'}]\npaths: {}",
    level="note",
    sets="spectral redocly vacuum",
    on="document",
    check=check,
    spectral="oas3-api-servers",
    redocly="no-empty-servers",
    vacuum="oas3-api-servers",
)
