"""Whether a record that a test writes can be: else every later look at it would fail."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime

from troth.contracts.contract import Contract, cel, computed
from troth.contracts.contract.identity import id_of
from troth.contracts.contract.scopes import own_id
from troth.contracts.document import did_you_mean
from troth.contracts.document.pointers import referred
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record, Resource
from troth.mock_server.stores import MemoryStore


def unsound(contract: Contract, record: Record, may_lack: Container[str], now: datetime) -> Iterator[str]:
    """Why a record cannot be: it breaks its schema, or an expression fails with it. ``may_lack``: properties
    that are required and need not be there."""
    resource = contract.resources[record.resource]
    broken = list(_broken(contract, resource, record, may_lack))
    yield from broken
    yield from _unknown(resource, record)
    if not broken:
        yield from _incalculable(contract, resource, record, now)


def required(contract: Contract, resource: Resource) -> frozenset[str]:
    """The properties that records of a resource must have."""
    return frozenset(contract.document.schemas.resolve(resource.schema).get("required", ()))


def _broken(
    contract: Contract, resource: Resource, record: Record, may_lack: Container[str]
) -> Iterator[str]:
    """How its data break the schema; what is computed need not be there."""
    for problem in contract.document.schemas.violations(referred(resource.schema), dict(record.data)):
        missing = problem.missing
        if not problem.path and missing is not None and (missing in resource.computed or missing in may_lack):
            continue
        yield f"/{'/'.join(map(str, problem.path))}: {problem.message}"


def _unknown(resource: Resource, record: Record) -> Iterator[str]:
    for name in record.hidden:
        if name not in resource.hidden:
            yield f"there is no hidden variable {name!r}{did_you_mean(name, resource.hidden)}"


def homeless(resource: Resource, record: Record, store: MemoryStore) -> Iterator[str]:
    """That the record which it belongs to is not there, is not said, or cannot be."""
    above = resource.parent
    if above is None:
        yield from rootless(resource, record)
        return
    if record.parent is None:
        yield f"`parent` is missing: the id of the {above.resource} that it belongs to"
    elif store.get(above.resource, record.parent) is None:
        yield f"`parent`: there is no {above.resource} {record.parent!r}"


def rootless(resource: Resource, record: Record) -> Iterator[str]:
    """That it is said to belong to another record, as none of its resource does."""
    if resource.parent is None and record.parent is not None:
        yield f"`parent`: a {resource.name} belongs to no other record"


def misnamed(contract: Contract, record: Record) -> Iterator[str]:
    """That its data say another id than the one by which it is to be found."""
    resource = contract.resources[record.resource]
    said = id_of(resource.id, record.data)
    if said is not None and str(said) != own_id(contract, record):
        yield f"`id` is {record.id!r}, and {resource.id} in its data {said!r}"


def _incalculable(contract: Contract, resource: Resource, record: Record, now: datetime) -> Iterator[str]:
    """The expressions of the contract that fail with such a record."""
    known: dict[str, Json | datetime] = {"self": record.data, "hidden": record.hidden, "now": now}
    try:
        computed.values(resource, record)
        for auto in resource.auto:
            if record.data.get(resource.state or "") in auto.source:
                cel.evaluate(auto.when or "true", known)
    except ContractFault as fault:
        yield str(fault)
