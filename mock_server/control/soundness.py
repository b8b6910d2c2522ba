"""Whether a record that a test writes can be: else every later look at it would fail."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, cel, computed
from troth.contracts.document import did_you_mean
from troth.contracts.document.pointers import referred
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record, Resource
from troth.mock_server.stores import MemoryStore


def unsound(contract: Contract, record: Record, store: MemoryStore) -> Iterator[str]:
    """Why a record cannot be: it breaks its schema, belongs to nothing, or an expression fails with it."""
    resource = contract.resources[record.resource]
    broken = list(_broken(contract, resource, record))
    yield from broken
    yield from _unknown(resource, record)
    yield from _homeless(resource, record, store)
    if not broken:
        yield from _incalculable(contract, resource, record)


def _broken(contract: Contract, resource: Resource, record: Record) -> Iterator[str]:
    """How its data break the schema; what is computed need not be there."""
    for problem in contract.document.schemas.violations(referred(resource.schema), dict(record.data)):
        if not problem.path and problem.missing in resource.computed:
            continue
        yield f"/{'/'.join(map(str, problem.path))}: {problem.message}"


def _unknown(resource: Resource, record: Record) -> Iterator[str]:
    for name in record.hidden:
        if name not in resource.hidden:
            yield f"there is no hidden variable {name!r}{did_you_mean(name, resource.hidden)}"


def _homeless(resource: Resource, record: Record, store: MemoryStore) -> Iterator[str]:
    """That the record which it belongs to is not there, or is not said."""
    above = resource.parent
    if above is None:
        return
    if record.parent is None:
        yield f"`parent` is missing: the id of the {above.resource} that it belongs to"
    elif store.get(above.resource, record.parent) is None:
        yield f"`parent`: there is no {above.resource} {record.parent!r}"


def _incalculable(contract: Contract, resource: Resource, record: Record) -> Iterator[str]:
    """The expressions of the contract that fail with such a record."""
    known: dict[str, Json] = {"self": record.data, "hidden": record.hidden, "now": cel.UNKNOWN}
    try:
        computed.values(resource, record)
        for auto in resource.auto:
            if record.data.get(resource.state or "") in auto.source:
                cel.evaluate(auto.when or "true", known)
    except ContractFault as fault:
        yield str(fault)
