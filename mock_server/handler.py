"""One routed request: read as a call, decided by the contract, stored, and put into words."""

from __future__ import annotations

import re

from troth.contracts.deciding.decide import decide_now
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.render import render
from troth.contracts.document.media_types import meant, media_type
from troth.contracts.errors import ContractFault
from troth.contracts.model import Operation, Outcome, Reply
from troth.mock_server.clock import VirtualClock
from troth.mock_server.codings import Undecodable, decode
from troth.mock_server.explain import fault_outcome
from troth.mock_server.parsing import parse_call
from troth.mock_server.routing import Match
from troth.mock_server.stores import Conflict
from troth.mock_server.wire import BODY_LIMIT, Request

DEPTH_LIMIT = 100
"""Levels of arrays and objects in a body; deeper ones cannot be walked safely."""

_CHARSETS = ("utf-8", "utf8", "us-ascii")
_TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def handle(
    match: Match, operation: Operation, request: Request, body: bytes, clock: VirtualClock
) -> tuple[Outcome, Reply]:
    """Decide, word the answer and write; decided again when another call was faster."""
    api = match.api
    decoded = decode(body, request.headers.get("content-encoding", ""), BODY_LIMIT)
    if isinstance(decoded, Undecodable):
        problem: Outcome | None = http_refusal("invalid", decoded.status, decoded.why)
    else:
        body = decoded
        problem = _unreadable(operation, request, body)
    if problem is not None:
        return problem, refusal_reply(api.contract, operation, problem)
    call = parse_call(api.contract, operation, request, body, match.path, match.authenticated)
    while True:
        now = clock.now()
        try:
            outcome = next(decide_now(api.contract, call, api.store.view(now)))
            reply = render(api.contract, operation, outcome)
            api.store.apply(outcome.changes, now)
        except Conflict:
            continue
        except ContractFault as fault:
            outcome = fault_outcome(api.contract, operation, fault)
            reply = refusal_reply(api.contract, operation, outcome)
        return outcome, reply


def http_refusal(kind: str, status: int, text: str) -> Outcome:
    """A refusal of the HTTP layer itself: wrong method, wrong media type, unknown path."""
    return Outcome(status, True, kind, "", text, text)


def _unreadable(operation: Operation, request: Request, body: bytes) -> Outcome | None:
    """Why a body is not even looked at: its depth, or what it is declared to be."""
    known = operation.media_types
    if not body or not known:
        return None
    if _is_too_deep(body):
        return http_refusal("invalid", 400, f"the body is nested more than {DEPTH_LIMIT} levels deep")
    content_type = request.headers.get("content-type", "")
    if not content_type:
        return None
    if meant(known, content_type) is None:
        return http_refusal("invalid", 415, f"{content_type!r} is not taken; valid: {', '.join(known)}")
    charset = media_type(content_type).options.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        return http_refusal("invalid", 415, f"charset {charset!r} is not taken; valid: utf-8")
    return None


def _is_too_deep(body: bytes) -> bool:
    """Whether brackets are nested beyond the limit; those inside of texts do not count."""
    if body.count(b"[") + body.count(b"{") <= DEPTH_LIMIT:
        return False
    level = deepest = 0
    for found in _TEXT_OR_BRACKET.findall(body):
        if found in b"[{":
            level += 1
        elif found in b"]}":
            level -= 1
        deepest = max(deepest, level)
    return deepest > DEPTH_LIMIT
