"""Values as JSON text and back: what a kept answer is made of, in words of its own and nothing that runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Delete,
    Emitted,
    Hit,
    Keep,
    Outcome,
    Put,
    Record,
    Unknown,
)

_MARK = "$"
_CLASSES = {kind.__name__: kind for kind in (Delete, Emitted, Hit, Keep, Outcome, Put, Record)}
_CONSTANTS = {"absent": ABSENT, "malformed": MALFORMED}


def coded(value: Any) -> str:
    """A value as JSON text, in ASCII: what no database takes is written with a backslash."""
    return json.dumps(_plain(value), separators=(",", ":"))


def decoded(text: str) -> Any:
    """The value that a text stands for."""
    return _meant(json.loads(text))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    for kind, write in _WRITTEN:
        if isinstance(value, kind):
            return write(value)
    if is_dataclass(value):
        named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {_MARK: type(value).__name__, "of": named}
    for name, constant in _CONSTANTS.items():
        if value is constant:
            return {_MARK: name}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _plain_mapping(value: Mapping[Any, Any]) -> Any:
    if _MARK not in value and all(isinstance(name, str) for name in value):
        return {name: _plain(item) for name, item in value.items()}
    return {_MARK: "mapping", "of": [[_plain(name), _plain(item)] for name, item in value.items()]}


def _meant(value: Any) -> Any:
    if isinstance(value, list):
        return [_meant(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK not in value:
        return {name: _meant(item) for name, item in value.items()}
    return _marked(value[_MARK], value)


def _marked(kind: str, value: dict[str, Any]) -> Any:
    """What is no JSON."""
    if kind in _CONSTANTS:
        return _CONSTANTS[kind]
    of = value["of"]
    if kind in _CLASSES:
        return _CLASSES[kind](**{name: _meant(item) for name, item in of.items()})
    if kind == "unknown":
        return Unknown(_meant(of), touched=value["touched"])
    return _READ[kind](of)


_WRITTEN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Mapping, _plain_mapping),
    (tuple, lambda value: {_MARK: "tuple", "of": [_plain(item) for item in value]}),
    (frozenset, lambda value: {_MARK: "set", "of": sorted(value)}),
    (bytes, lambda value: {_MARK: "bytes", "of": base64.b64encode(value).decode("ascii")}),
    (datetime, lambda value: {_MARK: "moment", "of": value.isoformat()}),
    (Unknown, lambda value: {_MARK: "unknown", "of": _plain(value.old), "touched": value.touched}),
    (Sequence, lambda value: [_plain(item) for item in value]),
)
_READ: Mapping[str, Callable[[Any], Any]] = {
    "tuple": lambda of: tuple(_meant(item) for item in of),
    "set": frozenset,
    "bytes": base64.b64decode,
    "moment": datetime.fromisoformat,
    "mapping": lambda of: {_meant(name): _meant(item) for name, item in of},
}
