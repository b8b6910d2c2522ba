"""Path templates of OpenAPI as one table: found segment by segment, however many there are.

A segment is split off the path as it was sent, and decoded then: ``%2F`` is a character of a value (RFC 3986,
section 2.2). What is written out goes before what is templated (OpenAPI 3.1, section 4.8.8.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, unquote

T = TypeVar("T")

_TEMPLATED = re.compile(r"\{([^{}]*)\}")


def segments(path: str) -> list[str]:
    """The segments of a path as it was sent, decoded one by one."""
    parts = path.split("/")[1:]
    if "%" not in path:
        return parts
    return [unquote(part, errors="replace") for part in parts]


def sent_path(path: str, raw: bytes | None) -> str:
    """The path as it was sent, as far as the server has kept it."""
    if raw is None:
        return quote(path, safe="/:@!$&'()*+,;=~-._")
    return raw.partition(b"?")[0].decode("latin-1")


@dataclass
class _Node(Generic[T]):
    """One level of the table: what may come next, and what ends here."""

    written: dict[str, _Node[T]] = field(default_factory=dict)
    partly: dict[tuple[str, ...], tuple[_Segment, _Node[T]]] = field(default_factory=dict)
    """Segments that are a template among other characters (``{id}.json``), by those."""
    any: _Node[T] | None = None
    ends: list[tuple[tuple[str, ...], T]] = field(default_factory=list)
    """The names of the parameters on the way, and what the template stands for."""


class Paths(Generic[T]):
    """Templates with what they stand for."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, template: str, value: T) -> None:
        """Add a template; those that differ in names only are tried in the order in which they came."""
        node, names = self._root, list[str]()
        for segment in template.split("/")[1:]:
            names += _TEMPLATED.findall(segment)
            node = _next(node, segment)
        node.ends.append((tuple(names), value))

    def find(self, given: Sequence[str]) -> Iterator[tuple[T, Mapping[str, str]]]:
        """What fits the decoded segments of a path, the most concrete first, with the parameters."""
        for node, values in _walk(self._root, given, 0, ()):
            for names, value in node.ends:
                yield value, dict(zip(names, values, strict=True))


def _next(node: _Node[T], segment: str) -> _Node[T]:
    """The level below a node for one segment of a template."""
    if not _TEMPLATED.search(segment):
        return node.written.setdefault(unquote(segment), _Node())
    if _TEMPLATED.fullmatch(segment):
        if node.any is None:
            node.any = _Node()
        return node.any
    literals = tuple(unquote(part) for part in _TEMPLATED.split(segment)[::2])
    if literals not in node.partly:
        node.partly[literals] = (_Segment(literals), _Node())
        ordered = sorted(node.partly.items(), key=lambda pair: -pair[1][0].letters)
        node.partly = dict(ordered)
    return node.partly[literals][1]


class _Segment:
    """A segment with templates in it: what stands before, between and behind them."""

    def __init__(self, literals: tuple[str, ...]) -> None:
        self._first, *self._between, self._last = literals
        self.letters = sum(map(len, literals))

    def values(self, segment: str) -> tuple[str, ...] | None:
        """What the templates stand for, none of it empty, the first ones as long as can be; None: it does not
        fit. In one go from behind: a regular expression may try every place for each of them."""
        end = len(segment) - len(self._last)
        if end < len(self._first) or not (segment.startswith(self._first) and segment.endswith(self._last)):
            return None
        found: list[str] = []
        for literal in reversed(self._between):
            at = segment.rfind(literal, len(self._first) + 1, end - 1)
            if at < 0:
                return None
            found.append(segment[at + len(literal) : end])
            end = at
        found.append(segment[len(self._first) : end])
        if not all(found):
            return None
        return tuple(reversed(found))


def _walk(
    node: _Node[T], given: Sequence[str], place: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
    """Every way through the table that the segments allow."""
    if place == len(given):
        if node.ends:
            yield node, values
        return
    segment, place = given[place], place + 1
    written = node.written.get(segment)
    if written is not None:
        yield from _walk(written, given, place, values)
    if not segment:
        return
    for partly, inner in node.partly.values():
        found = partly.values(segment)
        if found is not None:
            yield from _walk(inner, given, place, (*values, *found))
    if node.any is not None:
        yield from _walk(node.any, given, place, (*values, segment))
