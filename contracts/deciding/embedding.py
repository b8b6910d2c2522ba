"""Lists inside a record that other records are: an owner's `pets`, which `POST /owners/{id}/pets` makes.

Only where all of it is a guess, and only in answers: what is stored stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.identity import id_of
from troth.contracts.contract.selection import Trait, having
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Operation, Outcome, Record, Resource, World

_DEEPEST = 3
"""Levels of lists inside lists."""

_MOST = 1000
"""Records of one such list."""


class Embedded(NamedTuple):
    """A property that lists records of another resource, and what says of those where they belong."""

    property: str
    resource: str
    field: str | None
    """The property that holds the id of the record around; None: they are below it."""


def with_embedded(contract: Contract, operation: Operation, world: World, outcome: Outcome) -> Outcome:
    """What is answered, each record with those that belong into its lists."""
    if operation.resource is None:
        return outcome
    if not _embedded(contract, operation.resource):
        return outcome

    def filled(record: Record | None) -> Record | None:
        if record is None:
            return None
        return _filled(contract, world, record, 0)

    shown, after, before = filled(outcome.shown), filled(outcome.after), filled(outcome.before)
    outcome = replace(outcome, shown=shown, after=after, before=before)
    if outcome.records is None:
        return outcome
    return replace(outcome, records=[_filled(contract, world, one, 0) for one in outcome.records])


def _filled(contract: Contract, world: World, record: Record, depth: int) -> Record:
    """A record with what belongs into its lists, behind what it says itself."""
    if depth >= _DEEPEST:
        return record
    data = dict(record.data)
    for embedded in _embedded(contract, record.resource):
        key, own_key = contract.resources[embedded.resource].id, contract.resources[record.resource].id
        there = _belonging(world, embedded, record, own_key)
        inside = [_filled(contract, world, one, depth + 1).data for one in there]
        known = [id_of(key, one) for one in inside]
        said: Json = data.get(embedded.property)
        if inside and isinstance(said, list):
            inside = [*(one for one in said if _id_in(key, one) not in known), *inside]
        if inside:
            data[embedded.property] = inside
    return replace(record, data=data)


def _id_in(key: str, item: Json) -> Json:
    """The id of an item of a list; a text that is none for what has no id."""
    if isinstance(item, Mapping):
        return id_of(key, item)
    return ""


def _belonging(world: World, embedded: Embedded, record: Record, key: str) -> Sequence[Record]:
    """The records of another resource that belong into a list of this one."""
    if embedded.field is not None:
        id = id_of(key, record.data)
        return having(world, embedded.resource, Trait((embedded.field,)), (id,), _MOST)
    return world.children(embedded.resource, record.id) or ()


@remembered
def _embedded(contract: Contract, name: str) -> tuple[Embedded, ...]:
    """The lists of a resource's records that other records are."""
    if not contract.document.guessed:
        return ()
    found = []
    for property, schema in contract.properties(contract.resources[name]).items():
        items = mapping(contract.document.schemas.resolve(schema), "items")
        for other in contract.resources.values():
            if items.get("$ref") == other.schema["$ref"]:
                found += _link(contract, name, property, other)
    return tuple(found)


def _link(contract: Contract, name: str, property: str, other: Resource) -> list[Embedded]:
    """How records of another resource say to which record of this one they belong."""
    above = other.parent
    if above is not None and above.resource == name:
        return [Embedded(property, other.name, None)]
    for field in contract.properties(other):
        if letters(field) == letters(f"{name}_id"):
            return [Embedded(property, other.name, field)]
    return []
