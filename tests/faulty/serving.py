"""What the three servers share: faults and readings, a table of records, routing, plain HTTP."""

import json
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.faulty.bodies import Json, Refused
from tests.faulty.clock import Clock

APIS = ("puffle", "autosend", "ocamba")
CLOCK_PATH = "/__clock"


@dataclass(frozen=True)
class Fault:
    """One switchable departure from the documents."""

    name: str
    breaks: str
    documented: bool = True


def catalogue(documented: dict[str, str], assumed: dict[str, str]) -> dict[str, Fault]:
    """Build the faults of one server from name and broken promise."""
    known = {name: Fault(name, breaks) for name, breaks in documented.items()}
    return known | {name: Fault(name, breaks, False) for name, breaks in assumed.items()}


@dataclass(frozen=True)
class Request:
    """One call as the servers see it."""

    method: str
    path: str
    query: dict[str, str]
    token: str | None
    raw: bytes


@dataclass(frozen=True)
class Reply:
    """One answer; without a body nothing is sent but the headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Table:
    """Records by id; keys that start with an underscore are never shown to clients."""

    def __init__(self) -> None:
        self.rows: dict[str, Json] = {}
        self.before: dict[str, Json] = {}

    def find(self, key: str) -> Json | None:
        """Hand out a copy of a record."""
        return deepcopy(self.rows.get(key))

    def save(self, key: str, row: Json) -> None:
        """Store a copy of a record, and remember the one it replaces."""
        self.before[key] = self.rows.get(key, row)
        self.rows[key] = deepcopy(row)

    def older(self, key: str) -> Json | None:
        """Hand out a record as it was before its latest write."""
        return deepcopy(self.before.get(key) or self.rows.get(key))

    def revert(self, key: str) -> None:
        """Undo the latest write of a record."""
        if key in self.before:
            self.rows[key] = self.before.pop(key)

    def all(self) -> list[Json]:
        """Hand out copies of all records, oldest first."""
        return deepcopy(list(self.rows.values()))


@dataclass(frozen=True)
class Operation:
    """One documented operation; `run` gets the id in the path, or an empty string."""

    name: str
    method: str
    path: re.Pattern[str]
    run: Callable[[Request, str], Reply]


def operation(name: str, call: str, run: Callable[[Request, str], Reply]) -> Operation:
    """Describe an operation, as in `operation("read", "GET /campaigns/{id}", self.read)`."""
    method, path = call.split()
    return Operation(
        name, method, re.compile(path.replace("{id}", "([^/]+)").replace("{node}", "[^/]+")), run
    )


class Backend(ABC):
    """One vendor's API, in memory."""

    prefix: ClassVar[str] = ""
    token: ClassVar[str]

    def __init__(self, clock: Clock, faults: frozenset[str], readings: frozenset[str]) -> None:
        self.clock = clock
        self.faults = faults
        self.readings = readings
        self.table = Table()
        self.fixtures: dict[str, str] = {}
        self.crashes: list[Exception] = []

    @abstractmethod
    def operations(self) -> list[Operation]:
        """List the operations."""

    @abstractmethod
    def refusal(self, refused: Refused) -> Reply:
        """Put a refusal into the vendor's error shape."""

    def answer(self, request: Request) -> Reply:
        """Answer one call."""
        try:
            found, key = self._route(request)
            self._authenticate(found, request)
            self.admit(found)
            return found.run(request, key)
        except Refused as refused:
            return self.refusal(refused)
        except Exception as crash:  # noqa: BLE001 - a crash is a 500, as in any backend
            self.crashes.append(crash)
            return self.refusal(Refused(500, "Internal server error"))

    def admit(self, found: Operation) -> None:
        """Refuse the call if a quota is used up."""

    def _route(self, request: Request) -> tuple[Operation, str]:
        hits = [(o, m) for o in self.operations() if (m := o.path.fullmatch(request.path))]
        if not hits:
            raise Refused(404, "Not found")
        for found, match in hits:
            if found.method == request.method:
                return found, unquote(match[1]) if match.groups() else ""
        raise Refused(405, "Method not allowed")

    def _authenticate(self, found: Operation, request: Request) -> None:
        if f"{found.name}_unauthenticated" in self.faults:
            return
        if "any_token" in self.faults and request.token:
            return
        if request.token != self.token:
            raise Refused(403 if "unauthorized_403" in self.readings else 401, "Unauthorized")


@dataclass
class Running:
    """A server that is up, as a test sees it."""

    url: str
    token: str
    fixtures: dict[str, str]
    clock: str
    requests: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, backend: Backend) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        root = f"http://127.0.0.1:{self.server_address[1]}"
        self.backend = backend
        self.gate = threading.Lock()
        self.running = Running(
            url=root + backend.prefix,
            token=backend.token,
            fixtures=dict(backend.fixtures),
            clock=root + CLOCK_PATH,
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about connections that break."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 20
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about requests."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.gate:
            reply = self._reply(raw)
        self._send(reply)

    def _reply(self, raw: bytes) -> Reply:
        parts = urlsplit(self.path)
        if parts.path == CLOCK_PATH:
            return self._clock(raw)
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            token=self._token(),
            raw=raw,
        )
        self.server.running.requests += 1
        return self.server.backend.answer(request)

    def _token(self) -> str | None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def _clock(self, raw: bytes) -> Reply:
        clock = self.server.backend.clock
        if self.command == "POST" and not clock.command(raw):
            return Reply(400, {"error": "freeze, advance or reset"})
        return Reply(200, clock.show())

    def _send(self, reply: Reply) -> None:
        payload = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD" and reply.status != 204:
            self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _handle


def catalogues(api: str) -> tuple[dict[str, Fault], dict[str, str]]:
    """Give the faults and the readings of one server."""
    module = import_module(f"tests.faulty.{api}")
    return module.FAULTS, module.READINGS


def backend(
    api: str, faults: Iterable[str] = (), readings: Iterable[str] = (), clock: Clock | None = None
) -> Backend:
    """Build one vendor's API without HTTP, refusing names that it does not know."""
    chosen, taken = frozenset(faults), frozenset(readings)
    known, legal = catalogues(api)
    strange = sorted((chosen - known.keys()) | (taken - legal.keys()))
    if strange:
        raise ValueError(f"{api} has no fault or reading named {', '.join(strange)}")
    made: Backend = import_module(f"tests.faulty.{api}").SERVER(clock or Clock(), chosen, taken)
    return made


@contextmanager
def serve(
    api: str, faults: Iterable[str] = (), readings: Iterable[str] = (), port: int = 0
) -> Iterator[Running]:
    """Run one vendor's API over HTTP as long as the block lasts."""
    server = _Server(port, backend(api, faults, readings))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["APIS", "Backend", "Fault", "Reply", "Request", "Running", "Table", "serve"]
