"""Values that keep a schema, made without chance: for answers that need filling, and for probes.

Examples first, then what the schema determines, then the plainest value of the type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from troth.contracts.document.patterns import texts_like
from troth.contracts.document.pointers import listing, reference
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.texts import fits, fitting
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Pointer, Schema

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

DEEPEST, MOST_VALUES = 40, 2000
"""Levels of a sample, and values in it; a schema that requires itself for ever has none."""

_TELLING = ("example", "examples", "default", "const")


def something(schemas: Schemas, schema: Node) -> Json:
    """The plainest value that is neither null nor an empty list, where a schema has one."""
    resolved = schemas.resolve(schema)
    if not isinstance(resolved, dict):
        return sample(schemas, schema)
    for keyword in ("anyOf", "oneOf"):
        for option in resolved.get(keyword, ()):
            if types_of(schemas.resolve(option)) != ("null",):
                return something(schemas, option)
    kinds = [kind for kind in types_of(resolved) if kind != "null"]
    there = {key: value for key, value in resolved.items() if key != "default"}
    if kinds:
        there["type"] = kinds[0]
    if kinds[:1] == ["array"]:
        there["minItems"] = max(1, there.get("minItems", 0))
    return sample(schemas, there)


def sample(schemas: Schemas, schema: Node, *, examples: bool = True) -> Json:
    """A plain value that keeps a schema (as far as examples, enums, bounds and formats determine one).

    Without ``examples`` what the author wrote as example or default is left aside: it may break the schema.
    """
    return _Sampling(schemas, examples).value(schema, 0)


def _written(schema: Schema, examples: bool) -> Iterator[Json]:
    """The values that a schema names itself."""
    if "const" in schema:
        yield schema["const"]
    if examples:
        yield from (schema[keyword] for keyword in ("example", "default") if keyword in schema)
        yield from schema.get("examples", ())[:1]
    yield from schema.get("enum", ())[:1]


def valid_sample(schemas: Schemas, pointer: Pointer) -> Json:
    """A sample of the schema at a pointer that keeps it; examples give way where they do not."""
    meant = reference(pointer)
    best = sample(schemas, meant)
    if schemas.valid(pointer, best):
        return best
    plain = sample(schemas, meant, examples=False)
    if schemas.valid(pointer, plain):
        return plain
    return best


def completed(schemas: Schemas, schema: Node, value: Json, depth: int = 0) -> Node:
    """A value with what its schema requires and nobody gave it, several levels deep."""
    schema = _of_value(schemas, schemas.resolve(schema))
    if not isinstance(schema, dict):
        return value
    if depth > 6:
        return value
    if isinstance(value, list):
        return [completed(schemas, schema.get("items", {}), item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return _completed_members(schemas, schema, value, depth)
    return value


def _completed_members(
    schemas: Schemas, schema: Schema, value: Mapping[str, Json], depth: int
) -> dict[str, Json]:
    properties = schema.get("properties", {})
    members = {}
    for name, member in value.items():
        members[name] = completed(schemas, properties.get(name, {}), member, depth + 1)
    for name in schema.get("required", ()):
        if name in value:
            continue
        if name in properties:
            members[name] = sample(schemas, properties[name])
    return members


def _of_value(schemas: Schemas, schema: Node) -> Node:
    """Of a schema that is another one or null, the other one."""
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:
        return schema
    options = [option for option in listing(schema, "anyOf") if types_of(option) != ("null",)]
    if len(options) != 1:
        return schema
    return schemas.resolve(options[0])


class _Sampling:
    """One sample: there is an end also to what requires itself."""

    def __init__(self, schemas: Schemas, examples: bool) -> None:
        self.schemas, self.examples, self.left = schemas, examples, MOST_VALUES

    def value(self, schema: Node, depth: int) -> Json:
        self.left -= 1
        if any((depth > DEEPEST, self.left < 0)):
            return None
        schema = self.schemas.resolve(schema)
        if not isinstance(schema, dict):
            return None
        for value in _written(schema, self.examples):
            return value
        for keyword in ("oneOf", "anyOf"):
            if schema.get(keyword) and "properties" not in schema:
                return self.value(schema[keyword][0], depth + 1)
        for type_ in types_of(schema):
            if type_ != "null":
                return self.of_type(schema, type_, depth)
        return None

    def of_type(self, schema: Schema, type_: str, depth: int) -> Json:
        if type_ == "object":
            return self.object(schema, depth)
        if type_ == "array":
            return self.array(schema, depth)
        if type_ == "string":
            return _string(schema)
        if type_ in ("integer", "number"):
            return _number(schema)
        if type_ == "boolean":
            return False
        return None

    def array(self, schema: Schema, depth: int) -> list[Json]:
        usual = 0
        if depth <= 6:
            usual = min(1, schema.get("maxItems", 1))
        items = schema.get("items", {})
        count = min(int(schema.get("minItems", usual)), MOST_VALUES)
        return [self.value(items, depth + 1) for _ in range(count)]

    def object(self, schema: Schema, depth: int) -> dict[str, Json]:
        required = schema.get("required", ())
        made = {}
        for name, inner in schema.get("properties", {}).items():
            wanted = name in required
            if self.examples and depth < 4 and not wanted:
                wanted = _tells(self.schemas.resolve(inner))
            if wanted:
                made[name] = self.value(inner, depth + 1)
        return made


def _tells(schema: Node) -> bool:
    if not isinstance(schema, dict):
        return False
    return not schema.keys().isdisjoint(_TELLING)


def _string(schema: Schema) -> str:
    usual = _FORMATS.get(str(schema.get("format")), "text")
    for text in (usual, "text"):
        if fits(schema, text):
            return text
    return fitting(schema, Random(0)) or usual


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern (ECMA-262) is found in a text; yes for one that cannot be read."""
    return fits({"pattern": pattern}, text)


def like(pattern: str, least: int, most: int, random: Random) -> str | None:
    """A text made from a pattern; None where none of the right length is found."""
    for text in texts_like(pattern, least, most, random):
        if matches(pattern, text):
            return text
    return None


def _number(schema: Schema) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    step = schema.get("multipleOf", 1)
    if low is not None:
        return _up_to_step(low, step)
    if high is None:
        return 0
    if high >= 0:
        return 0
    return int(high // step * step)


def _up_to_step(low: float, step: float) -> float:
    if step != int(step):
        return low
    return int(-(-low // step) * step)


def ints_and_sizes(schemas: Schemas, schema: Node) -> dict[str, tuple[str, dict[str, Any]]]:
    """The properties of an object that can be turned up and down: numbers by value, the rest by size."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, inner in schemas.resolve(schema).get("properties", {}).items():
        inner = schemas.resolve(inner)
        for type_ in types_of(inner):
            if type_ not in ("integer", "number", "array", "string"):
                continue
            if inner.keys().isdisjoint(("enum", "format")):
                found[name] = (type_, inner)
    return found
