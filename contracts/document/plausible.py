"""Values that look as in real life and keep their schema: for records that nobody has written down.

The author's examples come first; then what a field's name and format tell; then the plainest value. All of it
follows from the chance that is given: the same seed makes the same values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from random import Random

from troth.contracts.document.alternatives import over, usual
from troth.contracts.document.discriminators import told_itself, told_options
from troth.contracts.document.known_names import is_fine, kind_told, known
from troth.contracts.document.numbers import bounded
from troth.contracts.document.pointers import listing, mapping, reference
from troth.contracts.document.samples import like, matches, valid_sample
from troth.contracts.document.scalars import Scalars
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.texts import fitting
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Pointer, Schema

ATTEMPTS = 12
MOST_ITEMS = 100
"""Items of a list, and members of an object, that are made at most, however many are asked for."""

DEEPEST, MOST_VALUES = 40, 5000
"""Levels of a value, and values in it; a schema that requires itself for ever has none."""

_SHORTEST, _FEW = (ATTEMPTS // 3, ATTEMPTS // 2), 1000
"""The attempts that are left where one had too many values, and how many they may have."""

_DEEP, _ROOM = 3, 250
"""From which level on only what is required is made, and how many values at most before that."""

_CHOICES = 30
"""From which level on no alternative is taken that has alternatives itself."""

_ALTERNATIVES = 6
"""How many of some alternatives are tried where a value of one is one of others, too."""

_TELLING = (
    ("additionalProperties", "object"),
    ("patternProperties", "object"),
    ("required", "object"),
    ("minProperties", "object"),
    ("prefixItems", "array"),
    ("contains", "array"),
    ("minItems", "array"),
    ("uniqueItems", "array"),
    ("minimum", "number"),
    ("maximum", "number"),
    ("multipleOf", "number"),
)
"""Keywords that tell the type of a schema that does not say it."""


def plausible(schemas: Schemas, pointer: Pointer, random: Random, *, first: bool = True) -> Json:
    """A value that keeps the schema at a pointer. ``first``: examples are taken over wherever there are some;
    else only where nothing better is known, so that further records differ."""
    meant, richest, read_so = reference(pointer), None, list[Json]()
    left, most = [*range(ATTEMPTS)], MOST_VALUES
    while left:
        attempt = left.pop(0)
        trial = _Attempt(schemas, random, attempt, first, most=most)
        value = trial.value(meant, "", 0)
        if schemas.valid_made(pointer, value):
            return value
        if schemas.valid(pointer, value):
            read_so.append(value)
        if attempt == 0:
            richest = value
        if trial.left <= 0:  # a schema that requires itself for ever: some levels of it, in vain or not
            richest = _Attempt(schemas, random, attempt, first, _DEEP).value(meant, "", 0)
            left, most = [number for number in left if number in _SHORTEST], _FEW
    plainest = valid_sample(schemas, pointer)
    if schemas.valid(pointer, plainest):
        read_so.append(plainest)
    if read_so:
        return min(read_so, key=_length)  # right in one reading of the document only
    return richest  # no value keeps the schema: the one that shows most of it


class _Attempt:
    """One attempt: the first takes the first of alternatives, later ones any, and fewer optional values."""

    def __init__(
        self,
        schemas: Schemas,
        random: Random,
        number: int,
        first: bool,
        deepest: int = DEEPEST,
        most: int = MOST_VALUES,
    ) -> None:
        self.deepest, self.left = deepest, most
        self.schemas, self.random, self.number = schemas, random, number
        self.scalars = Scalars(random, number)
        self.early = number < ATTEMPTS // 2
        self.examples = first and self.early
        self.room = 0
        if number < ATTEMPTS // 3:
            self.room = _ROOM

    def value(self, schema: Node, name: str, depth: int) -> Json:
        self.room -= 1
        self.left -= 1
        if any((depth > self.deepest, self.left < 0)):
            return None
        resolved = self.schemas.resolve(schema)
        if not isinstance(resolved, dict):
            return None
        for found in self.written(resolved, name):
            return found
        if "discriminator" in resolved:
            resolved = told_itself(self.schemas, schema, resolved)
        value = self.made(self.chosen(resolved, depth), name, depth)
        if "oneOf" in resolved and depth <= _DEEP and not self.schemas.fits(schema, value):
            return self.of_another(schema, resolved, value, name, depth)
        return value

    def of_another(self, written: Node, schema: dict[str, Node], first: Json, name: str, depth: int) -> Json:
        """A value of another of some alternatives, where that of the first is one of several of them, too."""
        options = listing(schema, "oneOf")
        for option in self.random.sample(options, min(len(options), _ALTERNATIVES)):
            value = self.made(self.chosen({**schema, "oneOf": [option]}, depth), name, depth)
            if self.schemas.fits(written, value):
                return value
        return first

    def made(self, schema: dict[str, Node], name: str, depth: int) -> Json:
        """A value that nobody has written down."""
        kinds = types_of(schema) or self.kinds_told(schema)
        if "null" in kinds and depth > 2 * _DEEP:
            return None
        for kind in kinds:
            if kind != "null":
                return self.of_kind(kind, schema, name, depth)
        return None

    def kinds_told(self, schema: Schema) -> tuple[str, ...]:
        """The type of a schema that says it by other keywords only."""
        for keyword, kind in _TELLING:
            if keyword in schema:
                return (kind,)
        return ("string",)

    def of_kind(self, kind: str, schema: Schema, name: str, depth: int) -> Json:
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, name, depth)
        if kind == "boolean":
            drawn = self.random.random() < 0.5
            fine = is_fine(name)
            return drawn if fine is None else fine
        if kind in ("integer", "number"):
            return self.scalars.number(schema, kind, name)
        return self.scalars.text(schema, name)

    def written(self, schema: Schema, name: str) -> Iterator[Json]:
        """What the author has written for this place, as far as it is right."""
        if "const" in schema:
            yield schema["const"]
        if self.early and self.is_told(schema, "default"):
            yield schema["default"]
        if self.wants_example(schema, name):
            yield from (example for example in _examples(schema) if self.schemas.fits(schema, example))
        values = listing(schema, "enum")
        if values:
            told = [value for value in values if value is not None]
            yield self.random.choice(told or [None])

    def is_told(self, schema: Schema, keyword: str) -> bool:
        """Whether a default says something: null does for the record that shows the author's own values."""
        if keyword not in schema:
            return False
        if schema[keyword] is None and not self.examples:
            return False
        return self.schemas.fits(schema, schema[keyword])

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
            options = told_options(self.schemas, schema, keyword)
            if depth > _CHOICES:  # an alternative may be what it is one of
                options = [option for option in options if not {"oneOf", "anyOf"} & option.keys()]
            if options:
                option = self.option(options, depth)
                rest = {key: value for key, value in schema.items() if key != keyword}
                schema = over(rest, self.chosen(option, depth + 1))
        return schema

    def option(self, options: list[dict[str, Node]], depth: int) -> dict[str, Node]:
        """One of some alternatives: the first usual one, later any usual one, in the end any."""
        if self.number > 3:
            return self.random.choice(options)
        likely = usual(options, depth, _DEEP)
        if self.number == 0:
            return likely[0]
        return self.random.choice(likely)

    def object(self, schema: Schema, depth: int) -> dict[str, Json]:
        found = self.members(schema, depth)
        if "if" in schema:
            schema = self.conditioned(schema, found)
            found = {
                **self.members(schema, depth),
                **_of(found, mapping(mapping(schema, "if"), "properties")),
            }
        schema = self.with_dependents(schema, found)
        for name in (*listing(schema, "required"), *self.dependent(schema, found)):
            if name not in found:
                found[name] = self.value(self.schema_of(schema, name), name, depth + 1)
        self.fill(schema, found, depth)
        return found

    def members(self, schema: Schema, depth: int) -> dict[str, Json]:
        """The properties that are required, and those others that there is room for."""
        required, found = listing(schema, "required"), dict[str, Json]()
        right = {**self.right_parts(schema), **kind_told(schema)}
        for name, inner in mapping(schema, "properties").items():
            if name in right:
                found[name] = right[name]
                continue
            wanted = name in required
            if not wanted and self.has_room(depth):
                wanted = not self.hidden(inner)
            if not wanted:
                continue
            found[name] = self.value(inner, name, depth + 1)
            if name not in required and self.is_none(inner, found[name]):
                del found[name]
        for name in required:
            if name not in found:
                found[name] = self.value(self.schema_of(schema, name), name, depth + 1)
        return found

    def is_none(self, schema: Node, value: Json) -> bool:
        """Whether a value is none of the alternatives, or more than one."""
        resolved = self.schemas.resolve(schema)
        if not listing(resolved, "oneOf"):
            return False
        return not self.schemas.fits(schema, value)

    def right_parts(self, schema: Schema) -> dict[str, Json]:
        """Of an example that is not right as a whole, the members that are."""
        if not self.examples:
            return {}
        known = mapping(schema, "properties")
        for example in _examples(schema):
            if isinstance(example, Mapping):
                return {
                    name: value
                    for name, value in example.items()
                    if name in known and self.schemas.fits(known[name], value)
                }
        return {}

    def schema_of(self, schema: Schema, name: str) -> Node:
        """The schema of a member: of its own name, of a pattern of names, of all others."""
        known = mapping(schema, "properties")
        if name in known:
            return known[name]
        for pattern, inner in mapping(schema, "patternProperties").items():
            if matches(pattern, name):
                return inner
        return schema.get("additionalProperties", {})

    def conditioned(self, schema: Schema, found: Mapping[str, Json]) -> Schema:
        """A schema with what it asks for besides, of an object like this."""
        branch = "else"
        if self.schemas.fits(schema["if"], found):
            branch = "then"
        more = self.schemas.resolve(schema.get(branch))
        if isinstance(more, dict):
            return over(dict(schema), more)
        return schema

    def with_dependents(self, schema: Schema, found: Mapping[str, Json]) -> Schema:
        """A schema with those that its members ask for (``dependentSchemas``)."""
        for name, inner in mapping(schema, "dependentSchemas").items():
            more = self.schemas.resolve(inner)
            if name in found and isinstance(more, dict):
                schema = over(dict(schema), more)
        return schema

    def dependent(self, schema: Schema, found: Mapping[str, Json]) -> Iterator[str]:
        """The members that those ask for which are there (``dependentRequired``)."""
        asked, seen = list(found), set(found)
        while asked:
            for name in listing(mapping(schema, "dependentRequired"), asked.pop()):
                if name not in seen:
                    seen.add(name)
                    asked.append(name)
                    yield name

    def fill(self, schema: Schema, found: dict[str, Json], depth: int) -> None:
        """Members until there are enough: optional ones, then such as names and patterns allow."""
        wanted = _least_members(schema, depth)
        for name, inner in mapping(schema, "properties").items():
            if len(found) < wanted and name not in found:
                found[name] = self.value(inner, name, depth + 1)
        for attempt in range(4 * wanted):
            if len(found) >= wanted:
                return
            name = self.new_name(schema, attempt)
            if name not in found:
                found[name] = self.value(self.schema_of(schema, name), "", depth + 1)

    def new_name(self, schema: Schema, number: int) -> str:
        """A name for a member that has none."""
        names = mapping(schema, "propertyNames")
        known = listing(self.schemas.resolve(names), "enum")
        if known:
            return str(known[number % len(known)])
        if names:
            return fitting(self.schemas.resolve(names), self.random) or f"key_{number + 1}"
        for pattern in mapping(schema, "patternProperties"):
            return like(pattern, 1, 60, self.random) or f"key_{number + 1}"
        return f"key_{number + 1}"

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
        wanted = _count(schema.get("minItems"), 0)
        if self.has_room(depth) and schema.get("items") is not False:
            wanted = max(wanted, 1)
        wanted = min(wanted, _count(schema.get("maxItems"), wanted), MOST_ITEMS)
        one = name.removesuffix("s")
        if "contains" in schema:
            least = len(items) + min(_count(schema.get("minContains"), 1), MOST_ITEMS)
            self.add_items(items, schema, schema["contains"], one, least, depth)
        self.add_items(items, schema, schema.get("items", {}), one, wanted, depth)
        return items

    def add_items(
        self, items: list[Json], schema: Schema, inner: Node, name: str, wanted: int, depth: int
    ) -> None:
        """Items of one schema until there are enough, none of them twice where that must not be."""
        unique = schema.get("uniqueItems") is True
        for attempt in range(wanted * 20):
            if len(items) >= wanted:
                break
            item = self.value(inner, name, depth + 1)
            if not unique or not _is_in(item, items):
                items.append(item)
            elif isinstance(item, (int, float)) and not isinstance(item, bool):
                items.append(self.next_number(inner, items, attempt))

    def next_number(self, schema: Node, items: list[Json], attempt: int) -> Json:
        """A number that a list without repetitions does not have yet."""
        inner = self.schemas.resolve(schema)
        step = inner.get("multipleOf") or 1
        number = bounded(inner, step * attempt, step)
        while _is_in(number, items):
            number += step
        return number


def _least_members(schema: Schema, depth: int) -> int:
    """How many members an object has; one at least where it is a map."""
    if "minProperties" in schema:
        return min(int(schema["minProperties"]), MOST_ITEMS)
    if depth >= _DEEP:
        return 0
    if mapping(schema, "properties"):
        return 0
    return int(isinstance(schema.get("additionalProperties"), dict))


def _examples(schema: Schema) -> Iterator[Json]:
    if "example" in schema:
        yield schema["example"]
    yield from listing(schema, "examples")


def _of(found: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    """The members of some names."""
    return {name: found[name] for name in names if name in found}


def _count(value: Node, otherwise: int) -> int:
    if isinstance(value, int):
        return value
    return otherwise


def _is_in(item: Json, items: list[Json]) -> bool:
    """Whether an equal item is there; a boolean is no number."""
    written = json.dumps(item, sort_keys=True, default=str)
    return any(json.dumps(other, sort_keys=True, default=str) == written for other in items)


def _length(value: Json) -> int:
    return len(json.dumps(value, default=str))
