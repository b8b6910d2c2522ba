"""Bodies and headers as a document shows them, records in them, and values put in their places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random

from troth.contracts.contract import Contract, remembered
from troth.contracts.deciding.shown import only_sent, view
from troth.contracts.document import join
from troth.contracts.document.openapi import sequential
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import referred
from troth.contracts.document.samples import completed, valid_sample
from troth.contracts.model import ABSENT, Absent, Envelope, Json, Node, Pointer, Record, Response

DEEPEST = 8
"""Levels of a record that are searched for what only requests show."""

_RANGES = {"text": "text/plain", "image": "image/png", "audio": "audio/mpeg", "video": "video/mp4"}
_ANYTHING = ("*/*", "application/*")


def media_type_of(response: Response) -> dict[str, str]:
    """The declared type of a body as a header; a plain one of those that a range means."""
    name = response.media_type
    if name is None or name.partition(";")[0].strip() in _ANYTHING:
        return {"Content-Type": "application/json"} if response.schema else {}
    if not name.endswith("/*"):
        return {"Content-Type": name}
    kind = name.partition("/")[0]
    return {"Content-Type": _RANGES.get(kind, f"{kind}/octet-stream")}


@remembered
def headers_of(contract: Contract, response: Response) -> dict[str, str]:
    """The headers that a response must have, with a value that keeps their schema."""
    found: dict[str, str] = {}
    for name in response.headers:
        at, node = contract.document.resolve(join(response.pointer, "headers", name))
        if name.lower() == "content-type" or not isinstance(node, dict) or node.get("required") is not True:
            continue
        value = node.get("example", ABSENT)
        if value is ABSENT and "schema" in node:
            value = valid_sample(contract.document.schemas, join(at, "schema"))
        found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


@remembered
def plain_body(contract: Contract, response: Response) -> Json | Absent:
    """A body that is no JSON: a text, or items that come one by one; ABSENT for anything else."""
    media, pointer = (response.media_type or "").lower(), response.schema_pointer
    if response.example is not ABSENT:
        return response.example
    if pointer is None:
        return ABSENT
    if sequential(media):
        return _items(contract, pointer)
    if not media.startswith("text/"):
        return ABSENT
    text = _made_up(contract, pointer)
    return text if isinstance(text, str) else ABSENT


def _items(contract: Contract, pointer: Pointer) -> Json:
    """Items of a sequential body: those of the whole, or three of their own schema."""
    if not pointer.endswith("/schema"):
        return [_made_up(contract, pointer, first=first) for first in (True, False, False)]
    whole = _made_up(contract, pointer)
    return whole if isinstance(whole, list) else [whole]


def _made_up(contract: Contract, pointer: Pointer, *, first: bool = True) -> Json:
    return plausible(contract.document.schemas, pointer, Random(f"{pointer} {first}"), first=first)


@remembered
def filler(contract: Contract, response: Response) -> Json:
    """The documented example, where it keeps the schema, else a made-up body."""
    pointer, schemas = response.schema_pointer or "", contract.document.schemas
    if response.example is not ABSENT and schemas.valid(pointer, response.example):
        return _without_secrets(contract, response.schema, response.example)
    if response.key[:1] in "45":
        return valid_sample(schemas, pointer)
    return _without_secrets(contract, response.schema, _made_up(contract, pointer))


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


def whole_record(contract: Contract, record: Record, envelope: Envelope) -> Json:
    """A record as the mock shows it: nothing that its schema requires is missing. Made once a version."""
    key = (contract, id(envelope))
    if key not in record.made:
        record.made[key] = _whole(contract, record, envelope)
    whole: Json = record.made[key]
    return whole


def _whole(contract: Contract, record: Record, envelope: Envelope) -> Json:
    schema, schemas = contract.resources[record.resource].schema, contract.document.schemas
    pointer = referred(schema)
    seen = _without_secrets(contract, schema, view(contract, record, envelope))
    if schemas.valid(pointer, seen):
        return seen
    whole: dict[str, Json] = dict(completed(schemas, schema, seen))
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
        if name is None or name == key:
            continue
        if name in model:
            found[name] = model[name]
        else:
            found.pop(name, None)
    return found


@remembered
def _has_secrets(contract: Contract) -> bool:
    """Whether anything in the document is shown in requests only."""
    return any("writeOnly" in source.text for source in contract.document.sources.values())


def _without_secrets(contract: Contract, schema: Node, value: Json) -> Json:
    """A value without what is ``writeOnly``."""
    return _readable(contract, schema, value, 0) if _has_secrets(contract) else value


def _readable(contract: Contract, schema: Node, value: Json, depth: int) -> Json:
    schema = contract.document.schemas.resolve(schema)
    if not isinstance(schema, dict) or depth > DEEPEST:
        return value
    if isinstance(value, list):
        return [_readable(contract, schema.get("items"), item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    known, found = schema.get("properties") or {}, {}
    for name, item in value.items():
        if not only_sent(contract, known.get(name)):
            found[name] = _readable(contract, known.get(name), item, depth + 1)
    return found
