"""Calls and changes as server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import anyio
from starlette.types import Receive, Send

from troth.mock_server.bodies import to_json_bytes
from troth.mock_server.sessions import Session

EVERY = 0.1
"""Seconds after which it is looked whether there is something new."""

ALIVE = 15.0
"""Seconds after which a comment is sent where there is nothing new: proxies cut what is silent."""


async def stream(session: Session, seen: int, receive: Receive, send: Send) -> None:
    """Send what happens in a session after a number until the client leaves."""
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
    async with anyio.create_task_group() as tasks:

        async def leave() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(leave)
        silent = 0.0
        while True:
            await anyio.sleep(EVERY)
            silent += EVERY
            events, seen = await session.journal.coming(seen)
            for number, kind, data in events:
                told = b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), to_json_bytes(data))
                await send({"type": "http.response.body", "body": told, "more_body": True})
            if events:
                silent = 0.0
            elif silent >= ALIVE:
                await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
                silent = 0.0
