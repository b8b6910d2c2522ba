"""Percent-encoded text (RFC 3986, section 2.1), however long: nobody waits until all of it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CODED = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")

_PIECE = 65_536
"""Bytes that are looked through at once."""


def unquoted(text: str) -> str:
    """What ``urllib.parse.unquote`` says, piece by piece, and without a list of as many texts as there are
    percent signs: a body of nothing else held up everybody for a third of a second."""
    if "%" not in text:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return b"".join(_CODED.sub(_decoded, piece) for piece in _pieces(raw)).decode("utf-8", "replace")


def unquoted_plus(text: str) -> str:
    """The same in a form or a query, where a plus is a space."""
    return unquoted(text.replace("+", " "))


def _pieces(raw: bytes) -> Iterator[bytes]:
    """The text in pieces that do not end within a coded byte."""
    start = 0
    while start < len(raw):
        end = start + _PIECE
        if end < len(raw):
            end -= raw[end - 2 : end][::-1].find(b"%") + 1  # 0 where there is none
        yield raw[start:end]
        start = end


def _decoded(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[0].replace(b"%", b"").decode())
