"""JSON Schema's types, as rules about single values need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from troth.contracts.model import Json


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _number(value) and float(value).is_integer(),
    "number": _number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def is_of(value: Json, type_: Json) -> bool:
    """Whether a value has a type; a type that does not exist fits everything (D01 says it)."""
    fits = _TYPES.get(type_) if isinstance(type_, str) else None
    return fits is None or fits(value)
