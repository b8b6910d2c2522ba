"""The mock on a socket: uvicorn, in the foreground or in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from troth.contracts.errors import TargetError, UsageError
from troth.mock_server.methods import KnownMethods

BACKLOG = 1024
_PATIENCE = 120.0
"""Seconds after which a thread is taken to hang; a busy machine may need some to start."""
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
"""Addresses that stand for all of this machine, and where it reaches itself."""


class Served(Protocol):
    """What is served: the mock."""

    @property
    def usual_methods(self) -> bool: ...
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


def serve(
    mock: Served,
    host: str = "127.0.0.1",
    port: int = 4010,
    *,
    ready: Callable[[str], None] | None = None,
    beside: Callable[[], Coroutine[None, None, None]] | None = None,
) -> None:
    """Serve until interrupted; port 0 takes any free one. ``ready`` gets the URL when requests are taken,
    ``beside`` is done while it serves.

    Raises UsageError where the port is taken.
    """
    listener = listen(host, port)
    url = root_url(host, listener)

    def started() -> None:
        if ready is not None:
            ready(url)

    gc.collect()
    gc.freeze()  # documents stay: to look through them for garbage again and again is a quarter of a write
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        _Server(mock, started, beside).run(sockets=[listener])


def serve_by_many(
    make: Callable[[], Served],
    workers: int,
    host: str,
    port: int,
    *,
    usual: bool,
    ready: Callable[[str], None],
) -> None:
    """Serve by several processes until interrupted; each makes its own mock. One that dies is replaced.

    ``usual``: whether no method is one that only OpenAPI 3.2 can say. Raises UsageError where the port is
    taken.
    """
    listener = listen(host, port)
    config = _config(_InProcess(make), usual=usual, workers=workers, factory=True)
    with contextlib.closing(listener):
        supervisor = Multiprocess(config, sockets=[listener])
        ready(root_url(host, listener))
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise UsageError("a process that was to serve could not start")


@dataclass(frozen=True)
class _InProcess:
    """Makes a mock in a process that has nothing else."""

    make: Callable[[], Served]

    def __call__(self) -> Served:
        made = self.make()
        gc.collect()
        gc.freeze()
        return made


def _config(served: Any, *, usual: bool, workers: int = 1, factory: bool = False) -> uvicorn.Config:
    """How uvicorn serves a mock."""
    return uvicorn.Config(
        served,
        log_level="warning",
        access_log=False,
        lifespan="off",
        http=KnownMethods if usual else "h11",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
        workers=workers,
        factory=factory,
        timeout_worker_healthcheck=int(_PATIENCE),
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises UsageError where it is taken."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, OverflowError) as error:
        raise _cannot_listen(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot_listen(host, port, error) from None
    return listener


def _cannot_listen(host: str, port: int, error: Exception) -> UsageError:
    reason = str(error)
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    reason = reason.rstrip(".")
    return UsageError(f"cannot listen on {host}:{port}: {reason}; choose another with --host or --port")


@contextmanager
def running(mock: Served) -> Iterator[str]:
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
    host = _REACHED_AT.get(host, host)
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    def __init__(
        self,
        mock: Served,
        ready: Callable[[], None],
        beside: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        super().__init__(_config(mock, usual=mock.usual_methods))
        self._ready, self._beside = ready, beside

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
        if self._beside is not None:
            self._task = asyncio.create_task(self._beside())  # kept, or it would be collected
