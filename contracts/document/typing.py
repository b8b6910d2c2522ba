"""How values become typed: what a schema says of it, worked out once a schema and not once a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType

from troth.contracts.model import Json, Node

_TELLING = (("properties", "object"), ("items", "array"), ("minLength", "string"), ("pattern", "string"))
"""Keywords that tell the type of a schema that does not say it."""

_NONE = object()


class Typing:
    """What becomes of the values of one schema: ``3.0`` a 3, absent members their ``default``."""

    def __init__(self, schema: Node, resolve: Callable[[Node], Node]) -> None:
        schema = resolve(schema)
        self._known = isinstance(schema, dict)
        self._whole = "integer" in types_of(schema)
        self._properties: Mapping[str, Node] = {}
        self._item: Node = _NONE
        if isinstance(schema, dict):
            self._properties = schema.get("properties", {})
            self._item = schema.get("items", _NONE)
        self._resolve = resolve
        self._inner: dict[str, Typing] = {}
        self._items: Typing | None = None
        self._defaults: list[tuple[str, Json]] | None = None

    def typed(self, value: Json, *, fill: bool) -> Node:
        """One value as expressions see it."""
        if not self._known:
            return value
        if isinstance(value, float):
            return self._number(value)
        if isinstance(value, dict):
            return self._members(value, fill=fill)
        if isinstance(value, list) and self._item is not _NONE:
            return self._listed(value, fill=fill)
        return value

    def _number(self, value: float) -> float:
        if self._whole and value.is_integer():
            return int(value)
        return value

    def _listed(self, values: list[Json], *, fill: bool) -> list[Json]:
        if self._items is None:
            self._items = Typing(self._item, self._resolve)
        found: list[Json] = []
        for value in values:
            if not isinstance(value, (str, int, NoneType)):
                value = self._items.typed(value, fill=fill)
            found.append(value)
        return found

    def _members(self, value: Mapping[str, Json], *, fill: bool) -> dict[str, Json]:
        typed = dict(value)
        for name, member in value.items():
            if isinstance(member, (str, int, NoneType)) or name not in self._properties:
                continue
            typed[name] = self._of(name).typed(member, fill=fill)
        if fill:
            for name, default in self._filled():
                typed.setdefault(name, default)
        return typed

    def _of(self, name: str) -> Typing:
        """The typing of a property."""
        if name not in self._inner:
            self._inner[name] = Typing(self._properties[name], self._resolve)
        return self._inner[name]

    def _filled(self) -> list[tuple[str, Json]]:
        """The properties that have a default."""
        if self._defaults is None:
            self._defaults = []
            for name, inner in self._properties.items():
                inner = self._resolve(inner)
                if isinstance(inner, dict) and "default" in inner:
                    self._defaults.append((name, inner["default"]))
        return self._defaults


def types_of(schema: Node) -> tuple[str, ...]:
    """The ``type`` of a schema as a tuple; guessed from its keywords where it says none."""
    if not isinstance(schema, dict):
        return ()
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    if isinstance(declared, list):
        return tuple(declared)
    for keyword, type_ in _TELLING:
        if keyword in schema:
            return (type_,)
    return ()
