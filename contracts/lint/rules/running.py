"""C07: an expression that fails on the fixtures, on the smallest allowed request, or with one option."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from troth.contracts.contract import Contract, computed
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.contract.places import place_of
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Absent, Call, Finding, Json, Operation, Outcome, Record
from troth.contracts.promises.calls import plain_call

MOST_RECORDS, MOST_OPTIONS, MOST_OUTCOMES = 8, 12, 8
_MISSING = "fails: there is no "


def check(contract: Contract) -> Iterator[Finding]:
    """Every operation is called, with as little as it may be called with, on every fixture."""
    records = list(seed_records(contract).values())
    for operation in contract.operations.values():
        told: set[str] = set()
        for fault in _faults(contract, operation, records):
            if fault.expression in told:
                continue
            told.add(fault.expression)
            severity = "warning"
            if _MISSING in str(fault):
                severity = "error"
            at = place_of(contract, operation, fault.expression)
            message = f"{fault} (when {operation.id} is called with as little as its schema allows)"
            yield contract.document.finding("C07", message, at, severity)


def _faults(contract: Contract, operation: Operation, records: list[Record]) -> Iterator[ContractFault]:
    for call in _calls(contract, operation, records):
        try:
            for outcome in islice(decide(contract, call, KnownWorld(records)), MOST_OUTCOMES):
                _computed(contract, outcome)
        except ContractFault as fault:
            yield fault


def _computed(contract: Contract, outcome: Outcome) -> None:
    """What an answer would show beside what is stored."""
    record = outcome.after
    if record is not None and contract.resources[record.resource].computed:
        computed.values(contract.resources[record.resource], record)


def _calls(contract: Contract, operation: Operation, records: list[Record]) -> Iterator[Call]:
    """The smallest calls: on each record, or below each parent; with one thing more that may be sent."""
    about: Sequence[Record | None] = [None]
    if operation.names_record:
        about = [record for record in records if record.resource == operation.resource][:MOST_RECORDS]
    elif operation.parent is not None:
        about = [record for record in records if record.resource == operation.parent.resource][:MOST_RECORDS]
    for record in about:
        for body in _bodies(contract, operation):
            id, parent = None, None
            if record is not None:
                id, parent = record.id, record.parent
            if not operation.names_record:
                id, parent = None, id
            yield plain_call(contract, operation, id, body, parent)


def _bodies(contract: Contract, operation: Operation) -> Iterator[Json | Absent]:
    """The smallest bodies: none, what is required, and with each option."""
    if not operation.body:
        yield ABSENT
        return
    if not operation.body_required:
        yield ABSENT
    schemas = contract.document.schemas
    whole = sample(schemas, operation.body)
    shape = schemas.resolve(operation.body)
    if not isinstance(whole, dict) or operation.inside:
        yield whole
        return
    least: dict[str, Json] = {
        name: value for name, value in whole.items() if name in shape.get("required", ())
    }
    if not schemas.valid(operation.body_pointer or "", least):
        least = whole
    yield least
    options = [name for name in shape.get("properties", {}) if name not in least]
    for name in options[:MOST_OPTIONS]:
        body = {**least, name: sample(schemas, shape["properties"][name])}
        if schemas.valid(operation.body_pointer or "", body):
            yield body
