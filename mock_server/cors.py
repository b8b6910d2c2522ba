"""Cross-origin calls: a browser page of any origin may use the mocked API (never its control API)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from troth.mock_server.wire import Response, header_bytes, send_response

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY"
EXPOSED = "X-Mock-Rule, X-Mock-Reason, Retry-After, Location, Allow, Preference-Applied"


class Cors:
    """Answers preflight requests, and adds the headers that let a page read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if b"origin" not in headers:
            await self._app(scope, receive, send)
            return
        allowed = {
            "Access-Control-Allow-Origin": headers[b"origin"].decode("latin-1"),
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await send_response(send, Response(204, allowed | _preflight(headers)))
            return
        extra = header_bytes(allowed | {"Access-Control-Expose-Headers": EXPOSED})

        async def outgoing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, outgoing)


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
