"""Texts as the values that a schema takes: parameters and the fields of forms say nothing but texts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from types import NoneType

from troth.contracts.document.pointers import listing
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node

DEEPEST = 6
"""Levels of alternatives inside alternatives that are looked into."""

_KINDS = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (Mapping, "object"),
    (NoneType, "null"),
)
"""What JSON calls the types of values; a boolean is an integer, too."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Texts:
    """How texts are read under one schema: the types that it takes, and the values that it names."""

    kinds: tuple[str, ...]
    named: Mapping[str, Json]

    def read(self, text: str) -> Json:
        """The value that a text means, or the text itself: that it is none is for validation to say."""
        if text in self.named:
            return self.named[text]
        return scalar(self.kinds, text)

    @property
    def several(self) -> bool:
        """Whether a text may be meant as it stands although it looks like something else."""
        return "string" in self.kinds and len(self.kinds) > 1


def texts_of(schemas: Schemas, schema: Node) -> Texts:
    """How texts are read under a schema."""
    values = [value for value in _values(schemas, schema, 0) if not isinstance(value, (list, Mapping))]
    named: dict[str, Json] = {}
    for value in values:
        named.setdefault(_text(value), value)
    return Texts(kinds_of(schemas, schema), named)


def kinds_of(schemas: Schemas, schema: Node, depth: int = 0) -> tuple[str, ...]:
    """The types that a schema takes: its own, those of the values that it names, or of its alternatives."""
    schema = schemas.resolve(schema)
    own = types_of(schema)
    if own or not isinstance(schema, Mapping) or depth > DEEPEST:
        return own
    values = _own_values(schema)
    if values:
        return tuple(dict.fromkeys(map(kind_of, values)))
    kinds: dict[str, None] = {}
    for option in _options(schema):
        kinds |= dict.fromkeys(kinds_of(schemas, option, depth + 1))
    return tuple(kinds)


def kind_of(value: Json) -> str:
    """The JSON type of a value."""
    for known, kind in _KINDS:
        if isinstance(value, known):
            return kind
    return "array"


def scalar(kinds: Collection[str], text: str) -> Json:
    """The typed value, or the text itself: that it is none is for validation to say."""
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "null" in kinds and text == "null":
        return None
    if "integer" in kinds or "number" in kinds:
        return _number(kinds, text)
    return text


def _number(kinds: Collection[str], text: str) -> Json:
    """The number that a text is (a JSON number: no blanks, no other digits), or the text."""
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    whole = number[2] is number[3] is None
    if "integer" in kinds and whole:
        return int(text)
    if "number" not in kinds:
        return text
    if not isfinite(float(text)):
        return text
    if whole:  # an id that is called a number is 5 in paths, never 5.0
        return int(text)
    return float(text)


def _values(schemas: Schemas, schema: Node, depth: int) -> Iterator[Json]:
    """The values that a schema, or one of its alternatives, names."""
    schema = schemas.resolve(schema)
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return
    yield from _own_values(schema)
    for option in _options(schema):
        yield from _values(schemas, option, depth + 1)


def _own_values(schema: Mapping[str, Node]) -> list[Json]:
    if "const" in schema:
        return [schema["const"]]
    return listing(schema, "enum")


def _options(schema: Mapping[str, Node]) -> list[Node]:
    return [*listing(schema, "anyOf"), *listing(schema, "oneOf")]


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)
