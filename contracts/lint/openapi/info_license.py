"""The document says under which licence it may be used."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `license`."""
    if not node.value.get("license"):
        yield node.says("`info` has no `license`")


RULE = Rule(
    name="info-license",
    means="`info` has no `license`",
    why="Without one nobody may copy the document.",
    bad="info: {title: A, version: '1'}",
    good="info: {title: A, version: '1', license: {name: MIT, url: 'https://mit.test'}}",
    level="note",
    sets="redocly",
    on="info",
    check=check,
    spectral="info-license",
    redocly="info-license",
    vacuum="info-license",
)
