"""The licence can be read."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Neither `url` nor `identifier`."""
    if not node.value.get("url") and not node.value.get("identifier"):
        yield node.says("the licence has neither `url` nor `identifier`")


RULE = Rule(
    name="license-url",
    means="`info.license` has neither `url` nor `identifier`",
    why="A name alone leaves open which text is meant.",
    bad="info: {title: A, version: '1', license: {name: MIT}}",
    good="info: {title: A, version: '1', license: {name: MIT, url: 'https://mit.test'}}",
    level="note",
    sets="redocly",
    on="license",
    check=check,
    spectral="license-url",
    redocly="info-license-strict",
    vacuum="license-url",
)
