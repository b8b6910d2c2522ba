"""No request fits two paths equally well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.paths import Segments, segments
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path that another one overlaps, neither being the more specific one."""
    earlier: dict[int, _Earlier] = {}
    for path in node.graph.of("path"):
        own = segments(path.name)
        if None not in own or set(own) == {None}:
            continue  # each of the others is more specific, or this one is
        same = earlier.setdefault(len(own), _Earlier())
        other = next((name for parts, name in same.near(own) if _ambiguous(parts, own)), None)
        if other is not None:
            yield path.says(f"a request can fit both this path and {other}")
        same.add(own, path.name)


class _Earlier:
    """Paths of one length, found by the text that they have in a place: however many there are."""

    def __init__(self) -> None:
        self._paths: dict[Segments, str] = {}
        self._with: dict[tuple[int, str | None], list[Segments]] = {}

    def add(self, parts: Segments, name: str) -> None:
        if parts in self._paths:
            return
        self._paths[parts] = name
        for place, part in enumerate(parts):
            self._with.setdefault((place, part), []).append(parts)

    def near(self, own: Segments) -> Iterator[tuple[Segments, str]]:
        """Those that may overlap a path, by its rarest text: they have the same there, or a parameter."""
        fitting = [
            (self._with.get((place, part), []), self._with.get((place, None), []))
            for place, part in enumerate(own)
            if part is not None
        ]
        for parts in chain(*min(fitting, key=lambda lists: len(lists[0]) + len(lists[1]))):
            yield parts, self._paths[parts]


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
