"""What is wrong with a value, one thing after the other: whoever wants to know of a few waits for no more.

The validator collects everything that is wrong at once, and for each alternative everything that is wrong
with it: of a long list that takes long, of alternatives inside of alternatives it has no end. Here a schema
is gone into as far as the value is wrong, by keywords, and each keyword is asked once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import jsonschema_rs

from troth.contracts.document.pointers import join, listing, mapping, named_in, split, walk
from troth.contracts.document.references import target
from troth.contracts.model import Json, Node, Pointer

Path = tuple[str | int, ...]

SMALL = 200
"""Values of which everything is told that is wrong with them."""

_ALTERNATIVES = ("oneOf", "anyOf")
_ENTERED = frozenset({"$ref", "allOf", "items", "prefixItems", *_ALTERNATIVES})
_KEPT_WHOLE = frozenset({"unevaluatedProperties", "unevaluatedItems", "$dynamicRef"})
"""Keywords that hang on what others have seen."""


class Breach(NamedTuple):
    """One thing that is wrong: where in the value, in which words, by which keyword."""

    path: Path
    message: str
    keyword: str
    missing: str | None
    soft: bool


class Reading(Protocol):
    """A document in one view: its nodes, and validators of its schemas with and without formats."""

    @property
    def data(self) -> Node: ...
    def valid(self, pointer: Pointer, value: Json, *, formats: bool) -> bool: ...
    def validator(self, pointer: Pointer, schema: Node, *, formats: bool) -> Any: ...


class Breaches:
    """What is wrong with values of a document's schemas."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def of(self, pointer: Pointer, value: Json, path: Path = ()) -> Iterator[Breach]:
        """What is wrong with a value by the schema at a pointer."""
        if self._reading.valid(pointer, value, formats=True):
            return
        schema = walk(self._reading.data, split(pointer))
        if not isinstance(schema, dict) or not _KEPT_WHOLE.isdisjoint(schema):
            yield from self._local(pointer, schema, value, path)
            return
        if str(schema.get("$ref", "")).startswith("#"):
            yield from self.of(join("", *target(schema["$ref"])), value, path)
        for number in range(len(listing(schema, "allOf"))):
            yield from self.of(join(pointer, "allOf", number), value, path)
        for keyword in _ALTERNATIVES:
            yield from self._alternatives(pointer, schema, keyword, value, path)
        if isinstance(value, Mapping):
            yield from self._members(pointer, schema, value, path)
        if isinstance(value, list):
            yield from self._items(pointer, schema, value, path)
        yield from self._local(pointer, _without_entered(schema), value, path)

    def _alternatives(
        self, pointer: Pointer, schema: Node, keyword: str, value: Json, path: Path
    ) -> Iterator[Breach]:
        if not listing(schema, keyword):
            return
        fitting = self._fitting(pointer, schema, keyword, value, formats=True)
        if fitting == 1:
            return
        if fitting > 1 and keyword == "anyOf":
            return
        says = "is not valid under any"
        if fitting:
            says = "is valid under more than one"
        written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        message = f"{written} {says} of the schemas listed in the '{keyword}' keyword"
        soft = self._fitting(pointer, schema, keyword, value, formats=False) == 1
        yield Breach(path, message, keyword, None, soft)

    def _fitting(self, pointer: Pointer, schema: Node, keyword: str, value: Json, *, formats: bool) -> int:
        """How many alternatives a value keeps; 2 stands for more."""
        found = 0
        for number in range(len(listing(schema, keyword))):
            found += self._reading.valid(join(pointer, keyword, number), value, formats=formats)
            if found > 1:
                break
        return found

    def _members(
        self, pointer: Pointer, schema: Node, value: Mapping[str, Json], path: Path
    ) -> Iterator[Breach]:
        properties = mapping(schema, "properties")
        others = isinstance(schema.get("additionalProperties"), dict) and "patternProperties" not in schema
        for name, member in value.items():
            if name in properties:
                yield from self.of(join(pointer, "properties", name), member, (*path, name))
            elif others:
                yield from self.of(join(pointer, "additionalProperties"), member, (*path, name))

    def _items(self, pointer: Pointer, schema: Node, value: list[Json], path: Path) -> Iterator[Breach]:
        first = len(listing(schema, "prefixItems"))
        for place, item in enumerate(value):
            if place < first:
                yield from self.of(join(pointer, "prefixItems", place), item, (*path, place))
            elif "items" in schema:
                yield from self.of(join(pointer, "items"), item, (*path, place))

    def _local(self, pointer: Pointer, schema: Node, value: Json, path: Path) -> Iterator[Breach]:
        """The first thing that is wrong by what is left of a schema."""
        if schema == {}:
            return
        try:
            self._reading.validator(pointer, schema, formats=True).validate(value)
        except jsonschema_rs.ValidationError as error:
            soft = bool(self._reading.validator(pointer, schema, formats=False).is_valid(value))
            missing = getattr(error.kind, "property", None)
            place = (*path, *named_in(value, error.instance_path))
            yield Breach(place, error.message, error.kind.name, missing, soft)


def _without_entered(schema: Mapping[str, Node]) -> dict[str, Node]:
    """A schema without what is gone into."""
    left = {key: value for key, value in schema.items() if key not in _ENTERED}
    if "properties" in left:
        left["properties"] = dict.fromkeys(mapping(schema, "properties"), True)
    if isinstance(left.get("additionalProperties"), dict) and "patternProperties" not in left:
        del left["additionalProperties"]
    return left


def is_small(value: Json) -> bool:
    """Whether a value has few parts."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        count += 1
        if count + len(left) > SMALL:
            return False
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list):
            left += one
    return True


def branches_without_end(schema: Node, resolve: Callable[[Node], Node]) -> bool:
    """Whether alternatives of a schema lead back into it."""
    open_: set[str] = set()
    known: set[str] = set()
    found = {"circle": False, "branch": False}

    def enter(node: Node) -> None:
        if isinstance(node, list):
            for item in node:
                enter(item)
        if not isinstance(node, dict):
            return
        found["branch"] |= not node.keys().isdisjoint(_ALTERNATIVES)
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in open_:
                found["circle"] = True
            elif reference not in known:
                known.add(reference)
                open_.add(reference)
                enter(resolve(reference))
                open_.discard(reference)
        for key, value in node.items():
            if key not in ("enum", "const", "default", "example", "examples"):
                enter(value)

    enter(schema)
    return found["circle"] and found["branch"]
