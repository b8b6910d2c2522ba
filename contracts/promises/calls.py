"""Calls without anything special: what an operation requires, filled with plain values."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.contract import Contract
from troth.contracts.document.forms import MULTIPART, from_pairs, pairs
from troth.contracts.document.pointers import listing, mapping, said
from troth.contracts.document.samples import sample
from troth.contracts.document.schemas import Schemas
from troth.contracts.model import ABSENT, Absent, Call, Json, Node, Operation
from troth.contracts.promises.asked_by_rules import asked_by_rules


def required(contract: Contract, operation: Operation, place: str) -> dict[str, Json]:
    """Plain values for the parameters of a place (path, query, header, cookie) that an operation, or a rule
    of it, requires."""
    found: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.place != place:
            continue
        if parameter.name.lower() == "if-match" and parameter.required:
            found[parameter.name] = "*"
        elif parameter.required or place == "path":
            found[parameter.name] = sample(contract.document.schemas, parameter.schema)
    return found | asked_by_rules(contract, operation, place)


def plain_call(
    contract: Contract,
    operation: Operation,
    id: str | None = None,
    body: Json | Absent = ABSENT,
    parent: str | None = None,
) -> Call:
    """The plainest call of an operation, on a record (of a parent) where an id is given."""
    path = required(contract, operation, "path")
    if operation.parent and parent is not None:
        path |= operation.item(parent, operation.parent.by)
    if id is not None:
        path |= operation.item(id)
    return Call(
        operation.id,
        path,
        required(contract, operation, "query"),
        required(contract, operation, "header"),
        sendable(contract, operation, body),
        cookies=required(contract, operation, "cookie"),
    )


def sendable(contract: Contract, operation: Operation, body: Json | Absent) -> Json | Absent:
    """A body as the other side will read it, with the record in its place (`body`)."""
    return as_read(contract, operation, wrapped(contract, operation, body))


def as_read(contract: Contract, operation: Operation, body: Json | Absent) -> Json | Absent:
    """A whole body as the other side reads it: a form cannot say all that JSON can (a number is a text)."""
    if operation.form is None or not isinstance(body, Mapping):
        return body
    fields = form_fields(contract, operation, body)
    sent: Json = from_pairs(contract.document.schemas, operation.body, fields)
    return sent


def wrapped(contract: Contract, operation: Operation, body: Json | Absent) -> Json | Absent:
    """A record in its place of the body, beside what is required there; what stands there already stays."""
    if not operation.inside or not isinstance(body, Mapping):
        return body
    first = operation.inside[0]
    if first in body and first not in contract.body_properties(operation):
        return body
    schemas = contract.document.schemas
    levels = [schemas.resolve(operation.body)]
    for token in operation.inside[:-1]:
        levels.append(schemas.resolve(mapping(levels[-1], "properties").get(token)))
    for token, schema in zip(reversed(operation.inside), reversed(levels), strict=True):
        body = {**_beside(schemas, schema, token), token: body}
    return body


def _beside(schemas: Schemas, schema: Node, token: str) -> dict[str, Json]:
    """What an object must have besides one of its properties."""
    properties, found = mapping(schema, "properties"), dict[str, Json]()
    for name in listing(schema, "required"):
        if name != token:
            found[name] = sample(schemas, properties.get(name, {}))
    return found


def form_fields(contract: Contract, operation: Operation, body: Json) -> list[tuple[str, str]]:
    """The fields of a form, named as the document's ``encoding`` says."""
    return pairs(body, _deep(contract, operation), as_json=operation.form == MULTIPART)


def _deep(contract: Contract, operation: Operation) -> frozenset[str]:
    """The properties whose members become fields of their own (``style: deepObject``)."""
    at = (operation.body_pointer or "").rpartition("/")[0]
    media: Node = contract.document.at(at)
    if not isinstance(media, Mapping):
        return frozenset()
    encoding = media.get("encoding")
    if not isinstance(encoding, Mapping):
        return frozenset()
    found = set()
    for name, how in encoding.items():
        if said(how, "style") == "deepObject":
            found.add(name)
    return frozenset(found)
