"""Plain HTTP over ASGI: what a request says, and how an answer is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

BODY_LIMIT = 10_000_000
"""Bytes of a request body that are read (Prism's limit)."""

HEADER_LIMIT = 65_536
"""Bytes of all request headers together."""

VALUE_LIMIT = 4000
"""Characters of one response header; the rest of a longer reason is cut off."""

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class Gone(Exception):
    """The client left before the request was complete: nothing of it may happen."""


@dataclass(frozen=True)
class Answer:
    """A response, ready to be sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Sent(NamedTuple):
    """The head of a request."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


def head(scope: Scope) -> Sent:
    """Method, path, query and headers; a header that is repeated is joined with commas."""
    headers: dict[str, str] = {}
    for raw, text in scope["headers"]:
        name, value = raw.decode("latin-1").lower(), text.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    return Sent(scope["method"], scope["path"], query, headers)


async def read(receive: Receive, limit: int = BODY_LIMIT) -> bytes | None:
    """The whole body, or None where it has more bytes than the limit. Raises Gone."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return None
        if not message.get("more_body"):
            return b"".join(chunks)


async def respond(send: Send, answer: Answer, *, bodiless: bool = False) -> None:
    """Send an answer; ``bodiless`` (HEAD) leaves out the body, not its length."""
    headers = raw_headers(answer.headers)
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bodiless else answer.body})


def raw_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Header bytes; what a header cannot carry (line breaks, other scripts) is escaped."""
    return [(name.encode(), printable(value)[:VALUE_LIMIT].encode()) for name, value in headers.items()]


def printable(text: str) -> str:
    """Text in printable ASCII, everything else as ``\\n`` or ``\\u2192``."""
    return _UNPRINTABLE.sub(lambda found: repr_of(found[0]), text) if _UNPRINTABLE.search(text) else text


def repr_of(character: str) -> str:
    """The escape sequence of one character."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
