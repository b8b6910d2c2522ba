"""How what ``writes`` says is tried: one promise for each cell of the field × state × type matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.links import linked
from troth.contracts.contract.word_values import Write, transition_of, writes_of
from troth.contracts.model import Json, Operation
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise, Seen, Stored, Strange
from troth.contracts.words._starts import kinds_of, settled


def write_promises(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """What is promised of every property of a body, said or not."""
    resource = contract.resource_of(operation)
    if resource is not None and operation.verb == "create":
        yield from _created(contract, operation)
    if resource is None or operation.verb != "update":
        return
    writes: Mapping[str, Write] = writes_of(operation)
    found = dict.fromkeys(w.when for w in writes.values() if w.when)
    conditions = [text for text in found if "request" not in cel.reads(text)]
    for name in contract.body_properties(operation):
        write = writes.get(name) or Write(name, f"{operation.word_pointer}/acts")
        for state in resource.states or (None,):
            given = Given(resource.name, state)
            cells = list(_linked_cells(contract, operation, write, given))
            yield from cells
            for condition in [] if cells else _cells(write, conditions):
                yield _cell(operation, resource.name, write, state, condition)
        yield from _shapes(operation, write)
        if write.same:
            yield _strangers(operation, write, settled(operation, name), {})
        yield from _merges(contract, operation, write)


def _strangers(operation: Operation, write: Write, given: Given | None, body: Mapping[str, Json]) -> Promise:
    """Naming what is of another kind."""
    says = f"{operation.id} refuses {write.field} of another {write.same}"
    strange = Strange(operation.resource or "", write.to, write.same or "")
    planned = PlannedCall(operation.id, {**body, write.field: strange}, fill=False)
    id = "/".join([operation.id, "writes", write.field, "same", *map(str, body.values())])
    return Promise(id, operation.id, says, write.pointer, (Probe((planned,), given),), write.assumed)


def _created(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Each property in each kind of record that can be created."""
    writes: Mapping[str, Write] = writes_of(operation)
    kinds = kinds_of(contract, operation)
    for name in contract.body_properties(operation):
        write = writes.get(name) or Write(name, f"{operation.word_pointer}/acts")
        for kind, value in kinds if write.same else ():
            yield _strangers(operation, write, None, {kind: value})
        if any(name == kind for kind, _ in kinds) or (len(write.to) == 3):
            continue
        for kind, value in kinds or [("", None)]:
            given = f" in a {value} one" if kind else ""
            says = f"{operation.id} stores {name}{given}, or not, as its rule says"
            id = f"{operation.id}/writes/{name}/{f'{kind}={value}' if kind else 'any'}"
            planned = PlannedCall(operation.id, {kind: value} if kind else {}, draws=(name,), fill=False)
            yield Promise(id, operation.id, says, write.pointer, (Probe((planned,)),), write.assumed)


def _cells(write: Write, conditions: list[str]) -> list[tuple[str, bool] | None]:
    """The columns of a property: its own condition both ways, or every condition that others have."""
    if write.when and "request" in cel.reads(write.when):
        return [None]  # no record alone decides it
    if write.when:
        return [(write.when, True), (write.when, False)]
    return [(condition, True) for condition in conditions] or [None]


def _cell(
    operation: Operation,
    resource: str,
    write: Write,
    state: str | None,
    condition: tuple[str, bool] | None,
) -> Promise:
    """One cell of the field × state × type matrix."""
    suffix = f"in={state}" if state else "any"
    if condition:
        suffix += f",{'when' if condition[1] else 'unless'}={condition[0]}"
    given = Given(resource, state, (condition,) if condition else ())
    applies = (write.states is None or state in write.states) and not (
        write.when and condition and not condition[1]
    )
    verb = "is stored" if applies else "is not simply stored"
    where = f" while {state}" if state else ""
    says = f"{write.field} {verb}{where}" + (
        f", {'' if condition[1] else 'not '}{condition[0]}" if condition else ""
    )
    id = f"{operation.id}/writes/{write.field}/{suffix.replace(' ', '')}"
    return Promise(
        id,
        operation.id,
        says,
        write.pointer,
        (Probe((_shot(operation, write),), given),),
        write.assumed,
    )


def _linked_cells(contract: Contract, operation: Operation, write: Write, given: Given) -> Iterator[Promise]:
    """A condition on what a path parameter names, for everything that a link says it may name."""
    transition = transition_of(operation)
    refused = transition is not None and given.state not in (transition.states or ())
    links = linked(contract, operation) if write.when and not refused else {}
    for name, link in links.items():
        text = write.when or ""
        for (place, parameter), path in link.items():
            where = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path)
            text = text.replace(f"request.{place}.{parameter}", f"self{where}")
        for wanted in (True, False) if "request" not in cel.reads(text) else ():
            cell = f"{f'in={given.state},' if given.state else ''}{'' if wanted else 'not-'}{name}"
            id = f"{operation.id}/writes/{write.field}/{cell}"
            says = f"{write.field} is {'' if wanted else 'not simply '}stored where the link {name} leads"
            probe = Probe((_shot(operation, write, link=name),), replace(given, where=((text, wanted),)))
            yield Promise(id, operation.id, says, write.pointer, (probe,), write.assumed)


def _merges(contract: Contract, operation: Operation, write: Write) -> Iterator[Promise]:
    """Objects in objects: what the second patch does not name stays, null removes (RFC 7396)."""
    parts: list[Json] = [{"troth": {"kept": 1, "gone": 2}}, {"troth": {"gone": None, "new": 3}}]
    schemas, pointer = contract.document.schemas, operation.body_pointer or ""
    merges = write.merge or operation.merges
    if not merges or any(schemas.violations(pointer, {write.field: part}) for part in parts):
        return
    planned_calls = tuple(PlannedCall(operation.id, {write.field: part}, fill=False) for part in parts)
    says = f"an object sent as {write.field} is merged in depth, and null removes"
    probe = Probe(planned_calls, settled(operation, write.field))
    id = f"{operation.id}/writes/{write.field}/merge"
    yield Promise(id, operation.id, says, write.pointer, (probe,), write.assumed)


def _shapes(operation: Operation, write: Write) -> Iterator[Promise]:
    """What a list becomes: numbered in order, the last of duplicates kept."""
    base, given = f"{operation.id}/writes/{write.field}", settled(operation, write.field)
    if write.number:
        mixed = tuple({write.number: position} for position in (7, 3, 5))
        probe = Probe((PlannedCall(operation.id, arrays={write.field: mixed}, fill=False),), given)
        says = f"items of {write.field} are numbered in array order, whatever {write.number} the client sends"
        yield Promise(f"{base}/number", operation.id, says, write.pointer, (probe,), write.assumed)
    if write.last_by and write.column:
        same, other = (Stored((write.to[0], index, write.column[0])) for index in ("0", "1"))
        items = ({write.last_by: same}, {write.last_by: other}, {write.last_by: same})
        probe = Probe((PlannedCall(operation.id, arrays={write.field: items}, fill=False),), given)
        says = f"of items of {write.field} with the same {write.last_by} the last wins"
        yield Promise(f"{base}/last-by", operation.id, says, write.pointer, (probe,), write.assumed)


def _shot(operation: Operation, write: Write, **also: Any) -> PlannedCall:
    if write.keyed:
        return PlannedCall(operation.id, {write.field: Seen(write.to)}, **also)
    if write.column:
        key, sent = write.column
        item = {sent: Stored((write.to[0], "0", key))}
        return PlannedCall(operation.id, arrays={write.field: (item,)}, **also)
    return PlannedCall(operation.id, draws=(write.field,), **also)
