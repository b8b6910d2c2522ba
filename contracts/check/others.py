"""What a call does to the things around its record: the list that shows it, other records, the parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from troth.contracts.check.comparing import same, short
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import view
from troth.contracts.document.pointers import walk
from troth.contracts.errors import ContractFault
from troth.contracts.model import (
    ABSENT,
    Delete,
    Envelope,
    Json,
    Operation,
    Outcome,
    Put,
    Record,
    Reply,
    Resource,
    Unknown,
)
from troth.contracts.promises.promise import Aspect, Subject
from troth.contracts.words.automatic import drift
from troth.contracts.words.order import sorted_pair
from troth.contracts.words.paging import pages, paging_of


def crowd(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The nested list has gained what was made and lost what was deleted, and nothing else.

    Only below a record of the tester's own: elsewhere others may make records at the same time.
    """
    if not seen.whole or seen.above is None:
        return
    key, cite = contract.resources[operation.resource or ""].id, outcome.cite
    promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
    own = str(seen.after.get(key)) if isinstance(seen.after, Mapping) else None
    puts = [c.record for c in outcome.changes if isinstance(c, Put) and _new_one(c.record, operation)]
    made = [record.data for record in puts if own is None or record is not outcome.after]
    for item in (item for item in seen.appeared if str(item.get(key)) != own):
        fitting = next((data for data in made if _shows(item, data)), None)
        if fitting is None:
            yield Mismatch("the list", "no such new record", short(item), cite, promise)
            return
        made.remove(fitting)
    if made and seen.after is ABSENT:
        yield Mismatch("the list", f"a new record {short(_plain(made[0]))}", "no such one", cite, weight=2)
    gone = {c.record.id for c in outcome.changes if isinstance(c, Delete)} & seen.existing
    for id in sorted(seen.vanished - gone):
        yield Mismatch(f"{id} in the list", "there", "missing", cite, promise)
    for id in sorted(gone - seen.vanished) if seen.after is ABSENT else ():
        yield Mismatch(f"{id} in the list", "gone", "still there", cite)


def _new_one(record: Record, operation: Operation) -> bool:
    """A further new record; the one that the answer shows is judged by itself."""
    return record.resource == operation.resource and record.version == 0


def _plain(data: Mapping[str, Json]) -> Mapping[str, Json]:
    return {name: value for name, value in data.items() if not isinstance(value, Unknown)}


def _shows(item: Mapping[str, Json], data: Mapping[str, Json]) -> bool:
    return all(same(value, item[name]) for name, value in data.items() if name in item)


def parent(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The parent has changed as declared, and not else."""
    if seen.above is None or not isinstance(seen.above[1], Mapping):
        return
    before, found = seen.above
    puts = (c.record for c in outcome.changes if isinstance(c, Put))
    after = next((r for r in puts if (r.resource, r.id) == (before.resource, before.id)), before)
    managed = contract.resources[before.resource].managed
    for name, value in after.data.items():
        free = ("anytime",) if operation.method == "GET" else ("write", "anytime")
        if name not in found or managed.get(name) in free or same(value, found[name]):
            continue
        if any(v.data.get(name) == found[name] for v in drift(contract, after, seen.now)):
            continue
        promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
        yield Mismatch(
            f"{name} of the {before.resource}", short(value), short(found[name]), outcome.cite, promise
        )


def listed(contract: Contract, seen: Observation, outcome: Outcome, got: Json) -> Iterator[Mismatch]:
    """Every listed item has the properties that the query asks for."""
    if not isinstance(got, list):
        yield Mismatch("the list", "an array", short(got), outcome.cite)
        return
    yield from _cut(contract, seen, outcome, len(got))
    yield from _sorted(contract.operations[seen.call.operation], outcome, got)
    for name, wanted in seen.call.query.items():
        for item in got:
            if isinstance(item, Mapping) and name in item and not same(wanted, item[name]):
                yield Mismatch(f"{name} of a listed item", short(wanted), short(item[name]), outcome.cite)
                return


def _sorted(operation: Operation, outcome: Outcome, got: list[Json]) -> Iterator[Mismatch]:
    """Neighbours stand in the promised order."""
    order = operation.words.get("order")
    for first, second in pairwise(got):
        if order is not None and not sorted_pair(order, first, second):
            expected, found = f"{short(second)} before", f"{short(first)} before it"
            yield Mismatch("the order", expected, found, outcome.cite, Subject(operation.id, Aspect.ORDER))
            return


def _cut(contract: Contract, seen: Observation, outcome: Outcome, shown_items: int) -> Iterator[Mismatch]:
    """A page has as many items as its number, its size and the total say."""
    operation = contract.operations[seen.call.operation]
    paging = paging_of(contract, operation)
    if paging is None:
        return
    page, size = paging.cut(seen.call.query)
    promise = Subject(operation.id, Aspect.PAGING)
    total = count(seen.reply, paging.total)
    if size is not None and shown_items > size:
        yield Mismatch("items on a page", f"at most {size}", str(shown_items), outcome.cite, promise)
    if total is None:
        return
    if paging.cursor in seen.call.query:
        return  # what is left is for going through all pages to say
    filtered = any(name not in (paging.page, paging.size) for name in seen.call.query)
    if total < seen.known and not filtered:
        yield Mismatch("total", f"at least {seen.known}", str(total), outcome.cite, promise)
    elif size is not None or page > total:
        there = min(size, max(0, total - (page - 1) * size)) if size else 0
        if shown_items != there:
            what = f"items on page {page} of {total} records"
            yield Mismatch(what, str(there), str(shown_items), outcome.cite, promise)
    counted = count(seen.reply, paging.pages)
    if size is not None and counted is not None and counted != pages(total, size):
        yield Mismatch("pages", str(pages(total, size)), str(counted), outcome.cite, promise)


def count(reply: Reply, path: tuple[str, ...]) -> int | None:
    """The number at a place of a body; None where there is none."""
    try:
        found = walk(reply.body, path) if path else None
    except (LookupError, TypeError):
        return None
    return found if isinstance(found, int) else None


def in_list(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """A list shows a record as reading it does."""
    resource, listing = contract.resource_of(operation), contract.acting(operation.resource or "", "list")
    if resource is None or listing is None or seen.listed is ABSENT:
        return
    promise = Subject(listing.id, Aspect.LIST)
    if seen.listed is None or not isinstance(seen.after, Mapping):
        if isinstance(seen.after, Mapping):
            yield Mismatch("the record in the list", "there", "missing", outcome.cite, promise)
        elif seen.after is None and isinstance(seen.listed, Mapping):
            yield Mismatch("the record in the list", "gone", "still there", outcome.cite, promise)
        return
    expected = {**seen.after, **record_shown(contract, Record(resource.name, "", seen.after))}
    for name, value in seen.listed.items():
        if name not in expected or resource.managed.get(name) == "anytime" or value == expected[name]:
            continue
        if name in _by_itself(contract, resource, seen.after, seen.listed):
            continue
        yield Mismatch(f"{name} in the list", short(expected[name]), short(value), outcome.cite, promise)


def others(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """Other records are as they were."""
    for id in sorted(seen.lost):
        promise = Subject(operation.id, Aspect.LEAVES_OTHERS_ALONE)
        yield Mismatch(f"another record ({short(id)})", "there", "gone", outcome.cite, promise)
        return
    for before, after in seen.others:
        if before == after:
            continue
        resource = contract.resource_of(operation)
        managed: Any = resource.managed if resource else {}
        moving = _by_itself(contract, resource, before, after) if resource else set()
        for name in before:
            if name not in after or managed.get(name) == "anytime" or same(before[name], after[name]):
                continue
            if name in moving:
                continue
            label = f"{name} of another record ({short(before.get(resource.id if resource else 'id'))})"
            promise = Subject(operation.id, Aspect.LEAVES_OTHERS_ALONE)
            yield Mismatch(label, short(before[name]), short(after[name]), outcome.cite, promise)
            return


def _by_itself(
    contract: Contract, resource: Resource, before: Mapping[str, Json], after: Mapping[str, Json]
) -> set[str]:
    """What may differ because the record has moved in the background: its state, and the stamps of writes."""
    state, hidden = resource.state or "", {name: Unknown() for name in resource.hidden}
    record = Record(resource.name, "", dict(before), hidden)
    moved = (one.data.get(state) for one in drift(contract, record)[1:])
    if before.get(state) == after.get(state) or after.get(state) not in moved:
        return set()
    return {state, *(name for name, when in resource.managed.items() if when == "write")}


def record_shown(contract: Contract, record: Record) -> Mapping[str, Json]:
    """The record with its computed properties; without, where it lacks what they are computed from."""
    try:
        return view(contract, record, Envelope(record.resource, ()))
    except ContractFault:
        return record.data
