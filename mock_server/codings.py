"""``Content-Encoding`` of requests (RFC 9110, section 8.4): gzip and deflate are undone, up to a limit."""

from __future__ import annotations

import zlib
from typing import NamedTuple

_GZIP, _ZLIB, _RAW = 31, 15, -15


class Undecodable(NamedTuple):
    """Why a body is not decoded, and the status that says so."""

    status: int
    why: str


def decode(body: bytes, encoding: str, limit: int) -> bytes | Undecodable:
    """A body without its codings, the last one undone first."""
    names = [name.strip().lower() for name in encoding.split(",")]
    for name in reversed(names):
        if name in ("", "identity"):
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            return Undecodable(415, f"content coding {name!r} is not taken; valid: gzip, deflate")
        inflated = _inflated(body, name, limit)
        if isinstance(inflated, Undecodable):
            return inflated
        body = inflated
    return body


def _inflated(body: bytes, name: str, limit: int) -> bytes | Undecodable:
    if not body:
        return body
    kinds: tuple[int, ...] = (_GZIP,)
    if name == "deflate":
        kinds = (_ZLIB, _RAW)  # some senders leave the frame out
    for bits in kinds:
        inflater = zlib.decompressobj(wbits=bits)
        try:
            found = inflater.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(found) > limit:
            return Undecodable(413, f"the body has more than {limit:,} bytes")
        if inflater.eof:
            return found
    return Undecodable(400, f"the body is not {name}")
