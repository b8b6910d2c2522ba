"""One routed request: read as a call, decided by the contract, stored, and put into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from troth.contracts.contract.word_values import effects_of, repeat_of
from troth.contracts.deciding.decide import decide_now
from troth.contracts.deciding.embedding import with_embedded
from troth.contracts.deciding.media import unacceptable
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.render import render
from troth.contracts.document.media_types import meant, media_type
from troth.contracts.errors import ContractFault
from troth.contracts.model import Operation, Outcome, Record, Reply
from troth.contracts.words.repeat import PENDING
from troth.mock_server.clock import VirtualClock
from troth.mock_server.codings import Undecodable, decode
from troth.mock_server.explain import fault_outcome
from troth.mock_server.measuring import too_many_fields
from troth.mock_server.measuring import too_much as measured
from troth.mock_server.parsing import parse_call
from troth.mock_server.preferences import Preferences
from troth.mock_server.routing import Match
from troth.mock_server.stores import Conflict, MemoryStore
from troth.mock_server.wire import BODY_LIMIT, Request, takes_json

SHOWN = 200
"""Characters of a header that a refusal repeats."""

_CHARSETS = ("utf-8", "utf8", "us-ascii")


def handle(
    match: Match,
    operation: Operation,
    request: Request,
    body: bytes,
    clock: VirtualClock,
    store: MemoryStore,
    wishes: Preferences,
) -> tuple[Outcome, Reply, int | None]:
    """Decide, word the answer and write; decided again when another call was faster.

    Gives the outcome, its reply, and how much had been written; None for that where the same call may be
    answered otherwise though nothing is written.
    """
    api, accept = match.api, request.headers.get("accept", "")
    read = _read(operation, request, body)
    if isinstance(read, Outcome):
        return read, refusal_reply(api.contract, operation, read, accept), None
    request, body = read
    problem = _unacceptable(operation, accept)
    if problem is not None:
        return problem, refusal_reply(api.contract, operation, problem, accept), None
    call = parse_call(api.contract, operation, request, body, match.path, match.authenticated, match.root)
    if wishes.failing:
        call = replace(call, failing=_failing(operation, wishes))
    as_if = _as_if(match, operation, wishes)
    while True:
        now = clock.now()
        try:
            view = store.view(now)
            if as_if is not None:
                view.get = as_if(view.get)
            outcome = next(decide_now(api.contract, call, view))
            answered = with_embedded(api.contract, operation, view, outcome)
            reply = render(api.contract, operation, answered, call)
            if as_if is None:
                store.apply(outcome.changes, now)
        except Conflict:
            continue
        except ContractFault as fault:
            outcome = fault_outcome(api.contract, operation, fault)
            return outcome, refusal_reply(api.contract, operation, outcome, accept), None
        if view.stands and as_if is None and not outcome.changes:
            return outcome, reply, view.written
        return outcome, reply, None


def _failing(operation: Operation, wishes: Preferences) -> frozenset[str]:
    """The effects that are to fail, of those that there are."""
    known = {effect.name for effect in effects_of(operation)}
    repeat = repeat_of(operation)
    if repeat is not None and repeat.key is not None:
        known.add(PENDING)
    for name in sorted(wishes.failing - known):
        valid = ", ".join(sorted(known)) or "none"
        wishes.ignored.append(f"fail-effect={name}: {operation.id} has no such effect; valid: {valid}")
    return wishes.failing & known


def _read(operation: Operation, request: Request, body: bytes) -> tuple[Request, bytes] | Outcome:
    """The request with its body as it was before it was coded, or why nothing is done with it."""
    coding = request.headers.get("content-encoding")
    if coding:
        decoded = decode(body, coding, BODY_LIMIT)
        if isinstance(decoded, Undecodable):
            return http_refusal("invalid", decoded.status, decoded.why)
        body, too_much = decoded, None
        if takes_json(request.headers):
            too_much = measured(body)
        request = replace(request, body=body, too_much=too_much)
    problem = _unreadable(operation, request, body)
    if problem is not None:
        return problem
    return request, body


def _as_if(
    match: Match, operation: Operation, wishes: Preferences
) -> Callable[[Callable[[str, str], Record | None]], Callable[[str, str], Record | None]] | None:
    """How records are looked up where one is to be seen in another state (``Prefer: state=``)."""
    wanted = wishes.state
    if wanted is None:
        return None
    resource = match.api.contract.resource_of(operation)
    if resource is None or resource.state is None:
        wishes.ignored.append(f"state={wanted}: {operation.id} is about no record with states")
        return None
    if not operation.names_record:
        wishes.ignored.append(f"state={wanted}: {operation.id} is about no record with states")
        return None
    if wanted not in resource.states:
        wishes.ignored.append(f"state={wanted}: valid: {', '.join(map(str, resource.states))}")
        return None
    wishes.applied.append(f"state={wanted}")
    name, field = resource.name, resource.state

    def changed(get: Callable[[str, str], Record | None]) -> Callable[[str, str], Record | None]:
        def seen(kind: str, id: str) -> Record | None:
            record = get(kind, id)
            if record is None:
                return None
            if kind != name:
                return record
            return replace(record, data={**record.data, field: wanted})

        return seen

    return changed


def http_refusal(kind: str, status: int, text: str) -> Outcome:
    """A refusal of the HTTP layer itself: wrong method, wrong media type, unknown path."""
    return Outcome(status, True, kind, "", text, text)


def _unacceptable(operation: Operation, accept: str) -> Outcome | None:
    """Why nothing is done: the client would not take the answer."""
    offered = unacceptable(operation, accept)
    if not offered:
        return None
    return http_refusal(
        "invalid", 406, f"{_shown(accept)} takes none of the types that there are: {', '.join(offered)}"
    )


def _shown(header: str) -> str:
    """What a header says, as a refusal repeats it."""
    return repr(header if len(header) <= SHOWN else f"{header[:SHOWN]}…")


def _unreadable(operation: Operation, request: Request, body: bytes) -> Outcome | None:
    """Why a body is not even looked at: its size, or what it is declared to be."""
    known = operation.media_types
    if not body or not known:
        return None
    content_type = request.headers.get("content-type", "")
    too_much = request.too_much or too_many_fields(body, content_type)
    if too_much:
        return http_refusal("invalid", 400, too_much)
    if not content_type:
        return None
    if meant(known, content_type) is None:
        return http_refusal("invalid", 415, f"{_shown(content_type)} is not taken; valid: {', '.join(known)}")
    charset = media_type(content_type).options.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        return http_refusal("invalid", 415, f"charset {_shown(charset)} is not taken; valid: utf-8")
    return None
