"""One routed request in one session: decided, or answered as it asks, and noted in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.credentials import credentials_of
from troth.contracts.contract.scenarios import Fault
from troth.contracts.deciding.documented import documented
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.document.pointers import mapping
from troth.contracts.document.secrets import is_secret
from troth.contracts.model import Json, Operation, Outcome, Reply
from troth.mock_server.api import Api
from troth.mock_server.bodies import encode_body
from troth.mock_server.explain import reason, rule_name, rule_place
from troth.mock_server.handler import handle, http_refusal
from troth.mock_server.journal import Entry, timestamp, without_secrets
from troth.mock_server.preferences import Preferences
from troth.mock_server.projection import carriers_of
from troth.mock_server.quotas import quota_headers
from troth.mock_server.refused_credentials import why_not_let_in
from troth.mock_server.routing import Match
from troth.mock_server.sessions import Session
from troth.mock_server.standing import Answered
from troth.mock_server.wire import BODY_LIMIT, HEADER_LIMIT, Request, Response

LONGEST = 2000
"""Characters of a path or a reason in the journal."""

_TOLD = 1000
"""Characters of what was asked for and did not come: clients take headers of some length only."""
_UNASKED = "nothing is decided here, the answer is the document's own"

BODY = 10_000
"""Bytes of a body that the journal keeps."""


@dataclass(frozen=True)
class Decided:
    """What the contract, the client, or HTTP itself said to one request."""

    api: Api
    operation: Operation | None
    outcome: Outcome
    reply: Reply
    extra: Mapping[str, str]
    why: str | None = None
    written: int | None = None
    """How much had been written; None: it does not stand until more is."""


def answer(
    session: Session, match: Match, request: Request, wishes: Preferences, faults: Sequence[Fault]
) -> Answered:
    """Decide one request, and note it."""
    decided = _decide(session, match, request, wishes, faults)
    place = rule_place(decided.api.contract, decided.outcome)
    why = decided.why or _why(decided, request)
    response = _response(decided, place, why, wishes)
    entry = _entry(session, request, decided, response, place, why)
    session.journal.add(entry)
    return Answered(response, entry, session.store_of(decided.api), decided.written)


def _why(decided: Decided, request: Request) -> str:
    """Why a request was answered so; what is wrong with credentials, only the request tells."""
    contract, operation = decided.api.contract, decided.operation
    if decided.outcome.kind == "unauthenticated" and operation is not None:
        return why_not_let_in(credentials_of(contract, operation), request)
    return reason(contract, decided.outcome)


def _decide(
    session: Session, match: Match, request: Request, wishes: Preferences, faults: Sequence[Fault]
) -> Decided:
    """What HTTP itself objects to, what is to go wrong, what the client asks for, else what the contract
    says."""
    api, operation = match.api, match.operation
    if operation is None:
        return _unrouted(match, request)
    if sum(len(name) + len(value) for name, value in request.headers.items()) > HEADER_LIMIT:
        return _refused(match, operation, 431, f"the headers have more than {HEADER_LIMIT:,} bytes")
    if request.body is None:
        return _refused(match, operation, 413, f"the body has more than {BODY_LIMIT:,} bytes")
    for fault in faults:
        if fault.status is not None:
            found = documented(
                api.contract, operation, code=fault.status, example=fault.example, accept=_accept(request)
            )
            if not isinstance(found, str):
                return Decided(api, operation, *found, {}, "a fault that was asked for")
    if wishes.static:
        static = _as_asked(match, operation, request, wishes)
        if static is not None:
            return static
    store = session.kept[api.contract.name].store
    outcome, reply, written = handle(match, operation, request, request.body, session.clock, store, wishes)
    extra = quota_headers(api.contract, operation, request, store, session.clock)
    if extra:
        written = None
    return Decided(api, operation, outcome, reply, extra, written=written)


def _as_asked(match: Match, operation: Operation, request: Request, wishes: Preferences) -> Decided | None:
    """The document's own answer; None where it has none of the kind."""
    found = documented(
        match.api.contract,
        operation,
        code=wishes.code,
        example=wishes.example,
        dynamic=wishes.dynamic,
        accept=_accept(request),
    )
    if isinstance(found, str):
        wishes.ignored.append(found)
        return None
    if wishes.code is not None:
        wishes.applied.append(f"code={wishes.code}")
    if wishes.example is not None:
        wishes.applied.append(f"example={wishes.example}")
    if wishes.dynamic:
        wishes.applied.append("dynamic=true")
    if wishes.state is not None:
        wishes.ignored.append(f"state={wishes.state}: {_UNASKED}")
    wishes.ignored += [f"fail-effect={name}: {_UNASKED}" for name in sorted(wishes.failing)]
    why = f"asked for: {', '.join(wishes.applied)}; nothing is written"
    return Decided(match.api, operation, *found, {}, why)


@remembered
def _open_members(contract: Contract, operation: Operation) -> frozenset[str] | None:
    """The members of an operation's body in which there is nothing secret; None: there is nothing at all."""
    resolve = contract.document.schemas.resolve
    bodies = [content.schema for content in operation.contents] or [operation.body]
    if not any(is_secret(body, resolve) for body in bodies):
        return None
    known = mapping(resolve(operation.body), "properties")
    return frozenset(name for name, schema in known.items() if not is_secret(schema, resolve))


def _accept(request: Request) -> str:
    return request.headers.get("accept", "")


def _refused(match: Match, operation: Operation, status: int, text: str) -> Decided:
    outcome = http_refusal("invalid", status, text)
    return Decided(match.api, operation, outcome, refusal_reply(match.api.contract, operation, outcome), {})


def _unrouted(match: Match, request: Request) -> Decided:
    extra = {}
    if match.allowed:
        methods = ", ".join(match.allowed)
        extra = {"Allow": methods}
        outcome = http_refusal("invalid", 405, f"{request.method} is not taken here; valid: {methods}")
    else:
        near = f"; near: {', '.join(match.near)}" if match.near else ""
        if request.path in ("", "/"):
            near += "; what the mock itself can do is listed at /__mock/"
        outcome = http_refusal("missing", 404, f"no path of the document fits {request.path[:200]}{near}")
    return Decided(match.api, None, outcome, refusal_reply(match.api.contract, None, outcome), extra)


def _response(decided: Decided, place: str | None, why: str, wishes: Preferences) -> Response:
    reply, outcome = decided.reply, decided.outcome
    body = encode_body(reply.body, reply.headers.get("Content-Type"))
    rule = rule_name(decided.operation, outcome)
    if place:
        rule = f"{rule} ({place})"
    headers = {"X-Mock-Rule": rule, "X-Mock-Reason": why}
    if body:
        headers["Content-Type"] = "application/json"
    applied = wishes.applied
    if any(effect.failed for effect in outcome.emitted):
        applied = [*applied, "fail-effect"]
    if applied:
        headers["Preference-Applied"] = ", ".join(applied)
    if wishes.ignored:
        headers["X-Mock-Ignored"] = "; ".join(wishes.ignored)[:_TOLD]
    return Response(reply.status, {**headers, **reply.headers, **decided.extra}, body)


def _entry(
    session: Session, request: Request, decided: Decided, response: Response, place: str | None, why: str
) -> Entry:
    """One answered call, for the journal."""
    outcome = decided.outcome
    effects: tuple[Mapping[str, Json], ...] = tuple(
        {"effect": e.effect, "id": e.id, "with": e.payload, "failed": e.failed} for e in outcome.emitted
    )
    return Entry(
        time=timestamp(session.clock.now()),
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
        query=request.query[:LONGEST],
        sent=(request.body or b"")[:BODY],
        answered=response.body[:BODY],
        shows=_open_members(decided.api.contract, decided.operation) if decided.operation else None,
    )
