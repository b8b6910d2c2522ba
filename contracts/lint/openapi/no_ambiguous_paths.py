"""No request fits two paths equally well."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.paths import Segments, segments
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path that another one overlaps, neither being the more specific one."""
    earlier: dict[int, list[tuple[Segments, str]]] = {}
    for path in node.graph.of("path"):
        own = segments(path.name)
        same = earlier.setdefault(len(own), [])
        other = next((name for parts, name in same if _ambiguous(parts, own)), None)
        if other is not None:
            yield path.says(f"a request can fit both this path and {other}")
        same.append((own, path.name))


def _ambiguous(one: Segments, two: Segments) -> bool:
    """Whether both can match, and each has a parameter where the other has text."""
    ways = set()
    for a, b in zip(one, two, strict=True):
        if a != b and a is not None and b is not None:
            return False
        ways.add((a is None) - (b is None))
    return {1, -1} <= ways


RULE = Rule(
    name="no-ambiguous-paths",
    means="a request can fit two paths, and none is the more specific one",
    why="Which operation answers is left to the router: `/{a}/x` against `/x/{a}` for `/x/x`.",
    bad="paths: {'/{a}/x': {}, '/x/{a}': {}}",
    good="paths: {'/a/{a}': {}, '/a/x': {}}",
    sets="recommended redocly vacuum",
    on="document",
    where="paths",
    check=check,
    redocly="no-ambiguous-paths",
    vacuum="no-ambiguous-paths",
)
