"""JSON Schema's types, as rules about single values need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from troth.contracts.model import Json, Node


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _integer(value: Json) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": _integer,
    "number": _number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def is_of(value: Json, type_: Node) -> bool:
    """Whether a value has a type; a type that does not exist fits everything (D01 says it)."""
    if not isinstance(type_, str) or type_ not in _TYPES:
        return True
    return _TYPES[type_](value)
