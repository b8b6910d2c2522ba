"""Was what we saw one of the outcomes that the contract allows? If not: what differs from the nearest one.

Nothing here reads a clock or the network: an observation goes in, mismatches come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.check.comparing import instant, later, same, short
from contracts.contract import Contract
from contracts.document.pointers import split, walk
from contracts.errors import ContractFault
from contracts.model import (
    ABSENT,
    Call,
    Envelope,
    Json,
    Operation,
    Outcome,
    Pointer,
    Record,
    Reply,
    Unknown,
    World,
)
from contracts.replies import shown, view
from contracts.semantics import decide
from contracts.words.automatic import drift
from contracts.words.paging import pages, paging_of

_RESPONSE = "the response"
RECENT = 2.0
"""Seconds in which two writes may bear the same timestamp: some APIs keep whole seconds."""


@dataclass(frozen=True)
class Observation:
    """One call with its answer, and how things stood before and after, as read back.

    ``after``: the record read back, None where it is gone, ABSENT where it cannot be read.
    ``listed``: the record as the list shows it then, None where it should but does not.
    ``others`` pairs records of the list before and after. ``age``: seconds since the record was last written.
    ``existing``: ids that the list showed before; ``appeared``: its items that were not there before.
    ``known``: how many records there are at least. ``now``: when it was, on the tester's own scale.
    """

    call: Call
    reply: Reply
    before: Record | None = None
    after: Json = ABSENT
    listed: Json = ABSENT
    others: tuple[tuple[Mapping[str, Json], Mapping[str, Json]], ...] = ()
    existing: Set[str] = frozenset()
    appeared: tuple[Mapping[str, Json], ...] = ()
    age: float = 1e9
    known: int = 0
    now: datetime | None = None


@dataclass(frozen=True)
class Mismatch:
    """One difference from what the contract allows. ``promise``: whose (None: the probed one's own)."""

    what: str
    expected: str
    got: str
    cite: Pointer
    promise: str | None = None
    assumed: bool = False
    weight: int = 1


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


def judge(
    contract: Contract, seen: Observation, worlds: Sequence[World], guesses: Set[Pointer] = frozenset()
) -> Judgement:
    """Hold an observation against every outcome that the contract allows in any of the possible worlds.

    ``guesses``: the words that are assumed; what differs from those alone is a remark.
    """
    operation = contract.operations[seen.call.operation]
    nearest: tuple[int, Outcome, list[Mismatch]] | None = None
    explained: list[tuple[Outcome, list[Mismatch]]] = []
    for world in worlds:
        for outcome in decide(contract, seen.call, world):
            found = [
                replace(m, assumed=True) if m.cite in guesses and m.promise is None else m
                for m in _differences(contract, operation, seen, outcome)
            ]
            hard = [m for m in found if not m.assumed]
            if not hard:
                explained.append((outcome, found))
                continue
            distance = sum(m.weight for m in hard)
            if nearest is None or distance < nearest[0]:
                nearest = (distance, outcome, found)
    if explained:
        explained.sort(key=lambda pair: len(pair[1]))
        fewest = len(explained[0][1])
        outcomes = tuple(outcome for outcome, found in explained if len(found) == fewest)
        return Judgement(outcomes, (), tuple(explained[0][1]))
    assert nearest is not None
    return Judgement((nearest[1],), tuple(m for m in nearest[2] if not m.assumed))


def possible(contract: Contract, record: Record, now: datetime | None = None) -> tuple[Record, ...]:
    """The records that may be there by now: as it was read, and as automatic moves can have made it."""
    return drift(contract, record, now)


def _differences(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    yield from _status(seen, outcome)
    if outcome.message is not None and seen.reply.status // 100 == outcome.status // 100:
        yield from _message(contract, seen, outcome)
    if outcome.succeeded and seen.reply.status < 300:
        yield from _body(contract, operation, seen, outcome)
    yield from _read_back(contract, operation, seen, outcome)
    yield from _new(contract, operation, seen, outcome)
    yield from _in_list(contract, operation, seen, outcome)
    yield from _others(contract, operation, seen, outcome)
    for pointer in outcome.departs:
        assert outcome.after is not None
        where = f"as assumed at {contract.where(pointer)}"
        yield Mismatch("where it leads", where, short(seen.after), pointer, assumed=True)


def _status(seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    got, wanted = seen.reply.status, outcome.status
    expected = str(wanted) if outcome.exact else f"{wanted // 100}XX"
    if outcome.assumed:
        expected = f"{wanted} (assumed)"
    if got // 100 != wanted // 100 or (outcome.exact and got != wanted):
        yield Mismatch("status", expected, str(got), outcome.cite, weight=5)
    elif outcome.assumed and got != wanted:
        yield Mismatch("status", expected, str(got), outcome.cite, assumed=True)


def _message(contract: Contract, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    assert outcome.message is not None
    at = contract.errors.at
    try:
        found = walk(seen.reply.body, split(at)) if at else None
    except (LookupError, TypeError):
        found = None
    if found == outcome.message:
        return
    if (at is None or contract.errors.assumed) and outcome.message in _texts(seen.reply.body):
        yield Mismatch(
            f"place of the text (assumed {at})",
            repr(outcome.message),
            "elsewhere",
            outcome.cite,
            assumed=True,
        )
        return
    got = repr(found) if found is not None else f"no text at {at}"
    yield Mismatch(
        f"text at {at}", repr(outcome.message), got, outcome.cite, assumed=outcome.assumed, weight=2
    )


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _body(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    response = operation.response(seen.reply.status)
    if response is None or response.envelope is None or operation.verb == "delete":
        return  # some show what is gone, some show nothing
    got = shown(operation, seen.reply)
    place = "/" + "/".join(response.envelope.at)
    if response.envelope.many:
        yield from _listed(contract, seen, outcome, got)
    elif not isinstance(got, Mapping):
        yield Mismatch(
            f"the {response.envelope.resource} at {place}", "an object", short(got), response.pointer
        )
    elif outcome.after is not None:
        expected = _shown(contract, outcome.after)
        known = {name: value for name, value in expected.items() if name in got}
        yield from _fields(contract, operation, seen, outcome, known, got, _RESPONSE)


def _listed(contract: Contract, seen: Observation, outcome: Outcome, got: Json) -> Iterator[Mismatch]:
    """Every listed item has the properties that the query asks for."""
    if not isinstance(got, list):
        yield Mismatch("the list", "an array", short(got), outcome.cite)
        return
    yield from _cut(contract, seen, outcome, len(got))
    for name, wanted in seen.call.query.items():
        for item in got:
            if isinstance(item, Mapping) and name in item and not same(wanted, item[name]):
                yield Mismatch(f"{name} of a listed item", short(wanted), short(item[name]), outcome.cite)
                return


def _cut(contract: Contract, seen: Observation, outcome: Outcome, shown_items: int) -> Iterator[Mismatch]:
    """A page has as many items as its number, its size and the total say."""
    operation = contract.operations[seen.call.operation]
    paging = paging_of(contract, operation)
    if paging is None:
        return
    page, size = paging.cut(seen.call.query)
    promise = f"{operation.id}/paging"
    total = count(seen.reply, paging.total)
    if size is not None and shown_items > size:
        yield Mismatch("items on a page", f"at most {size}", str(shown_items), outcome.cite, promise)
    if total is None:
        return
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


def _read_back(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    if seen.after is ABSENT:
        return
    if outcome.after is None or seen.after is None:
        if (outcome.after is None) != (seen.after is None) and (outcome.before or outcome.after):
            gone = "it is gone" if seen.after is None else "it is still there"
            wanted = "it is gone" if outcome.after is None else "it can be read"
            yield Mismatch("the record, read back", wanted, gone, outcome.cite, weight=3)
        return
    for after in possible(contract, outcome.after, seen.now):
        moved = replace(outcome, after=after)
        found = list(_stored(contract, operation, seen, moved))
        if not found:
            return
    yield from _stored(contract, operation, seen, outcome)


def _stored(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    assert outcome.after is not None
    resource = contract.resources[outcome.after.resource]
    data = {**outcome.after.data, **_shown(contract, outcome.after)}
    expected = {
        name: value
        for name, value in data.items()
        if name in seen.after or name in outcome.touched or (seen.before and name in seen.before.data)
    }
    yield from _fields(contract, operation, seen, outcome, expected, seen.after, "read back")
    for name, value in outcome.unstored.items():
        if not isinstance(value, (bool, type(None))) and seen.after.get(name) == value:
            cite = f"{operation.word_pointer}/writes/{name}"
            yield Mismatch(f"{name}, read back", f"ignored, not {short(value)}", short(value), cite)
    for name in seen.after:
        if seen.before is not None and name not in data and resource.managed.get(name) != "anytime":
            yield _frame(operation, outcome, name, "no such property", short(seen.after[name]), "read back")


def _fields(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    expected: Mapping[str, Json],
    got: Mapping[str, Json],
    where: str,
) -> Iterator[Mismatch]:
    assert outcome.after is not None
    resource = contract.resources[outcome.after.resource]
    for name, value in expected.items():
        when, found = resource.managed.get(name), got.get(name)
        if when == "anytime" and "/effects/" not in outcome.touched.get(name, ""):
            continue
        if isinstance(value, Unknown):
            problem = _managed(value, found, seen)
            if problem:
                promise = f"{operation.id}/managed/{name}"
                yield Mismatch(f"{name}, {where}", problem, short(found), outcome.cite, promise)
        elif name in outcome.touched:
            old = seen.before.data.get(name) if seen.before else None
            if not same(value, found, old):
                yield Mismatch(f"{name}, {where}", short(value), short(found), outcome.touched[name])
        elif value != found and not (where == _RESPONSE and same(value, found)):
            yield _frame(operation, outcome, name, short(value), short(found), where)


def _frame(
    operation: Operation, outcome: Outcome, name: str, expected: str, got: str, where: str
) -> Mismatch:
    """A change that nobody declared."""
    kind = "declared" if outcome.succeeded else "refused"
    return Mismatch(f"{name}, {where}", expected, got, outcome.cite, f"{operation.id}/frame/{kind}")


def _managed(value: Unknown, found: Json, seen: Observation) -> str | None:
    """What is wrong with a value that only the server knows; None where nothing is."""
    old = value.old
    if old is None or not isinstance(found, str) or not isinstance(old, str):
        return None
    if instant(found) is not None and instant(old) is not None and later(old, found):
        return f"not before {old!r}"
    if value.touched and found == old and seen.age > RECENT:
        return f"another value than {old!r}"
    return None


def _new(contract: Contract, operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """A created record has an id of its own, a refused one is not there."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb != "create":
        return
    if outcome.succeeded and isinstance(seen.after, Mapping):
        id_ = str(seen.after.get(resource.id))
        if id_ in seen.existing:
            yield Mismatch(
                f"{resource.id} of the new record", "a new one", f"{id_}, which exists", outcome.cite
            )
    if not outcome.succeeded and isinstance(seen.call.body, Mapping):
        sent = {k: v for k, v in seen.call.body.items() if isinstance(v, str)}
        for item in seen.appeared:
            alike = [name for name in sent if name in item]
            if alike and all(sent[name] == item[name] for name in alike):
                promise = f"{operation.id}/frame/refused"
                yield Mismatch("the refused record", "not there", "in the list", outcome.cite, promise)


def _shown(contract: Contract, record: Record) -> Mapping[str, Json]:
    """The record with its computed properties; without, where it lacks what they are computed from."""
    try:
        return view(contract, record, Envelope(record.resource, ()))
    except ContractFault:
        return record.data


def _in_list(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """A list shows a record as reading it does."""
    resource, listing = contract.resource_of(operation), contract.acting(operation.resource or "", "list")
    if resource is None or listing is None or seen.listed is ABSENT:
        return
    promise = f"{listing.id}/acts/list"
    if seen.listed is None or not isinstance(seen.after, Mapping):
        if isinstance(seen.after, Mapping):
            yield Mismatch("the record in the list", "there", "missing", outcome.cite, promise)
        return
    expected = {**seen.after, **_shown(contract, Record(resource.name, "", seen.after))}
    for name, value in seen.listed.items():
        if name not in expected or resource.managed.get(name) == "anytime" or value == expected[name]:
            continue
        if name == resource.state and _may_move(contract, resource.name, seen.after, seen.listed):
            continue
        yield Mismatch(f"{name} in the list", short(expected[name]), short(value), outcome.cite, promise)


def _others(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    for before, after in seen.others:
        resource = contract.resource_of(operation)
        managed: Any = resource.managed if resource else {}
        state = resource.state if resource else None
        for name in before:
            if name not in after or managed.get(name) == "anytime" or same(before[name], after[name]):
                continue
            if name == state and resource and _may_move(contract, resource.name, before, after):
                continue
            label = f"{name} of another record ({short(before.get(resource.id if resource else 'id'))})"
            promise = f"{operation.id}/frame/others"
            yield Mismatch(label, short(before[name]), short(after[name]), outcome.cite, promise)
            return


def _may_move(
    contract: Contract, resource: str, before: Mapping[str, Json], after: Mapping[str, Json]
) -> bool:
    declared = contract.resources[resource]
    hidden = {name: Unknown() for name in declared.hidden}
    record = Record(resource, "", dict(before), hidden)
    state = declared.state or ""
    return any(moved.data.get(state) == after.get(state) for moved in possible(contract, record))
