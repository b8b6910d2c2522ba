"""A query is declared by parameters, not written into a path."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`?` in a path."""
    if "?" in node.name:
        yield node.says("the path has a query; declare query parameters instead")


RULE = Rule(
    name="path-not-include-query",
    means="a path has a query",
    why="Paths are matched without the query: this one never is.",
    bad="paths: {'/a?x=1': {}}",
    good="paths: {/a: {parameters: [{name: x, in: query, schema: {type: integer}}]}}",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="path",
    check=check,
    spectral="path-not-include-query",
    redocly="path-not-include-query",
    vacuum="path-not-include-query",
)
