"""Which of some alternatives a made-up value follows, and what of two schemas holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Schema


def usual(options: list[dict[str, Node]], depth: int, deep: int) -> list[dict[str, Node]]:
    """The alternatives that are not null; from some level on those that have no parts, or null."""
    likely = [option for option in options if types_of(option) != ("null",)] or options
    if depth < deep:
        return likely
    near = likely
    if depth > 2 * deep:  # null ends what would go on for ever
        near = options
    return [option for option in near if not _has_parts(option)] or likely


def over(base: dict[str, Node], option: Schema) -> dict[str, Node]:
    """Two schemas that hold together, as far as objects go."""
    made = {**base, **option}
    if "properties" in made:
        made["properties"] = {**mapping(base, "properties"), **mapping(option, "properties")}
    if "required" in made:
        required = [*listing(base, "required"), *listing(option, "required")]
        made["required"] = list(dict.fromkeys(required))
    return made


def _has_parts(schema: Node) -> bool:
    return types_of(schema)[:1] in (("object",), ("array",))


DEEPEST = 4
"""Alternatives of alternatives of which the properties are looked for."""


def with_alternatives(schema: Schema, resolve: Callable[[Node], Node], depth: int = 0) -> Schema:
    """An object's schema with the properties that its alternatives add: those of any kind of thing."""
    added: dict[str, Node] = {}
    for option in _options(schema, resolve):
        if depth < DEEPEST:
            option = with_alternatives(option, resolve, depth + 1)
        for name, inner in mapping(option, "properties").items():
            added[name] = _either(added[name], inner) if name in added else inner
    if not added:
        return schema
    return {**schema, "properties": added | mapping(schema, "properties")}


def _options(schema: Schema, resolve: Callable[[Node], Node]) -> Iterator[Schema]:
    for option in (*listing(schema, "oneOf"), *listing(schema, "anyOf")):
        found = resolve(option)
        if isinstance(found, dict):
            yield found


def _either(one: Node, other: Node) -> Node:
    """What fits one of two schemas."""
    if one == other:
        return one
    values = [_values(one), _values(other)]
    if all(values) and isinstance(one, dict):
        plain = {key: value for key, value in one.items() if key != "const"}
        both = [*values[0], *(value for value in values[1] if value not in values[0])]
        return {**plain, "enum": both}
    known = listing(one, "anyOf") or [one]
    if other in known:
        return one
    return {"anyOf": [*known, other]}


def _values(schema: Node) -> list[Node]:
    """The values that a schema names; none where it names none."""
    if isinstance(schema, dict) and "const" in schema:
        return [schema["const"]]
    return listing(schema, "enum")
