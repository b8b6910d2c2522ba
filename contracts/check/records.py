"""What the tester knows of the tested API's records, and the world that it shows to ``decide``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from troth.contracts.check.looking import Place, stands_at
from troth.contracts.contract import Contract, cel
from troth.contracts.contract.scopes import known_by, named_below
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.document.pointers import spread
from troth.contracts.errors import ContractFault
from troth.contracts.model import (
    ABSENT,
    Absent,
    Auto,
    Call,
    Json,
    Keep,
    Node,
    Operation,
    Record,
    Resource,
    Unknown,
)
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import Given


class Pool:
    """The records that the tester may use (given to it, or made by it), as they were last seen."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._own: dict[tuple[str, str], Record] = {}
        self._sorted: dict[str, tuple[Record, ...]] = {}
        self._listed: dict[tuple[str, str], tuple[Mapping[str, Json], str | None]] = {}
        self._whole_lists: set[tuple[str, str]] = set()
        self._ids_below: dict[Place, set[str]] = {}
        """The ids that each list showed, and those of what was made there since."""
        self._world: KnownWorld | None = None
        self.last_written: dict[tuple[str, str], float] = {}
        """When the tester last wrote to a record, by its resource and id."""
        self.last_seen: dict[tuple[str, str], float] = {}
        """When an answer last showed a record."""
        self._keys: dict[str, Keep] = {}
        self.usual: dict[str, dict[str, Json]] = {}
        """By operation: what properties were on a record that it made without being told."""
        self.tags: dict[tuple[str, str], str] = {}
        """The entity tags of records when they were last read."""
        self.given: set[tuple[str, str]] = set()
        """Records that were there before the run: there is no making another one of the kind."""
        self.found: dict[str, Mapping[str, Json]] = {}
        """What there is one of only, by its resource, as it was before the run."""
        self.only_told: set[tuple[str, str]] = set()
        """Records of which the last that is known is what the answer to a call said."""

    def put(self, record: Record) -> None:
        """Remember a record of the tester's own as it is now."""
        self._own[record.resource, record.id] = record
        self._sorted.pop(record.resource, None)
        place = record.resource, record.parent
        if place in self._ids_below:
            self._ids_below[place].add(record.id)
        self._world = None

    def drop(self, record: Record) -> None:
        """Forget a record that is gone, and what belonged to it."""
        self._own.pop((record.resource, record.id), None)
        for below in self.below(record):
            self.drop(below)
        self._sorted.pop(record.resource, None)
        self._listed.pop((record.resource, record.id), None)
        self._world = None

    def below(self, record: Record) -> list[Record]:
        """The tester's own records that belong to one."""
        found: list[Record] = []
        for resource in self.contract.resources.values():
            if resource.parent is not None and resource.parent.resource == record.resource:
                found += [below for below in self.own(resource.name) if below.parent == record.id]
        return found

    def remember_whole(self, resource: str, parent: str | None, *, whole: bool) -> None:
        """Remember whether every record of a resource (of a parent) has been seen."""
        place = resource, parent or ""
        if whole is (place in self._whole_lists):
            return
        if whole:
            self._whole_lists.add(place)
        else:
            self._whole_lists.discard(place)
        self._world = None

    def remember_key(self, keep: Keep) -> None:
        """Remember the answer that the key of a request stands for."""
        self._keys[keep.key] = keep
        self._world = None

    def remember_source(self, record: Record, *, told: bool) -> None:
        """Remember whether the last that is known of a record is what the answer to a call said."""
        if told:
            self.only_told.add((record.resource, record.id))
        else:
            self.only_told.discard((record.resource, record.id))

    def has_tags(self, resource: str) -> bool:
        """Whether readings of a resource bear entity tags."""
        return any(name == resource for name, _ in self.tags)

    def remember_tag(self, record: Record, tag: str) -> None:
        """Remember the entity tag that a record had when it was read."""
        if self.tags.get((record.resource, record.id)) != tag:
            self.tags[record.resource, record.id] = tag
            self._world = None

    def remember_listed(
        self, resource: str, items: Mapping[str, Mapping[str, Json]], parent: str | None
    ) -> None:
        """Remember what a list shows, by id, also of records that are not the tester's."""
        self._ids_below[resource, parent] = set(items)
        for id, item in items.items():
            self._listed[resource, id] = item, parent
        self._world = None

    def own(self, resource: str) -> Sequence[Record]:
        """The tester's own records, ordinary ones first: those whose hidden facts are the usual ones."""
        if resource not in self._sorted:
            own = [record for (name, _), record in self._own.items() if name == resource]
            self._sorted[resource] = tuple(sorted(own, key=self._special))
        return self._sorted[resource]

    def _special(self, record: Record) -> int:
        """How many hidden facts of a record are known not to be the usual ones."""
        usual = self.contract.resources[record.resource].hidden
        known = {name: fact for name, fact in record.hidden.items() if not isinstance(fact, Unknown)}
        return sum(fact != usual.get(name) for name, fact in known.items())

    def get(self, resource: str, id: str) -> Record | None:
        """One of the tester's own records."""
        return self._own.get((resource, id))

    def at(self, place: Place, id: str) -> Record | None:
        """One of them where a list shows it: below a parent, or anywhere."""
        record = self._own.get((place[0], id))
        return record if record is not None and stands_at(record, place) else None

    def own_at(self, place: Place) -> list[Record]:
        """Those of them that a list must show."""
        return [record for record in self.own(place[0]) if stands_at(record, place)]

    def is_free_at(self, place: Place, id: str) -> bool:
        """Whether a list, where there is one, has shown that an id is not in use there."""
        if self.contract.acting(place[0], "list") is None:
            return True
        return place in self._ids_below and id not in self._ids_below[place]

    def count_below(self, parent: str) -> int:
        """How many records of the tester's own belong to one."""
        return sum(1 for record in self._own.values() if record.parent == parent)

    def ancestors(self, operation: Operation, record: Record) -> dict[str, Json]:
        """The path parameters that name what a record belongs to, and what that belongs to."""
        found: dict[str, Json] = {}
        resource, above = self.contract.resources[record.resource], record.parent
        while resource.parent is not None and above is not None:
            found |= operation.item(above, resource.parent.by)
            parent = self.get(resource.parent.resource, above)
            if parent is None:
                break
            resource, above = self.contract.resources[parent.resource], parent.parent
        named = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
        return {name: id for name, id in found.items() if name in named}

    def call_on(self, operation: Operation, record: Record, body: Json | Absent = ABSENT) -> Call:
        """The plainest call of an operation on a record of the tester's own."""
        call = plain_call(self.contract, operation, record.id, body)
        own = operation.item(record.id)
        return replace(call, path={**call.path, **self.ancestors(operation, record), **own})

    def call_below(self, operation: Operation, parent: Record, body: Json | Absent = ABSENT) -> Call:
        """The plainest call of an operation that makes or lists what belongs to a record."""
        call = plain_call(self.contract, operation, None, body)
        own: dict[str, Json] = {}
        if operation.parent is not None:
            own |= operation.item(parent.id, operation.parent.by)
        return replace(call, path={**call.path, **self.ancestors(operation, parent), **own})

    def world(
        self, subject: Record | None, *, hurried: bool = False, now: datetime | None = None
    ) -> KnownWorld:
        """Everything that is known, with ``subject`` as it may be; ``hurried``: a quota may be used up."""
        if self._world is None:
            self._world = self._known_world()
        return self._world.at(subject, now, hurried=hurried)

    def _known_world(self) -> KnownWorld:
        """Everything that is known, as it is now."""
        records = [
            Record(resource, id, item, parent=parent)
            for (resource, id), (item, parent) in self._listed.items()
            if (resource, id) not in self._own
        ]
        records += self._own.values()
        whole, keys, tags = frozenset(self._whole_lists), dict(self._keys), dict(self.tags)
        if not self.contract.guessed:
            return KnownWorld(records, complete=whole, keys=keys, tags=tags)
        return KnownWorld(records, complete=whole, keys=keys, tags=tags, known_as=self._known_as)

    def _known_as(self, record: Record) -> str:
        """By what paths name a record: two may have one id, below two others."""
        above = named_below(self.contract, record.resource)
        if above is None:
            return known_by(self.contract, record, None)
        parent = self.get(above.resource, str(record.parent))
        return known_by(self.contract, record, None if parent is None else self._known_as(parent))

    def values_at(self, resource: str, pattern: tuple[str, ...], like: Mapping[str, Json]) -> list[Json]:
        """Every value at a place of records of the same kind (the enums of ``like``); else of any record."""
        kind = self._kind(self.contract.resources[resource], like)
        records = self.world(None).of(resource)
        alike = [record for record in records if _is_of_kind(record, kind)]
        values: dict[str, Json] = {}
        for record in alike or records:
            values |= {repr(value): value for _, value in spread(record.data, pattern)}
        return list(values.values())

    def _kind(self, resource: Resource, like: Mapping[str, Json]) -> Mapping[str, Json]:
        """What makes a record one of a kind: its enums, but for the state."""
        found: dict[str, Json] = {}
        for name, value in like.items():
            schema: Node = self.contract.field_schema(resource, name)
            if "enum" in schema and name != resource.state:
                found[name] = value
        return found

    def values_in_use(self, resource: str, field: str) -> set[str]:
        """The values of a unique property that are in use, as ``repr`` shows them."""
        world = self.world(None)
        return {repr(record.data.get(field)) for record in world.of(resource)}


def state_of(contract: Contract, record: Record) -> Json:
    """The state that a record is in; None where its resource has no states."""
    name = contract.resources[record.resource].state
    if name is None:
        return None
    return record.data.get(name)


def timed_moves(contract: Contract, record: Record) -> list[Auto]:
    """The moves that time alone makes from the state that a record is in."""
    state, moves = state_of(contract, record), contract.resources[record.resource].auto
    return [move for move in moves if move.after is not None and state in move.source]


def _is_of_kind(record: Record, kind: Mapping[str, Json]) -> bool:
    return all(record.data.get(name, value) == value for name, value in kind.items())


def fits(contract: Contract, record: Record, given: Given, pool: Pool | None = None) -> bool:
    """Whether a record is what a probe starts from; a condition on something unknown is not met.

    With a pool also its parent is looked at.
    """
    if given.above is not None and pool is not None:
        parent = pool.get(given.above.resource, record.parent or "")
        if parent is None or not fits(contract, parent, given.above, pool):
            return False
    if given.state is not None and state_of(contract, record) != given.state:
        return False
    return all(_holds(contract, text, record) is wanted for text, wanted in given.where)


def _holds(contract: Contract, text: str, record: Record) -> bool | None:
    """Whether a condition holds of a record; None where that is not known."""
    schema = contract.resources[record.resource].schema
    read = cel.narrowed(record.data, cel.reads(text).get("self", frozenset()))
    data = contract.document.schemas.typed(schema, read)
    try:
        found = cel.evaluate(text, {"self": data, "hidden": record.hidden})
    except ContractFault:
        return None
    if isinstance(found, Unknown):
        return None
    return found is True


def settle_hidden(record: Record, outcomes: Sequence[Record]) -> Mapping[str, Any]:
    """The hidden variables after a call: known where all explanations of what was seen agree."""
    return {name: _agreed(name, outcomes) for name in record.hidden}


def _agreed(name: str, outcomes: Sequence[Record]) -> Json | Unknown:
    """The value of a hidden variable that all outcomes give it."""
    if not outcomes:
        return Unknown()
    first = outcomes[0].hidden.get(name)
    if any(outcome.hidden.get(name) != first for outcome in outcomes):
        return Unknown()
    return first
