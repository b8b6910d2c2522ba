"""A schema as what it demands: references followed, `allOf` taken together, annotations left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

from troth.contracts.document import Document, join, split
from troth.contracts.document.pointers import walk
from troth.contracts.document.views import UNTYPED_NULL
from troth.contracts.model import Node, Pointer, Schema

REQUEST, RESPONSE = "request", "response"

Parts: TypeAlias = tuple[Pointer, ...]
"""One or more schemas, all of which hold, by their places."""

ANNOTATIONS = frozenset(
    {
        *("title", "description", "example", "examples", "deprecated", "externalDocs", "xml", "$comment"),
        *("$id", "$anchor", "$schema", "$defs", "definitions", "contentMediaType", "contentEncoding"),
    }
)
NESTED = frozenset(
    {
        *("not", "if", "then", "else", "contains", "patternProperties", "propertyNames"),
        *("dependentSchemas", "dependentRequired", "unevaluatedProperties", "unevaluatedItems"),
    }
)
"""What holds schemas that are compared as a whole: all that can be said is that they differ."""

DEEPEST = 6
"""References in each other that are followed where schemas are compared as a whole."""

_PROSE = ("description", "summary", "examples")

LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")


class Flat:
    """The demands of a node by keyword, each with the place that it comes from.

    ``properties``, ``items`` and ``first`` (the items of certain places) are nodes again; ``oneOf`` and
    ``anyOf`` lists of them.
    """

    def __init__(self) -> None:
        self.said: dict[str, Node] = {}
        self.at: dict[str, Pointer] = {}
        self.properties: dict[str, Parts] = {}
        self.items: Parts = ()
        self.first: dict[int, Parts] = {}
        self.choices: dict[str, list[Parts]] = {}
        self.nothing = False

    def place(self, keyword: str) -> Pointer | None:
        """Where a keyword stands."""
        return self.at.get(keyword)

    def add(self, keyword: str, value: Node, pointer: Pointer) -> None:
        """One more demand; two of the same keyword become the one that holds where both do."""
        if keyword in self.said:
            value = _both(keyword, self.said[keyword], value)
        self.said[keyword] = value
        self.at.setdefault(keyword, join(pointer, keyword))


def _both(keyword: str, one: Node, other: Node) -> Node:
    if keyword in _BOTH_HOLD:
        return _BOTH_HOLD[keyword](one, other)
    if keyword in LEAST:
        return max(one, other)
    if keyword in MOST:
        return min(one, other)
    if one == other:
        return one
    return {"both": sorted((dumped(one), dumped(other)))}


def _both_required(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return sorted({*one, *other})


def _both_types(one: Iterable[str], other: Iterable[str]) -> frozenset[str]:
    return frozenset(one) & frozenset(other)


def _both_values(one: Sequence[Node], other: Sequence[Node]) -> list[Node]:
    return [value for value in one if value in other]


_BOTH_HOLD: Mapping[str, Callable[[Node, Node], Node]] = {
    "required": _both_required,
    "type": _both_types,
    "enum": _both_values,
}


def dumped(value: Node) -> str:
    """A value as text, the same whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, default=str)


class Flattener:
    """Flat schemas of one document, each worked out once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data = document.schemas.data
        self.flat = lru_cache(maxsize=None)(self._flat)
        self.canonical = lru_cache(maxsize=None)(self._canonical)

    def _canonical(self, node: Parts) -> Parts:
        """Where plain references lead: what two operations share is one node."""
        if len(node) != 1:
            return node
        seen: set[Pointer] = set()
        (pointer,) = node
        while pointer not in seen:
            seen.add(pointer)
            schema = self._schema(pointer)
            if not _is_plain_reference(schema):
                break
            pointer = _target(schema["$ref"])
        return (pointer,)

    def _schema(self, pointer: Pointer) -> Node:
        """The schema at a place; nothing is demanded where there is none."""
        try:
            return walk(self.data, split(pointer))
        except LookupError:
            return {}

    def _flat(self, node: Parts) -> Flat:
        flat, stack, seen = Flat(), list(node), set()
        while stack:
            pointer = stack.pop(0)
            schema = self._schema(pointer)
            if pointer in seen or not isinstance(schema, dict):
                flat.nothing = flat.nothing or schema is False
                continue
            seen.add(pointer)
            stack += _further(schema, pointer)
            for keyword, value in schema.items():
                if _demands(keyword):
                    self._take(flat, keyword, value, pointer)
        return flat

    def _take(self, flat: Flat, keyword: str, value: Node, pointer: Pointer) -> None:
        if keyword == "properties" and isinstance(value, Mapping):
            for name in value:
                flat.properties[name] = (*flat.properties.get(name, ()), join(pointer, keyword, name))
        elif keyword == "items":
            flat.items = (*flat.items, join(pointer, keyword))
        elif keyword == "prefixItems" and isinstance(value, list):
            for index in range(len(value)):
                flat.first[index] = (*flat.first.get(index, ()), join(pointer, keyword, index))
        elif keyword in _CHOICES and isinstance(value, list):
            if len(value) > 1:  # a single one is no choice: it holds, as a part of `allOf` does
                self._choose(flat, keyword, value, pointer)
        elif keyword == "const":
            flat.add("enum", [value], pointer)
        else:
            flat.add(keyword, self._comparable(keyword, value, pointer), pointer)

    def _comparable(self, keyword: str, value: Node, pointer: Pointer) -> Node:
        """A value in the form in which two of them are compared."""
        if keyword in NESTED:
            return expanded(self.document, join(pointer, keyword))
        if keyword != "type":
            return value
        if isinstance(value, str):
            return frozenset([value])
        return frozenset(value)

    def _choose(self, flat: Flat, keyword: str, value: list[Node], pointer: Pointer) -> None:
        """Alternatives; one that only allows null beside a single other is the same as a type with null."""
        nodes: list[Parts] = [(join(pointer, keyword, i),) for i in range(len(value))]
        real = [node for node, part in zip(nodes, value, strict=True) if part not in _NULL]
        if len(real) == 1 and len(real) < len(nodes):
            self._merge(flat, self.flat(real[0]))
            return
        types = _types_alone(keyword, value)
        if types:
            flat.add("type", types, pointer)
            flat.at["type"] = join(pointer, keyword)
            return
        name = keyword
        while name in flat.choices:
            name += "+"
        flat.choices[name] = nodes
        flat.at.setdefault(name, join(pointer, keyword))

    def _merge(self, flat: Flat, inner: Flat) -> None:
        """What a nullable part demands, null allowed beside."""
        for keyword, value in inner.said.items():
            flat.add(keyword, _or_null(keyword, value), "")
            flat.at[keyword] = inner.at[keyword]
        for name, node in inner.properties.items():
            flat.properties[name] = (*flat.properties.get(name, ()), *node)
        flat.items = (*flat.items, *inner.items)
        for index, node in inner.first.items():
            flat.first[index] = (*flat.first.get(index, ()), *node)
        flat.choices |= inner.choices


_CHOICES = ("oneOf", "anyOf")
_NULL: tuple[Node, ...] = (
    {"type": "null"},
    UNTYPED_NULL,
    {"type": ["null"]},
    {"enum": [None]},
    {"const": None},
)


def _types_alone(keyword: str, options: Sequence[Node]) -> frozenset[str]:
    """The types of alternatives that say nothing else, which are as good as a list of types."""
    found: list[str] = []
    for option in options:
        if not isinstance(option, dict) or {*filter(_follows, option)} != {"type"}:
            return frozenset()
        types = option["type"]
        found += [types] if isinstance(types, str) else types
    if keyword == "anyOf":
        return frozenset(found)
    if len(set(found)) < len(found):
        return frozenset()
    if {"integer", "number"} <= set(found):
        return frozenset()
    return frozenset(found)


def _follows(keyword: str) -> bool:
    """Whether a keyword says something itself, or refers to what does."""
    if keyword in ("$ref", "allOf"):
        return True
    return _demands(keyword)


def _or_null(keyword: str, value: Node) -> Node:
    if keyword == "type":
        return value | {"null"}
    if keyword == "enum" and None not in value:
        return [*value, None]
    return value


def _demands(keyword: str) -> bool:
    """Whether a keyword says itself what values are allowed; references and `allOf` are followed."""
    return keyword not in ANNOTATIONS and keyword not in ("$ref", "allOf") and not keyword.startswith("x-")


def _is_plain_reference(schema: Node) -> bool:
    """Whether a schema is a reference with nothing beside it but annotations."""
    if not isinstance(schema, dict) or "$ref" not in schema:
        return False
    return not any(_demands(key) or key == "allOf" for key in schema)


def _further(schema: Schema, pointer: Pointer) -> Iterator[Pointer]:
    """The places of what holds as well."""
    if isinstance(schema.get("$ref"), str):
        yield _target(schema["$ref"])
    for index in range(len(schema.get("allOf") or ())):
        yield join(pointer, "allOf", index)
    for keyword in _CHOICES:
        if len(schema.get(keyword) or ()) == 1:
            yield join(pointer, keyword, 0)


def _target(reference: str) -> Pointer:
    pointer = unquote(reference.removeprefix("#"))
    if not pointer:
        return ""
    return "/" + pointer.lstrip("/")


def expanded(document: Document, pointer: Pointer) -> str:
    """What stands at a place as text, references replaced by what they mean (a circle by its name)."""
    data = document.schemas.data
    try:
        return dumped(_expanded(data, walk(data, split(pointer)), ()))
    except LookupError:
        return ""


def _expanded(data: Node, node: Node, way: tuple[str, ...]) -> Node:
    """``way``: the references that led here."""
    if isinstance(node, list):
        return [_expanded(data, item, way) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in way and len(way) < DEEPEST:
        try:
            return _expanded(data, walk(data, split(_target(reference))), (*way, reference))
        except LookupError:
            return reference
    return {key: _expanded(data, inner, way) for key, inner in node.items() if key not in _PROSE}
