"""Schemas as they hold for one purpose: with the formats of numbers, for requests, for answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from troth.contracts.document.pointers import listing, mapping, said
from troth.contracts.model import Node, Schema

VALUES = frozenset({"example", "examples", "default", "enum", "const", "x-contract"})
"""What an author wrote down as data."""

NAMED = frozenset({"properties", "patternProperties", "$defs", "schemas", "definitions"})
"""What holds schemas by names of their own."""

UNTYPED_NULL: Schema = {"type": "null", "$comment": "nullable without a type"}
"""What OpenAPI 3.0's ``nullable`` becomes beside no ``type``: many servers take a null there, which 3.0.3
does not allow (4.7.24, "only if type is explicitly defined within the same Schema Object")."""

PAUSE = "x-troth-pause"
"""The keyword at which the engine lets others go on (``engine.KEYWORDS``)."""

LOOKING = "x-troth-pattern"
"""The keyword of a pattern that looks ahead or behind, from any place of a text."""

_LOOKS = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]")
"""Looking ahead or behind, or a reference to a group."""

_REPEATED = (
    *("items", "contains", "unevaluatedItems"),
    *("additionalProperties", "unevaluatedProperties", "propertyNames"),
)
"""Keywords whose schema is held against as many values as were sent."""

Resolve: TypeAlias = Callable[[Node], Node]

_SINGLE = 3.4028234663852886e38
_RANGES: Mapping[str, tuple[float, float]] = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "float": (-_SINGLE, _SINGLE),
}
"""Formats of numbers (OpenAPI Format Registry) as the least and the greatest value."""

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")

TEXT_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "byte": lambda text: _BASE64.fullmatch(re.sub(r"[\r\n]", "", text)) is not None,
    "base64url": lambda text: _BASE64URL.fullmatch(text) is not None,
    "char": lambda text: len(text) == 1,
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
}
"""Formats of texts that JSON Schema does not know (OpenAPI Format Registry)."""


def range_of(schema: Schema) -> tuple[float | None, float | None]:
    """The least and the greatest value of a number by its format; none where it has none."""
    return _RANGES.get(str(schema.get("format")), (None, None))


def with_ranges(data: Node) -> Node:
    """The formats of numbers as bounds; whatever has none of them stays the same object."""
    return _changed(data, _bounded, "")


def for_engine(data: Node) -> Node:
    """What is held against any number of values has the keyword ``PAUSE``; a pattern that looks around from
    any place of a text stands under ``LOOKING`` (``engine.KEYWORDS``)."""
    return _changed(data, lambda schema: _paused(_looking(schema)), "")


def _looking(schema: Schema) -> Schema:
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or pattern.startswith("^") or _LOOKS.search(pattern) is None:
        return schema
    return {**{key: value for key, value in schema.items() if key != "pattern"}, LOOKING: pattern}


def _paused(schema: Schema) -> Node:
    paused = {key: {**inner, PAUSE: True} for key in _REPEATED if (inner := mapping(schema, key))}
    patterns = mapping(schema, "patternProperties")
    if patterns:
        paused["patternProperties"] = {
            pattern: {**inner, PAUSE: True} if isinstance(inner, dict) else inner
            for pattern, inner in patterns.items()
        }
    if not paused:
        return schema
    return {**schema, **paused}


def for_requests(data: Node, resolve: Resolve) -> Node:
    """What is ``readOnly`` and required need not be sent (OpenAPI, Schema Object)."""
    return _without(data, resolve, "readOnly")


def sendable(properties: Mapping[str, Node], resolve: Resolve) -> dict[str, Node]:
    """The properties that a request may say: what is ``readOnly`` is the server's."""
    return {name: inner for name, inner in properties.items() if said(resolve(inner), "readOnly") is not True}


def for_answers(data: Node, resolve: Resolve) -> Node:
    """What is ``writeOnly`` and required need not be shown."""
    return _without(data, resolve, "writeOnly")


def told_apart(data: Node) -> Node:
    """Of alternatives that a ``discriminator`` tells apart, more than one may fit: it says which is meant
    (OpenAPI 3.0.3, 4.7.25: "a hint to shortcut validation and selection")."""
    return _changed(data, _any_of, "")


def _any_of(schema: Schema) -> Node:
    if not schema.keys() >= {"discriminator", "oneOf"}:
        return schema
    if "anyOf" in schema:
        return schema
    return {**{k: v for k, v in schema.items() if k != "oneOf"}, "anyOf": schema["oneOf"]}


def without_untyped_nulls(data: Node) -> Node:
    """No null where only some readings allow it."""
    return _changed(data, _typed_only, "")


def _typed_only(schema: Schema) -> Node:
    options = listing(schema, "anyOf")
    if UNTYPED_NULL not in options:
        return schema
    return {**schema, "anyOf": [option for option in options if option != UNTYPED_NULL]}


def _bounded(schema: Schema) -> Node:
    bounds = _RANGES.get(str(schema.get("format")))
    if bounds is None or not _takes_numbers(schema):
        return schema
    low, high = bounds
    least, most = schema.get("minimum", low), schema.get("maximum", high)
    if not isinstance(least, (int, float)) or not isinstance(most, (int, float)):
        return schema
    return {**schema, "minimum": max(low, least), "maximum": min(high, most)}


def _takes_numbers(schema: Schema) -> bool:
    kinds = schema.get("type", "number")
    if isinstance(kinds, str):
        return kinds in ("integer", "number")
    return "integer" in kinds or "number" in kinds


def _without(data: Node, resolve: Resolve, keyword: str) -> Node:
    if not _mentions(data, keyword):
        return data

    def relaxed(schema: Schema) -> Node:
        required = listing(schema, "required")
        if not required:
            return schema
        known = mapping(resolve(schema), "properties")
        needed = [name for name in required if not _says(resolve(known.get(name)), keyword)]
        if len(needed) == len(required):
            return schema
        return {**schema, "required": needed}

    return _changed(data, relaxed, "")


def _says(schema: Node, keyword: str) -> bool:
    if not isinstance(schema, dict):
        return False
    return schema.get(keyword) is True


def _mentions(value: Node, keyword: str) -> bool:
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            if _says(node, keyword):
                return True
            stack += node.values()
    return False


def _changed(value: Node, change: Callable[[Schema], Node], key: str) -> Node:
    """A value with its schemas changed, the same object where none was."""
    if isinstance(value, list):
        items = [_changed(item, change, "") for item in value]
        if all(map(_same, items, value)):
            return value
        return items
    if not isinstance(value, dict):
        return value
    members = {}
    for name, inner in value.items():
        if name in VALUES and key not in NAMED:
            members[name] = inner
        else:
            members[name] = _changed(inner, change, _place(name, key))
    if all(map(_same, members.values(), value.values())):
        members = value
    if key in NAMED:
        return members
    return change(members)


def _place(name: str, key: str) -> str:
    """What stands under a name: inside of ``properties`` a schema, whatever it is called."""
    if key in NAMED:
        return ""
    return name


def _same(one: Node, other: Node) -> bool:
    return one is other
