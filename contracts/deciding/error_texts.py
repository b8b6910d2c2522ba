"""What an error body says where only its names tell what they mean: the text, the status, that it failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from troth.contracts.deciding.error_places import At, by_field, is_address, one_source, placed
from troth.contracts.deciding.statuses import phrase
from troth.contracts.document.pointers import listing, mapping, said
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import ABSENT, Absent, Json, Node

_TEXT = re.compile(
    r"(error_?)?(message|msg|detail|description|reason)s?|errors?|user_?message", re.IGNORECASE
)
_STATUS = re.compile(r"(http_?)?status(_?code)?|code|error_?code", re.IGNORECASE)
_STATUS_ALONE = re.compile(r"(http_?)?status(_?code)?", re.IGNORECASE)
_CODE = re.compile(r"(error_?)?(code|type|kind|name)", re.IGNORECASE)
_FAILED = re.compile(r"(is_?)?error|failed", re.IGNORECASE)
_SUCCEEDED = re.compile(r"success|ok|succeeded", re.IGNORECASE)
_PROBLEM = frozenset({"type", "title"})
"""Members that problem details have and others hardly together (RFC 9457, section 3.1)."""

_BOTH = frozenset({"error", "message"})
"""Beside a message an error is what its status is called (Spring, NestJS)."""

_SOURCE = frozenset({"pointer", "parameter"})
"""Members that name the source of an error (JSON:API 1.1, section 11.3)."""

_EMPTY: Mapping[tuple[str, ...], Json] = {("string",): "", ("array",): []}

_WRITTEN = ("example", "examples", "default", "const", "enum")
"""Keywords by which an author says what stands in a place."""

DEEPEST = 3
"""Levels of a body that are looked into."""


@dataclass(frozen=True)
class Refused:
    """The status and the text of a refusal, and what of the call it is about."""

    status: int
    text: str
    at: At = ()
    path: str = ""
    """That of the request; empty where nobody knows it."""


def in_words(schemas: Schemas, schema: Node, body: Json, refused: Refused, depth: int = 0) -> Json:
    """A made-up body of a schema with what is known of a refusal in the places of those names."""
    if depth > DEEPEST:
        return body
    written = schemas.whole(schema)
    if isinstance(body, list):
        items = mapping(written, "items")
        return [in_words(schemas, items, item, refused, depth + 1) for item in body[:1]]
    if not isinstance(body, Mapping):
        return body
    known, other = mapping(written, "properties"), said(written, "additionalProperties")
    body = {**body, **dict(_places(schemas, known, body, refused))}
    found = {
        name: _told(schemas, known.get(name, other), name, value, refused, depth, body)
        for name, value in body.items()
    }
    return _together(schemas, written, found, refused)


def _places(
    schemas: Schemas, known: Mapping[str, Node], body: Mapping[str, Json], refused: Refused
) -> Iterator[tuple[str, Json]]:
    """The members that can say what is wrong and where, if nothing was made up for them."""
    silent = not any(_TEXT.fullmatch(name) for name in body)
    for name, schema in known.items():
        if name in body:
            continue
        empty = _EMPTY.get(types_of(schemas.resolve(schema))[:1])
        if empty is None:
            continue
        if silent and _TEXT.fullmatch(name):
            yield name, empty if empty == "" else [""]
        elif not isinstance(placed(schemas, name, empty, schemas.whole(schema), refused.at, known), Absent):
            yield name, empty


def _together(schemas: Schemas, schema: Node, body: Mapping[str, Json], refused: Refused) -> Json:
    """An object whose members mean something together."""
    if body.keys() >= _PROBLEM:
        return _as_problem(schema, body)
    if body.keys() >= _SOURCE:
        return one_source(body, refused.at, listing(schema, "required"))
    if not any(_TEXT.fullmatch(name) for name in body):
        return dict(body)
    known = mapping(schema, "properties")
    texts = {name for name, value in body.items() if isinstance(value, str)}
    addresses = {name for name in texts if is_address(name, body)}
    if refused.path:
        body = {**body, **dict.fromkeys(addresses, refused.path)}
    if texts >= _BOTH and not _is_written(known.get("error")):
        body = {**body, "error": phrase(refused.status)}
    return {name: _coded(schemas, known.get(name), name, body, refused) for name in body}


def _told(
    schemas: Schemas,
    schema: Node,
    name: str,
    value: Json,
    refused: Refused,
    depth: int,
    beside: Mapping[str, Json],
) -> Json:
    whole = schemas.whole(schema)
    where: Json | Absent = ABSENT
    if not _is_written(whole):
        where = placed(schemas, name, value, whole, refused.at, beside)
    if not isinstance(where, Absent) and schemas.fits(whole, where):
        return where
    if isinstance(value, Mapping):
        return _members(schemas, schema, name, value, refused, depth)
    if not isinstance(value, list):
        return _scalar(name, value, refused, written=_is_written(whole))
    if _TEXT.fullmatch(name) is None:
        return in_words(schemas, schema, value, refused, depth + 1)
    if isinstance(next(iter(value), None), str):
        return [refused.text]
    return in_words(schemas, schema, value, refused, depth + 1)


def _scalar(name: str, value: Json, refused: Refused, *, written: bool) -> Json:
    if isinstance(value, bool):
        return True if _FAILED.fullmatch(name) else value and not _SUCCEEDED.fullmatch(name)
    if isinstance(value, int) and _STATUS.fullmatch(name):
        return refused.status
    if isinstance(value, str):
        return _text(name, value, refused, written=written)
    return value


def _members(schemas: Schemas, schema: Node, name: str, value: Json, refused: Refused, depth: int) -> Json:
    """An object within an error body: texts by fields, or one of members that have a meaning each."""
    told = in_words(schemas, schema, value, refused, depth + 1)
    if not isinstance(told, Mapping):
        return told
    return by_field(name, schemas.whole(schema), refused.at, told, refused.text)


def _coded(schemas: Schemas, schema: Node, name: str, body: Mapping[str, Json], refused: Refused) -> Json:
    """What programs tell errors by, beside a text for people: ``not_found``, unless the author says it."""
    value = body[name]
    if not isinstance(value, str) or _CODE.fullmatch(name) is None:
        return value
    if value.isdigit() or _is_written(schemas.whole(schema)):
        return value
    if isinstance(placed(schemas, name, value, {}, refused.at, body), Absent):
        return re.sub(r"\W+", "_", phrase(refused.status)).lower()
    return value


def _is_written(schema: Node) -> bool:
    """Whether an author says what stands in a place."""
    return isinstance(schema, Mapping) and not schema.keys().isdisjoint(_WRITTEN)


def _text(name: str, value: str, refused: Refused, *, written: bool) -> str:
    if _TEXT.fullmatch(name):
        return refused.text
    if name.lower() == "title":
        return phrase(refused.status)
    if _STATUS.fullmatch(name) and value.isdigit():
        return str(refused.status)
    if _STATUS_ALONE.fullmatch(name) and not written:
        return str(refused.status)
    return value


def _as_problem(schema: Node, body: Mapping[str, Json]) -> dict[str, Json]:
    """Problem details of no type of their own; the occurrence has no address."""
    told = dict(body)
    known = mapping(schema, "properties")
    if isinstance(told["type"], str) and not _is_written(known.get("type")):
        told["type"] = "about:blank"
    if "instance" not in listing(schema, "required"):
        told.pop("instance", None)
    return told
