"""A few plain values of a schema that differ from each other, made without chance but for fresh texts.

None of lists and objects: what is in them matters in too many ways, they are for chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random

from troth.contracts.contract.fixtures import fresh_value
from troth.contracts.document.samples import sample
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Schema

MOST = 6
"""Values of one schema."""

THEN = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
"""A moment that is far enough from any that is stored."""

DEPTH = 3
"""Options in options that are looked into."""


def variants(schemas: Schemas, schema: Node, random: Random, depth: int = 0) -> list[Json]:
    """Plain values; some may break the schema, which is for the caller to see."""
    found: dict[str, Json] = {}
    for value in _of(schemas, schema, random, depth):
        found.setdefault(repr(value), value)
        if len(found) == MOST:
            break
    return list(found.values())


def _of(schemas: Schemas, schema: Node, random: Random, depth: int) -> Iterator[Json]:
    resolved = schemas.resolve(schema)
    if not isinstance(resolved, dict) or depth > DEPTH:
        return
    plain: Json = sample(schemas, resolved)
    if isinstance(plain, (list, Mapping)):
        return
    yield plain
    if "enum" in resolved:
        yield from resolved["enum"]
        return
    for keyword in ("oneOf", "anyOf"):
        for option in resolved.get(keyword, ()):
            yield from variants(schemas, option, random, depth + 1)
    yield from _others(resolved, plain, random)


def _others(schema: Schema, plain: Json, random: Random) -> Iterator[Json]:
    """Values beside the plainest one."""
    if isinstance(plain, bool):
        yield not plain
    elif isinstance(plain, (int, float)):
        yield plain + 1
        yield plain - 1
        yield plain + 2
    elif isinstance(plain, str):
        yield from _texts(schema, plain, random)
    elif "boolean" in types_of(schema):
        yield from (True, False)


def _texts(schema: Schema, plain: str, random: Random) -> Iterator[Json]:
    if "format" not in schema and "pattern" not in schema:
        yield f"{plain} 2"
        yield plain[:-1] + "2"
    for _ in range(2):
        fresh: Json = fresh_value(schema, plain, THEN, random)
        yield fresh
