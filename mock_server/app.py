"""The ASGI application: control API and CORS outside, connexion for routing, the contract inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.model import Json, Operation, Outcome, Reply
from troth.mock_server import control
from troth.mock_server.bodies import encoded, to_bytes
from troth.mock_server.clock import VirtualClock
from troth.mock_server.cors import Cors
from troth.mock_server.explain import place, reason, rule
from troth.mock_server.handler import Api, Request, answer, refusal
from troth.mock_server.journal import Entry, Journal, kept, written
from troth.mock_server.projection import ROUTED
from troth.mock_server.routing import Match, Routes
from troth.mock_server.stores import MemoryStore
from troth.mock_server.wire import BODY_LIMIT, HEADER_LIMIT, Answer, Gone, Sent, head, read, respond


class Decided(NamedTuple):
    """What the contract, or HTTP itself, said to one request."""

    api: Api
    operation: Operation | None
    outcome: Outcome
    reply: Reply
    extra: Mapping[str, str] = {}


class Mock:
    """Several contracts in one application; an ASGI callable.

    One contract is mounted where its ``servers`` entry says, several each under ``/<name>`` before that.
    ``token``: the only accepted credential (None: any). ``control_token``: what ``/__mock/`` asks for (None:
    loopback only). ``limits``: answer 429 where a quota is exceeded.
    """

    def __init__(
        self,
        contracts: Sequence[Contract],
        *,
        token: str | None = None,
        control_token: str | None = None,
        cors: bool = True,
        seed: int = 0,
        limits: bool = True,
    ) -> None:
        self.clock, self.journal = VirtualClock(), Journal()
        self.control_token = control_token
        alone = len(contracts) == 1
        self.apis = [
            Api(c, c.base_path if alone else f"/{c.name}{c.base_path}", MemoryStore(seed, counting=limits))
            for c in contracts
        ]
        self._routes = Routes(self.apis, token)
        self._api: ASGIApp = Cors(self._serve) if cors else self._serve
        self.reset()

    def reset(self) -> dict[str, Json]:
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

    def state(self) -> dict[str, Json]:
        """Every record of every API by resource, with its hidden variables."""
        return {
            api.contract.name: {
                name: [{"id": r.id, "data": r.data, "hidden": r.hidden} for r in api.now(self.clock).of(name)]
                for name in api.contract.resources
            }
            for api in self.apis
        }

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
        if scope["type"] != "http":
            return
        try:
            if f"{scope['path']}/".startswith(control.PREFIX):
                await self._control(scope, receive, send)
            else:
                await self._api(scope, receive, send)
        except Gone:
            return

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0] if scope.get("client") else None
        body = await read(receive, control.LIMIT)
        status, value = control.answer(self, client, head(scope), body)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        await respond(send, Answer(status, headers, to_bytes(value)))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, body = head(scope), await read(receive)
        decided = _decide(await self._routes.match(scope), sent, body, self.clock)
        at, why = place(decided.api.contract, decided.outcome), reason(decided.api.contract, decided.outcome)
        self._note(sent, decided, at, why)
        await respond(send, _worded(decided, at, why), bodiless=sent.method == "HEAD")

    def _note(self, sent: Sent, decided: Decided, at: str | None, why: str) -> None:
        api, operation, outcome = decided.api, decided.operation, decided.outcome
        effects: tuple[Mapping[str, Json], ...] = tuple(
            {"effect": e.effect, "id": e.id, "with": e.payload, "failed": e.failed} for e in outcome.emitted
        )
        self.journal.add(
            Entry(
                written(self.clock.now()),
                api.contract.name,
                sent.method,
                sent.path[:2000],
                operation.id if operation else None,
                decided.reply.status,
                rule(operation, outcome),
                at,
                why[:2000],
                kept(sent.headers),
                effects,
            )
        )


def _decide(match: Match, sent: Sent, body: bytes | None, clock: VirtualClock) -> Decided:
    """What HTTP itself objects to, else what the contract says."""
    api, operation = match.api, match.operation
    extra: Mapping[str, str] = {}
    if operation is None and match.allowed:
        methods = ", ".join(match.allowed)
        extra = {"Allow": methods}
        outcome = refusal("invalid", 405, f"{sent.method} is not taken here; valid: {methods}")
    elif operation is None:
        near = f"; near: {', '.join(match.near)}" if match.near else ""
        outcome = refusal("missing", 404, f"no path of the document fits {sent.path[:200]}{near}")
    elif sum(len(name) + len(value) for name, value in sent.headers.items()) > HEADER_LIMIT:
        outcome = refusal("invalid", 431, f"the headers have more than {HEADER_LIMIT:,} bytes")
    elif body is None:
        outcome = refusal("invalid", 413, f"the body has more than {BODY_LIMIT:,} bytes")
    else:
        outcome, reply = answer(api, operation, Request(sent, body, match.path, match.authenticated), clock)
        return Decided(api, operation, outcome, reply)
    return Decided(api, operation, outcome, refusal_reply(api.contract, operation, outcome), extra)


def _worded(decided: Decided, at: str | None, why: str) -> Answer:
    reply, outcome = decided.reply, decided.outcome
    body, name = encoded(reply.body, reply.headers.get("Content-Type")), rule(decided.operation, outcome)
    headers = {
        "X-Mock-Rule": f"{name} ({at})" if at else name,
        "X-Mock-Reason": why,
        **({"Content-Type": "application/json"} if body else {}),
        **({"Preference-Applied": "fail-effect"} if any(e.failed for e in outcome.emitted) else {}),
        **reply.headers,
        **decided.extra,
    }
    return Answer(reply.status, headers, body)
