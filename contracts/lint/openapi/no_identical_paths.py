"""No two paths are the same but for the names of their parameters."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.paths import Segments, segments
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path that stands there already, by other names."""
    earlier: dict[Segments, str] = {}
    for path in node.graph.of("path"):
        own = segments(path.name)
        if own in earlier:
            yield path.says(f"this path is the same as {earlier[own]}")
        earlier.setdefault(own, path.name)


RULE = Rule(
    name="no-identical-paths",
    means="two paths differ in the names of their parameters only",
    why="OpenAPI forbids it: every request that fits one fits the other.",
    bad="paths: {'/a/{id}': {}, '/a/{name}': {}}",
    good="paths: {'/a/{id}': {}, '/b/{name}': {}}",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="document",
    where="paths",
    check=check,
    spectral="path-params",
    redocly="no-identical-paths",
    vacuum="duplicate-paths",
)
