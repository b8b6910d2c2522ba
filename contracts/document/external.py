"""``externalValue``: an example in a file below the folder of the document; no other file is read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from troth.contracts.document.bundle import Document
from troth.contracts.document.files import read_file
from troth.contracts.document.source import Source
from troth.contracts.errors import SourceError
from troth.contracts.model import ABSENT, Absent, Json, Pointer

LONGEST = 1_000_000
"""Bytes of such a file that are read."""


def external_value(document: Document, reference: str, pointer: Pointer) -> Json | Absent:
    """What a file beside the one that refers to it has: data of JSON and YAML, else its text."""
    path = _path(document, reference, pointer)
    if path is None:
        return ABSENT
    if path.suffix.lower() in (".json", ".yaml", ".yml"):
        try:
            value: Json = Source(path, path.name, LONGEST).data
        except SourceError:
            return ABSENT
        return value
    try:
        return read_file(path, LONGEST).decode("utf-8", "replace")
    except OSError:
        return ABSENT


def _path(document: Document, reference: str, pointer: Pointer) -> Path | None:
    try:
        split = urlsplit(reference)
    except ValueError:
        return None  # no host is written so
    if split.scheme or split.netloc or not split.path:
        return None
    source, _ = document.sources.place(pointer)
    main = next(iter(document.sources.values()))
    folder = main.path.resolve().parent
    path = (source.path.parent / unquote(split.path)).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        return None
    return path
