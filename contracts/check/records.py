"""What the tester knows of the tested API's records, and the world that it shows to ``decide``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from troth.contracts.contract import Contract, cel
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.document.pointers import spread
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Keep, Record, Unknown
from troth.contracts.promises.promise import Given


class Pool:
    """The records that the tester may use (given to it, or made by it), as they were last seen."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._mine: dict[tuple[str, str], Record] = {}
        self._listed: dict[tuple[str, str], tuple[Mapping[str, Json], str | None]] = {}
        self.complete: set[tuple[str, str]] = set()
        """Resources and parents of which every record has been seen."""
        self.written: dict[str, float] = {}
        self.keys: dict[str, Keep] = {}
        self.tags: dict[tuple[str, str], str] = {}

    def put(self, record: Record) -> None:
        """Remember a record of the tester's own as it is now."""
        self._mine[record.resource, record.id] = record

    def drop(self, record: Record) -> None:
        """Forget a record that is gone."""
        self._mine.pop((record.resource, record.id), None)
        self._listed.pop((record.resource, record.id), None)

    def saw(self, resource: str, items: Iterable[Json], parent: str | None = None) -> None:
        """Remember what a list shows, also of records that are not the tester's."""
        key = self.contract.resources[resource].id
        for item in items:
            if isinstance(item, Mapping) and key in item:
                self._listed[resource, str(item[key])] = item, parent

    def mine(self, resource: str) -> list[Record]:
        """The tester's own records, ordinary ones first: those whose hidden facts are the usual ones."""
        declared = self.contract.resources[resource].hidden

        def special(record: Record) -> int:
            return sum(
                not isinstance(value, Unknown) and value != declared.get(name)
                for name, value in record.hidden.items()
            )

        return sorted((r for (name, _), r in self._mine.items() if name == resource), key=special)

    def get(self, resource: str, id: str) -> Record | None:
        """One of the tester's own records."""
        return self._mine.get((resource, id))

    def world(
        self, subject: Record | None, *, hurried: bool = False, now: datetime | None = None
    ) -> KnownWorld:
        """Everything that is known, with ``subject`` as it may be; ``hurried``: a quota may be used up."""
        others = [
            Record(resource, id, item, parent=parent)
            for (resource, id), (item, parent) in self._listed.items()
            if (resource, id) not in self._mine
        ]
        mine = [*self._mine.values(), *([subject] if subject else ())]
        whole, keys, tags = frozenset(self.complete), dict(self.keys), dict(self.tags)
        return KnownWorld([*others, *mine], hurried=hurried, now=now, complete=whole, keys=keys, tags=tags)

    def seen(self, resource: str, pattern: tuple[str, ...], like: Mapping[str, Json]) -> list[Json]:
        """Every value at a place of records of the same kind (the enums of ``like``); else of any record."""
        declared = self.contract.resources[resource]
        kind = {
            name: value
            for name, value in like.items()
            if name != declared.state and "enum" in self.contract.field_schema(declared, name)
        }
        records = self.world(None).of(resource)
        alike = [r for r in records if all(r.data.get(k, v) == v for k, v in kind.items())]
        values = (value for record in alike or records for _, value in spread(record.data, pattern))
        return list({repr(value): value for value in values}.values())

    def taken(self, resource: str, field: str) -> set[str]:
        """The values of a unique property that are in use."""
        world = self.world(None)
        return {repr(record.data.get(field)) for record in world.of(resource)}


def fits(contract: Contract, record: Record, given: Given, pool: Pool | None = None) -> bool:
    """Whether a record is what a probe starts from; a condition on something unknown is not met."""
    if given.above is not None and pool is not None:
        parent = pool.get(given.above.resource, record.parent or "")
        if parent is None or not fits(contract, parent, given.above, pool):
            return False
    resource = contract.resources[record.resource]
    if given.state is not None and record.data.get(resource.state or "") != given.state:
        return False
    return all(_holds(contract, text, record) is wanted for text, wanted in given.where)


def _holds(contract: Contract, text: str, record: Record) -> bool | None:
    schema = contract.resources[record.resource].schema
    read = cel.narrowed(record.data, cel.reads(text).get("self", frozenset()))
    data = contract.document.schemas.typed(schema, read)
    try:
        found = cel.evaluate(text, {"self": data, "hidden": record.hidden})
    except ContractFault:
        return None
    return None if isinstance(found, Unknown) else found is True


def settle_hidden(record: Record, outcomes: Sequence[Record]) -> Mapping[str, Json]:
    """The hidden variables after a call: known where all explanations of what was seen agree."""
    after = [outcome.hidden for outcome in outcomes]
    return {
        name: after[0].get(name)
        if after and all(h.get(name) == after[0].get(name) for h in after)
        else Unknown()
        for name in record.hidden
    }
