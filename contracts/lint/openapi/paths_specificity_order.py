"""Where paths overlap, the more specific one comes first."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.paths import Segments, segments
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path that an earlier, more general one covers."""
    earlier: dict[int, list[tuple[Segments, str]]] = {}
    for path in node.graph.of("path"):
        own = segments(path.name)
        same = earlier.setdefault(len(own), [])
        other = next((name for parts, name in same if parts != own and _covers(parts, own)), None)
        if other is not None:
            yield path.says(f"{other} comes first and fits all of its requests")
        same.append((own, path.name))


def _covers(one: Segments, two: Segments) -> bool:
    return all(a is None or a == b for a, b in zip(one, two, strict=True))


RULE = Rule(
    name="paths-specificity-order",
    means="a path comes after a more general one that covers it",
    why="OpenAPI prefers text over parameters, but some routers take the first path that fits.",
    bad="paths: {'/a/{id}': {}, '/a/me': {}}",
    good="paths: {'/a/me': {}, '/a/{id}': {}}",
    level="note",
    on="document",
    where="paths",
    check=check,
    vacuum="paths-specificity-order",
)
