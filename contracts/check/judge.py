"""Was what we saw one of the outcomes that the contract allows? If not: what differs from the nearest one.

Nothing here reads a clock or the network: an observation goes in, mismatches come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeAlias

from troth.contracts.check.answer import answer
from troth.contracts.check.comparing import short
from troth.contracts.check.lists import record_in_list
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.others import left_behind, nested_list, other_records, parent_record
from troth.contracts.check.read_back import entity_tag, new_record, read_back
from troth.contracts.contract import Contract
from troth.contracts.deciding.decide import decide
from troth.contracts.model import Delete, Operation, Outcome, Pointer, Put, Record, World

_Compared: TypeAlias = "tuple[Outcome, list[Mismatch]]"
"""An allowed outcome, and how what was seen differs from it."""


@dataclass(frozen=True)
class Judgement:
    """``mismatches`` with the nearest allowed outcome (empty: it was allowed), and guesses that differ."""

    outcomes: tuple[Outcome, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    remarks: tuple[Mismatch, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that was seen, or the nearest one."""
        return self.outcomes[0] if self.outcomes else None

    @property
    def seen_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes that explain what was seen; none where a mismatch is left."""
        return () if self.mismatches else self.outcomes


def judge(
    contract: Contract, seen: Observation, worlds: Sequence[World], guesses: Set[Pointer] = frozenset()
) -> Judgement:
    """Hold an observation against every outcome that the contract allows in any of the possible worlds.

    ``guesses``: the words that are assumed; what differs from those alone is a remark.
    """
    compared = [
        _compared(contract, seen, outcome, guesses)
        for world in worlds
        for outcome in decide(contract, seen.call, world)
    ]
    explained = [(outcome, found) for outcome, found in compared if not _certain(found)]
    if explained:
        return _explained(explained)
    outcome, found = min(compared, key=lambda pair: _far(seen, pair))
    return Judgement((outcome,), tuple(_certain(found)))


def _compared(contract: Contract, seen: Observation, outcome: Outcome, guesses: Set[Pointer]) -> _Compared:
    operation = contract.operations[seen.call.operation]
    outcome = _about_the_record(operation, seen, outcome)
    found: list[Mismatch] = []
    for mismatch in _differences(contract, operation, seen, outcome):
        if mismatch.cite in guesses and mismatch.promise is None:
            mismatch = replace(mismatch, assumed=True)
        found.append(mismatch)
    return outcome, found


def _certain(mismatches: list[Mismatch]) -> list[Mismatch]:
    """The mismatches that no guess excuses."""
    return [mismatch for mismatch in mismatches if not mismatch.assumed]


def _distance(compared: _Compared) -> int:
    _, mismatches = compared
    return sum(mismatch.weight for mismatch in _certain(mismatches))


def _far(seen: Observation, compared: _Compared) -> tuple[bool, int]:
    """How far an outcome is from what was seen: that time has moved the record excuses all, or nothing."""
    there = [record.data for record in (seen.before, compared[0].before) if record is not None]
    return there[:1] != there[-1:], _distance(compared)


def _explained(explained: list[_Compared]) -> Judgement:
    """All outcomes that need the fewest remarks."""
    _, remarks = min(explained, key=lambda pair: len(pair[1]))
    outcomes = tuple(outcome for outcome, found in explained if len(found) == len(remarks))
    return Judgement(outcomes, (), tuple(remarks))


def _about_the_record(operation: Operation, seen: Observation, outcome: Outcome) -> Outcome:
    """The outcome for the record that was looked at, where the call's path does not name it."""
    record = seen.before
    if record is None or operation.names_record or operation.verb in ("create", "list"):
        return outcome
    change = _change_of(outcome, record)
    if change is None:
        return replace(outcome, before=record, after=record)
    if isinstance(change, Delete):
        return replace(outcome, before=record)
    after = change.record
    touched = {n: outcome.cite for n, value in after.data.items() if record.data.get(n) != value}
    return replace(outcome, before=record, after=after, touched=touched)


def _change_of(outcome: Outcome, record: Record) -> Put | Delete | None:
    """What an outcome does to a record first; None where it leaves it alone."""
    for change in outcome.changes:
        if not isinstance(change, (Put, Delete)):
            continue
        if (change.record.resource, change.record.id) == (record.resource, record.id):
            return change
    return None


def _differences(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    yield from answer(contract, operation, seen, outcome)
    yield from read_back(contract, operation, seen, outcome)
    yield from entity_tag(seen, outcome)
    yield from new_record(contract, operation, seen, outcome)
    yield from record_in_list(contract, operation, seen, outcome)
    yield from other_records(contract, operation, seen, outcome)
    yield from nested_list(contract, operation, seen, outcome)
    yield from parent_record(contract, operation, seen, outcome)
    yield from left_behind(seen, outcome)
    for pointer in outcome.departs:
        assert outcome.after is not None
        where = f"as assumed at {contract.where(pointer)}"
        yield Mismatch("where it leads", where, short(seen.after), pointer, assumed=True)
