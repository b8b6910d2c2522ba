"""One routed request: read as a call, decided by the contract, stored, and put into words."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from troth.contracts.deciding.decide import decide_now
from troth.contracts.deciding.media import unacceptable
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.render import render
from troth.contracts.document.media_types import meant, media_type
from troth.contracts.errors import ContractFault
from troth.contracts.model import Operation, Outcome, Reply
from troth.contracts.words.paging import paging_of
from troth.mock_server.clock import VirtualClock
from troth.mock_server.codings import Undecodable, decode
from troth.mock_server.explain import fault_outcome
from troth.mock_server.measuring import too_much as measured
from troth.mock_server.parsing import parse_call
from troth.mock_server.routing import Match
from troth.mock_server.stores import Conflict
from troth.mock_server.wire import BODY_LIMIT, SMALL, Request, takes_json

LONG = 500
"""Records of a list that is answered at once."""

_CHARSETS = ("utf-8", "utf8", "us-ascii")


def handle(
    match: Match, operation: Operation, request: Request, body: bytes, clock: VirtualClock
) -> tuple[Outcome, Reply]:
    """Decide, word the answer and write; decided again when another call was faster."""
    api = match.api
    problem: Outcome | None = None
    coding = request.headers.get("content-encoding")
    if coding:
        decoded = decode(body, coding, BODY_LIMIT)
        if isinstance(decoded, Undecodable):
            problem = http_refusal("invalid", decoded.status, decoded.why)
        else:
            body = decoded
            too_much = None
            if takes_json(request.headers):
                too_much = measured(body)
            request = replace(request, body=body, too_much=too_much)
    if problem is None:
        problem = _unreadable(operation, request, body)
    accept = request.headers.get("accept", "")
    if problem is None:
        problem = _unacceptable(operation, accept)
    if problem is not None:
        return problem, refusal_reply(api.contract, operation, problem, accept)
    call = parse_call(api.contract, operation, request, body, match.path, match.authenticated, api.prefix)
    while True:
        now = clock.now()
        try:
            outcome = next(decide_now(api.contract, call, api.store.view(now)))
            reply = render(api.contract, operation, outcome, call)
            api.store.apply(outcome.changes, now)
        except Conflict:
            continue
        except ContractFault as fault:
            outcome = fault_outcome(api.contract, operation, fault)
            reply = refusal_reply(api.contract, operation, outcome, accept)
        return outcome, reply


def is_long(match: Match, request: Request) -> bool:
    """Whether a request is to be answered beside the event loop: a large body, a long list."""
    if _is_large(request):
        return True
    operation, api = match.operation, match.api
    if operation is None or operation.verb != "list":
        return False
    resource = api.contract.resource_of(operation)
    if resource is None:
        return False
    there = len(api.store.shelf(resource.name).records)
    if there <= LONG:
        return False
    paging = paging_of(api.contract, operation)
    if paging is None:
        return True
    size = paging.default or there
    for name, value in parse_qsl(request.query):
        if name == paging.size and value.isdecimal():
            size = int(value[:9])
    return size > LONG


def _is_large(request: Request) -> bool:
    """Whether a body is more than is dealt with at once; of one in another coding nobody knows yet."""
    if request.body is None:
        return False
    return len(request.body) > SMALL or "content-encoding" in request.headers


def http_refusal(kind: str, status: int, text: str) -> Outcome:
    """A refusal of the HTTP layer itself: wrong method, wrong media type, unknown path."""
    return Outcome(status, True, kind, "", text, text)


def _unacceptable(operation: Operation, accept: str) -> Outcome | None:
    """Why nothing is done: the client would not take the answer."""
    offered = unacceptable(operation, accept)
    if not offered:
        return None
    return http_refusal(
        "invalid", 406, f"{accept!r} takes none of the types that there are: {', '.join(offered)}"
    )


def _unreadable(operation: Operation, request: Request, body: bytes) -> Outcome | None:
    """Why a body is not even looked at: its size, or what it is declared to be."""
    known = operation.media_types
    if not body or not known:
        return None
    if request.too_much:
        return http_refusal("invalid", 400, request.too_much)
    content_type = request.headers.get("content-type", "")
    if not content_type:
        return None
    if meant(known, content_type) is None:
        return http_refusal("invalid", 415, f"{content_type!r} is not taken; valid: {', '.join(known)}")
    charset = media_type(content_type).options.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        return http_refusal("invalid", 415, f"charset {charset!r} is not taken; valid: utf-8")
    return None
