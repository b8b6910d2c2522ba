"""What a call has done to its record: what reading it afterwards shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import NoneType

from troth.contracts.check.comparing import same, short
from troth.contracts.check.fields import READ_BACK, fields, undeclared, unheard_of
from troth.contracts.check.leeway import may_change, may_stay, may_vanish
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.others import record_shown
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import writes_of
from troth.contracts.deciding.shown import only_sent
from troth.contracts.model import ABSENT, Json, Operation, Outcome, Record
from troth.contracts.promises.promise import Subject
from troth.contracts.words.automatic import drift


def read_back(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The record is as an outcome leaves it, or as time has made it since."""
    if seen.after is ABSENT:
        return
    if outcome.after is None or not isinstance(seen.after, Mapping):
        yield from _existence(contract, operation, seen, outcome)
        return
    found = seen.after
    for after in drift(contract, outcome.after, seen.now):
        if not list(_stored(contract, operation, seen, replace(outcome, after=after), after, found)):
            return
    yield from _stored(contract, operation, seen, outcome, outcome.after, found)


def _existence(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The record is there, or gone, as an outcome leaves it."""
    if outcome.after is not None:
        if may_vanish(contract, operation, outcome):
            return
        lost = Mismatch("the record, read back", "it can be read", "it is gone", outcome.cite, weight=3)
        if operation.verb in ("update", "action"):
            subject = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
            lost = replace(lost, promise=subject)
        yield lost
    elif outcome.before is not None and seen.after is not None:
        if may_stay(contract, seen):
            return
        yield Mismatch("the record, read back", "it is gone", "it is still there", outcome.cite, weight=3)


def _stored(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    after: Record,
    found: Mapping[str, Json],
) -> Iterator[Mismatch]:
    data = record_shown(contract, after)
    before: Mapping[str, Json] = seen.before.data if seen.before is not None else {}
    declared = contract.document.schemas.resolve(contract.resources[after.resource].schema)
    readable = {n for n, schema in declared.get("properties", {}).items() if not only_sent(contract, schema)}
    touched = outcome.touched.keys() & readable
    visible = found.keys() | touched | before.keys()
    expected = {name: value for name, value in data.items() if name in visible}
    yield from fields(contract, operation, seen, outcome, expected, found, READ_BACK)
    yield from _unstored(operation, seen, outcome, found)
    if seen.before is None:
        return
    managed = contract.resources[after.resource].managed
    unheard = unheard_of(contract, operation, seen, after.resource)
    for name, value in found.items():
        if name in unheard:
            continue
        if name in data or managed.get(name) == "anytime":
            continue
        if not may_change(contract, seen, outcome, name, value):
            yield undeclared(operation, outcome, name, "no such property", short(value), READ_BACK)


def _unstored(
    operation: Operation, seen: Observation, outcome: Outcome, found: Mapping[str, Json]
) -> Iterator[Mismatch]:
    """What was ignored when the record was made is not there; a plain value may be there by chance."""
    writes = writes_of(operation)
    for name, value in outcome.unstored.items():
        if isinstance(value, (bool, NoneType)) and seen.usual.get(name, value) == value:
            continue
        if not _shows(found.get(name), value):
            continue
        cite = writes[name].pointer if name in writes else operation.pointer
        yield Mismatch(f"{name}, read back", f"ignored, not {short(value)}", short(value), cite)


def _shows(found: Json, sent: Json) -> bool:
    """Whether a property is as it was sent; a server may add members to an object."""
    if isinstance(sent, Mapping):
        return same(sent, found)
    return found == sent


def entity_tag(seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """What changes a record changes its entity tag (RFC 9110, section 8.8.1)."""
    if outcome.before is None or outcome.after is None:
        return
    if seen.tags is None or seen.tags[0] != seen.tags[1]:
        return
    found = seen.after
    if not isinstance(found, Mapping):
        return
    assert seen.before is not None
    if any(found.get(name) != value for name, value in seen.before.data.items()):
        promise = None
        if all(name.lower() != "if-match" for name in seen.call.headers):
            promise = Subject.unsaid_change(seen.call.operation, succeeded=True)
        yield Mismatch("the entity tag", "another one", str(seen.tags[1]), outcome.cite, promise)


def new_record(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """A created record has an id of its own, a refused one is not there."""
    if operation.verb != "create":
        return
    resource = contract.resource_of(operation)
    assert resource is not None
    if not outcome.succeeded:
        yield from _refused_record(operation, seen, outcome)
        return
    if not isinstance(seen.after, Mapping) or outcome.shown is not None:
        return
    id = str(seen.after.get(resource.id))
    if id in seen.existing:
        label = f"{resource.id} of the new record"
        yield Mismatch(label, "a new one", f"{id}, which exists", outcome.cite)


def _refused_record(operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """No new item of the list shows the texts that were sent."""
    body = operation.record_in(seen.call.body)
    sent = {name: value for name, value in body.items() if isinstance(value, str)}
    promise = Subject.unsaid_change(operation.id, succeeded=False)
    for item in seen.appeared:
        shown = [name for name in sent if name in item]
        if shown and all(sent[name] == item[name] for name in shown):
            yield Mismatch("the refused record", "not there", "in the list", outcome.cite, promise)
