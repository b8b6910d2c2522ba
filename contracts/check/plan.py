"""Which promises a contract makes, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, cel
from troth.contracts.model import Operation
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Subject, Turn
from troth.contracts.words import WORDS
from troth.contracts.words._starts import accepted_start

NEGATIVE = 6
"""Broken bodies drawn for each operation, beside those on the edges of its schema."""


def promises(contract: Contract) -> list[Promise]:
    """Every promise: what the words say, and what holds for every operation without a word."""
    found: dict[str, Promise] = {}
    for operation in contract.operations.values():
        for word in WORDS:
            for promise in word.promises(contract, operation):
                found.setdefault(promise.id, promise)
        for promise in _always(operation):
            found.setdefault(promise.id, promise)
    return list(found.values())


def ordered(all_promises: list[Promise], contract: Contract) -> list[Promise]:
    """Making records first, then reading; what uses a record up, and quotas, last."""
    return sorted(all_promises, key=lambda promise: _turn(promise, contract))


def _turn(promise: Promise, contract: Contract) -> Turn:
    """When a promise is tried: as its word says, else by what its probes and its operation need."""
    if promise.turn is not None:
        return promise.turn
    if any(probe.quota for probe in promise.probes):
        return Turn.QUOTAS
    if any(_asks_hidden(probe) for probe in promise.probes):
        return Turn.SCARCE_RECORDS
    return _TURNS.get(contract.operations[promise.operation].verb, Turn.WRITES)


_TURNS: dict[str | None, Turn] = {
    "create": Turn.MORE_RECORDS,
    "read": Turn.READS,
    "list": Turn.READS,
    "delete": Turn.DELETES,
}


def _asks_hidden(probe: Probe) -> bool:
    """Whether it needs a record of which something is true that no answer shows: few are known to be so."""
    if probe.given is None:
        return False
    return any("hidden" in cel.reads(text) for text, _ in probe.given.where)


def _always(operation: Operation) -> Iterator[Promise]:
    """The defaults: schemas are kept, refusals change nothing, successes only what is declared."""
    at, base = operation.pointer, operation.id
    probes: tuple[Probe, ...] = ()
    if operation.resource is None:  # no other promise calls it
        probes = (Probe((PlannedCall(base),)),)
    says = f"every answer of {base} fits its documented response"
    yield Promise(f"{base}/response", base, says, at, probes, subject=Subject(base, Aspect.RESPONSE))
    if operation.body is not None and operation.body_pointer is not None:
        planned = PlannedCall(base, negative=True, fill=False)
        probes = (Probe((planned,), accepted_start(operation)),) * NEGATIVE
        says = f"{base} refuses bodies that break its schema"
        yield Promise(f"{base}/schema/broken", base, says, operation.body_pointer, probes)
    if operation.resource is not None:
        yield from _unsaid(operation)


def _unsaid(operation: Operation) -> Iterator[Promise]:
    """What nobody says of an operation on a resource: what it leaves alone."""
    at, base = operation.pointer, operation.id
    if operation.verb not in ("read", "list"):
        says = f"a success of {base} changes nothing but what is declared"
        subject = Subject(base, Aspect.CHANGES_WHAT_IS_DECLARED)
        yield Promise(f"{base}/frame/declared", base, says, at, subject=subject)
    if operation.verb != "list":
        subject = Subject(base, Aspect.CHANGES_NOTHING_WHEN_REFUSED)
        yield Promise(f"{base}/frame/refused", base, f"a refused {base} changes nothing", at, subject=subject)
    subject = Subject(base, Aspect.LEAVES_OTHERS_ALONE)
    yield Promise(f"{base}/frame/others", base, f"{base} leaves other records alone", at, subject=subject)
