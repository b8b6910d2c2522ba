"""State: records read, written, moved, saved and restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.identity import id_of, typed, with_id
from troth.contracts.deciding.decide import decide_now
from troth.contracts.document import did_you_mean
from troth.contracts.errors import ContractFault, UsageError
from troth.contracts.frozen import replace
from troth.contracts.model import ABSENT, Call, Delete, Json, Operation, Put, Record, Resource
from troth.contracts.words._managed import first_values
from troth.contracts.words._write_targets import merged
from troth.mock_server.control.asked import Asked, Refused
from troth.mock_server.control.soundness import homeless, misnamed, required, rootless, unsound
from troth.mock_server.explain import reason
from troth.mock_server.sessions import Kept, Saved, shown
from troth.mock_server.stores import MemoryStore

SNAPSHOTS = 100
"""Snapshots that a session keeps."""


def reset(asked: Asked) -> Json:
    """Start again."""
    wanted = (asked.body or {}).get("scenario", asked.session.scenario)
    try:
        asked.mock.sessions.begin(asked.session, wanted)
    except UsageError as error:
        raise Refused(400, str(error), tuple(asked.mock.sessions.scenarios())) from None
    asked.session.journal.tell("reset", {"scenario": wanted})
    return _begun(asked)


def _begun(asked: Asked) -> Json:
    """With what a session goes on: of its records only how many there are, they may be very many."""
    numbers: dict[str, Json] = {}
    for api, kept in asked.session.kept.items():
        world = kept.store.view(asked.session.clock.now())
        numbers[api] = {name: len(world.of(name)) for name in kept.store.contract.resources}
    return {"scenario": asked.session.scenario, "records": numbers}


def scenarios(asked: Asked) -> Json:
    """What there is to begin with."""
    return {"current": asked.session.scenario, "scenarios": asked.mock.sessions.scenarios()}


def state(asked: Asked) -> Json:
    """Everything."""
    return asked.session.state()


def records(asked: Asked) -> Json:
    """The records of a resource."""
    _, resource, kept = asked.resource()
    return [shown(record) for record in kept.store.view(asked.session.clock.now()).of(resource.name)]


def record(asked: Asked) -> Json:
    """One record."""
    _, resource, kept = asked.resource()
    return shown(_found(asked, resource, kept))


def put_record(asked: Asked) -> Json:
    """Make a record, or put another in its place."""
    contract, resource, kept = asked.resource()
    now = asked.session.clock.now()
    id, old = asked.path["id"], kept.store.view(now).get(resource.name, asked.path["id"])
    made = Record(resource.name, id, {}, dict(resource.hidden), since=now)
    if old is not None:
        made = replace(old, data={})
    said = asked.body.get("data", {})
    with_own = {**first_values(contract, resource, said, kept.store.view(now).fresh), **said}
    data = with_id(resource, with_own, typed(contract.field_schema(resource, resource.id), id))
    written = _written(asked, replace(made, hidden=resource.hidden), data)
    return _stored(asked, contract, resource, kept, written)


def patch_record(asked: Asked) -> Json:
    """Change some properties of a record."""
    contract, resource, kept = asked.resource()
    old = _found(asked, resource, kept)
    data = merged(old.data, asked.body.get("data", {}))
    assert isinstance(data, Mapping)
    if id_of(resource.id, data) != old.id:
        raise Refused(400, f"{resource.id} says which record it is: it is {old.id!r}, and stays so")
    return _stored(asked, contract, resource, kept, _written(asked, old, data))


def _written(asked: Asked, record: Record, data: Mapping[str, Json]) -> Record:
    """A record with other data, and with what the body says of its hidden variables and its parent."""
    hidden = {**record.hidden, **asked.body.get("hidden", {})}
    return replace(record, data=data, hidden=hidden, parent=asked.body.get("parent", record.parent))


def delete_record(asked: Asked) -> Json:
    """Take a record away."""
    _, resource, kept = asked.resource()
    old = _found(asked, resource, kept)
    kept.store.apply([Delete(old)], asked.session.clock.now())
    asked.session.journal.tell("state", {"deleted": old.id, "resource": resource.name})
    return shown(old)


def _found(asked: Asked, resource: Resource, kept: Kept) -> Record:
    """The record that the path names. Raises Refused."""
    world = kept.store.view(asked.session.clock.now())
    found = world.get(resource.name, asked.path["id"])
    if found is None:
        known = [record.id for record in world.of(resource.name)]
        hint = did_you_mean(asked.path["id"], known[:50])
        raise Refused(404, f"there is no {resource.name} {asked.path['id']!r}{hint}")
    return found


def _stored(asked: Asked, contract: Contract, resource: Resource, kept: Kept, record: Record) -> Json:
    """Store a record that keeps its schema. Raises Refused where it does not."""
    now = asked.session.clock.now()
    field = resource.state
    before = kept.store.get(resource.name, record.id)
    found = chain(
        unsound(contract, record, _may_lack(contract, resource, before), now),
        homeless(resource, record, kept.store),
    )
    problems = list(islice(found, 5))
    if problems:
        raise Refused(400, f"{resource.name} cannot be so: {'; '.join(problems)}")
    if before is None or (field is not None and before.data.get(field) != record.data.get(field)):
        record = replace(record, since=now)
    kept.store.apply([Put(record)], now)
    asked.session.journal.tell("state", {"written": record.id, "resource": resource.name})
    return shown(record)


def _may_lack(contract: Contract, resource: Resource, before: Record | None) -> frozenset[str]:
    """What a record need not have although it is required: what it never had, and what is a guess."""
    needed = required(contract, resource)
    if contract.document.guessed:
        return needed
    if before is None:
        return frozenset()
    return needed - before.data.keys()


def moves(asked: Asked) -> Json:
    """The calls that move a record from the state that it is in."""
    contract, resource, kept = asked.resource()
    old = _found(asked, resource, kept)
    return [
        {
            "operation": operation.id,
            "method": operation.method,
            "path": contract.base_path + _path(operation, old),
            "to": _targets(operation, resource, old),
        }
        for operation in _moving(contract, resource, old)
    ]


def _moving(contract: Contract, resource: Resource, record: Record) -> list[Operation]:
    """The operations that start from a record's state."""
    found = []
    at = record.data.get(resource.state or "")
    for operation in contract.operations.values():
        transition = operation.words.get("transition")
        if operation.resource != resource.name or transition is None or not operation.names_record:
            continue
        if transition.states is None or at in transition.states:
            found.append(operation)
    return found


def _targets(operation: Operation, resource: Resource, record: Record) -> list[str]:
    """Where an operation may lead; where it was, where it says nothing."""
    targets = operation.words["transition"].targets
    if not targets:
        return [str(record.data.get(resource.state or ""))]
    return [state for state, _ in targets]


def _path(operation: Operation, record: Record) -> str:
    path = operation.path
    for name, value in _parameters(operation, record).items():
        path = path.replace("{" + name + "}", str(value))
    return path


def _parameters(operation: Operation, record: Record) -> dict[str, Json]:
    """The path parameters that name a record, and the one that it belongs to."""
    found = dict(operation.item(record.id))
    if operation.parent is not None and record.parent is not None:
        found |= operation.item(record.parent, operation.parent.by)
    return found


def move(asked: Asked) -> Json:
    """Make a call that moves a record, or put it into a state."""
    contract, resource, kept = asked.resource()
    old = _found(asked, resource, kept)
    wanted = asked.body
    if ("operation" in wanted) == ("to" in wanted):
        raise Refused(400, "one of `operation` and `to` is taken")
    if "to" in wanted:
        return _put_into(asked, contract, resource, kept, old, wanted["to"])
    known = {operation.id: operation for operation in _moving(contract, resource, old)}
    operation = known.get(wanted["operation"])
    if operation is None:
        raise Refused(409, _no_start(contract, resource, str(wanted["operation"]), old), tuple(known))
    return _called(asked, contract, kept, operation, old)


def _no_start(contract: Contract, resource: Resource, name: str, record: Record) -> str:
    """Why an operation moves a record from nowhere, or not from where it is."""
    if name not in contract.operations:
        return f"there is no operation {name!r}{did_you_mean(name, contract.operations)}"
    if resource.state is None:
        return f"{name} moves no {resource.name}: it has no states"
    return f"{name} does not start from {record.data.get(resource.state)!r}, where it is"


def _put_into(
    asked: Asked, contract: Contract, resource: Resource, kept: Kept, old: Record, to: Json
) -> Json:
    if resource.state is None:
        raise Refused(400, f"{resource.name} has no states")
    if resource.states and to not in resource.states:
        raise Refused(400, f"{to!r} is no state of {resource.name}", tuple(map(str, resource.states)))
    return _stored(asked, contract, resource, kept, replace(old, data={**old.data, resource.state: to}))


def _called(asked: Asked, contract: Contract, kept: Kept, operation: Operation, old: Record) -> Json:
    now = asked.session.clock.now()
    body: Any = asked.body.get("body", ABSENT)
    media = next(iter(operation.media_types), None)
    call = Call(operation.id, path=_parameters(operation, old), body=body, media_type=media)
    try:
        outcome = next(decide_now(contract, call, kept.store.view(now)))
    except ContractFault as fault:
        raise Refused(500, str(fault)) from None
    if not outcome.succeeded:
        raise Refused(409, reason(contract, outcome))
    kept.store.apply(outcome.changes, now)
    asked.session.journal.tell("state", {"moved": old.id, "by": operation.id})
    after = kept.store.view(now).get(old.resource, old.id)
    return shown(after or old)


def snapshots(asked: Asked) -> Json:
    """The names of what was saved."""
    return list(asked.session.saved)


def save_snapshot(asked: Asked) -> Json:
    """Save what is stored, or what the body says."""
    session, name = asked.session, asked.path["name"]
    if name not in session.saved and len(session.saved) >= SNAPSHOTS:
        raise Refused(409, f"there are {SNAPSHOTS} snapshots already", tuple(session.saved))
    stores = {api: kept.store.copied() for api, kept in session.kept.items()}
    if asked.body is not None:
        for store in stores.values():
            store.reset(())
        _filled(stores, asked.body["state"], session.clock.now())
    session.saved[name] = Saved(stores, session.clock.now(), session.clock.frozen)
    return _exported(session.saved[name])


def _filled(stores: Mapping[str, MemoryStore], state: Mapping[str, Any], now: datetime) -> None:
    """Put what was exported into stores. Raises Refused for what no API has."""
    for api, resources in state.items():
        if api not in stores:
            raise Refused(400, f"there is no API {api!r}", tuple(stores))
        store, records = stores[api], list[Record]()
        for resource, entries in resources.items():
            if resource not in store.contract.resources:
                raise Refused(400, f"{api} has no resource {resource!r}", tuple(store.contract.resources))
            for entry in entries:
                at = (entry["id"], entry["data"], entry["hidden"])
                records.append(Record(resource, *at, 1, entry.get("parent"), now))
        for record in records:
            for problem in _unfit(store.contract, record, now):
                raise Refused(400, f"{record.resource} {record.id!r} cannot be so: {problem}")
        for (resource, id), number in Counter((record.resource, record.id) for record in records).items():
            if number > 1:
                raise Refused(400, f"there are {number} of {resource} {id!r}")
        store.reset(records)


def _unfit(contract: Contract, record: Record, now: datetime) -> Iterator[str]:
    """Why what was exported cannot be taken back; that what it belongs to is gone may be."""
    resource = contract.resources[record.resource]
    yield from unsound(contract, record, required(contract, resource), now)
    yield from misnamed(contract, record)
    yield from rootless(resource, record)


def _exported(saved: Saved) -> Json:
    found: dict[str, Any] = {}
    for api, store in saved.stores.items():
        world = store.view(saved.moment)
        found[api] = {name: [shown(record) for record in world.of(name)] for name in store.contract.resources}
    return {"state": found}


def _saved(asked: Asked) -> Saved:
    name, known = asked.path["name"], asked.session.saved
    if name not in known:
        raise Refused(404, f"there is no snapshot {name!r}{did_you_mean(name, known)}", tuple(known))
    return known[name]


def export_snapshot(asked: Asked) -> Json:
    """What was saved."""
    return _exported(_saved(asked))


def delete_snapshot(asked: Asked) -> Json:
    """Forget what was saved."""
    saved = _saved(asked)
    del asked.session.saved[asked.path["name"]]
    return _exported(saved)


def restore_snapshot(asked: Asked) -> Json:
    """Go back to what was saved: records and time."""
    saved = _saved(asked)
    for api, kept in asked.session.kept.items():
        if api in saved.stores:
            kept.store.take_over(saved.stores[api])
    asked.session.clock.go_to(saved.moment, frozen=saved.frozen)
    asked.session.journal.tell("restore", {"snapshot": asked.path["name"]})
    return _begun(asked)
