"""What a call does to the things around its record: other records, the nested list, the parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from troth.contracts.check.comparing import same, short
from troth.contracts.check.leeway import goes_along, may_change_another, may_vanish
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.outcomes import stored_as, stored_new
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import view
from troth.contracts.errors import ContractFault
from troth.contracts.model import (
    ABSENT,
    Delete,
    Envelope,
    Json,
    Operation,
    Outcome,
    Record,
    Resource,
    Unknown,
)
from troth.contracts.promises.promise import Aspect, Subject
from troth.contracts.words.automatic import drift


def nested_list(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The nested list has gained what was made and lost what was deleted, and nothing else.

    Only below a record of the tester's own: elsewhere others may make records at the same time.
    """
    if not seen.whole or seen.parent is None:
        return
    resource = contract.resource_of(operation)
    assert resource is not None
    made, unexplained = _match_new_items(resource, seen, outcome, guessed=contract.guessed)
    if unexplained is not None:
        promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
        yield Mismatch("the list", "no such new record", short(unexplained), outcome.cite, promise)
        return
    if made and seen.after is ABSENT:
        expected = f"a new record {short(_determined(made[0]))}"
        yield Mismatch("the list", expected, "no such one", outcome.cite, weight=2)
    yield from _vanished(contract, operation, seen, outcome)


def _match_new_items(
    resource: Resource, seen: Observation, outcome: Outcome, *, guessed: bool
) -> tuple[list[Mapping[str, Json]], Mapping[str, Json] | None]:
    """What should have been made and was not seen, and an item that nothing explains.

    The record that the answer shows is left out: it is judged by itself.
    """
    own, records = None, stored_new(outcome, resource.name)
    if isinstance(seen.after, Mapping):
        own = str(seen.after.get(resource.id))
        records = [record for record in records if record is not outcome.after]
    made = [record.data for record in records]
    for item in seen.appeared:
        if str(item.get(resource.id)) == own:
            continue
        fitting = next((data for data in made if _shows(item, data)), None)
        if fitting is None and guessed and outcome.succeeded:
            continue  # what it makes besides, nobody has said
        if fitting is None:
            return made, item
        made.remove(fitting)
    return made, None


def _determined(data: Mapping[str, Json]) -> Mapping[str, Json]:
    return {name: value for name, value in data.items() if not isinstance(value, Unknown)}


def _shows(item: Mapping[str, Json], data: Mapping[str, Json]) -> bool:
    return all(same(value, item[name]) for name, value in data.items() if name in item)


def _vanished(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """What was deleted has left the list, and nothing else has."""
    deleted = {change.record.id for change in outcome.changes if isinstance(change, Delete)}
    expected = deleted & seen.existing
    if seen.before is not None and may_vanish(contract, operation, outcome):
        deleted = deleted | {seen.before.id}
        expected = deleted & seen.existing & seen.vanished
    promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
    for id in sorted(seen.vanished - expected):
        yield Mismatch(f"{id} in the list", "there", "missing", outcome.cite, promise)
    if seen.after is not ABSENT:
        return
    for id in sorted(expected - seen.vanished):
        yield Mismatch(f"{id} in the list", "gone", "still there", outcome.cite)


def left_behind(seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """What belonged to a deleted record is gone with it."""
    if seen.left is not None and outcome.after is None:
        label = f"what belonged to it ({short(seen.left)})"
        yield Mismatch(label, "gone", "still there", outcome.cite)


def parent_record(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The parent has changed as declared, and not else."""
    if seen.parent is None:
        return
    before, found = seen.parent
    if not isinstance(found, Mapping):
        return
    if contract.guessed and outcome.succeeded:
        return  # it may count what belongs to it
    after = next(iter(stored_as(outcome, before)), before)
    free = ("anytime",) if operation.method == "GET" else ("write", "anytime")
    managed = contract.resources[before.resource].managed
    for name, value in record_shown(contract, after).items():
        if name not in found or managed.get(name) in free:
            continue
        if same(value, found[name]) or _moves_to(contract, after, seen, name, found[name]):
            continue
        promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
        label = f"{name} of the {before.resource}"
        yield Mismatch(label, short(value), short(found[name]), outcome.cite, promise)


def _moves_to(contract: Contract, record: Record, seen: Observation, name: str, value: Json) -> bool:
    """Whether a property can have got a value by an automatic move."""
    return any(moved.data.get(name) == value for moved in drift(contract, record, seen.now))


def other_records(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """Other records are as they were."""
    promise = Subject(operation.id, Aspect.LEAVES_OTHERS_ALONE)
    for id in sorted(seen.lost):
        if goes_along(contract, contract.resource_of(operation), seen, id):
            continue
        yield Mismatch(f"another record ({short(id)})", "there", "gone", outcome.cite, promise)
        return
    yield from _bystander(contract, seen, outcome, promise)
    resource = contract.resource_of(operation)
    if resource is None:
        return
    for before, after in seen.others:
        name = _changed(contract, resource, before, after)
        if name is not None and not may_change_another(contract, seen, outcome, name, after[name]):
            label = f"{name} of another record ({short(before.get(resource.id))})"
            yield Mismatch(label, short(before[name]), short(after[name]), outcome.cite, promise)
            return


def _bystander(
    contract: Contract, seen: Observation, outcome: Outcome, promise: Subject
) -> Iterator[Mismatch]:
    """A record like the parent is as it was."""
    if seen.bystander is None:
        return
    known, found = seen.bystander
    if not isinstance(found, Mapping):
        return
    name = _changed(contract, contract.resources[known.resource], known.data, found)
    if name is not None:
        label = f"{name} of another {known.resource} ({short(known.id)})"
        yield Mismatch(label, short(known.data[name]), short(found[name]), outcome.cite, promise)


def _changed(
    contract: Contract, resource: Resource, before: Mapping[str, Json], after: Mapping[str, Json]
) -> str | None:
    """The first property of a record that has changed and cannot have changed by itself."""
    if before == after:
        return None
    moving = moved_by_itself(contract, resource, before, after)
    for name, value in before.items():
        if name not in after or name in moving or resource.managed.get(name) == "anytime":
            continue
        if not same(value, after[name]):
            return name
    return None


def moved_by_itself(
    contract: Contract, resource: Resource, before: Mapping[str, Json], after: Mapping[str, Json]
) -> set[str]:
    """What may differ because the record has moved in the background: its state, and the stamps of writes."""
    state = resource.state
    if state is None or before.get(state) == after.get(state):
        return set()
    hidden: Mapping[str, Any] = {name: Unknown() for name in resource.hidden}
    record = Record(resource.name, "", dict(before), hidden)
    moves = drift(contract, record)[1:]
    if all(moved.data.get(state) != after.get(state) for moved in moves):
        return set()
    return {state, *(name for name, when in resource.managed.items() if when == "write")}


def record_shown(contract: Contract, record: Record) -> Mapping[str, Json]:
    """The record with its computed properties; without, where it lacks what they are computed from.

    What was read of those before says nothing: they follow from the others as these are now.
    """
    computed = contract.resources[record.resource].computed
    data = {name: value for name, value in record.data.items() if name not in computed}
    try:
        shown = view(contract, replace(record, data=data), Envelope(record.resource, ()))
    except ContractFault:
        return data
    return {**data, **shown}
