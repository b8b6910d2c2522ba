"""A request as the call that ``decide`` is asked about: its parameters and its body, typed as declared."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson

from troth.contracts.contract import Contract
from troth.contracts.document.forms import FORMS, from_pairs, scalar, takes_json
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Absent,
    Call,
    Json,
    Malformed,
    Node,
    Operation,
    Parameter,
    Schema,
)
from troth.mock_server.bodies import form_fields
from troth.mock_server.wire import Request

_BETWEEN = {"pipeDelimited": "|", "spaceDelimited": " "}


def parse_call(
    contract: Contract,
    operation: Operation,
    request: Request,
    body: bytes,
    path: Mapping[str, str],
    authenticated: bool,
) -> Call:
    """The call that a request is; ``path`` are the parameters of its path."""
    query = _query(request)
    declared = {(p.place, p.name): p for p in operation.parameters}
    return Call(
        operation.id,
        path={name: _cast(declared.get(("path", name)), [value]) for name, value in path.items()},
        query={name: _cast(declared.get(("query", name)), values) for name, values in query.items()}
        | _objects(operation, query),
        headers=_header_parameters(operation, request),
        body=_body(contract, operation, request, body),
        credential=request.headers.get("authorization") or None,
        authenticated=authenticated,
        failing=_failing_effects(request.headers.get("prefer", "")),
    )


def _query(request: Request) -> dict[str, list[str]]:
    """The values that each name of the query string has."""
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return query


def _header_parameters(operation: Operation, request: Request) -> dict[str, Json]:
    found = {}
    for parameter in operation.parameters:
        if parameter.place != "header":
            continue
        text = request.headers.get(parameter.name.lower())
        if text is not None:
            found[parameter.name] = _cast(parameter, [text])
    return found


def _body(
    contract: Contract, operation: Operation, request: Request, body: bytes
) -> Json | Absent | Malformed:
    if not operation.media_types:
        return _no_body(operation)
    if not body.strip():
        return _no_body(operation)
    content_type = request.headers.get("content-type") or operation.form or ""
    if content_type.partition(";")[0].strip().lower() in FORMS:
        pairs = form_fields(body, content_type)
        if pairs is None:
            return MALFORMED
        return from_pairs(contract.document.schemas, operation.body, pairs)
    if not any(takes_json(media) for media in operation.media_types):
        return ABSENT
    return _parsed(body)


def _parsed(body: bytes) -> Json | Malformed:
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError:
        return MALFORMED
    return value


def _no_body(operation: Operation) -> Json | Absent:
    if not operation.form:
        return ABSENT
    if not operation.body_required:
        return ABSENT
    return {}  # a form without fields is one


def _cast(parameter: Parameter | None, values: list[str]) -> Json:
    """``form`` style: a scalar is the last value, an array all of them (or one with commas)."""
    last = values[-1]
    if parameter is None:
        return last
    kinds = _kinds(parameter.schema)
    if "array" in kinds and not _is_single(kinds, values):
        return _listed(parameter, values)
    if kinds == ("object",) and "," in last:
        parts = last.split(",")
        return _members(parameter, dict(zip(parts[::2], parts[1::2], strict=False)))
    return scalar(kinds, last)


def _is_single(kinds: tuple[str, ...], values: list[str]) -> bool:
    """Whether what may be an array, or something else, is something else."""
    if len(kinds) < 2:
        return False
    if len(values) > 1:
        return False
    return "," not in values[0]


def _listed(parameter: Parameter, values: list[str]) -> Json:
    if len(values) == 1:
        values = values[0].split(_BETWEEN.get(parameter.style, ","))
    kinds = _kinds(parameter.schema.get("items", {}))
    return [scalar(kinds, value) for value in values]


def _objects(operation: Operation, query: Mapping[str, list[str]]) -> dict[str, Json]:
    """Parameters that are objects and came in several parts."""
    found: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.place != "query":
            continue
        if parameter.name in query:
            continue
        if "object" not in _kinds(parameter.schema):
            continue
        texts = _deep_members(parameter, query) or _flat_members(parameter, query)
        if texts:
            found[parameter.name] = _members(parameter, texts)
    return found


def _deep_members(parameter: Parameter, query: Mapping[str, list[str]]) -> dict[str, str]:
    """``name[member]=value``."""
    start = f"{parameter.name}["
    found = {}
    for name, values in query.items():
        if not name.startswith(start):
            continue
        if name.endswith("]"):
            found[name[len(start) : -1]] = values[-1]
    return found


def _flat_members(parameter: Parameter, query: Mapping[str, list[str]]) -> dict[str, str]:
    """``member=value``."""
    if parameter.style == "deepObject":
        return {}
    return {name: query[name][-1] for name in _properties(parameter) if name in query}


def _members(parameter: Parameter, texts: Mapping[str, str]) -> dict[str, Json]:
    known = _properties(parameter)
    return {name: scalar(_kinds(known.get(name, {})), text) for name, text in texts.items()}


def _properties(parameter: Parameter) -> Schema:
    return mapping(parameter.schema, "properties")


def _kinds(schema: Node) -> tuple[str, ...]:
    """The types that a schema takes, those of its alternatives where it names none itself."""
    own = types_of(schema)
    if own:
        return own
    kinds: dict[str, None] = {}
    for choice in ("anyOf", "oneOf"):
        for option in listing(schema, choice):
            kinds |= dict.fromkeys(types_of(option))
    return tuple(kinds)


def _failing_effects(prefer: str) -> frozenset[str]:
    """The effects named by ``Prefer: fail-effect=NAME``."""
    found = set()
    for part in prefer.replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "fail-effect":
            found.add(value.strip('" '))
    return frozenset(found)
