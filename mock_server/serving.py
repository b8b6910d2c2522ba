"""The mock on a socket: uvicorn, in the foreground or in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from troth.contracts.errors import TargetError, UsageError
from troth.contracts.garbage import settle
from troth.mock_server.methods import KnownMethods
from troth.mock_server.wire import Response, close_connection, send_response

BACKLOG = 1024
_PATIENCE = 120.0
"""Seconds after which a thread is taken to hang; a busy machine may need some to start."""
_GRACE = 0.3
"""Seconds that calls in flight have when the mock is stopped; those that last longer are ended, and after as
long again the connections of clients that do not read what they are told."""
_TURN = 0.001
"""Seconds that one thread computes before another has its turn; Python takes 5 ms, and the answer to one call
needs several turns while a large one is dealt with."""
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
"""Addresses that stand for all of this machine, and where it reaches itself."""


_LOG = logging.getLogger("uvicorn.error")


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
    """Serve until interrupted (Ctrl-C, SIGTERM); port 0 takes any free one. ``ready`` gets the URL when
    requests are taken, ``beside`` is done while it serves.

    Raises UsageError where the port is taken.
    """
    listener = listen(host, port)
    url = root_url(host, listener)

    def started() -> None:
        if ready is not None:
            ready(url)

    _settle()
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt), _ended_by_term():
        _Server(_config_for(mock), started, beside).run(sockets=[listener])


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
    multiprocess.Process = _Worker  # type: ignore[misc]  # the supervisor makes them by this name
    with contextlib.closing(listener):
        supervisor = _Workers(config, sockets=[listener])
        ready(root_url(host, listener))
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise UsageError("a process that was to serve could not start")


class _Worker(multiprocess.Process):
    """A process that serves, and ends as the mock in the foreground does."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = _Server(self.config)
        return self._server


class _Workers(multiprocess.Multiprocess):
    """Sees at once that a process is gone, also while that is asked whether it is alive."""

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            process.child_conn.close()  # open here, too, it would never end, and nobody answers
        super().keep_subprocess_alive()


@dataclass(frozen=True)
class _InProcess:
    """Makes a mock in a process that has nothing else."""

    make: Callable[[], Served]

    def __call__(self) -> Callable[[Scope, Receive, Send], Coroutine[None, None, None]]:
        made = self.make()
        _settle()
        return _ending(made)


def _settle() -> None:
    """From now on this process does nothing but serve."""
    settle()
    sys.setswitchinterval(_TURN)


def _config_for(mock: Served) -> uvicorn.Config:
    return _config(_ending(mock), usual=mock.usual_methods)


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
        timeout_graceful_shutdown=10,
        workers=workers,
        factory=factory,
        timeout_worker_healthcheck=int(_PATIENCE),
    )


@contextmanager
def _ended_by_term() -> Iterator[None]:
    """Let SIGTERM end the mock as Ctrl-C does: to be stopped is how it ends, and no failure."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
    server = _Server(_config_for(mock), up.set)
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
        config: uvicorn.Config,
        ready: Callable[[], None] | None = None,
        beside: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        super().__init__(config)
        self._ready, self._beside = ready, beside

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready is not None:
            self._ready()
        if self._beside is not None:
            self._task = asyncio.create_task(self._beside())  # kept, or it would be collected

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let calls in flight end by themselves for a moment; what lasts longer is ended then."""
        loop, level = asyncio.get_running_loop(), _LOG.level
        ends = [loop.call_later(_GRACE, self._end_calls), loop.call_later(2 * _GRACE, self._cut)]
        try:
            await super().shutdown(sockets)
        finally:
            for end in ends:
                end.cancel()
            _LOG.setLevel(level)

    def _end_calls(self) -> None:
        for task in self.server_state.tasks:
            if not task.cancelling():  # it is told once
                task.cancel()

    def _cut(self) -> None:
        """Close what is still open: its client does not read, or does not send what it has announced, or
        sends one call after another. That its calls stay without an answer is no news."""
        _LOG.setLevel(logging.CRITICAL)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        asyncio.get_running_loop().call_soon(self._end_calls)  # those that have begun since


def _ending(mock: Served) -> Callable[[Scope, Receive, Send], Coroutine[None, None, None]]:
    """The mock, whose calls are answered when it is stopped while they last."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await mock(scope, receive, send)
        except asyncio.CancelledError:
            await _ended(scope, send)

    return called


async def _ended(scope: Scope, send: Send) -> None:
    """Answer a call that was ended; what it has begun to say is over."""
    stopped = Response(
        503, {"Content-Type": "text/plain", "Connection": "close"}, b"The mock is being stopped.\n"
    )
    try:
        await send_response(send, stopped)
    except RuntimeError:  # the answer has begun
        with contextlib.suppress(Exception):
            await send({"type": "http.response.body", "body": b""})
        await close_connection(scope)
