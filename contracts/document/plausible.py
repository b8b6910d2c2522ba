"""Values that look as in real life and keep their schema: for records that nobody has written down.

The author's examples come first; then what a field's name and format tell; then the plainest value. All of it
follows from the chance that is given: the same seed makes the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from random import Random

from troth.contracts.document.known_names import Told, known, stamped
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.samples import like, matches, sample, valid_sample
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Pointer, Schema

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

_SIGNS = {
    "email": "@",
    "uri": "://",
    "url": "://",
    "ipv4": "192.",
    "ipv6": "::",
    "hostname": ".example",
    "date": "-",
    "uuid": "-",
}
"""What texts of a format have in them."""


def plausible(schemas: Schemas, pointer: Pointer, random: Random, *, first: bool = True) -> Json:
    """A value that keeps the schema at a pointer. ``first``: examples are taken over wherever there are some;
    else only where nothing better is known, so that further records differ."""
    reference = {"$ref": "#" + pointer.replace("%", "%25")}
    for attempt in range(ATTEMPTS):
        value = _Attempt(schemas, random, attempt, first).value(reference, "", 0)
        if schemas.valid(pointer, value):
            return value
    return valid_sample(schemas, pointer)


class _Attempt:
    """One attempt: the first takes the first of alternatives, later ones any, and fewer optional values."""

    def __init__(self, schemas: Schemas, random: Random, number: int, first: bool) -> None:
        self.schemas, self.random, self.number = schemas, random, number
        self.told = Told(random)
        self.early = number < ATTEMPTS // 2
        self.examples = first and self.early
        self.room = 0
        if number < ATTEMPTS // 3:
            self.room = _ROOM

    def value(self, schema: Node, name: str, depth: int) -> Json:
        self.room -= 1
        schema = self.schemas.resolve(schema)
        if not isinstance(schema, dict):
            return None
        for written in self.written(schema, name):
            return written
        schema = self.chosen(schema, depth)
        kinds = types_of(schema) or ("string",)
        if "null" in kinds and depth > 2 * _DEEP:
            return None
        for kind in kinds:
            if kind != "null":
                return self.of_kind(kind, schema, name, depth)
        return None

    def of_kind(self, kind: str, schema: Schema, name: str, depth: int) -> Json:
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, name, depth)
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "number"):
            return self.number_of(schema, kind, name)
        return self.text(schema, name)

    def written(self, schema: Schema, name: str) -> Iterator[Json]:
        """What the author has written for this place."""
        if "const" in schema:
            yield schema["const"]
        if self.early:
            yield from _default(schema)
        if self.wants_example(schema, name):
            yield from _examples(schema)
        values = listing(schema, "enum")
        if values:
            told = [value for value in values if value is not None]
            yield self.random.choice(told or [None])

    def wants_example(self, schema: Schema, name: str) -> bool:
        """Whether an example is taken over: later only where nothing tells more of the value."""
        if self.examples:
            return True
        if known(name):
            return False
        if "enum" in schema:
            return False
        return types_of(schema)[:1] == ("string",)

    def chosen(self, schema: dict[str, Node], depth: int) -> dict[str, Node]:
        """A schema with one of its alternatives laid over it."""
        for keyword in ("oneOf", "anyOf"):
            options = [self.schemas.resolve(option) for option in listing(schema, keyword)]
            options = [option for option in options if isinstance(option, dict)]
            if options:
                option = self.option(options, depth)
                rest = {key: value for key, value in schema.items() if key != keyword}
                schema = _over(rest, self.chosen(option, depth + 1))
        return schema

    def option(self, options: list[dict[str, Node]], depth: int) -> dict[str, Node]:
        """One of some alternatives: the first usual one, later any usual one, in the end any."""
        if self.number > 3:
            return self.random.choice(options)
        usual = _usual(options, depth)
        if self.number == 0:
            return usual[0]
        return self.random.choice(usual)

    def object(self, schema: Schema, depth: int) -> dict[str, Json]:
        properties, required = mapping(schema, "properties"), listing(schema, "required")
        others = mapping(schema, "additionalProperties")
        found: dict[str, Json] = {}
        for name, inner in properties.items():
            wanted = name in required
            if not wanted and self.has_room(depth):
                wanted = not self.hidden(inner)
            if wanted:
                found[name] = self.value(inner, name, depth + 1)
        for name in required:
            if name not in found:
                found[name] = self.value(others, name, depth + 1)
        for number in range(_least_members(schema, depth) - len(found)):
            found[f"key_{number + 1}"] = self.value(others, "", depth + 1)
        return found

    def has_room(self, depth: int) -> bool:
        """Whether something that may be left out is made."""
        if depth >= _DEEP:
            return False
        return self.room > 0

    def hidden(self, schema: Node) -> bool:
        """Whether only requests show it."""
        schema = self.schemas.resolve(schema)
        if not isinstance(schema, dict):
            return True
        return True in (schema.get("writeOnly"), schema.get("deprecated"))

    def array(self, schema: Schema, name: str, depth: int) -> list[Json]:
        items = [self.value(item, "", depth + 1) for item in listing(schema, "prefixItems")]
        wanted = schema.get("minItems", 0)
        if self.has_room(depth):
            wanted = max(wanted, 1)
        wanted = min(wanted, schema.get("maxItems", wanted))
        one = name.removesuffix("s")
        while len(items) < wanted:
            items.append(self.value(schema.get("items", {}), one, depth + 1))
        return items

    def text(self, schema: Schema, name: str) -> Json:
        for text in self.texts(schema, name):
            if _fits(schema, text):
                return text
        return sample(self.schemas, {**schema, "enum": None}, examples=False)

    def texts(self, schema: Schema, name: str) -> Iterator[str]:
        """Texts for a field, the most telling first."""
        most, least = schema.get("maxLength", 10**6), schema.get("minLength", 0)
        yield from self.told_texts(str(schema.get("format", "")), name, most)
        if name.lower().endswith("id"):
            yield self.told.hexadecimal(min(24, most))
        if schema.get("pattern"):
            yield like(schema["pattern"], least, most, self.random) or ""
        if schema.get("format") not in _FORMATS:
            yield self.told.title
            yield (self.told.slug * (1 + least // 5))[: max(least, min(most, 12))]

    def told_texts(self, format_: str, name: str, most: int) -> Iterator[str]:
        """What a name and a format tell."""
        moment = stamped(self.told, name)
        if moment is not None:
            yield from _moment_texts(moment, format_)
        if format_ in _FORMATS:
            suggested = self.suggested(name)
            if _looks(format_, suggested):
                yield str(suggested)
            yield _FORMATS[format_](self.told)
            return
        if moment is not None and format_ != "":
            return
        if known(name):
            yield str(self.suggested(name))
            yield str(self.suggested(name))[:most]

    def suggested(self, name: str) -> Json:
        """A value that fits a name; None where it tells none. Each is a new one."""
        maker = known(name)
        if maker is None:
            return None
        return maker(self.told)

    def number_of(self, schema: Schema, kind: str, name: str) -> float:
        value = self.told_number(kind, name)
        if value is None:
            value = self.any_number(kind, name)
        if kind == "integer":
            return _bounded_integer(schema, value)
        return _bounded(schema, value, schema.get("multipleOf"))

    def told_number(self, kind: str, name: str) -> float | None:
        """What a name tells; None where it tells no number."""
        told, moment = self.suggested(name), stamped(self.told, name)
        if moment is not None and kind == "integer":
            return int(moment.timestamp())
        if isinstance(told, (int, float)):
            return told
        return None

    def any_number(self, kind: str, name: str) -> float:
        least, end = 1, 100
        if name.lower().endswith("id"):
            least, end = 1000, 10**6
        number = self.random.randrange(least, end)
        if kind == "number":
            return number + 0.5 * (self.number % 2)
        return number


def _usual(options: list[dict[str, Node]], depth: int) -> list[dict[str, Node]]:
    """The alternatives that are not null; from some level on those that have no parts, or null."""
    usual = [option for option in options if types_of(option) != ("null",)] or options
    if depth < _DEEP:
        return usual
    near = usual
    if depth > 2 * _DEEP:  # null ends what would go on for ever
        near = options
    return [option for option in near if not _has_parts(option)] or usual


def _least_members(schema: Schema, depth: int) -> int:
    """How many members an object has; one at least where it is a map."""
    if "minProperties" in schema:
        return int(schema["minProperties"])
    if depth >= _DEEP:
        return 0
    if mapping(schema, "properties"):
        return 0
    return int(isinstance(schema.get("additionalProperties"), dict))


def _default(schema: Schema) -> Iterator[Json]:
    if schema.get("default") is not None:
        yield schema["default"]


def _examples(schema: Schema) -> Iterator[Json]:
    if schema.get("example") is not None:
        yield schema["example"]
    yield from listing(schema, "examples")[:1]


def _has_parts(schema: Node) -> bool:
    return types_of(schema)[:1] in (("object",), ("array",))


def _whole(value: float) -> int:
    """An amount of money in cents, a degree without its fraction."""
    if abs(value) > 180:
        return round(value * 100)
    return int(value)


def _over(base: dict[str, Node], option: Schema) -> dict[str, Node]:
    """Two schemas that hold together, as far as objects go."""
    made = {**base, **option}
    if "properties" in made:
        made["properties"] = {**mapping(base, "properties"), **mapping(option, "properties")}
    if "required" in made:
        required = [*listing(base, "required"), *listing(option, "required")]
        made["required"] = list(dict.fromkeys(required))
    return made


def _bounded_integer(schema: Schema, value: float) -> int:
    if isinstance(value, float):
        value = _whole(value)
    return int(_bounded(schema, value, schema.get("multipleOf") or 1))


def _bounded(schema: Schema, value: float, step: float | None) -> float:
    low, high = _bounds(schema, step or 0.5)
    if high is not None:
        value = min(value, high)
    if low is not None:
        value = max(value, low)
    if not step:
        return value
    return _on_step(value, step, low)


def _on_step(value: float, step: float, low: float | None) -> float:
    """The next multiple below a value, above it where that is too low; the value itself where it is one."""
    excess = value % step
    if not excess:
        return value
    below = value - excess
    if low is None:
        return below
    if below < low:
        return below + step
    return below


def _bounds(schema: Schema, unit: float) -> tuple[float | None, float | None]:
    """The least and the greatest value; what is excluded is a unit away."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(above, (int, float)):
        above += unit
        low = above if low is None else max(above, low)
    if isinstance(below, (int, float)):
        below -= unit
        high = below if high is None else min(below, high)
    return low, high


def _fits(schema: Schema, text: str) -> bool:
    pattern = schema.get("pattern")
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**6):
        return False
    if not pattern:
        return True
    if text == "":
        return False
    return matches(pattern, text)


def _moment_texts(moment: datetime, format_: str) -> Iterator[str]:
    if format_ == "date":
        yield moment.date().isoformat()
    elif format_ in ("", "date-time"):
        yield _written(moment)


def _looks(format_: str, suggested: Json) -> bool:
    """Whether what a name suggests is of the format."""
    if not isinstance(suggested, str):
        return False
    sign = _SIGNS.get(format_)
    if sign is None:
        return False
    if sign not in suggested:
        return False
    if format_ in ("date", "uuid"):
        return " " not in suggested
    return True


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
