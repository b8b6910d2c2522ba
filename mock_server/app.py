"""The ASGI application: control API and CORS outside, connexion for routing, the contract inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.model import Json, Node, Operation, Outcome, Reply
from troth.mock_server import control
from troth.mock_server.api import Api
from troth.mock_server.bodies import encode_body, to_json_bytes
from troth.mock_server.clock import VirtualClock
from troth.mock_server.cors import Cors
from troth.mock_server.explain import reason, rule_name, rule_place
from troth.mock_server.handler import handle, http_refusal, is_long
from troth.mock_server.journal import Entry, Journal, timestamp, without_secrets
from troth.mock_server.projection import ROUTED, carriers_of
from troth.mock_server.routing import Match, Routes
from troth.mock_server.stores import MemoryStore
from troth.mock_server.wire import (
    BODY_LIMIT,
    HEADER_LIMIT,
    ClientGone,
    Request,
    Response,
    read_request,
    send_response,
)

Spec: TypeAlias = Contract | str | Path
"""A contract, or a document by bundled name or path."""

State: TypeAlias = dict[str, dict[str, list[Node]]]
"""Records by API and resource."""

LONGEST = 2000
"""Characters of a path or a reason in the journal."""

_NO_WEBSOCKETS = "the mock speaks HTTP only"


class Decided(NamedTuple):
    """What the contract, or HTTP itself, said to one request."""

    api: Api
    operation: Operation | None
    outcome: Outcome
    reply: Reply
    extra: Mapping[str, str] = {}


class Mock:
    """One or several contracts in one ASGI application.

    ``specs``: contracts, bundled names or paths. A single one is mounted where its ``servers`` entry says,
    several each under ``/<name>`` before that. ``token``: the only accepted credential (None: any).
    ``control_token``: what ``/__mock/`` asks for (None: loopback only). ``limits``: answer 429 where a quota
    is exceeded.
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
    ) -> None:
        for name, secret in (("token", token), ("control_token", control_token)):
            if secret is not None and not secret.strip():
                raise UsageError(f"`{name}` is empty: everybody knows it; leave it out, or say one")
        self.clock = VirtualClock()
        self.journal = Journal()
        self.control_token = control_token
        self.apis = _mounted(_contracts(specs, seed), seed, limits)
        self._routes = Routes(self.apis, token)
        self._api: ASGIApp = Cors(self._serve) if cors else self._serve
        self.reset()

    def reset(self) -> State:
        """Start again from the fixtures; the clock and the journal too."""
        self.clock.reset()
        self.journal.clear()
        for api in self.apis:
            api.store.reset(())
            now = self.clock.now()
            records = seed_records(api.contract, api.store.view(now).fresh)
            api.store.reset(replace(record, since=now) for record in records.values())
            api.fixtures = {name: record.id for name, record in records.items()}
        return self.state()

    def state(self) -> State:
        """Every record of every API by resource, with its hidden variables."""
        found: State = {}
        for api in self.apis:
            world = api.now(self.clock)
            found[api.contract.name] = {
                name: [{"id": r.id, "data": r.data, "hidden": r.hidden} for r in world.of(name)]
                for name in api.contract.resources
            }
        return found

    @property
    def usual_methods(self) -> bool:
        """Whether no operation has a method that only OpenAPI 3.2 can say."""
        return all(o.method in ROUTED for api in self.apis for o in api.contract.operations.values())

    def turn_back_clock(self) -> None:
        """Real time again. Calls counted in a future that is no more count against no quota."""
        self.clock.reset()
        for api in self.apis:
            api.store.forget_hits()

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
        try:
            if f"{scope['path']}/".startswith(control.PREFIX):
                await self._control(scope, receive, send)
            else:
                await self._api(scope, receive, send)
        except ClientGone:
            return

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        host = client[0] if client else None
        request = await read_request(scope, receive, control.LIMIT)
        status, value = control.handle_control_call(self, host, request)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        await send_response(send, Response(status, headers, to_json_bytes(value)))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive, BODY_LIMIT)
        match = await self._routes.match(scope, request.headers)
        if is_long(match, request):
            response = await to_thread.run_sync(self._answer, match, request)
        else:
            response = self._answer(match, request)
        await send_response(send, response, bodiless=request.method == "HEAD")

    def _answer(self, match: Match, request: Request) -> Response:
        """Decide one request, and note it."""
        decided = _decide(match, request, self.clock)
        place = rule_place(decided.api.contract, decided.outcome)
        why = reason(decided.api.contract, decided.outcome)
        self._note(request, decided, place, why)
        return _response(decided, place, why)

    def _note(self, request: Request, decided: Decided, place: str | None, why: str) -> None:
        """Enter one answered call in the journal."""
        outcome = decided.outcome
        effects: tuple[Mapping[str, Json], ...] = tuple(
            {"effect": e.effect, "id": e.id, "with": e.payload, "failed": e.failed} for e in outcome.emitted
        )
        self.journal.add(
            Entry(
                time=timestamp(self.clock.now()),
                api=decided.api.contract.name,
                method=request.method,
                path=request.path[:LONGEST],
                operation=decided.operation.id if decided.operation else None,
                status=decided.reply.status,
                rule=rule_name(decided.operation, outcome),
                at=place,
                reason=why[:LONGEST],
                headers=without_secrets(request.headers, carriers_of(decided.api.contract)),
                effects=effects,
            )
        )


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


def _mounted(contracts: Sequence[Contract], seed: int, limits: bool) -> list[Api]:
    apis = []
    for contract in contracts:
        mount = ""
        if len(contracts) > 1:
            mount = f"/{contract.name}"
        store = MemoryStore(contract, seed, counting=limits)
        apis.append(Api(contract, mount + contract.base_path, store, mount=mount))
    return apis


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is to be done at start and end: the records live as long as the object."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _decide(match: Match, request: Request, clock: VirtualClock) -> Decided:
    """What HTTP itself objects to, else what the contract says."""
    api, operation = match.api, match.operation
    if operation is None:
        return _unrouted(match, request)
    if sum(len(name) + len(value) for name, value in request.headers.items()) > HEADER_LIMIT:
        outcome = http_refusal("invalid", 431, f"the headers have more than {HEADER_LIMIT:,} bytes")
    elif request.body is None:
        outcome = http_refusal("invalid", 413, f"the body has more than {BODY_LIMIT:,} bytes")
    else:
        outcome, reply = handle(match, operation, request, request.body, clock)
        return Decided(api, operation, outcome, reply)
    return Decided(api, operation, outcome, refusal_reply(api.contract, operation, outcome))


def _unrouted(match: Match, request: Request) -> Decided:
    extra = {}
    if match.allowed:
        methods = ", ".join(match.allowed)
        extra = {"Allow": methods}
        outcome = http_refusal("invalid", 405, f"{request.method} is not taken here; valid: {methods}")
    else:
        near = f"; near: {', '.join(match.near)}" if match.near else ""
        outcome = http_refusal("missing", 404, f"no path of the document fits {request.path[:200]}{near}")
    return Decided(match.api, None, outcome, refusal_reply(match.api.contract, None, outcome), extra)


def _response(decided: Decided, place: str | None, why: str) -> Response:
    reply, outcome = decided.reply, decided.outcome
    body = encode_body(reply.body, reply.headers.get("Content-Type"))
    rule = rule_name(decided.operation, outcome)
    if place:
        rule = f"{rule} ({place})"
    headers = {"X-Mock-Rule": rule, "X-Mock-Reason": why}
    if body:
        headers["Content-Type"] = "application/json"
    if any(effect.failed for effect in outcome.emitted):
        headers["Preference-Applied"] = "fail-effect"
    return Response(reply.status, {**headers, **reply.headers, **decided.extra}, body)
