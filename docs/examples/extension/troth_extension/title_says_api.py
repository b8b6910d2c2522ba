"""The title of a document says that it is an API, which everybody knows."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A title that ends in `API`."""
    if node.text("title").endswith("API"):
        yield node.says("the title ends in `API`")


RULE = Rule(
    name="title-says-api",
    means="the title ends in `API`",
    why="The word says nothing: every document describes one.",
    bad="info: {title: Lamps API, version: '1'}",
    good="info: {title: Lamps, version: '1'}",
    level="warning",
    sets="recommended",
    on="info",
    check=check,
)
