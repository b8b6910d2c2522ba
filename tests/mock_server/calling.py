"""A client of the mock without sockets: raw ASGI messages in, the answer out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from troth import Mock


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Client:
    """Calls one API of a mock; ``token`` None sends no credentials."""

    mock: Mock
    prefix: str = ""
    token: str | None = "any-token"
    peer: str = "127.0.0.1"
    defaults: dict[str, str] = field(default_factory=lambda: {"Host": "localhost:4010"})

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        query: bytes = b"",
        **headers: str,
    ) -> Answer:
        """One call; keyword ``content_type`` is the header ``Content-Type``."""
        if raw is None:
            raw = b"" if body is None else json.dumps(body).encode()
        given = self.defaults | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None and not any(name.lower() == "authorization" for name in given):
            given["Authorization"] = f"Bearer {self.token}"
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given.items()]
        return asyncio.run(exchange(self.mock, method, self.prefix + path, pairs, [raw], query, self.peer))


async def exchange(
    mock: Mock,
    method: str,
    path: str,
    headers: list[tuple[bytes, bytes]],
    chunks: list[bytes],
    query: bytes = b"",
    peer: str = "127.0.0.1",
) -> Answer:
    """One exchange of ASGI messages; chunks are the parts of the body."""
    parts = list(chunks)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"),
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": (peer, 50000),
        "server": ("127.0.0.1", 4010),
    }
    await mock(scope, receive, send)
    start, *rest = sent
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], found, b"".join(message.get("body", b"") for message in rest))
