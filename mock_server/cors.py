"""Cross-origin calls: a browser page of any origin may use the mocked API (never its control API)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from troth.mock_server.wire import Response, header_bytes, send_response

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY"
_OWN = b"access-control-"
_READABLE = frozenset(
    {b"cache-control", b"content-language", b"content-length", b"content-type", b"expires", b"last-modified"}
)
"""What a page may read of any answer (Fetch, section 2.2.2)."""


class Cors:
    """Answers preflight requests, and adds the headers that let a page read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if b"origin" not in headers:
            await self._app(scope, receive, _varying(send))
            return
        allowed = {
            "Access-Control-Allow-Origin": headers[b"origin"].decode("latin-1"),
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await send_response(send, Response(204, allowed | _preflight(headers)))
            return

        async def outgoing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_cors(message["headers"], allowed)
            await send(message)

        await self._app(scope, receive, outgoing)


def _varying(send: Send) -> Send:
    """What says that a page of another origin would be told more: a cache may not give it this answer."""

    async def outgoing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"vary", b"Origin")]
        await send(message)

    return outgoing


def _with_cors(headers: list[tuple[bytes, bytes]], allowed: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, all of which a page may read; those of CORS are there once."""
    kept = [(name, value) for name, value in headers if not name.lower().startswith(_OWN)]
    names = {name.decode("latin-1").lower(): name.decode("latin-1") for name, _ in kept}
    exposed = [shown for plain, shown in names.items() if plain.encode() not in _READABLE]
    return [*kept, *header_bytes({**allowed, "Access-Control-Expose-Headers": ", ".join(exposed)})]


def _preflight(headers: dict[bytes, bytes]) -> dict[str, str]:
    asked = headers.get(b"access-control-request-headers", b"*").decode("latin-1")
    answered = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": "600",
    }
    if b"access-control-request-private-network" in headers:
        answered["Access-Control-Allow-Private-Network"] = "true"
    return answered
