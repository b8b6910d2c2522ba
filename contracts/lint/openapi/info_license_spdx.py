"""A licence is named by its URL or by its SPDX identifier."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`url` and `identifier` side by side."""
    if "url" in node.value and "identifier" in node.value:
        yield node.says("`url` and `identifier` exclude each other", "identifier")


RULE = Rule(
    name="info-license-spdx",
    means="`info.license` has both `url` and `identifier`",
    why="OpenAPI 3.1 allows one of them only: two could contradict each other.",
    bad="openapi: 3.1.0\ninfo: {title: A, version: '1', license: {name: MIT, identifier: MIT, url: 'https://m.test'}}",
    good="openapi: 3.1.0\ninfo: {title: A, version: '1', license: {name: MIT, identifier: MIT}}",
    sets="recommended vacuum",
    on="license",
    check=check,
    vacuum="info-license-spdx",
)
