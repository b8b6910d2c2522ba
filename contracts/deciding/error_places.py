"""What an error body says of where in the call something is wrong, where its names tell that it does so.

Each family of servers has its own way: ``loc: [body, title]`` (FastAPI), ``pointer: /title`` (JSON:API),
``field``, ``param``, ``location: body.title``, and an object of texts by the names of fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from troth.contracts.document.casting import kinds_of
from troth.contracts.document.pointers import join, mapping
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import ABSENT, Absent, Json, Node

At = tuple[str, ...]
"""The place of a call (``body``, ``query``, …) and what is wrong there, member by member."""

_TOKENS = re.compile("loc|location|path", re.IGNORECASE)
_FIELD = re.compile(
    "(field|param|parameter|property|attribute|argument)(_?(name|path))?|path|target", re.IGNORECASE
)
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")
_POINTER = re.compile("(json_?)?pointer", re.IGNORECASE)
_LOCATION = re.compile("loc|location|in", re.IGNORECASE)
_BY_FIELD = re.compile("(field_?|validation_?|invalid_?)?errors|fields|details|violations", re.IGNORECASE)


def placed(
    schemas: Schemas, name: str, value: Json, schema: Node, at: At, beside: Mapping[str, Json]
) -> Json | Absent:
    """What a member says of the place; ABSENT where it says something else. ``beside``: all the members."""
    if not at:
        return ABSENT
    if isinstance(value, list):
        return _as_tokens(name, kinds_of(schemas, mapping(schema, "items")), at)
    if isinstance(value, str):
        return _as_text(name, at, beside)
    return ABSENT


def _as_text(name: str, at: At, beside: Mapping[str, Json]) -> Json | Absent:
    """The place as a pointer, or with dots; a location beside a field is the place alone."""
    if _POINTER.fullmatch(name):
        return join("", *at[1:])
    if is_address(name, beside):
        return ABSENT
    if _FIELD.fullmatch(name) or (name, "reason" in beside) == ("name", True):  # RFC 9457, section 3.2
        return ".".join(at[1:] or at)
    if not _LOCATION.fullmatch(name):
        return ABSENT
    named = any(_FIELD.fullmatch(other) for other in beside)
    return at[0] if named else ".".join(at)


def is_address(name: str, beside: Mapping[str, Json]) -> bool:
    """Whether a path is that of the request, beside when and how it failed (Spring)."""
    return name.lower() == "path" and not {"timestamp", "status"}.isdisjoint(beside)


def one_source(source: Mapping[str, Json], at: At, required: Collection[str]) -> dict[str, Json]:
    """The members of a source: a pointer into the body, or a parameter, and not both."""
    other = "parameter" if at[:1] == ("body",) else "pointer"
    return {name: value for name, value in source.items() if name != other or name in required}


def _as_tokens(name: str, kinds: Collection[str], at: At) -> Json | Absent:
    """The place as a list of names and numbers, of those kinds that the list takes."""
    if not _TOKENS.fullmatch(name):
        return ABSENT
    if name.lower() == "path":
        at = at[1:]
    if "string" not in kinds:
        return ABSENT
    if "integer" not in kinds:
        return [*at]
    return [int(token) if _NUMBER.fullmatch(token) else token for token in at]


def by_field(name: str, schema: Node, at: At, told: Mapping[str, Json], text: str) -> Mapping[str, Json]:
    """What is ``told`` by names that are made up, by those of fields: texts, lists of them, or objects."""
    if mapping(schema, "properties") or _BY_FIELD.fullmatch(name) is None:
        return told
    each, field = mapping(schema, "additionalProperties"), ".".join(at[1:])
    if not field:
        return told
    if types_of(each)[:1] == ("string",):
        return {field: text}
    if types_of(mapping(each, "items"))[:1] == ("string",):
        return {field: [text]}
    return {field: next(iter(told.values()))} if told else told
