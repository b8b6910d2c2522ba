"""A value that breaks its schema in places: what is right stays, what is wrong is taken from a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from troth.contracts.document.pointers import join, listing, mapping, referred
from troth.contracts.document.schemas import Schemas, Violation
from troth.contracts.model import Json, Pointer

ROUNDS = 6
"""How often what stays wrong is looked at again."""

MOST_PLACES = 300
"""So many places are mended at most: of a schema that refers to itself some are told at a time."""

_Path: TypeAlias = tuple[str | int, ...]

_NOTHING = object()


def mended(
    schemas: Schemas, pointer: Pointer, value: Json, model: Json, keep: frozenset[str] = frozenset()
) -> Json:
    """A value with the parts of a model where it breaks its schema; those that are kept stay as they are.

    What the model does not have is left out. It may be that the result is still not right.
    """
    seen: dict[_Path, int] = {}
    rounds = ROUNDS
    while rounds and len(seen) < MOST_PLACES:
        broken = schemas.violations(pointer, value)
        if not broken:
            break
        if all(_place(violation) in seen for violation in broken):
            rounds -= 1
        for violation in broken:
            path = _place(violation)
            seen[path] = seen.get(path, 0) + 1
            above = path[: len(path) - seen[path] + 1]  # what stays wrong goes with what is around it
            if above and str(above[0]) not in keep:
                value = with_part(value, above, _at(model, above))
    return value


def ways(schemas: Schemas, pointer: Pointer, value: Json) -> list[Pointer]:
    """The alternatives that a schema has for the whole of a value; those first that it is the nearest to."""
    found = []
    for way in _alternatives(schemas, pointer, 0):
        broken = schemas.violations(way, value)
        wrong = sum(1 for violation in broken if violation.missing is None)
        found.append((wrong, len(broken), way))
    return [way for _, _, way in sorted(found, key=lambda one: one[:2])]


def _alternatives(schemas: Schemas, pointer: Pointer, depth: int) -> Iterator[Pointer]:
    schema = schemas.at(pointer)
    if depth > ROUNDS:
        return
    if "$ref" in mapping({"": schema}, ""):
        yield from _alternatives(schemas, referred(schema), depth + 1)
    for keyword in ("oneOf", "anyOf"):
        for index in range(len(listing(schema, keyword))):
            yield join(pointer, keyword, index)
    for index in range(len(listing(schema, "allOf"))):
        yield from _alternatives(schemas, join(pointer, "allOf", index), depth + 1)


def _place(violation: Violation) -> _Path:
    """Where something is wrong, or missing."""
    if violation.missing is not None:
        return (*violation.path, violation.missing)
    return violation.path


def _at(value: object, path: tuple[str | int, ...]) -> object:
    for token in path:
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list) and isinstance(token, int) and value:
            value = value[min(token, len(value) - 1)]
        else:
            return _NOTHING
    return value


def with_part(value: Json, path: tuple[str | int, ...], part: object) -> Json:
    """A copy with a part in its place, or without one; as it is where it has no such place."""
    token, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        made = dict(value)
        if rest and token in made:
            made[str(token)] = with_part(made[str(token)], rest, part)
        elif part is _NOTHING:
            made.pop(str(token), None)
        elif not rest:
            made[str(token)] = part  # type: ignore[assignment]
        return made
    if not isinstance(value, list) or not isinstance(token, int) or token >= len(value):
        return value
    items = list(value)
    if rest:
        items[token] = with_part(items[token], rest, part)
    elif part is _NOTHING:
        del items[token]
    else:
        items[token] = part
    return items
