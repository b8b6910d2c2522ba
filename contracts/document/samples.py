"""Values that keep a schema, made without chance: for answers that need filling, and for probes.

Examples first, then what the schema determines, then the plainest value of the type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import rstr

from troth.contracts.document.schemas import Schemas, types_of
from troth.contracts.model import Json, Pointer

_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def sample(schemas: Schemas, schema: Json, depth: int = 0, *, examples: bool = True) -> Json:
    """A plain value that keeps a schema (as far as examples, enums, bounds and formats determine one).

    Without ``examples`` what the author wrote as example or default is left aside: it may break the schema.
    """
    schema = schemas.resolve(schema)
    if not isinstance(schema, dict):
        return None
    for value in _written(schema, examples):
        return value
    for keyword in ("oneOf", "anyOf"):
        if schema.get(keyword) and "properties" not in schema:
            return sample(schemas, schema[keyword][0], depth + 1, examples=examples)
    types = [type_ for type_ in types_of(schema) if type_ != "null"]
    return _plain(schemas, schema, types[0] if types else "null", depth, examples)


def _written(schema: Mapping[str, Any], examples: bool) -> Iterator[Json]:
    """The values that a schema names itself."""
    keywords = ("const", "example", "default") if examples else ("const",)
    yield from (schema[keyword] for keyword in keywords if keyword in schema)
    yield from schema.get("examples", ())[:1] if examples else ()
    yield from schema.get("enum", ())[:1]


def valid_sample(schemas: Schemas, pointer: Pointer) -> Json:
    """A sample of the schema at a pointer that keeps it; examples give way where they do not."""
    reference = {"$ref": f"#{pointer}"}
    best = sample(schemas, reference)
    if schemas.valid(pointer, best):
        return best
    plain = sample(schemas, reference, examples=False)
    return plain if schemas.valid(pointer, plain) else best


def completed(schemas: Schemas, schema: Json, value: Json, depth: int = 0) -> Json:
    """A value with what its schema requires and nobody gave it, several levels deep."""
    schema = _said(schemas, schemas.resolve(schema))
    if not isinstance(schema, dict) or depth > 6:
        return value
    if isinstance(value, list):
        return [completed(schemas, schema.get("items", {}), item, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    properties = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in value and name in properties]
    return {
        **{k: completed(schemas, properties.get(k, {}), v, depth + 1) for k, v in value.items()},
        **{name: sample(schemas, properties[name]) for name in missing},
    }


def _said(schemas: Schemas, schema: Json) -> Json:
    """Of a schema that is another one or null, the other one."""
    options = schema.get("anyOf") or () if isinstance(schema, dict) else ()
    told = [option for option in options if types_of(option) != ("null",)]
    return schemas.resolve(told[0]) if len(told) == 1 and "properties" not in schema else schema


def _plain(schemas: Schemas, schema: dict[str, Any], type_: str, depth: int, examples: bool) -> Json:
    if type_ == "object":
        return _object(schemas, schema, depth, examples)
    if type_ == "array":
        count = schema.get("minItems", 0 if depth > 6 else min(1, schema.get("maxItems", 1)))
        items = schema.get("items", {})
        return [sample(schemas, items, depth + 1, examples=examples) for _ in range(count)]
    if type_ == "string":
        return _string(schema)
    if type_ in ("integer", "number"):
        return _number(schema)
    return False if type_ == "boolean" else None


def _object(schemas: Schemas, schema: dict[str, Any], depth: int, examples: bool) -> dict[str, Json]:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    return {
        name: sample(schemas, properties.get(name, {}), depth + 1, examples=examples)
        for name in properties
        if name in required or (examples and depth < 4 and _tells(schemas.resolve(properties[name])))
    }


def _tells(schema: Json) -> bool:
    return isinstance(schema, dict) and any(k in schema for k in ("example", "examples", "default", "const"))


def _string(schema: dict[str, Any]) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1_000_000)
    text = "text" if least <= 4 <= most else "x" * max(least, min(most, 4))
    pattern = schema.get("pattern")
    if not pattern or matches(pattern, text):
        return text
    known = (t for t in (*_FORMATS.values(), "0", "1", "a", "0" * 24) if least <= len(t) <= most)
    found = next((t for t in known if matches(pattern, t)), None)
    return found or like(pattern, least, most, Random(0)) or text


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; yes for patterns of another dialect (ECMA 262)."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def like(pattern: str, least: int, most: int, random: Random) -> str | None:
    """A text made from a pattern; None where none of the right length is found."""
    for _ in range(5):
        try:
            text = rstr.Rstr(random).xeger(pattern)
        except (re.error, ValueError, KeyError):
            return None
        if least <= len(text) <= most and matches(pattern, text):
            return str(text)
    return None


def _number(schema: dict[str, Any]) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    step = schema.get("multipleOf", 1)
    if low is None:
        return 0 if high is None or high >= 0 else int(high // step * step)
    return int(-(-low // step) * step) if step == int(step) else low


def ints_and_sizes(schemas: Schemas, schema: Json) -> dict[str, tuple[str, dict[str, Any]]]:
    """The properties of an object that can be turned up and down: numbers by value, the rest by size."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, inner in schemas.resolve(schema).get("properties", {}).items():
        inner = schemas.resolve(inner)
        for type_ in types_of(inner):
            if (
                type_ in ("integer", "number", "array", "string")
                and "enum" not in inner
                and "format" not in inner
            ):
                found[name] = (type_, inner)
    return found
