"""C13: the model run twice on every fixture, held against ``repeat``."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.contract.word_values import repeat_of
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Call, Finding, Node, Operation, Outcome, Record
from troth.contracts.promises.calls import plain_call


def check(contract: Contract) -> Iterator[Finding]:
    """Where the second call does something else than ``repeat`` says."""
    for operation in contract.operations.values():
        repeat = repeat_of(operation)
        if repeat is None or not operation.item_parameter:
            continue
        for name, record in seed_records(contract).items():
            problem = _problem(contract, operation, record, repeat.kind)
            if problem and record.resource == operation.resource:
                message = f"`repeat: {repeat.kind}`, but on {name} the second call {problem}"
                yield contract.document.finding("C13", message, repeat.pointer, "error")
                break


def _problem(contract: Contract, operation: Operation, record: Record, kind: str) -> str | None:
    body: Node = ABSENT
    if operation.body_required:
        body = sample(contract.document.schemas, operation.body)
    call = plain_call(contract, operation, record.id, body)
    try:
        first = _first(contract, call, record)
        if not first.succeeded or first.after is None:
            return None
        second = _first(contract, call, first.after)
    except ContractFault:
        return None
    if kind == "refused" and second.succeeded:
        return "is accepted"
    if kind != "refused" and not second.succeeded:
        return "is refused"
    return None


def _first(contract: Contract, call: Call, record: Record) -> Outcome:
    return next(decide(contract, call, KnownWorld([record])))
