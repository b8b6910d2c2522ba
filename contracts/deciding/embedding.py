"""What a record shows of those that belong to it: lists of them (an owner's `pets`), and how many there are.

Only where all of it is a guess, and only in answers: what is stored stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from troth.contracts.contract import Contract
from troth.contracts.contract.embedded import belonging, counted, embedded
from troth.contracts.contract.identity import id_of
from troth.contracts.frozen import replace
from troth.contracts.model import Change, Json, Operation, Outcome, Record, World

_DEEPEST = 3
"""Levels of lists inside lists."""


def with_embedded(contract: Contract, operation: Operation, world: World, outcome: Outcome) -> Outcome:
    """What is answered, each record with those that belong into its lists, and their number."""
    name = operation.resource
    if name is None:
        return outcome
    if not embedded(contract, name) and not counted(contract, name):
        return outcome

    seen = _Seen(world, outcome.changes)

    def filled(record: Record | None) -> Record | None:
        if record is None:
            return None
        return _filled(contract, seen, record, 0)

    shown, after, before = filled(outcome.shown), filled(outcome.after), filled(outcome.before)
    outcome = replace(outcome, shown=shown, after=after, before=before)
    if outcome.records is None:
        return outcome
    return replace(outcome, records=[_filled(contract, seen, one, 0) for one in outcome.records])


class _Seen(NamedTuple):
    """A world with what a call changes in it."""

    world: World
    changes: Sequence[Change]


def _filled(contract: Contract, seen: _Seen, record: Record, depth: int) -> Record:
    """A record with what belongs into its lists, behind what it says itself, and how many there are."""
    if depth >= _DEEPEST:
        return record
    data = dict(record.data)
    for one in embedded(contract, record.resource):
        key = contract.resources[one.of.resource].id
        there = belonging(contract, seen.world, one.of, record, seen.changes)
        inside = [_filled(contract, seen, below, depth + 1).data for below in there]
        known = [id_of(key, below) for below in inside]
        said: Json = data.get(one.property)
        if inside and isinstance(said, list):
            inside = [*(item for item in said if _id_in(key, item) not in known), *inside]
        if inside:
            data[one.property] = inside
    for count in counted(contract, record.resource):
        listed: Json = data.get(count.list or "", [])
        if count.list is not None and isinstance(listed, list):
            data[count.property] = len(listed)
        elif count.of is not None:
            data[count.property] = len(belonging(contract, seen.world, count.of, record, seen.changes))
    return replace(record, data=data)


def _id_in(key: str, item: Json) -> Json:
    """The id of an item of a list; a text that is none for what has no id."""
    if isinstance(item, Mapping):
        return id_of(key, item)
    return ""
