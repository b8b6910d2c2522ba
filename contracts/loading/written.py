"""What an author has written down of records in a document without words: in examples, around bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract.identity import id_of
from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.shapes import alike, lists_shown, objects_shown
from troth.contracts.document.typing import types_of
from troth.contracts.document.views import sendable
from troth.contracts.loading.naming import letters_of
from troth.contracts.model import Json, Node, Operation, Schema

LISTED = "troth: listed"
"""Marks records that are all of a list: no others are made up."""


def wrapped(document: Document, operation: Operation, properties: Mapping[str, Node]) -> tuple[str, ...]:
    """Where a body has the record: in its only object that has properties of the record, else nowhere."""
    schemas = document.schemas
    body = mapping(schemas.whole(operation.body), "properties")
    if not body or not properties.keys().isdisjoint(body):
        return ()
    called = {letters_of(name) for name in properties}
    for name, schema in body.items():
        if types_of(schemas.resolve(schema))[:1] not in ((), ("object",)):
            continue
        known = mapping(schemas.whole(schema), "properties")
        if not called.isdisjoint(map(letters_of, known)):
            return (name,)
    return ()


def renamed(
    document: Document, operation: Operation, around: tuple[str, ...], properties: Mapping[str, Node]
) -> dict[str, Node]:
    """``writes`` of what a body calls as the record does but for case and dashes (``To``, ``firstName``)."""
    sent = _sent(document, operation.body)
    for token in around:
        sent = _sent(document, sent.get(token))
    known = {letters_of(name): name for name in properties if name not in sent}
    other = [name for name in sent if name not in properties]
    return {name: {"as": join("", known[letters_of(name)])} for name in other if letters_of(name) in known}


def _sent(document: Document, schema: Schema | None) -> dict[str, Node]:
    """What a body may say: what is ``readOnly`` is the server's."""
    schemas = document.schemas
    return sendable(mapping(schemas.whole(schema), "properties"), schemas.resolve)


def laid_inside(
    document: Document, operation: Operation, properties: Mapping[str, Node]
) -> tuple[tuple[str, ...], dict[str, Node]]:
    """Where a body says only what an object in the record says (``attributes``): at its top, or in its only
    object (``{data: {name}}``); and ``writes`` of it."""
    body = _sent(document, operation.body)
    if not properties.keys().isdisjoint(body):
        return (), {}
    writes = _laid_inside(document, body, properties)
    if writes:
        return (), writes
    inner = [(name, _sent(document, schema)) for name, schema in body.items()]
    if len(inner) != 1:
        return (), {}
    [(name, sent)] = inner
    writes = _laid_inside(document, sent, properties)
    return (name,) if writes else (), writes


def _laid_inside(
    document: Document, sent: Mapping[str, Node], properties: Mapping[str, Node]
) -> dict[str, Node]:
    """``writes`` of what is sent to the object of a record that has most of it."""
    found: dict[str, Node] = {}
    for name, schema in properties.items():
        known = mapping(document.schemas.whole(schema), "properties")
        inside = {field: {"as": join("", name, field)} for field in sent if field in known}
        if len(inside) > len(found):
            found = inside
    return found


def written_records(
    document: Document,
    reading: Operation | None,
    listing: Operation | None,
    schema: Schema,
    key: str,
) -> list[dict[str, Json]]:
    """The records that examples of answers show, by their ids; those of a list are all that there are."""
    found: dict[str, dict[str, Json]] = {}
    for record in _shown(document, listing, schema, key, many=True):
        found.setdefault(str(id_of(key, record)), {LISTED: True}).update(record)
    for record in _shown(document, reading, schema, key, many=False):
        known = found.setdefault(str(id_of(key, record)), {})
        known.update(record)
    return sorted(found.values(), key=lambda record: LISTED not in record)


def _shown(
    document: Document, operation: Operation | None, schema: Schema, key: str, *, many: bool
) -> Iterator[dict[str, Json]]:
    if operation is None or operation.success is None or operation.success.schema_pointer is None:
        return
    success = operation.success
    places = objects_shown(document, success.schema_pointer or "")
    if many:
        places = lists_shown(document, success.schema_pointer or "")
    for place in places:
        if not alike(document, reference(place.pointer), schema, key):
            continue
        for example in success.examples.values():
            for record in _records(_at(example, place.at), key):
                yield _without_nulls(document, schema, record)
        return


def _without_nulls(document: Document, schema: Schema, record: dict[str, Json]) -> dict[str, Json]:
    """A record without the nulls that not every reading of the schema allows."""
    known = mapping(document.schemas.whole(schema), "properties")
    found = {}
    for name, value in record.items():
        if value is not None or document.schemas.fits(known.get(name, {}), None):
            found[name] = value
    return found


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for token in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(token)
    return value


def _records(value: Json, key: str) -> Iterator[dict[str, Json]]:
    """The objects that have an id: one, or those of a list."""
    if not isinstance(value, list):
        value = [value]
    for item in value:
        if isinstance(item, Mapping) and isinstance(id_of(key, item), (str, int)):
            yield dict(item)
