"""Bodies and headers as a document shows them, records in them, and values put in their places."""

from __future__ import annotations

import json
from random import Random

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.identity import id_path
from troth.contracts.deciding.made_success import plain_success
from troth.contracts.deciding.shown import only_sent, view
from troth.contracts.document.media_types import is_json
from troth.contracts.document.openapi import sequential
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import mapping, reference, referred
from troth.contracts.document.repairs import mended, ways
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
    name = name.replace("/*+", "/")
    if not name.endswith("/*"):
        return {"Content-Type": name}
    kind = name.partition("/")[0]
    return {"Content-Type": _RANGES.get(kind, f"{kind}/octet-stream")}


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
    value = _made_up(contract, pointer)
    if isinstance(value, (dict, list)):
        return ABSENT
    return value


def _items(contract: Contract, pointer: Pointer) -> Json:
    """Items of a sequential body: those of the whole, or three of their own schema."""
    if not pointer.endswith("/schema"):
        return [_made_up(contract, pointer, number) for number in range(3)]
    whole = _made_up(contract, pointer)
    return whole if isinstance(whole, list) else [whole]


def _made_up(contract: Contract, pointer: Pointer, number: int = 0) -> Json:
    first = number == 0
    seed = f"{pointer} {first}"
    if number > 1:
        seed += f" {number}"
    return plausible(contract.document.schemas, pointer, Random(seed), first=first)


@remembered
def filler(contract: Contract, response: Response) -> Json:
    """A documented example: one that keeps the schema, else what is right of the first one; else a made-up
    body."""
    pointer, schemas = response.schema_pointer or "", contract.document.schemas
    examples = [_as_value(response, example) for example in response.examples.values()]
    for example in examples:
        if schemas.valid_shown(pointer, example):
            return _without_secrets(contract, response.schema, example)
    if examples and isinstance(examples[0], str) and not _is_json(response):
        return examples[0]
    made = _made_body(contract, response)
    for example in examples:
        saved = mended(schemas, pointer, example, made)
        if schemas.valid_shown(pointer, saved):
            return saved
    return made


def _made_body(contract: Contract, response: Response) -> Json:
    pointer = response.schema_pointer or ""
    if response.key[:1] in "45" and contract.errors.at is not None:
        return valid_sample(contract.document.schemas, pointer)
    made = _without_secrets(contract, response.schema, _made_up(contract, pointer))
    if not response.key.startswith("2"):
        return made
    return plain_success(contract.document, pointer, made)


def _as_value(response: Response, example: Json) -> Json:
    """An example of JSON that was written as a text."""
    if not isinstance(example, str) or not _is_json(response) or example[:1] not in ("{", "["):
        return example
    try:
        value: Json = json.loads(example)
    except ValueError:
        return example
    return value


def _is_json(response: Response) -> bool:
    return is_json(response.media_type or "application/json")


def whole_record(contract: Contract, record: Record, envelope: Envelope) -> Json:
    """A record as the mock shows it: nothing that its schema requires is missing. Made once a version."""
    key = (contract, id(envelope))
    if key not in record.made:
        record.made[key] = _whole(contract, record, envelope)
    whole: Json = record.made[key]
    return whole


def _whole(contract: Contract, record: Record, envelope: Envelope) -> Json:
    schema, schemas = contract.resources[record.resource].schema, contract.document.schemas
    if envelope.shape is not None:
        return _in_shape(contract, record, envelope.shape)
    pointer = referred(schema)
    seen = _without_secrets(contract, schema, view(contract, record, envelope))
    if schemas.valid_answer(pointer, seen):
        return seen
    if contract.document.guessed:
        return _mended(contract, pointer, record, seen)
    whole: dict[str, Json] = dict(completed(schemas, schema, seen))
    return whole


def _in_shape(contract: Contract, record: Record, pointer: Pointer) -> Json:
    """A record by another schema than its own: what that knows of it."""
    schemas, schema = contract.document.schemas, reference(pointer)
    known = mapping(schemas.whole(schema), "properties")
    data = {name: value for name, value in record.data.items() if name in known}
    seen = _without_secrets(contract, schema, data)
    if schemas.valid_answer(pointer, seen):
        return seen
    return _mended(contract, pointer, record, seen)


def _mended(contract: Contract, pointer: Pointer, record: Record, whole: Json) -> Json:
    """Of a record that was guessed: made-up values where those that are known break the schema."""
    schemas = contract.document.schemas
    keep = frozenset({id_path(contract.resources[record.resource].id)[0]})
    model = _model(contract, pointer, record)
    for way in ways(schemas, pointer, whole):
        like = plausible(schemas, way, Random(f"{way} {record.id}"))
        found = mended(schemas, pointer, mended(schemas, way, whole, like, keep), model, keep)
        if schemas.valid_answer(pointer, found):
            return _without_secrets(contract, reference(pointer), found)
    return _without_secrets(contract, reference(pointer), mended(schemas, pointer, whole, model, keep))


def _model(contract: Contract, pointer: Pointer, record: Record) -> Json:
    """What stands in for what is not known of a record: the same in every shape in which it is shown."""
    schemas, own = contract.document.schemas, referred(contract.resources[record.resource].schema)
    model = plausible(schemas, pointer, Random(f"{pointer} {record.id}"))
    if pointer == own or not isinstance(model, dict):
        return model
    whole = plausible(schemas, own, Random(f"{own} {record.id}"))
    if not isinstance(whole, dict):
        return model
    together = {**model, **{name: value for name, value in whole.items() if name in model}}
    return mended(schemas, pointer, together, model)


@remembered
def _has_secrets(contract: Contract) -> bool:
    """Whether anything in the document is shown in requests only."""
    return any("writeOnly" in source.text for source in contract.document.sources.values())


def _without_secrets(contract: Contract, schema: Node, value: Json) -> Json:
    """A value without what is ``writeOnly``."""
    return _readable(contract, schema, value, 0) if _has_secrets(contract) else value


def _readable(contract: Contract, schema: Node, value: Json, depth: int) -> Json:
    schema = contract.document.schemas.whole(schema)
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
