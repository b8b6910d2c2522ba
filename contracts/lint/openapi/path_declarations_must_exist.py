"""Every parameter of a path has a name."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`{}` in a path."""
    if "{}" in node.name:
        yield node.says("the path has a parameter without a name: {}")


RULE = Rule(
    name="path-declarations-must-exist",
    means="a path has a parameter without a name",
    why="Nothing can be filled in for `{}`.",
    bad="paths: {'/a/{}': {}}",
    good="paths: {'/a/b': {}}",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="path",
    check=check,
    spectral="path-declarations-must-exist",
    redocly="path-declaration-must-exist",
    vacuum="path-declarations-must-exist",
)
