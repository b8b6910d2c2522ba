"""The only place that knows both HTTP and the contract: request → Call, Outcome → response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from contracts import Call, Contract, Outcome, Reply, decide
from contracts.document.schemas import types_of
from contracts.model import ABSENT, MALFORMED, Json, Operation, Parameter
from contracts.replies import refuse, render
from mock_server.clock import VirtualClock
from mock_server.stores import Conflict, MemoryStore

BODY_LIMIT = 10_000_000
"""Bytes of a request body that are read (Prism's limit)."""


@dataclass
class Api:
    """One contract being kept: where it is mounted and what it has stored."""

    contract: Contract
    prefix: str
    store: MemoryStore
    fixtures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    path_params: Mapping[str, str]


def answer(
    api: Api, operation: Operation, request: Request, clock: VirtualClock, *, authenticated: bool
) -> tuple[Outcome, Reply]:
    """Decide, write, and word the answer; decided again when another call was faster."""
    problem = _unreadable(operation, request)
    if problem is not None:
        return problem, refuse(api.contract, operation, problem)
    call = to_call(operation, request, authenticated=authenticated)
    while True:
        now = clock.now()
        outcome = next(decide(api.contract, call, api.store.view(now)))
        try:
            api.store.apply(outcome.changes, now)
        except Conflict:
            continue
        return outcome, render(api.contract, operation, outcome)


def refusal(kind: str, status: int, detail: str) -> Outcome:
    """A refusal of the HTTP layer itself: wrong method, wrong media type, unknown path."""
    return Outcome(status, True, kind, "", None, detail)


def to_call(operation: Operation, request: Request, *, authenticated: bool) -> Call:
    """The parsed call: parameters cast to the types that their schemas ask for."""
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    declared = {(p.place, p.name): p for p in operation.parameters}
    authorization = request.headers.get("authorization", "")
    return Call(
        operation.id,
        {name: _cast(declared.get(("path", name)), [value]) for name, value in request.path_params.items()},
        {name: _cast(declared.get(("query", name)), values) for name, values in query.items()},
        {
            p.name: _cast(p, [request.headers[p.name.lower()]])
            for p in operation.parameters
            if p.place == "header" and p.name.lower() in request.headers
        },
        _body(operation, request),
        authorization or None,
        authenticated,
        _failing(request.headers.get("prefer", "")),
    )


def to_bytes(reply: Reply) -> bytes:
    """The body as it goes over the wire; empty where there is none."""
    if reply.body is ABSENT:
        return b""
    try:
        return orjson.dumps(reply.body)
    except TypeError:  # integers beyond 64 bits
        return json.dumps(reply.body, ensure_ascii=False).encode("utf-8", "replace")


def _unreadable(operation: Operation, request: Request) -> Outcome | None:
    if len(request.body) > BODY_LIMIT:
        return refusal("invalid", 413, f"the body has more than {BODY_LIMIT:,} bytes")
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not request.body or not sent or not operation.media_types:
        return None
    if any(sent == known.lower() or known == "*/*" for known in operation.media_types):
        return None
    return refusal("invalid", 415, f"{sent!r} is not taken; valid: {', '.join(operation.media_types)}")


def _body(operation: Operation, request: Request) -> Json:
    if not operation.media_types or not request.body.strip():
        return ABSENT
    if not any("json" in known for known in operation.media_types):
        return ABSENT
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return MALFORMED


def _cast(parameter: Parameter | None, values: list[str]) -> Json:
    """``form`` style: a scalar is the last value, an array all of them (or one with commas)."""
    if parameter is None:
        return values[-1]
    kinds = types_of(parameter.schema)
    if "array" in kinds:
        listed = values if len(values) > 1 else values[0].split(",")
        items = parameter.schema.get("items", {})
        return [_scalar(types_of(items), value) for value in listed]
    return _scalar(kinds, values[-1])


def _scalar(kinds: tuple[str, ...], text: str) -> Json:
    """The typed value, or the text itself: that it is none is for validation to say."""
    casts: dict[str, Any] = {"integer": int, "number": float}
    for kind in kinds:
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        if kind in casts and text.isascii():
            try:
                return casts[kind](text)
            except ValueError:
                continue
    return text


def _failing(prefer: str) -> frozenset[str]:
    """The effects named by ``Prefer: fail-effect=NAME``."""
    parts = [part.strip().partition("=") for part in prefer.replace(";", ",").split(",")]
    return frozenset(value.strip('" ') for name, _, value in parts if name.strip() == "fail-effect")
