"""Plain HTTP over ASGI: what a request says, and how a response is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from anyio import sleep
from starlette.types import Message, Receive, Scope, Send

from troth.mock_server.measuring import VALUES, JsonMeasure, too_much
from troth.mock_server.paths import sent_path

BODY_LIMIT = 10_000_000
"""Bytes of a request body that are read (Prism's limit)."""

SMALL = 65_536
"""Bytes of a body that is dealt with at once; a larger one leaves the event loop to others meanwhile."""

HEADER_LIMIT = 65_536
"""Bytes of all request headers together."""

NO_LENGTH = (204, 304)
"""Statuses whose answers say no length: only that of what a GET has may be told (RFC 9110, section 8.6)."""

VALUE_LIMIT = 4000
"""Characters of one response header; the rest of a longer reason is cut off."""

PART = 1_000_000
"""Bytes of an answer that are sent in one part."""

CLOSE = "troth.close"
"""Extension of the ASGI scope: what closes the connection."""

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_PLAIN = {
    "\u2026": "...",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2192": "->",
}
"""What typography has for punctuation that ASCII has, too."""


class ClientGone(Exception):
    """The client left before the request was complete: nothing of it may happen."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came; ``body`` is None where it has more bytes than are read, and ``too_much``
    says what JSON has too much of."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | None
    too_much: str | None = None
    raw_path: bytes | None = None
    """The path as it was sent; None where nobody has kept that."""

    @property
    def address(self) -> str:
        """The path in an address that leads here again."""
        if self.raw_path is not None and b"%" not in self.raw_path:
            return self.path
        return sent_path(self.path, self.raw_path)


@dataclass(frozen=True)
class Response:
    """An HTTP response, ready to be sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    """Whether the connection is closed where the body should come."""
    rate: int | None = None
    """Bytes of the body a second; None: at once."""

    @cached_property
    def lines(self) -> list[tuple[bytes, bytes]]:
        """The bytes of the headers."""
        return header_bytes(self.headers)


async def read_request(scope: Scope, receive: Receive, limit: int, values: int = VALUES) -> Request:
    """The whole request, of at most so many bytes and values; a header that is repeated is joined with
    commas, cookies with semicolons. Raises ClientGone."""
    headers: dict[str, str] = {}
    for raw, text in scope["headers"]:
        name, value = raw.decode("latin-1").lower(), text.decode("latin-1")
        if name in headers:
            between = "; " if name == "cookie" else ", "  # RFC 9113, section 8.2.3; RFC 9110, section 5.3
            value = f"{headers[name]}{between}{value}"
        headers[name] = value
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    body, problem = None, None
    if not _announces_more(headers, limit):
        body, problem = await _read_body(receive, limit, values, json=takes_json(headers))
    return Request(scope["method"], scope["path"], query, headers, body, problem, scope.get("raw_path"))


def _announces_more(headers: Mapping[str, str], limit: int) -> bool:
    """Whether a body is announced that is too large: nobody waits for it."""
    length = headers.get("content-length", "")
    return length.isdecimal() and (len(length) > 18 or int(length) > limit)


def host_name(host: str) -> str | None:
    """The name in a ``Host`` header, in small letters and without the port; None where it is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def takes_json(headers: Mapping[str, str]) -> bool:
    """Whether a body is, or may be, JSON."""
    return "json" in headers.get("content-type", "json")


async def _read_body(
    receive: Receive, limit: int, values: int, *, json: bool
) -> tuple[bytes | None, str | None]:
    """The whole body, or None where it has more bytes than the limit; and what JSON has too much of."""
    message = await _next_part(receive)
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and len(body) <= min(SMALL, limit):
        problem = None
        if json:
            problem = too_much(body)
        return body, problem
    chunks, size, measure = [body], len(body), JsonMeasure(values)
    while True:
        if size > limit:
            return None, None
        if json:
            for start in range(0, len(chunks[-1]), SMALL):
                measure.feed(chunks[-1][start : start + SMALL])
                await sleep(0)  # others have their turn
        if not message.get("more_body"):
            return b"".join(chunks), measure.problem
        message = await _next_part(receive)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])


async def _next_part(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def send_response(send: Send, response: Response, *, bodiless: bool = False) -> None:
    """Send a response; ``bodiless`` (HEAD) leaves out the body, not its length."""
    headers = list(response.lines)
    if response.status not in NO_LENGTH and (response.body or not bodiless):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.cut:
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        return
    if bodiless:
        await send({"type": "http.response.body", "body": b""})
        return
    body = response.body
    if response.rate is not None:
        body = await _drip(send, body, response.rate)
    for start in range(0, len(body) - PART, PART):  # all but the last part
        await send({"type": "http.response.body", "body": body[start : start + PART], "more_body": True})
    await send({"type": "http.response.body", "body": body[(max(len(body), 1) - 1) // PART * PART :]})


async def close_connection(scope: Scope) -> None:
    """Close the connection of a request whose answer is not complete, where the server lets us."""
    close = scope.get("extensions", {}).get(CLOSE)
    if close is None:
        return
    close()
    await sleep(0.001)  # the server takes note


async def _drip(send: Send, body: bytes, rate: int) -> bytes:
    """Send a body slowly, ten times a second, all but its last part."""
    size = max(1, rate // 10)
    while len(body) > size:
        await send({"type": "http.response.body", "body": body[:size], "more_body": True})
        body = body[size:]
        await sleep(size / rate)
    return body


def header_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Header bytes; what a header cannot carry (line breaks, other scripts) is escaped."""
    return [(name.encode(), printable(value)[:VALUE_LIMIT].encode()) for name, value in headers.items()]


def printable(text: str) -> str:
    """Text in printable ASCII: dashes and dots are plain ones, everything else is ``\\n`` or ``\\u00e9``."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    if found[0] in _PLAIN:
        return _PLAIN[found[0]]
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")
