"""Values on both sides of the limits of a schema: mined from JSON Schema's keywords."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from troth.contracts.document.pointers import listing
from troth.contracts.document.samples import sample
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.texts import fits
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Schema


class Bound(NamedTuple):
    """A schema keyword at a place of the body, with a value just inside and one just outside."""

    path: tuple[str, ...]
    keyword: str
    good: Json
    bad: Json


MISSING: Final[Any] = object()

WIDE, WIDER = "\u00e4", "\U0001f600"
"""A character outside ASCII, and one outside the Basic Multilingual Plane."""

ROOM = 6
"""Characters in which there is room for more than these."""

UNDECLARED = "no_such_property"
"""A name that no schema declares."""

SIZES = ("minLength", "maxLength", "minItems", "maxItems")
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")

LONGEST = 100_000
"""A text longer than this is not sent to see whether a bound is kept."""

_NUMBERS = (("minimum", 0, -1), ("maximum", 0, 1), ("exclusiveMinimum", 1, 0), ("exclusiveMaximum", -1, 0))
_WRONG: Mapping[str, tuple[Json, frozenset[str]]] = {
    "string": (12345, frozenset({"integer", "number"})),
    "integer": ("12", frozenset({"string"})),
    "number": ("12", frozenset({"string"})),
    "boolean": ("yes", frozenset({"string"})),
    "array": ("text", frozenset({"string"})),
    "object": ("text", frozenset({"string"})),
}
"""Per type a value of another one, and the types that would take it."""


_PAIRS: Mapping[tuple[str, ...], tuple[Json, ...]] = {("string",): ("b", "a"), ("integer",): (2, 1)}
"""Items of a list, the greater first."""


def bounds(schemas: Schemas, schema: Node, path: tuple[str, ...] = ()) -> Iterator[Bound]:
    """Every bound of a body schema, two levels deep into objects and list items."""
    schema = schemas.resolve(schema)
    for name, inner in schema.get("properties", {}).items():
        inner = schemas.resolve(inner)
        place = (*path, name)
        yield from _own(schemas, inner, place)
        if takes_null(schemas, inner):
            yield Bound(place, "null", None, MISSING)
        elif types_of(inner) and name in schema.get("required", ()):  # of others it may mean "not there"
            yield Bound(place, "null", sample(schemas, inner), None)
        if len(place) < 3 and isinstance(inner, dict):
            there = beside_null(schemas, inner)
            if "items" in there:
                yield from _of_plain_items(schemas, there, (*place, "*"))
                yield from bounds(schemas, there["items"], (*place, "*"))
            elif "properties" in there:
                yield from bounds(schemas, there, place)
    for name in schema.get("required", ()):
        yield Bound((*path, name), "required", None, MISSING)
    if schema.get("additionalProperties") is False and "patternProperties" not in schema:
        yield Bound((*path, UNDECLARED), "additionalProperties", MISSING, "text")


def _of_plain_items(schemas: Schemas, schema: Schema, path: tuple[str, ...]) -> Iterator[Bound]:
    """The limits of the items of a list that are neither objects nor lists, where one of them will do."""
    items = schemas.resolve(schema["items"])
    kinds = types_of(items)
    if not kinds or not {"object", "array"}.isdisjoint(kinds):
        return
    if schema.get("minItems", 0) <= 1:
        yield from _own(schemas, items, path)


def _own(schemas: Schemas, schema: Node, path: tuple[str, ...]) -> Iterator[Bound]:
    if not isinstance(schema, dict):
        return
    for keyword, good, bad in (
        *_numbers(schema),
        *_sizes(schemas, schema),
        *_kinds(schemas, schema),
        *_steps(schemas, schema),
        *_orders(schemas, schema),
    ):
        yield Bound(path, keyword, good, bad)


def _numbers(schema: Schema) -> Iterator[tuple[str, Json, Json]]:
    for keyword, inside, outside in _NUMBERS:
        if keyword in schema:
            yield keyword, schema[keyword] + inside, schema[keyword] + outside


def _sizes(schemas: Schemas, schema: Schema) -> Iterator[tuple[str, Json, Json]]:
    usual = sample(schemas, schema)
    for keyword, outside in (("minLength", -1), ("maxLength", 1)):
        size = schema.get(keyword, -1)
        good, bad = _of_length(usual, schema, size), _of_length(usual, schema, size + outside)
        if None not in (good, bad):
            yield keyword, good, bad
    longest, plain = schema.get("maxLength", 0), "pattern" not in schema and "format" not in schema
    if plain and 2 <= longest <= LONGEST and "enum" not in schema:
        yield "characters", _of_all_kinds(longest), MISSING
    for keyword, outside in (("minItems", -1), ("maxItems", 1)):
        size = schema.get(keyword, -1)
        if 0 <= size <= LONGEST and size + outside >= 0:
            yield keyword, size, size + outside


def _of_all_kinds(length: int) -> str:
    """A text of one length that shows what is counted and, where there is room, whether it is kept as it is:
    with a space at its end, and letters of both kinds."""
    ends = "aB " if length >= ROOM else ""
    return WIDE * (length - 1 - len(ends)) + WIDER + ends


def _of_length(good: Json, schema: Schema, size: int) -> str | None:
    """A text of one length that keeps the pattern of a schema, made from one that keeps all of it; None where
    none is found, or of a format."""
    if not 0 <= size <= LONGEST or "format" in schema:
        return None
    if "pattern" not in schema:
        return "x" * size
    if not isinstance(good, str):
        return None
    more, pattern = size - len(good), {"pattern": schema["pattern"]}
    for at, sign in enumerate(good):
        text = good[:at] + sign * more + good[at:]
        if more < 0:
            text = good[:at] + good[at - more :]
        if len(text) == size and fits(pattern, text):
            return text
    return None


def _kinds(schemas: Schemas, schema: Schema) -> Iterator[tuple[str, Json, Json]]:
    types = types_of(schema)
    if listing(schema, "enum"):
        yield "enum", schema["enum"][-1], _beside(schema["enum"])
        if _other_case(schema["enum"]) is not None:
            yield "case", schema["enum"][-1], _other_case(schema["enum"])
        if _with_space(schema["enum"]) is not None:
            yield "space", schema["enum"][-1], _with_space(schema["enum"])
    good = sample(schemas, schema)
    if "pattern" in schema and isinstance(good, str):
        for bad in _unlike(schema, good):
            yield "pattern", good, bad
    if types and types[0] in _WRONG:
        wrong, taken_by = _WRONG[types[0]]
        if not taken_by & set(types):
            yield "type", good, wrong
    if schema.get("uniqueItems") is True and schema.get("minItems", 0) <= 2 <= schema.get("maxItems", 2):
        item = sample(schemas, schema.get("items", {}))
        yield "uniqueItems", [item], [item, item]
    if types == ("integer",):
        yield "integer", good, 1.5
        yield "boolean", good, True


def _orders(schemas: Schemas, schema: Schema) -> Iterator[tuple[str, Json, Json]]:
    """Two items in an order in which nobody would sort them; a set (``uniqueItems``) may have any."""
    if "array" not in types_of(schema):
        return
    items = schemas.resolve(schema.get("items"))
    if schema.get("uniqueItems") is True:
        return
    if not isinstance(items, dict):
        return
    if not schema.get("minItems", 0) <= 2 <= schema.get("maxItems", 2):
        return
    pair: list[Json] = [value for value in _PAIRS.get(types_of(items), ()) if schemas.fits(items, value)]
    if "enum" in items:
        pair = [*sorted({value for value in items["enum"] if isinstance(value, str)}, reverse=True)]
    if len(pair) > 1:
        yield "order", pair[:2], MISSING


def _steps(schemas: Schemas, schema: Schema) -> Iterator[tuple[str, Json, Json]]:
    """What lies between the multiples that a schema asks for, and between integers where it asks for none."""
    good = sample(schemas, schema)
    between = _between(schemas, schema, good)
    if between is not None:
        yield "multipleOf", good, between
    fraction = _with_fraction(schemas, schema)
    if fraction is not None:
        yield "fraction", fraction, MISSING


def _between(schemas: Schemas, schema: Schema, good: Json) -> Json:
    """A number between two multiples, where that breaks nothing else; None where there is none."""
    step = schema.get("multipleOf")
    if not isinstance(step, (int, float)) or not isinstance(good, (int, float)):
        return None
    rest = {key: value for key, value in schema.items() if key != "multipleOf"}
    for number in (good + step / 2, good - step / 2, good + 1, good - 1):
        if schemas.fits(rest, number) and not schemas.fits(schema, number):
            return number
    return None


def _with_fraction(schemas: Schemas, schema: Schema) -> Json:
    """A number that is no integer, of those that may be any; None where there is none."""
    if types_of(schema) != ("number",):
        return None
    if not {"format", "enum"}.isdisjoint(schema):
        return None
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    if not isinstance(least, (int, float)):
        return None
    numbers = (1.5, math.floor(least) + 1.5, math.floor(least) + 0.5, math.floor(least) + 0.25)
    return next((number for number in numbers if schemas.fits(schema, number)), None)


def beside_null(schemas: Schemas, schema: Schema) -> Schema:
    """The one thing that a schema takes beside null (``anyOf: [Address, null]``); else the schema itself."""
    options = [schemas.resolve(part) for key in ("anyOf", "oneOf") for part in schema.get(key, ())]
    others = [option for option in options if types_of(option) != ("null",)]
    if len(options) == 2 and len(others) == 1 and isinstance(others[0], dict):
        return others[0]
    return schema


def takes_null(schemas: Schemas, schema: Node) -> bool:
    """Whether null is one of the values of a schema."""
    if not isinstance(schema, dict):
        return False
    if "null" in types_of(schema):
        return True
    if "enum" in schema:
        return None in schema["enum"]
    for keyword in ("anyOf", "oneOf"):
        if any("null" in types_of(schemas.resolve(part)) for part in schema.get(keyword, ())):
            return True
    return False


def _beside(values: Sequence[Json]) -> Json:
    """A value that an enum does not have."""
    numbers = [value for value in values if isinstance(value, int)]
    if numbers:
        return max(numbers) + 1
    return "no-such-value"


def _other_case(values: Sequence[Json]) -> str | None:
    """A value of an enum in another case that the enum does not have; None where there is none."""
    for value in values:
        if not isinstance(value, str):
            continue
        other = value.swapcase()
        if other not in values:
            return other
    return None


def _with_space(values: Sequence[Json]) -> str | None:
    """A value of an enum with a space behind it; None where the enum has that, too, or no text."""
    for value in values:
        if isinstance(value, str) and f"{value} " not in values:
            return f"{value} "
    return None


def _unlike(schema: Schema, good: str) -> list[str]:
    """The nearest text that breaks a pattern, and no other limit if there is one: another way to write it,
    one character more, another or none in its place, a space around it."""
    try:
        written = re.compile(schema["pattern"])
    except re.error:  # a pattern of another dialect (ECMA 262)
        return []
    near = [good.replace(" ", "T"), good + "x", "x" + good]
    for at in range(len(good)):
        near += [f"{good[:at]}x{good[at + 1 :]}", good[:at] + good[at + 1 :]]
    near += [f" {good}", f"{good} ", ""]
    broken = [text for text in near if not written.search(text)]
    sizes = {key: value for key, value in schema.items() if key in ("minLength", "maxLength")}
    return ([text for text in broken if fits(sizes, text)] or broken)[:1]
