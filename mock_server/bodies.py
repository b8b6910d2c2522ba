"""Bodies as they go over the wire: JSON, texts, items one after another, and forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO, Protocol, TypeGuard
from urllib.parse import parse_qsl

import orjson
import python_multipart
from python_multipart.exceptions import FormParserError

from troth.contracts.document.openapi import sequential
from troth.contracts.model import Absent, Json

RECORD_SEPARATOR = b"\x1e"

AT_ONCE = 500
"""Items of a list that are written in one go."""


class _Field(Protocol):
    """A part of a form, as python_multipart gives it."""

    @property
    def field_name(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class _File(Protocol):
    """A file of a form, as python_multipart gives it."""

    @property
    def field_name(self) -> bytes | None: ...
    @property
    def file_object(self) -> BytesIO | BinaryIO: ...


def to_json_bytes(value: Json | Absent) -> bytes:
    """A body as JSON; empty where there is none."""
    if isinstance(value, Absent):
        return b""
    if type(value) is dict and any(_is_long(member) for member in value.values()):
        return _object(value)
    if _is_long(value):
        return _list(value)
    try:
        return orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _is_long(value: Json) -> TypeGuard[list[Json]]:
    """Whether a list is written piece by piece, so that others have their turn."""
    return type(value) is list and len(value) > AT_ONCE


def _list(items: list[Json]) -> bytes:
    pieces = [to_json_bytes(items[at : at + AT_ONCE])[1:-1] for at in range(0, len(items), AT_ONCE)]
    return b"[" + b",".join(pieces) + b"]"


def _object(members: Mapping[str, Json]) -> bytes:
    pieces = [to_json_bytes(name) + b":" + to_json_bytes(value) for name, value in members.items()]
    return b"{" + b",".join(pieces) + b"}"


def encode_body(value: Json | Absent, media_type: str | None) -> bytes:
    """A body in its media type; JSON where none is said."""
    if media_type is None or isinstance(value, Absent):
        return to_json_bytes(value)
    in_items = sequential(media_type)
    if "json" in media_type and not in_items:
        return to_json_bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if not in_items:
        return to_json_bytes(value)
    items = value if isinstance(value, list) else [value]
    return b"".join(_item(item, media_type) for item in items)


def form_fields(body: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """Names and texts of a form, files with what is in them; None where it cannot be read."""
    if not content_type.lower().startswith("multipart/"):
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    found: list[tuple[str, str]] = []

    def add_field(field: _Field) -> None:
        found.append((_text(field.field_name), _text(field.value)))

    def add_file(file: _File) -> None:
        file.file_object.seek(0)
        found.append((_text(file.field_name), _text(file.file_object.read())))

    headers = {"Content-Type": content_type.encode()}
    try:
        python_multipart.parse_form(headers, BytesIO(body), add_field, add_file)
    except (FormParserError, ValueError):
        return None
    return found


def _text(raw: bytes | None) -> str:
    if raw is None:
        return ""
    return raw.decode("utf-8", "replace")


def _item(item: Json, media_type: str) -> bytes:
    """One of several items (RFC 7464, JSON Lines, server-sent events)."""
    if media_type.startswith("text/event-stream"):
        return _event(item)
    before = RECORD_SEPARATOR if "json-seq" in media_type else b""
    return before + to_json_bytes(item) + b"\n"


def _event(item: Json) -> bytes:
    fields = item if isinstance(item, Mapping) else {"data": item}
    lines = []
    for name, value in fields.items():
        text = value if isinstance(value, str) else to_json_bytes(value).decode()
        lines += [f"{name}: {line}" for line in text.split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")
