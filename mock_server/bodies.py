"""Bodies as they go over the wire: JSON, texts, items one after another, and forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeGuard

import orjson
import python_multipart
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from troth.contracts.document.openapi import sequential
from troth.contracts.model import Absent, Filed, Json

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
RECORD_SEPARATOR = b"\x1e"

AT_ONCE = 500
"""Items of a list that are written in one go."""


class Part(NamedTuple):
    """One part of a form: its name, what is in it, and the media type that it says."""

    name: str
    text: str
    content_type: str | None = None
    filename: str = ""
    raw: bytes = b""


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


def from_json_bytes(body: bytes) -> Json:
    """What a JSON text says, integers of any size (RFC 8259, section 6). Raises ValueError."""
    value: Json = orjson.loads(body)
    if _LONG_NUMBER.search(body) is not None:  # they are floats there
        value = json.loads(body)
    return value


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
    if isinstance(value, Filed):
        return value.encode("latin-1", "replace")
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if not in_items:
        return to_json_bytes(value)
    items = value if isinstance(value, list) else [value]
    return b"".join(_item(item, media_type) for item in items)


def form_parts(body: bytes, content_type: str) -> list[Part] | None:
    """The parts of ``multipart/form-data``, files with what is in them; None where they cannot be read."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        return None
    reader = _Parts()
    try:
        parser = python_multipart.MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        return None
    if body and not reader.begun:
        return None
    return reader.found


class _Parts:
    """Collects the parts that a parser finds."""

    def __init__(self) -> None:
        self.found: list[Part] = []
        self.begun = False
        self._name, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._to(self._data),
            "on_part_end": self._end,
            "on_header_field": self._to(self._name),
            "on_header_value": self._to(self._value),
            "on_header_end": self._end_header,
        }

    def _to(self, target: bytearray) -> Callable[[bytes, int, int], None]:
        def collect(data: bytes, start: int, end: int) -> None:
            target.extend(data[start:end])

        return collect

    def _begin(self) -> None:
        self.begun = True
        self._headers = {}
        self._data.clear()

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name", b"")
        kind = self._headers.get(b"content-type")
        said = None
        if kind is not None:
            said = _text(kind)
        data, file = bytes(self._data), _text(options.get(b"filename", b""))
        self.found.append(Part(_text(name), _text(data), said, file, data))


def _text(raw: bytes) -> str:
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
