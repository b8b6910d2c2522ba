"""The records that a scenario begins with: fixtures, and made-up ones up to a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from random import Random

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import fresh_value, is_stamp, seed_records, stamp
from troth.contracts.contract.identity import id_of, with_id
from troth.contracts.contract.scenarios import Scenario
from troth.contracts.contract.scopes import beside, own_id
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import referred
from troth.contracts.model import Json, Node, Record, Resource
from troth.mock_server.stores.memory import MemoryView

_NAMES = ("name", "title", "label", "subject", "displayName", "display_name")


def beginning(contract: Contract, scenario: Scenario, world: MemoryView) -> dict[str, Record]:
    """The records by name: those of fixtures have the fixture's, made-up ones ``<resource>_<number>``."""
    named = seed_records(contract)
    if scenario.fixtures is not None:
        kept = _with_parents(contract, scenario.fixtures)
        named = {name: record for name, record in named.items() if name in kept}
    for name, number in scenario.records.items():
        named |= _made_up(contract, contract.resources[name], number, named, world)
    return {name: _set(record, scenario, world) for name, record in named.items()}


def _with_parents(contract: Contract, names: tuple[str, ...]) -> set[str]:
    """The fixtures that are named, and those that they belong to."""
    parents = {f.name: f.parent for resource in contract.resources.values() for f in resource.fixtures}
    found: set[str] = set()
    for name in names:
        above: str | None = name
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    for resource in contract.resources.values():
        if resource.single:  # that one is always there
            found |= {resource.name, *(fixture.name for fixture in resource.fixtures)}
    return found


def _set(record: Record, scenario: Scenario, world: MemoryView) -> Record:
    """A record with the properties that a scenario gives to every one of its resource."""
    said = scenario.set.get(record.resource)
    if said:
        record = replace(record, data={**record.data, **said})
    return replace(record, since=world.now)


def _made_up(
    contract: Contract, resource: Resource, number: int, named: Mapping[str, Record], world: MemoryView
) -> Iterator[tuple[str, Record]]:
    """Records like those that there are, up to a number; each with an id and a name of its own."""
    there = [record for record in named.values() if record.resource == resource.name]
    models = there or list(_models(contract, resource, world))
    if not models:
        return
    schema, taken = contract.field_schema(resource, resource.id), {own_id(contract, one) for one in there}
    chance = Random(resource.name)  # not that of the ids of records that are made later
    names = [name for name in _NAMES if _takes(contract, resource, name, models, number)]
    for place, model in zip(range(len(there), number), cycle(models), strict=False):
        id = _new_id(schema, own_id(contract, model), taken, world, chance)
        if id is None:
            return
        data = with_id(resource, {**model.data, **_own(resource, model, names, place, world)}, id)
        identity = str(id_of(resource.id, data))
        taken.add(identity)
        known = beside(contract, model, identity)
        yield f"{resource.name.lower()}_{place + 1}", replace(model, id=known, data=data)


def _new_id(schema: Node, model: str, taken: set[str], world: MemoryView, chance: Random) -> Json:
    """An id that no other record has; None where there are no more."""
    for _ in range(1000):
        made = fresh_value(schema, model, world.now, chance)
        if str(made) not in taken:
            return made
    return None


def _own(
    resource: Resource, model: Record, names: Sequence[str], place: int, world: MemoryView
) -> dict[str, Json]:
    """What a made-up record does not share with its model: its name, and when it was made."""
    found: dict[str, Json] = {}
    for name in names:
        if isinstance(model.data.get(name), str):
            found[name] = f"{model.data[name]} {place + 1}"
    for name, when in resource.managed.items():
        text = model.data.get(name)
        if when in ("create", "write") and is_stamp(text):
            found[name] = stamp(world.now - timedelta(minutes=place + 1), text)
    return found


def _takes(contract: Contract, resource: Resource, name: str, models: Sequence[Record], number: int) -> bool:
    """Whether records may be told apart by a number behind this name of theirs."""
    texts = [record.data[name] for record in models if isinstance(record.data.get(name), str)]
    schema = contract.field_schema(resource, name)
    return bool(texts) and all(contract.document.schemas.fits(schema, f"{text} {number}") for text in texts)


def _models(contract: Contract, resource: Resource, world: MemoryView) -> Iterator[Record]:
    """What records of a resource look like that has none."""
    if resource.parent is not None:
        return
    chance = Random(resource.name)
    for _ in range(3):
        made: Json = dict(resource.example)
        if not made:
            made = plausible(contract.document.schemas, referred(resource.schema), chance)
        if isinstance(made, dict):
            yield Record(resource.name, "", made, dict(resource.hidden), 1)
