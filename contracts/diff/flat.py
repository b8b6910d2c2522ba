"""A schema as what it demands: references followed, `allOf` taken together, annotations left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from troth.contracts.document import Document, join, split
from troth.contracts.document.pointers import walk
from troth.contracts.model import Json, Pointer

REQUEST, RESPONSE = "request", "response"

Node: TypeAlias = tuple[Pointer, ...]
"""One or more schemas, all of which hold, by their places."""

ANNOTATIONS = frozenset(
    {
        *("title", "description", "example", "examples", "deprecated", "externalDocs", "xml", "$comment"),
        *("$id", "$anchor", "$schema", "$defs", "definitions", "contentMediaType", "contentEncoding"),
    }
)
NESTED = frozenset(
    {
        *("not", "if", "then", "else", "contains", "prefixItems", "patternProperties", "propertyNames"),
        *("dependentSchemas", "dependentRequired", "unevaluatedProperties", "unevaluatedItems"),
    }
)
"""What holds schemas that are compared as a whole: all that can be said is that they differ."""

LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")


class Flat:
    """The demands of a node by keyword, each with the place that it comes from.

    ``properties`` and ``items`` are nodes again; ``oneOf`` and ``anyOf`` lists of them.
    """

    def __init__(self) -> None:
        self.said: dict[str, Json] = {}
        self.at: dict[str, Pointer] = {}
        self.properties: dict[str, Node] = {}
        self.items: Node = ()
        self.choices: dict[str, list[Node]] = {}
        self.nothing = False

    def place(self, keyword: str) -> Pointer | None:
        """Where a keyword stands."""
        return self.at.get(keyword)

    def add(self, keyword: str, value: Json, pointer: Pointer) -> None:
        """One more demand; two of the same keyword become the one that holds where both do."""
        if keyword in self.said:
            value = _both(keyword, self.said[keyword], value)
        self.said[keyword] = value
        self.at.setdefault(keyword, join(pointer, keyword))


def _both(keyword: str, one: Json, other: Json) -> Json:
    if keyword == "required":
        return sorted({*one, *other})
    if keyword == "type":
        return frozenset(one) & frozenset(other)
    if keyword == "enum":
        return [value for value in one if value in other]
    if keyword in LEAST:
        return max(one, other)
    if keyword in MOST:
        return min(one, other)
    return one if one == other else {"both": sorted((dumped(one), dumped(other)))}


def dumped(value: Json) -> str:
    """A value as text, the same whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, default=str)


class Flattener:
    """Flat schemas of one document, each worked out once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data = document.schemas.data
        self.flat = lru_cache(maxsize=None)(self._flat)
        self.canonical = lru_cache(maxsize=None)(self._canonical)

    def _canonical(self, node: Node) -> Node:
        """Where plain references lead: what two operations share is one node."""
        if len(node) != 1:
            return node
        seen: set[Pointer] = set()
        (pointer,) = node
        while pointer not in seen:
            seen.add(pointer)
            schema = self.schema(pointer)
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            if any(key not in ANNOTATIONS and key != "$ref" and key[:2] != "x-" for key in schema):
                break
            pointer = _target(schema["$ref"])
        return (pointer,)

    def schema(self, pointer: Pointer) -> Json:
        """The schema at a place; nothing is demanded where there is none."""
        try:
            return walk(self.data, split(pointer))
        except LookupError:
            return {}

    def _flat(self, node: Node) -> Flat:
        flat, stack, seen = Flat(), list(node), set()
        while stack:
            pointer = stack.pop(0)
            schema = self.schema(pointer)
            if pointer in seen or not isinstance(schema, dict):
                flat.nothing = flat.nothing or schema is False
                continue
            seen.add(pointer)
            if isinstance(schema.get("$ref"), str):
                stack.append(_target(schema["$ref"]))
            stack += [join(pointer, "allOf", i) for i in range(len(schema.get("allOf") or ()))]
            stack += [join(pointer, word, 0) for word in _CHOICES if len(schema.get(word) or ()) == 1]
            for keyword, value in schema.items():
                if keyword not in ANNOTATIONS and keyword not in ("$ref", "allOf") and keyword[:2] != "x-":
                    self._take(flat, keyword, value, pointer)
        return flat

    def _take(self, flat: Flat, keyword: str, value: Json, pointer: Pointer) -> None:
        if keyword == "properties" and isinstance(value, Mapping):
            for name in value:
                flat.properties[name] = (*flat.properties.get(name, ()), join(pointer, keyword, name))
        elif keyword == "items":
            flat.items = (*flat.items, join(pointer, keyword))
        elif keyword in _CHOICES and isinstance(value, list):
            if len(value) > 1:  # a single one is no choice: it holds, as a part of `allOf` does
                self._choose(flat, keyword, value, pointer)
        elif keyword == "const":
            flat.add("enum", [value], pointer)
        elif keyword == "type":
            flat.add(keyword, frozenset([value] if isinstance(value, str) else value), pointer)
        elif keyword in NESTED:
            flat.add(keyword, expanded(self.document, join(pointer, keyword)), pointer)
        else:
            flat.add(keyword, value, pointer)

    def _choose(self, flat: Flat, keyword: str, value: list[Json], pointer: Pointer) -> None:
        """Alternatives; one that only allows null beside a single other is the same as a type with null."""
        nodes: list[Node] = [(join(pointer, keyword, i),) for i in range(len(value))]
        real = [node for node, part in zip(nodes, value, strict=True) if part not in _NULL]
        if len(real) == 1 and len(real) < len(nodes):
            self._merge(flat, self.flat(real[0]))
            return
        name = keyword
        while name in flat.choices:
            name += "+"
        flat.choices[name] = nodes
        flat.at.setdefault(name, join(pointer, keyword))

    def _merge(self, flat: Flat, inner: Flat) -> None:
        """What a nullable part demands, null allowed beside."""
        for keyword, value in inner.said.items():
            if keyword == "type":
                value = value | {"null"}
            elif keyword == "enum" and None not in value:
                value = [*value, None]
            flat.add(keyword, value, "")
            flat.at[keyword] = inner.at[keyword]
        for name, node in inner.properties.items():
            flat.properties[name] = (*flat.properties.get(name, ()), *node)
        flat.items = (*flat.items, *inner.items)
        flat.choices |= inner.choices


_CHOICES = ("oneOf", "anyOf")
_NULL: tuple[Json, ...] = ({"type": "null"}, {"type": ["null"]}, {"enum": [None]}, {"const": None})


def _target(reference: str) -> Pointer:
    from_ = reference.removeprefix("#")
    return "/" + from_.lstrip("/") if from_ else ""


def expanded(document: Document, pointer: Pointer) -> str:
    """What stands at a place as text, references replaced by what they mean (a circle by its name)."""
    data = document.schemas.data

    def open_up(value: Json, way: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            return [open_up(item, way) for item in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and reference not in way and len(way) < 6:
            try:
                return open_up(walk(data, split(_target(reference))), (*way, reference))
            except LookupError:
                return reference
        return {
            k: open_up(v, way) for k, v in value.items() if k not in ("description", "summary", "examples")
        }

    try:
        return dumped(open_up(walk(data, split(pointer)), ()))
    except LookupError:
        return ""
