"""The ASGI application: CORS and control API outside, the contract inside, a world for each session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

from anyio import sleep, to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from troth.contracts.contract import Contract
from troth.contracts.contract.scenarios import DEFAULT, Fault
from troth.contracts.document.parameters import cookie_values
from troth.contracts.errors import TrothError, UsageError
from troth.contracts.extensions import added
from troth.contracts.frozen import replace
from troth.contracts.loading.catalogue import load
from troth.contracts.model import Json
from troth.mock_server import control
from troth.mock_server.access_log import AccessLog
from troth.mock_server.answering import answer
from troth.mock_server.api import Api
from troth.mock_server.beside import is_long, listed
from troth.mock_server.bodies import to_json_bytes
from troth.mock_server.client import MockClient
from troth.mock_server.clock import VirtualClock
from troth.mock_server.cors import Cors
from troth.mock_server.journal import Journal, timestamp
from troth.mock_server.preferences import preferences_of, without_twins
from troth.mock_server.projection import ROUTED
from troth.mock_server.routing import Match, Routes, below_root
from troth.mock_server.serving import running
from troth.mock_server.sessions import Crowded, Session, Sessions, State
from troth.mock_server.shared_call import SharedCall
from troth.mock_server.standing import asked_for
from troth.mock_server.stores import AGAIN, StoreAway
from troth.mock_server.wire import (
    BODY_LIMIT,
    SMALL,
    ClientGone,
    Request,
    Response,
    close_connection,
    read_request,
    send_response,
)

Spec: TypeAlias = Contract | str | Path
"""A contract, or a document by bundled name or path."""

SESSION, SCENARIO, COOKIE = "x-mock-session", "x-mock-scenario", "mock-session"
"""Where a request names its session, and the scenario with which that begins."""

_IN_PATH = re.compile(r"/~([^/]+)(?=/|$)")
_NONE: Mapping[str, str] = {}
_NO_WEBSOCKETS = "the mock speaks HTTP only"


class Mock:
    """One or several contracts in one ASGI application.

    ``specs``: contracts, bundled names or paths. A single one is mounted where its ``servers`` entry says,
    several each under ``/<name>`` before that. ``token``: the only accepted credential (None: any).
    ``control_token``: what ``/__mock/`` asks for (None: loopback only). ``limits``: answer 429 where a quota
    is exceeded. ``scenario``: what it begins with. ``delay``: milliseconds before every answer, any from the
    first to the second. ``store``: where records are kept, a file or ``postgresql://…`` (None: in memory).
    ``access_log``: a file to which a line of JSON is added for each call, ``-`` for standard output.
    """

    def __init__(
        self,
        specs: Spec | Sequence[Spec],
        *,
        token: str | None = None,
        control_token: str | None = None,
        cors: bool = True,
        seed: int = 0,
        limits: bool = True,
        scenario: str = DEFAULT,
        delay: tuple[float, float] | None = None,
        store: str | None = None,
        access_log: str | None = None,
    ) -> None:
        for name, secret in (("token", token), ("control_token", control_token)):
            if secret is not None and not secret.strip():
                raise UsageError(f"`{name}` is empty: everybody knows it; leave it out, or say one")
        self.control_token, self._token = control_token, token
        self._route(_mounted(_contracts(specs, seed)))
        self._api: ASGIApp = Cors(self._serve) if cors else self._serve
        kind = Sessions if store is None else partial(_shared_sessions(), store)
        self.sessions = kind(self.apis, seed, limits=limits, scenario=scenario, delay=delay)
        self._log = AccessLog(access_log) if access_log is not None else None

    @property
    def session(self) -> Session:
        """The world of requests that name no session."""
        return self.sessions.default

    @property
    def clock(self) -> VirtualClock:
        """The time of requests that name no session."""
        return self.session.clock

    @property
    def journal(self) -> Journal:
        """The calls of requests that name no session."""
        return self.session.journal

    def state(self) -> State:
        """Every record of every API by resource, with its hidden variables."""
        return self.sessions.run(self.session, self.session.state, writing=False)

    def reset(self, scenario: str | None = None) -> State:
        """Start again, with this scenario or the one of before: records, clock, journal and faults."""

        def again() -> State:
            self.sessions.begin(self.session, scenario or self.session.scenario)
            return self.session.state()

        return self.sessions.run(self.session, again)

    def follow(self, contracts: Sequence[Contract]) -> list[str]:
        """Keep other contracts of the same documents from now on; what is stored stays. What of it does not
        fit is told. Raises UsageError where they are not of the same documents."""
        names = [api.contract.name for api in self.apis]
        if [contract.name for contract in contracts] != names:
            raise UsageError(f"the mock serves {', '.join(names)}")
        self._route(_mounted(contracts))
        return self.sessions.follow(self.apis)

    def _route(self, apis: Sequence[Api]) -> None:
        """Answer for these APIs. Where one has paths that look like sessions, no path names a session."""
        self._routes = Routes(apis, self._token)
        self.apis = apis
        self._names_sessions = not any(path.startswith("/~") for path in self._routes.paths())

    @contextmanager
    def running(self) -> Iterator[MockClient]:
        """Serve it in a thread on a free port of this machine, as long as the block lasts."""
        with running(self) as root:
            yield MockClient(root, prefix=self.apis[0].prefix, token=self.control_token)

    @property
    def usual_methods(self) -> bool:
        """Whether no operation has a method that only OpenAPI 3.2 can say."""
        return all(o.method in ROUTED for api in self.apis for o in api.contract.operations.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await _lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1003, "reason": _NO_WEBSOCKETS})
        else:
            raise UsageError(f"{_NO_WEBSOCKETS}, it cannot take an ASGI scope of type {kind!r}")

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = below_root(scope)
        if path.startswith("/~"):
            scope = self._in_session(scope, path)
            path = below_root(scope)
        try:
            if f"{path}/".startswith(control.PREFIX):
                await control.serve(self, scope, receive, send)
            else:
                await self._api(scope, receive, send)
        except ClientGone:
            return

    def _in_session(self, scope: Scope, path: str) -> Scope:
        """A request whose path begins with the name of its session, as one without: that is another root."""
        found = _IN_PATH.match(path)
        if found is None or not self._names_sessions:
            return scope
        return {**scope, "root_path": scope.get("root_path", "") + found[0], "session": found[1]}

    async def session_of(self, scope: Scope, request: Request) -> Session:
        """Whose world a request is about. Raises UsageError for a name that is none."""
        name = scope.get("session") or request.headers.get(SESSION, "").strip() or _in_cookie(request)
        if not name:
            return self.session
        scenario = request.headers.get(SCENARIO)
        if self.sessions.soon(name, scenario):
            return self.sessions.find(name, scenario)
        return await to_thread.run_sync(self.sessions.find_alone, name, scenario)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive, BODY_LIMIT)
        begun, name = perf_counter(), ""
        try:
            session = await self.session_of(scope, request)
            name = session.name
        except Crowded as crowded:
            response = _not_now(crowded)
        except UsageError as error:
            response = _problem(400, "Bad Request", error)
        else:
            response = await self._decided(session, scope, request)
        if self._log is not None:
            self._log.write(scope, request, name, response, begun)
        await send_response(send, response, bodiless=request.method == "HEAD")
        if response.cut:
            await close_connection(scope)

    async def _decided(self, session: Session, scope: Scope, request: Request) -> Response:
        """The answer to a request, in a world of this process or of several."""
        if self.sessions.shared:
            match = await self._routes.match(scope, request.headers)
            return await self._answered_by_all(session, match, request)
        return await self._answered(session, scope, request)

    async def _answered(self, session: Session, scope: Scope, request: Request) -> Response:
        """The answer to a request: the one that stands, or a new one, with what goes wrong on purpose."""
        standing, asked, busy = session.standing, None, session.is_busy
        if not busy and not session.faults.are_set:
            asked = asked_for(scope, request)
        if asked is not None:
            now = session.clock.now()
            known = standing.found(asked, now)
            if known is not None:
                session.journal.add(replace(known.entry, time=timestamp(now)))
                return known.response
        wishes = preferences_of(request.headers, request.query)
        begun_with = request.headers.get(SCENARIO, session.scenario)
        if begun_with != session.scenario:
            wishes.ignored.append(f"{SCENARIO}={begun_with}: it has begun with {session.scenario}")
        request = without_twins(request)
        match = await self._routes.match(scope, request.headers)
        faults: Sequence[Fault] = session.faults.drawn(match.operation.id if match.operation else None)
        wait = wishes.delay / 1000 + session.faults.delay(faults)
        if wait:
            await sleep(wait)
        if request.body and len(request.body) > SMALL:
            session.has_large = True
        if busy or is_long(match, request, session):
            answered = await to_thread.run_sync(answer, session, match, request, wishes, faults)
            listed(match, request, session)
        else:
            answered = answer(session, match, request, wishes, faults)
        if faults:
            return _broken_off(answered.response, faults)
        if asked is not None:
            standing.keep(asked, answered)
        return answered.response

    async def _answered_by_all(self, session: Session, match: Match, request: Request) -> Response:
        """The answer to a request in a world that other processes have, too: decided beside the event loop,
        for a database is asked."""
        wait = preferences_of(request.headers, request.query).delay / 1000
        if wait:
            await sleep(wait)
        turn = SharedCall(self.sessions, session, match, request)
        try:
            response = await to_thread.run_sync(turn.begun)
            while response is None:
                await sleep(turn.wait)
                response = await to_thread.run_sync(turn.ended)
        except StoreAway as away:
            return _not_now(away)
        except UsageError as error:
            return _problem(400, "Bad Request", error)
        if turn.faults:
            response = _broken_off(response, turn.faults)
        return response


def _in_cookie(request: Request) -> str | None:
    """The session that a browser was told to stay in."""
    sent = request.headers.get("cookie")
    if not sent or COOKIE not in sent:
        return None
    values = cookie_values(sent).get(COOKIE)
    if not values:
        return None
    return values[-1]


def _problem(status: int, title: str, error: TrothError, more: Mapping[str, str] = _NONE) -> Response:
    """The answer to a request of which nothing can become, whatever the document says (RFC 9457)."""
    why = str(error)
    headers = {
        "Content-Type": "application/problem+json",
        "X-Mock-Rule": f"http/{status}",
        "X-Mock-Reason": why,
    }
    problem: dict[str, Json] = {"type": "about:blank", "title": title, "status": status, "detail": why}
    return Response(status, {**headers, **more}, to_json_bytes(problem))


def _not_now(error: TrothError) -> Response:
    """The answer to a request of which something may become when it is made again."""
    return _problem(503, "Service Unavailable", error, {"Retry-After": str(AGAIN)})


def _broken_off(response: Response, faults: Sequence[Fault]) -> Response:
    """The response as faults let it through."""
    rates = [fault.rate for fault in faults if fault.rate is not None]
    return replace(response, cut=any(fault.cut for fault in faults), rate=min(rates, default=None))


def _contracts(specs: Spec | Sequence[Spec], seed: int) -> list[Contract]:
    """The contracts that are meant; documents without words get those that they suggest."""
    if isinstance(specs, (Contract, str, Path)):
        specs = [specs]
    found = []
    for spec in specs:
        if not isinstance(spec, Contract):
            spec = load(spec, infer=True, seed=seed)
        found.append(spec)
    if not found:
        raise UsageError("a mock serves one contract at least")
    names = [contract.name for contract in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two specs are named {name!r}; rename the file or folder of one")
    return found


def _shared_sessions() -> Callable[..., Sessions]:
    """What keeps sessions in a database: only where it is asked for, for it needs a library."""
    for entry in added("troth.stores"):
        try:
            found: Callable[..., Sessions] = entry.load()
        except ImportError as error:
            raise UsageError(
                f"a store needs more than is installed: pip install 'troth[stores]' ({error})"
            ) from None
        return found
    raise UsageError("a store needs more than is installed: pip install 'troth[stores]'")


def _mounted(contracts: Sequence[Contract]) -> list[Api]:
    """Where each contract is served: a single one where its servers say, several under their names."""
    apis = []
    for contract in contracts:
        mount = ""
        if len(contracts) > 1:
            mount = f"/{contract.name}"
        apis.append(Api(contract, mount + contract.base_path, mount))
    return apis


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is to be done at start and end: the records live as long as the object."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
