"""Values that look as in real life and keep their schema: for records that nobody has written down.

The author's examples come first; then what a field's name and format tell; then the plainest value. All of it
follows from the chance that is given: the same seed makes the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any

from troth.contracts.document.known_names import Told, known, stamped
from troth.contracts.document.samples import like, matches, sample, valid_sample
from troth.contracts.document.schemas import Schemas, types_of
from troth.contracts.model import Json, Pointer

ATTEMPTS = 12
_DEEP, _ROOM = 3, 250
"""From which level on only what is required is made, and how many values at most before that."""

_FORMATS: Mapping[str, Callable[[Told], str]] = {
    "date-time": lambda t: _written(t.made),
    "date": lambda t: t.made.date().isoformat(),
    "time": lambda t: f"{t.made:%H:%M:%S}Z",
    "email": lambda t: f"{t.user}@example.com",
    "idn-email": lambda t: f"{t.user}@example.com",
    "uri": lambda t: f"https://example.com/{t.slug}",
    "url": lambda t: f"https://example.com/{t.slug}",
    "iri": lambda t: f"https://example.com/{t.slug}",
    "uri-reference": lambda t: f"/{t.slug}",
    "hostname": lambda t: f"{t.slug}.example",
    "ipv4": lambda t: f"192.0.2.{t.random.randrange(1, 255)}",
    "ipv6": lambda t: f"2001:db8::{t.random.randrange(1, 9999):x}",
    "uuid": lambda t: t.unique,
    "duration": lambda t: f"PT{t.random.randrange(1, 60)}M",
    "byte": lambda t: "ZXhhbXBsZQ==",
    "regex": lambda t: "^[a-z]+$",
    "json-pointer": lambda t: "/name",
}


def plausible(schemas: Schemas, pointer: Pointer, random: Random, *, first: bool = True) -> Json:
    """A value that keeps the schema at a pointer. ``first``: examples are taken over wherever there are some;
    else only where nothing better is known, so that further records differ."""
    reference = {"$ref": f"#{pointer}"}
    for attempt in range(ATTEMPTS):
        value = _Making(schemas, random, attempt, first).value(reference, "", 0)
        if schemas.valid(pointer, value):
            return value
    return valid_sample(schemas, pointer)


class _Making:
    """One attempt: the first takes the first of alternatives, later ones any, and fewer optional values."""

    def __init__(self, schemas: Schemas, random: Random, attempt: int, first: bool) -> None:
        self.schemas, self.random, self.attempt = schemas, random, attempt
        self.told = Told(random)
        self.examples = first and attempt < ATTEMPTS // 2
        self.room = _ROOM if attempt < ATTEMPTS // 3 else 0

    def value(self, schema: Json, name: str, depth: int) -> Json:
        self.room -= 1
        schema = self.schemas.resolve(schema)
        if not isinstance(schema, dict):
            return None
        for written in self.written(schema, name):
            return written
        schema = self.chosen(schema, depth)
        kinds = types_of(schema) or ("string",)
        if "null" in kinds and (len(kinds) == 1 or depth > 2 * _DEEP):
            return None
        kind = next(kind for kind in kinds if kind != "null")
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, name, depth)
        return self.scalar(schema, kind, name)

    def written(self, schema: Mapping[str, Any], name: str) -> Iterator[Json]:
        """What the author has written for this place."""
        if "const" in schema:
            yield schema["const"]
        if self.attempt < ATTEMPTS // 2 and "default" in schema and schema["default"] is not None:
            yield schema["default"]
        if self.examples or not (known(name) or "enum" in schema or types_of(schema)[:1] != ("string",)):
            yield from (schema["example"],) if schema.get("example") is not None else ()
            yield from schema["examples"][:1] if isinstance(schema.get("examples"), list) else ()
        if schema.get("enum"):
            yield self.random.choice([value for value in schema["enum"] if value is not None] or [None])

    def chosen(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """A schema with one of its alternatives laid over it."""
        for keyword in ("oneOf", "anyOf"):
            options = [self.schemas.resolve(option) for option in schema.get(keyword) or ()]
            options = [option for option in options if isinstance(option, dict)]
            if not options:
                continue
            plain = [o for o in options if types_of(o) != ("null",)] or options
            near = plain if depth <= 2 * _DEEP else options  # null ends what would go on for ever
            scalar = [o for o in near if types_of(o)[:1] not in (("object",), ("array",))]
            usual = scalar if scalar and depth >= _DEEP else plain
            option = self.random.choice(options if self.attempt > 3 else usual) if self.attempt else usual[0]
            rest = {key: value for key, value in schema.items() if key != keyword}
            schema = _over(rest, self.chosen(option, depth + 1))
        return schema

    def object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Json]:
        properties, required = schema.get("properties") or {}, schema.get("required") or ()
        found: dict[str, Json] = {}
        for name, inner in properties.items():
            if name in required or (depth < _DEEP and self.room > 0 and not self.hidden(inner)):
                found[name] = self.value(inner, name, depth + 1)
        more = schema.get("additionalProperties")
        for name in required:
            if name not in found:
                found[name] = self.value(more if isinstance(more, dict) else {}, name, depth + 1)
        wanted = schema.get(
            "minProperties", 1 if isinstance(more, dict) and not properties and depth < _DEEP else 0
        )
        for number in range(wanted - len(found)):
            found[f"key_{number + 1}"] = self.value(more if isinstance(more, dict) else {}, "", depth + 1)
        return found

    def hidden(self, schema: Json) -> bool:
        """Whether only requests show it."""
        schema = self.schemas.resolve(schema)
        return (
            not isinstance(schema, dict)
            or schema.get("writeOnly") is True
            or schema.get("deprecated") is True
        )

    def array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Json]:
        first = schema.get("prefixItems") or []
        items = [self.value(item, "", depth + 1) for item in first]
        least = schema.get("minItems", 0)
        usual = 1 if depth < _DEEP and self.room > 0 else 0
        wanted = min(max(least, usual), schema.get("maxItems", max(least, usual)))
        one = name.removesuffix("s")
        while len(items) < wanted:
            items.append(self.value(schema.get("items", {}), one, depth + 1))
        return items

    def scalar(self, schema: Mapping[str, Any], kind: str, name: str) -> Json:
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "number"):
            return self.number(schema, kind, name)
        for text in self.texts(schema, name):
            if _fits(schema, text):
                return text
        return sample(self.schemas, {**schema, "enum": None}, examples=False)

    def texts(self, schema: Mapping[str, Any], name: str) -> Iterator[str]:
        """Texts for a field, the most telling first."""
        told, maker, moment = self.told, known(name), stamped(self.told, name)
        format_ = str(schema.get("format", ""))
        most, least = schema.get("maxLength", 10**6), schema.get("minLength", 0)
        if moment is not None and format_ in ("", "date-time", "date"):
            yield moment.date().isoformat() if format_ == "date" else _written(moment)
        if format_ in _FORMATS:
            value = maker(told) if maker else None
            yield from (value,) if isinstance(value, str) and _looks(format_, value) else ()
            yield _FORMATS[format_](told)
        elif maker is not None and not (moment and format_):
            yield str(maker(told))
            yield str(maker(told))[:most]
        if name.lower().endswith("id"):
            yield told.hexadecimal(min(24, most))
        if schema.get("pattern"):
            yield like(schema["pattern"], least, most, self.random) or ""
        if format_ not in _FORMATS:
            yield told.title
            yield (told.slug * (1 + least // 5))[: max(least, min(most, 12))]

    def number(self, schema: Mapping[str, Any], kind: str, name: str) -> Json:
        maker, moment = known(name), stamped(self.told, name)
        value: Json = maker(self.told) if maker else None
        if moment is not None and kind == "integer":
            value = int(moment.timestamp())
        if not isinstance(value, (int, float)):
            value = (
                self.random.randrange(1000, 10**6)
                if name.lower().endswith("id")
                else self.random.randrange(1, 100)
            )
            value += 0.5 * (self.attempt % 2) if kind == "number" else 0
        if kind == "integer":
            value = round(value * 100) if isinstance(value, float) and abs(value) > 180 else int(value)
        return _bounded(schema, value, kind)


def _over(base: dict[str, Any], option: Mapping[str, Any]) -> dict[str, Any]:
    """Two schemas that hold together, as far as objects go."""
    made = {**base, **option}
    if "properties" in base or "properties" in option:
        made["properties"] = {**(base.get("properties") or {}), **(option.get("properties") or {})}
    if "required" in base or "required" in option:
        made["required"] = list(
            dict.fromkeys([*(base.get("required") or ()), *(option.get("required") or ())])
        )
    return made


def _bounded(schema: Mapping[str, Any], value: float, kind: str) -> float:
    step = schema.get("multipleOf") or (1 if kind == "integer" else None)
    unit = step or 0.5
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(schema.get("exclusiveMinimum"), (int, float)):
        low = max(schema["exclusiveMinimum"] + unit, low if low is not None else -(10**30))
    if isinstance(schema.get("exclusiveMaximum"), (int, float)):
        high = min(schema["exclusiveMaximum"] - unit, high if high is not None else 10**30)
    if high is not None and value > high:
        value = high
    if low is not None and value < low:
        value = low
    if step and value % step:
        down = value - value % step
        value = down if low is None or down >= low else down + step
    return int(value) if kind == "integer" else value


def _fits(schema: Mapping[str, Any], text: str) -> bool:
    pattern = schema.get("pattern")
    return (
        schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**6)
        and (not pattern or matches(pattern, text))
        and (bool(text) or not pattern)
    )


def _looks(format_: str, text: str) -> bool:
    """Whether what a name suggests is of the format."""
    signs = {"email": "@", "uri": "://", "url": "://", "ipv4": "192.", "ipv6": "::", "hostname": ".example"}
    signs |= {"date": "-", "uuid": "-"}
    sign = signs.get(format_)
    return sign is not None and sign in text and not (format_ in ("date", "uuid") and " " in text)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
