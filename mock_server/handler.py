"""The only place that knows both HTTP and the contract: request → Call, Outcome → body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson

from troth.contracts.contract import Contract
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.render import render
from troth.contracts.document.forms import FORMS, from_pairs, scalar
from troth.contracts.document.schemas import types_of
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, MALFORMED, Call, Json, Operation, Outcome, Parameter, Reply, World
from troth.contracts.words.automatic import present
from troth.mock_server.bodies import fields
from troth.mock_server.clock import VirtualClock
from troth.mock_server.explain import fault_outcome
from troth.mock_server.stores import Conflict, MemoryStore
from troth.mock_server.wire import Sent

DEPTH_LIMIT = 100
"""Levels of arrays and objects in a body; deeper ones cannot be walked safely."""

_BETWEEN = {"pipeDelimited": "|", "spaceDelimited": " "}
_CHARSETS = ("utf-8", "utf8", "us-ascii")


@dataclass
class Api:
    """One contract being kept: where it is mounted and what it has stored."""

    contract: Contract
    prefix: str
    store: MemoryStore
    fixtures: Mapping[str, str] = field(default_factory=dict)

    def now(self, clock: VirtualClock) -> World:
        """What is stored, as time has made it."""
        return present(self.contract, self.store.view(clock.now()))


@dataclass(frozen=True)
class Request:
    """What came over the wire, routed: ``path`` are the parameters of the path."""

    sent: Sent
    body: bytes
    path: Mapping[str, str]
    authenticated: bool


def answer(api: Api, operation: Operation, request: Request, clock: VirtualClock) -> tuple[Outcome, Reply]:
    """Decide, word the answer and write; decided again when another call was faster."""
    problem = _unreadable(operation, request)
    if problem is not None:
        return problem, refusal_reply(api.contract, operation, problem)
    call = to_call(api.contract, operation, request)
    while True:
        now = clock.now()
        try:
            outcome = next(decide(api.contract, call, api.store.view(now)))
            reply = render(api.contract, operation, outcome)
            api.store.apply(outcome.changes, now)
        except Conflict:
            continue
        except ContractFault as fault:
            outcome = fault_outcome(api.contract, operation, fault)
            reply = refusal_reply(api.contract, operation, outcome)
        return outcome, reply


def refusal(kind: str, status: int, text: str) -> Outcome:
    """A refusal of the HTTP layer itself: wrong method, wrong media type, unknown path."""
    return Outcome(status, True, kind, "", text, text)


def to_call(contract: Contract, operation: Operation, request: Request) -> Call:
    """The parsed call: parameters cast to the types that their schemas ask for."""
    headers = request.sent.headers
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.sent.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    declared = {(p.place, p.name): p for p in operation.parameters}
    return Call(
        operation.id,
        {name: _cast(declared.get(("path", name)), [value]) for name, value in request.path.items()},
        {name: _cast(declared.get(("query", name)), values) for name, values in query.items()}
        | _objects(operation, query),
        {
            p.name: _cast(p, [headers[p.name.lower()]])
            for p in operation.parameters
            if p.place == "header" and p.name.lower() in headers
        },
        _body(contract, operation, request),
        headers.get("authorization") or None,
        request.authenticated,
        _failing(headers.get("prefer", "")),
    )


def _unreadable(operation: Operation, request: Request) -> Outcome | None:
    """Why a body is not even looked at: its declared type, or its depth."""
    known = operation.media_types
    if not request.body or not known:
        return None
    if _deep(request.body):
        return refusal("invalid", 400, f"the body is nested more than {DEPTH_LIMIT} levels deep")
    media, *options = (p.strip().lower() for p in request.sent.headers.get("content-type", "").split(";"))
    if media and not any(_takes(one.lower(), media) for one in known):
        return refusal("invalid", 415, f"{media!r} is not taken; valid: {', '.join(known)}")
    for name, _, value in (option.partition("=") for option in options):
        if name == "charset" and value.strip('" ') not in _CHARSETS:
            return refusal("invalid", 415, f"charset {value!r} is not taken; valid: utf-8")
    return None


def _takes(known: str, media: str) -> bool:
    """Whether a declared media type or range (``*/*``, ``image/*``) includes one."""
    return known.partition(";")[0].strip() in (media, f"{media.partition('/')[0]}/*", "*/*")


def _deep(body: bytes) -> bool:
    """Whether brackets are nested beyond the limit; those inside of texts do not count."""
    if body.count(b"[") + body.count(b"{") <= DEPTH_LIMIT:
        return False
    level = deepest = 0
    for bracket in re.findall(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', body, re.DOTALL):
        level += (bracket in b"[{") - (bracket in b"]}")
        deepest = max(deepest, level)
    return deepest > DEPTH_LIMIT


def _body(contract: Contract, operation: Operation, request: Request) -> Json:
    body, known = request.body, operation.media_types
    if not known or not body.strip():
        return {} if operation.form and operation.body_required else ABSENT  # a form without fields is one
    sent = request.sent.headers.get("content-type", "") or operation.form or ""
    if sent.partition(";")[0].strip().lower() in FORMS:
        found = fields(body, sent)
        return MALFORMED if found is None else from_pairs(contract.document.schemas, operation.body, found)
    if not any("json" in media or "*" in media for media in known):
        return ABSENT
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return MALFORMED


def _cast(parameter: Parameter | None, values: list[str]) -> Json:
    """``form`` style: a scalar is the last value, an array all of them (or one with commas)."""
    if parameter is None:
        return values[-1]
    kinds = _kinds(parameter.schema)
    if "array" in kinds and not (len(kinds) > 1 and len(values) == 1 and "," not in values[0]):
        between = _BETWEEN.get(parameter.style, ",")
        listed = values if len(values) > 1 else values[0].split(between)
        items = parameter.schema.get("items", {})
        return [scalar(_kinds(items), value) for value in listed]
    if kinds == ("object",) and "," in values[-1]:
        parts = values[-1].split(",")
        return _members(parameter, dict(zip(parts[::2], parts[1::2], strict=False)))
    return scalar(kinds, values[-1])


def _objects(operation: Operation, query: Mapping[str, list[str]]) -> dict[str, Json]:
    """Objects that came as ``name[member]=value`` (``deepObject``), or member by member."""
    found: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.place != "query" or "object" not in _kinds(parameter.schema) or parameter.name in query:
            continue
        start = f"{parameter.name}["
        deep = {
            k[len(start) : -1]: v[-1] for k, v in query.items() if k.startswith(start) and k.endswith("]")
        }
        known = parameter.schema.get("properties") or {}
        flat = {} if parameter.style == "deepObject" else {k: query[k][-1] for k in known if k in query}
        if deep or flat:
            found[parameter.name] = _members(parameter, deep or flat)
    return found


def _members(parameter: Parameter, texts: Mapping[str, str]) -> dict[str, Json]:
    known = parameter.schema.get("properties") or {}
    return {name: scalar(_kinds(known.get(name, {})), text) for name, text in texts.items()}


def _kinds(schema: Json) -> tuple[str, ...]:
    """The types that a schema takes, those of its alternatives where it names none itself."""
    own = types_of(schema)
    if own or not isinstance(schema, Mapping):
        return own
    options = [*(schema.get("anyOf") or ()), *(schema.get("oneOf") or ())]
    return tuple(dict.fromkeys(kind for option in options for kind in types_of(option)))


def _failing(prefer: str) -> frozenset[str]:
    """The effects named by ``Prefer: fail-effect=NAME``."""
    parts = [part.strip().partition("=") for part in prefer.replace(";", ",").split(",")]
    return frozenset(value.strip('" ') for name, _, value in parts if name.strip().lower() == "fail-effect")
