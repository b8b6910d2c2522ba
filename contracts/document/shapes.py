"""Where a body shows a thing by another schema than its own: a summary in a list, an inline object."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from troth.contracts.document.bundle import Document
from troth.contracts.document.pointers import join, listing, mapping, reference, referred, split
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Pointer

DEEPEST = 3
"""Levels of a body that are looked into."""


class Shown(NamedTuple):
    """A place in a body, and where the schema of what stands there is."""

    at: tuple[str, ...]
    pointer: Pointer


def objects_shown(document: Document, pointer: Pointer | None) -> Iterator[Shown]:
    """The objects of a body, the nearest first."""
    for at, place, _ in _levels(document, pointer):
        if _names(document, reference(place)):
            yield Shown(at, place)


def lists_shown(document: Document, pointer: Pointer | None) -> Iterator[Shown]:
    """The lists of a body, the nearest first, each with the schema of its items."""
    for at, place, node in _levels(document, pointer):
        if types_of(node)[:1] == ("array",) and isinstance(node.get("items"), dict):
            for inner in _step(document, place, "items"):
                yield Shown(at, inner)


def alike(document: Document, one: Node, other: Node, key: str) -> bool:
    """Whether two schemas show the same thing: by its key, if it has one, and by half of what the smaller one
    says."""
    first, second = _names(document, one), _names(document, other)
    key = split(key)[0] if key.startswith("/") else key
    if key and not (key in first and key in second):
        return False
    shared = len(first & second)
    return 2 * shared >= min(len(first), len(second))


def _names(document: Document, schema: Node) -> set[str]:
    """The properties of a schema, whatever kind of thing it shows."""
    return set(mapping(document.schemas.whole(schema), "properties"))


def _levels(
    document: Document, pointer: Pointer | None
) -> Iterator[tuple[tuple[str, ...], Pointer, dict[str, Node]]]:
    """Every part of a body with its place and its schema, the outer ones first; nothing of no body."""
    if pointer is None:
        return
    waiting: deque[tuple[tuple[str, ...], Pointer]] = deque([((), pointer)])
    while waiting:
        at, place = waiting.popleft()
        node = document.schemas.resolve(reference(place))
        if not isinstance(node, dict):
            continue
        yield at, place, node
        if len(at) >= DEEPEST:
            continue
        for name in mapping(node, "properties"):
            for inner in _step(document, place, "properties", name):
                waiting.append(((*at, name), inner))


def _step(document: Document, pointer: Pointer, *tokens: str) -> Iterator[Pointer]:
    """Where a part of a schema stands, through references and ``allOf``; the first such place."""
    for place in _parts(document, pointer, 0):
        node = document.schemas.at(place)
        inner = node
        for token in tokens:
            inner = inner.get(token) if isinstance(inner, dict) else None
        if inner is not None:
            yield join(place, *tokens)
            return


def _parts(document: Document, pointer: Pointer, depth: int) -> Iterator[Pointer]:
    """A schema, what it refers to, and the parts of which it is made."""
    if depth > 20:
        return
    node = document.schemas.at(pointer)
    yield pointer
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield from _parts(document, referred(node), depth + 1)
    for index in range(len(listing(node, "allOf"))):
        yield from _parts(document, join(pointer, "allOf", index), depth + 1)
