"""What a body says of a record, which the checks compare; and a record as responses show it."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.contract import Contract, computed, remembered
from troth.contracts.document.pointers import said, walk
from troth.contracts.model import (
    ABSENT,
    Absent,
    Envelope,
    Json,
    Node,
    Operation,
    Record,
    Reply,
    Resource,
    Unknown,
)


def shown(operation: Operation, reply: Reply) -> Json | Absent:
    """What a 2xx body says of the operation's resource: a mapping, a list of them, or ABSENT."""
    response = operation.showing(reply.status)
    if response is None or response.envelope is None:
        return ABSENT
    envelope = response.envelope
    found = _at(reply.body, envelope.at)
    if envelope.many or not isinstance(found, Mapping):
        return found
    beside = {name: _at(reply.body, path) for name, path in envelope.beside.items()}
    return {**found, **{name: value for name, value in beside.items() if value is not ABSENT}}


def _at(body: Json | Absent, path: tuple[str, ...]) -> Json | Absent:
    """The value at a place of a body; ABSENT where there is none."""
    if body is ABSENT:
        return ABSENT
    try:
        found: Json = walk(body, path)
    except (LookupError, TypeError):
        return ABSENT
    return found


def view(contract: Contract, record: Record, envelope: Envelope) -> dict[str, Json]:
    """A record as responses show it: declared properties and computed ones, less those shown beside it."""
    resource = contract.resources[record.resource]
    readable, required = _readable(contract, resource.name)
    found: dict[str, Json] = {}
    for name, value in record.data.items():
        if name not in readable:
            continue
        if name in envelope.beside and name not in required:
            continue
        found[name] = value
    return found | _computed(resource, record)


@remembered
def _readable(contract: Contract, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The properties of a resource that answers show, and those that they must show."""
    schema = contract.document.schemas.whole(contract.resources[name].schema)
    declared, required = schema.get("properties", {}), schema.get("required", ())
    shown = [name for name, inner in declared.items() if not only_sent(contract, inner)]
    return frozenset(shown), frozenset(required)


def _computed(resource: Resource, record: Record) -> dict[str, Json]:
    """The properties whose values follow from others, as far as those are known."""
    if not resource.computed:
        return {}
    found = computed.values(resource, record)
    return {name: value for name, value in found.items() if not isinstance(value, Unknown)}


def only_sent(contract: Contract, schema: Node) -> bool:
    """Whether only requests show a property (``writeOnly``)."""
    if said(schema, "$ref") is not None:
        schema = contract.document.schemas.resolve(schema)
    return said(schema, "writeOnly") is True
