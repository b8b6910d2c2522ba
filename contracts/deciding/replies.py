"""Between outcomes and bodies: a reply in the vendor's own envelope and error shape, and back.

``render`` is what the mock sends; ``shown`` is what a body says of a record, which the checks compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from random import Random
from typing import Any

from troth.contracts.contract import Contract, cel, remembered
from troth.contracts.contract.credentials import credentials_of
from troth.contracts.document import join, split
from troth.contracts.document.openapi import sequential
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import walk
from troth.contracts.document.samples import completed, valid_sample
from troth.contracts.model import (
    ABSENT,
    Absent,
    Envelope,
    Json,
    Operation,
    Outcome,
    Pointer,
    Record,
    Reply,
    Response,
    Unknown,
)

BODILESS = frozenset({204, 205, 304})
"""The statuses whose answers have no body, whatever a document says (RFC 9110)."""

DEEPEST = 8
"""Levels of a record that are searched for what only requests show."""

_RANGES = {"text": "text/plain", "image": "image/png", "audio": "audio/mpeg", "video": "video/mp4"}


def render(contract: Contract, operation: Operation, outcome: Outcome) -> Reply:
    """The reply of the mock: a documented example of the status, with the outcome's own values in place."""
    if not outcome.succeeded:
        return refusal_reply(contract, operation, outcome)
    response = operation.response(outcome.status)
    headers = {name: outcome.tag for name in (response.tags if response else ()) if outcome.tag is not None}
    headers = _promised(contract, response) | headers if response else headers
    if response is None or outcome.status in BODILESS:
        return Reply(outcome.status, headers=headers)
    if response.schema is None:
        return Reply(outcome.status, _text(contract, response), headers | _typed(response))
    body = _filler(contract, response)
    for path, value in _values(contract, response, outcome):
        body = put(body, path, value)
    if contract.document.guessed and not contract.document.schemas.valid(response.schema_pointer or "", body):
        filler = _filler(contract, response)  # what was guessed is not what the document says
        body = filler if contract.document.schemas.valid(response.schema_pointer or "", filler) else body
    return Reply(outcome.status, body, headers | _typed(response))


def _typed(response: Response) -> dict[str, str]:
    """The declared type of a body; a plain one of those that a range means."""
    name = response.media_type
    if name is None or name.partition(";")[0].strip() in ("*/*", "application/*"):
        return {"Content-Type": "application/json"} if response.schema else {}
    kind = name.partition("/")[0]
    return {"Content-Type": _RANGES.get(kind, f"{kind}/octet-stream") if name.endswith("/*") else name}


@remembered
def _promised(contract: Contract, response: Response) -> dict[str, str]:
    """The headers that a response must have, with a value that keeps their schema."""
    found: dict[str, str] = {}
    for name in response.headers:
        at, node = contract.document.resolve(join(response.pointer, "headers", name))
        if isinstance(node, dict) and node.get("required") is True and name.lower() != "content-type":
            value = node.get("example", ABSENT)
            if value is ABSENT and "schema" in node:
                value = valid_sample(contract.document.schemas, join(at, "schema"))
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


@remembered
def _text(contract: Contract, response: Response) -> Json | Absent:
    """A body that is no JSON: a text, or items that come one by one; ABSENT for anything else."""
    media, pointer = (response.media_type or "").lower(), response.schema_pointer
    if response.example is not ABSENT:
        return response.example
    if pointer is None:
        return ABSENT
    if sequential(media):
        whole = pointer.endswith("/schema")
        made = [_made(contract, pointer, whole) for whole in ([True] if whole else [True, False, False])]
        return made[0] if whole and isinstance(made[0], list) else made
    if not media.startswith("text/"):
        return ABSENT
    text = _made(contract, pointer, True)
    return text if isinstance(text, str) else ABSENT


def _made(contract: Contract, pointer: Pointer, first: bool) -> Json:
    return plausible(contract.document.schemas, pointer, Random(f"{pointer} {first}"), first=first)


def refusal_reply(contract: Contract, operation: Operation | None, outcome: Outcome) -> Reply:
    """A refusal in the shape that the document gives to its status; RFC 9457 where it gives none."""
    status, errors = outcome.status, contract.errors
    headers = {"Retry-After": str(outcome.retry_after)} if outcome.retry_after else {}
    if status == HTTPStatus.UNAUTHORIZED and operation is not None:  # RFC 9110, section 11.6.1
        headers["WWW-Authenticate"] = credentials_of(contract, operation)[0].challenge
    response = operation.response(status) if operation else _documented(contract, status)
    text = outcome.message or errors.kind(outcome.kind).message
    if response is not None and response.schema is None and (response.media_type or "").startswith("text/"):
        said = text or outcome.detail or default_text(outcome)
        return Reply(status, said, {**_promised(contract, response), **headers, **_typed(response)})
    if response is None or response.schema is None:
        response = _any_error(contract)
    if response is None or response.schema is None:
        title = HTTPStatus(status).phrase
        detail = text or outcome.detail or title
        body: Json = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        return Reply(status, body, {**headers, "Content-Type": "application/problem+json"})
    headers = {**_promised(contract, response), **headers, **_typed(response)}
    body = _filler(contract, response)
    for name in ("code", "status"):
        if isinstance(body, dict) and isinstance(body.get(name), int) and 400 <= body[name] < 600:
            body = {**body, name: status}
    own = response.example is not ABSENT and response.key == str(status)
    if errors.at and not (own and text is None):
        body = put(body, split(errors.at), text or outcome.detail or default_text(outcome))
    return Reply(status, body, headers)


def default_text(outcome: Outcome) -> str:
    """What the mock says where neither the document nor the refusal has a text."""
    return {
        "missing": "Not found",
        "unauthenticated": "Unauthorized",
        "limited": "Too many requests",
        "conflict": "Conflict",
        "refused": "The request is not possible in the current state",
    }.get(outcome.kind, HTTPStatus(outcome.status).phrase)


def view(contract: Contract, record: Record, envelope: Envelope) -> dict[str, Json]:
    """A record as responses show it: declared properties and computed ones, less those shown beside it."""
    resource = contract.resources[record.resource]
    schema = contract.document.schemas.resolve(resource.schema)
    declared, required = schema.get("properties", {}), schema.get("required", ())
    shown = {
        name: value
        for name, value in record.data.items()
        if name in declared
        and (name not in envelope.beside or name in required)
        and not _only_sent(contract, declared[name])
    }
    for name, text in resource.computed.items():
        value = cel.evaluate(text, {"self": record.data, "hidden": record.hidden})
        if not isinstance(value, Unknown):
            shown[name] = value
    return shown


def _only_sent(contract: Contract, schema: Json) -> bool:
    """Whether only requests show a property (``writeOnly``)."""
    if isinstance(schema, dict) and "$ref" in schema:
        schema = contract.document.schemas.resolve(schema)
    return isinstance(schema, dict) and schema.get("writeOnly") is True


def shown(operation: Operation, reply: Reply) -> Json:
    """What a 2xx body says of the operation's resource: a mapping, a list of them, or ABSENT."""
    response = operation.response(reply.status)
    envelope = response.envelope if response else None
    if envelope is None or reply.body is ABSENT:
        return ABSENT
    try:
        found = walk(reply.body, envelope.at)
    except (LookupError, TypeError):
        return ABSENT
    if envelope.many or not isinstance(found, Mapping):
        return found
    beside: dict[str, Any] = {}
    for name, path in envelope.beside.items():
        try:
            beside[name] = walk(reply.body, path)
        except (LookupError, TypeError):
            continue
    return {**found, **beside}


def put(body: Json, path: tuple[str, ...], value: Json) -> Json:
    """A body with a value at a path; objects and lists on the way are made where they are missing."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if head.isdigit() and not isinstance(body, Mapping):
        items = list(body) if isinstance(body, list) else []
        items += [None] * (int(head) + 1 - len(items))
        items[int(head)] = put(items[int(head)], rest, value)
        return items
    base = dict(body) if isinstance(body, Mapping) else {}
    return {**base, head: put(base.get(head), rest, value)}


@remembered
def _filler(contract: Contract, response: Response) -> Json:
    """The documented example, where it keeps the schema, else a sample."""
    pointer, schemas = response.schema_pointer or "", contract.document.schemas
    if response.example is not ABSENT and schemas.valid(pointer, response.example):
        example = response.example
        return _open(contract, response.schema, example) if _secretive(contract) else example
    if response.key[:1] in "45":
        return valid_sample(schemas, pointer)
    made = _made(contract, pointer, True)
    return _open(contract, response.schema, made) if _secretive(contract) else made


def _values(contract: Contract, response: Response, outcome: Outcome) -> list[tuple[tuple[str, ...], Json]]:
    envelope = response.envelope
    found: list[tuple[tuple[str, ...], Json]] = list(outcome.shows.items())
    if envelope is None:
        return found
    if envelope.many:
        items = [_whole(contract, record, envelope) for record in outcome.records or ()]
        return [(envelope.at, items), *found]
    record = outcome.shown or outcome.after
    if record is None:
        return found
    if envelope.at[-1:] == ("0",):
        found.append((envelope.at[:-1], []))
    found.append((envelope.at, _whole(contract, record, envelope)))
    for name, path in envelope.beside.items():
        if name in record.data:
            found.append((path, record.data[name]))
    return found


def _whole(contract: Contract, record: Record, envelope: Envelope) -> Json:
    """A record as the mock shows it: nothing that its schema requires is missing."""
    schema, schemas = contract.resources[record.resource].schema, contract.document.schemas
    pointer, seen = str(schema["$ref"])[1:], view(contract, record, envelope)
    if _secretive(contract):
        seen = _open(contract, schema, seen)
    if schemas.valid(pointer, seen):
        return seen
    whole = completed(schemas, schema, seen)
    if not contract.document.guessed or schemas.valid(pointer, whole):
        return whole
    return _mended(contract, pointer, record, whole)


def _mended(contract: Contract, pointer: Pointer, record: Record, whole: dict[str, Json]) -> Json:
    """Of a record that was guessed: made-up values where those that are known break the schema."""
    model = plausible(contract.document.schemas, pointer, Random(f"{pointer} {record.id}"))
    if not isinstance(model, dict):
        return whole
    key, found = contract.resources[record.resource].id, dict(whole)
    for violation in contract.document.schemas.violations(pointer, whole):
        name = str(violation.path[0]) if violation.path else violation.missing
        if name is not None and name in model and name != key:
            found[name] = model[name]
        elif name in found and name != key:
            del found[name]
    return found


@remembered
def _secretive(contract: Contract) -> bool:
    """Whether anything in the document is shown in requests only."""
    return any("writeOnly" in source.text for source in contract.document.sources.values())


def _open(contract: Contract, schema: Json, value: Json, depth: int = 0) -> Json:
    """A value without what is ``writeOnly`` at any depth."""
    schema = contract.document.schemas.resolve(schema)
    if not isinstance(schema, dict) or depth > DEEPEST:
        return value
    if isinstance(value, list):
        return [_open(contract, schema.get("items"), item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties") or {}
    kept = {name: item for name, item in value.items() if not _only_sent(contract, known.get(name))}
    return {name: _open(contract, known.get(name), item, depth + 1) for name, item in kept.items()}


def _documented(contract: Contract, status: int) -> Response | None:
    """The response that any operation documents for a status, to borrow its shape from."""
    found = (o.response(status) for o in contract.operations.values())
    return next((response for response in found if response), None)


def _any_error(contract: Contract) -> Response | None:
    """An error response documented anywhere: the API's usual error shape."""
    responses = (r for o in contract.operations.values() for r in o.responses)
    return next((r for r in responses if r.key[:1] in "45d" and r.schema is not None), None)
