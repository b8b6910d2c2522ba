"""Calls without anything special: what an operation requires, filled with plain values."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.contract import Contract
from troth.contracts.document.forms import MULTIPART, from_pairs, pairs
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Call, Json, Operation


def required(contract: Contract, operation: Operation, place: str) -> dict[str, Json]:
    """Plain values for the parameters that an operation requires in the path, the query or the headers."""
    schemas = contract.document.schemas
    found = (p for p in operation.parameters if p.place == place and (p.required or place == "path"))
    return {p.name: "*" if p.name.lower() == "if-match" else sample(schemas, p.schema) for p in found}


def plain_call(
    contract: Contract,
    operation: Operation,
    id: str | None = None,
    body: Json = ABSENT,
    parent: str | None = None,
) -> Call:
    """The plainest call of an operation, on a record (of a parent) where an id is given."""
    path = required(contract, operation, "path")
    if operation.parent and parent is not None:
        path |= operation.item(parent, operation.parent.by)
    return Call(
        operation.id,
        path if id is None else {**path, **operation.item(id)},
        required(contract, operation, "query"),
        required(contract, operation, "header"),
        sendable(contract, operation, body),
    )


def sendable(contract: Contract, operation: Operation, body: Json) -> Json:
    """A body as the other side will read it: a form cannot say all that JSON can (a number is a text)."""
    if operation.form is None or not isinstance(body, Mapping):
        return body
    return from_pairs(contract.document.schemas, operation.body, form_fields(contract, operation, body))


def form_fields(contract: Contract, operation: Operation, body: Json) -> list[tuple[str, str]]:
    """The fields of a form, named as the document's ``encoding`` says."""
    media = contract.document.at((operation.body_pointer or "").rpartition("/")[0])
    encoding = media.get("encoding") if isinstance(media, Mapping) else None
    said = encoding.items() if isinstance(encoding, Mapping) else ()
    deep = {name for name, how in said if isinstance(how, Mapping) and how.get("style") == "deepObject"}
    return pairs(body, frozenset(deep), as_json=operation.form == MULTIPART)
