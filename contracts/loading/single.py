"""What there is one of only in a document without words: it is read and changed at one path (`/settings`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from troth.contracts.document import Document
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.shapes import objects_shown
from troth.contracts.loading.answers import top
from troth.contracts.loading.contained import by_parent, list_held
from troth.contracts.loading.placing import Operations, body_of
from troth.contracts.model import Operation, Pointer


class Single(NamedTuple):
    """What there is one of: where its schema stands, and what is done to it, its reading first."""

    place: Pointer
    operations: tuple[Operation, ...]


def singles(document: Document, operations: Operations) -> Iterator[Single]:
    """What is read and changed at a path that names nothing (``GET`` and ``PUT /settings``)."""
    below = by_parent(operations)
    for path, reading in _alone(operations):
        changing = [operations[m, path] for m in ("PUT", "PATCH") if (m, path) in operations]
        setting = operations.get(("POST", path))
        if setting is not None and top(document, setting) == top(document, reading):
            changing.append(setting)
        place = _place(document, reading, changing)
        if place is None and list_held(document, operations, below, path) is not None:
            shown = objects_shown(document, body_of(reading))
            place = next((_as_named(document, one.pointer) for one in shown), None)
        if place is None:
            continue
        removing = [operations["DELETE", path]] if ("DELETE", path) in operations else []
        yield Single(place, (reading, *changing, *removing))


def _place(document: Document, reading: Operation, changing: list[Operation]) -> Pointer | None:
    """Where the schema stands of what is read and changed: the nearest that has something of what is sent."""
    for names in _sent(document, changing):
        for shown in objects_shown(document, body_of(reading)):
            known = mapping(document.schemas.whole(reference(shown.pointer)), "properties")
            if not names.isdisjoint(known):
                return _as_named(document, shown.pointer)
    return None


def _as_named(document: Document, place: Pointer) -> Pointer:
    """A place, or the one that its schema refers to."""
    seen = set()
    while place not in seen:
        seen.add(place)
        node = mapping({"": document.schemas.at(place)}, "")
        if node.keys() != {"$ref"}:
            break
        place = str(node["$ref"]).removeprefix("#")
    return place


def _sent(document: Document, changing: list[Operation]) -> Iterator[set[str]]:
    """What bodies say: inside of the only object that one is around something, then themselves."""
    schemas = document.schemas
    bodies = [mapping(schemas.whole(operation.body), "properties") for operation in changing]
    for body in bodies:
        if len(body) == 1:
            [inner] = body.values()
            yield set(mapping(schemas.whole(inner), "properties"))
    yield from map(set, bodies)


def _alone(operations: Operations) -> Iterator[tuple[str, Operation]]:
    """What is read at a path that names nothing, and below which no path names one of several."""
    collections = {path.partition("/{")[0] for _, path in operations if "{" in path}
    for (method, path), reading in operations.items():
        if method != "GET":
            continue
        if "{" not in path and path not in collections:
            yield path, reading
