"""The mock on a socket: uvicorn, in the foreground or in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from troth.contracts.errors import TargetError, UsageError
from troth.mock_server.app import Mock

BACKLOG = 1024
_PATIENCE = 120.0
"""Seconds after which a thread is taken to hang; a busy machine may need some to start."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises UsageError where it is taken."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, OverflowError) as error:
        raise _refused(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _refused(host, port, error) from None
    return listener


def _refused(host: str, port: int, error: Exception) -> UsageError:
    reason = str(getattr(error, "strerror", None) or error).rstrip(".")
    return UsageError(f"cannot listen on {host}:{port}: {reason}; choose another with --host or --port")


def serve(
    mock: Mock,
    listener: socket.socket | None = None,
    ready: Callable[[], None] = lambda: None,
    *,
    host: str = "127.0.0.1",
    port: int = 4010,
) -> None:
    """Serve until interrupted, on this address or on a socket that listens already.

    ``ready`` is called when requests are taken. Raises UsageError where the address cannot be had.
    """
    if listener is None:
        listener = listen(host, port)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(mock, ready).run(sockets=[listener])


@contextmanager
def running(mock: Mock) -> Iterator[str]:
    """Serve in a thread on a free port of this machine as long as the block lasts; gives the URL."""
    listener, up = listen("127.0.0.1", 0), threading.Event()
    server = _Server(mock, up.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        if not up.wait(_PATIENCE):
            raise TargetError(f"the mock did not start within {_PATIENCE} s")
        yield root_url("127.0.0.1", listener)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        listener.close()


def root_url(host: str, listener: socket.socket) -> str:
    """The URL under which this machine reaches a listening socket."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    def __init__(self, mock: Mock, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            mock,
            log_level="warning",
            access_log=False,
            lifespan="off",
            http="auto" if mock.usual_methods else "h11",  # the faster parser knows some methods only
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
