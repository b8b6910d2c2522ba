"""Plain HTTP over ASGI: what a request says, and how a response is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

BODY_LIMIT = 10_000_000
"""Bytes of a request body that are read (Prism's limit)."""

HEADER_LIMIT = 65_536
"""Bytes of all request headers together."""

VALUE_LIMIT = 4000
"""Characters of one response header; the rest of a longer reason is cut off."""

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class ClientGone(Exception):
    """The client left before the request was complete: nothing of it may happen."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came; ``body`` is None where it has more bytes than are read."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Response:
    """An HTTP response, ready to be sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


async def read_request(scope: Scope, receive: Receive, limit: int) -> Request:
    """The whole request; a header that is repeated is joined with commas. Raises ClientGone."""
    headers: dict[str, str] = {}
    for raw, text in scope["headers"]:
        name, value = raw.decode("latin-1").lower(), text.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}, {value}"
        headers[name] = value
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    body = await _read_body(receive, limit)
    return Request(scope["method"], scope["path"], query, headers, body)


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None where it has more bytes than the limit."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return None
        if not message.get("more_body"):
            return b"".join(chunks)


async def send_response(send: Send, response: Response, *, bodiless: bool = False) -> None:
    """Send a response; ``bodiless`` (HEAD) leaves out the body, not its length."""
    headers = header_bytes(response.headers)
    if response.status != 204:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bodiless else response.body})


def header_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Header bytes; what a header cannot carry (line breaks, other scripts) is escaped."""
    return [(name.encode(), printable(value)[:VALUE_LIMIT].encode()) for name, value in headers.items()]


def printable(text: str) -> str:
    """Text in printable ASCII, everything else as ``\\n`` or ``\\u2192``."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")
