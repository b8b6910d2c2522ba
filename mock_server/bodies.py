"""Bodies as they go over the wire: JSON, texts, items one after another, and forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import orjson
import python_multipart
from python_multipart.exceptions import FormParserError

from troth.contracts.document.openapi import sequential
from troth.contracts.model import ABSENT, Json

RECORD_SEPARATOR = b"\x1e"


def to_bytes(value: Json) -> bytes:
    """A body as it goes over the wire; empty where there is none."""
    if value is ABSENT:
        return b""
    try:
        return orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def encoded(value: Json, media_type: str | None) -> bytes:
    """A body in its media type; JSON where none is said."""
    if media_type is None or value is ABSENT or ("json" in media_type and not sequential(media_type)):
        return to_bytes(value)
    if sequential(media_type) and not isinstance(value, str):
        return b"".join(_item(item, media_type) for item in (value if isinstance(value, list) else [value]))
    return value.encode("utf-8", "replace") if isinstance(value, str) else to_bytes(value)


def fields(body: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """Names and texts of a form, files with what is in them; None where it cannot be read."""
    if not content_type.lower().startswith("multipart/"):
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    found: list[tuple[str, str]] = []

    def field(one: Any) -> None:
        found.append((_plain(one.field_name), _plain(one.value)))

    def file(one: Any) -> None:
        one.file_object.seek(0)
        found.append((_plain(one.field_name), _plain(one.file_object.read())))

    try:
        python_multipart.parse_form({"Content-Type": content_type.encode()}, BytesIO(body), field, file)
    except (FormParserError, ValueError):
        return None
    return found


def _plain(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "replace")


def _item(item: Json, media_type: str) -> bytes:
    """One of several items (RFC 7464, JSON Lines, server-sent events)."""
    if media_type.startswith("text/event-stream"):
        return _event(item)
    before = RECORD_SEPARATOR if "json-seq" in media_type else b""
    return before + to_bytes(item) + b"\n"


def _event(item: Json) -> bytes:
    fields = item if isinstance(item, Mapping) else {"data": item}
    lines = [
        f"{name}: {line}"
        for name, value in fields.items()
        for line in (value if isinstance(value, str) else to_bytes(value).decode()).split("\n")
    ]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")
