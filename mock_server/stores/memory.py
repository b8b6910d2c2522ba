"""Records in memory, for one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from threading import Lock

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import fresh_value
from troth.contracts.contract.selection import Found, Indexed, Selection, Trait, chosen
from troth.contracts.errors import ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import Change, Delete, Hit, Json, Keep, Put, Record, Resource, Unknown
from troth.contracts.words.automatic import aged, hangs_on_clock, moves_by_time, next_move
from troth.mock_server.stores.hits import Hits
from troth.mock_server.stores.keys import Keys
from troth.mock_server.stores.shelf import Shelf, Sorted
from troth.mock_server.stores.tags import entity_tag

LATE = timedelta(seconds=2)
"""How much earlier a call may have looked at the clock that is decided after others."""


class Conflict(Exception):
    """A record was changed since it was looked at; decide again."""


class MemoryStore:
    """Compare-and-set on record versions, one writer at a time.

    It has every record twice: as it was written, and as time has made it since. What time makes of a record
    is worked out when its next move is due, and not whenever it is looked at.
    """

    def __init__(self, contract: Contract, seed: int = 0, *, counting: bool = True) -> None:
        self.contract, self._seed, self.counting = contract, seed, counting
        self._lock, self._writes = Lock(), 0
        self._forget()

    def _forget(self) -> None:
        self._written: dict[str, dict[str, Record]] = {}
        self._shelves: dict[str, Shelf] = {name: Shelf() for name in self.contract.resources}
        self._hits = Hits()
        self._keys = Keys()
        self._moves: list[tuple[datetime, str, str]] = []
        self._due: dict[tuple[str, str], datetime] = {}
        self._watched: dict[tuple[str, str], None] = {}
        self._seen: datetime | None = None
        self.random = Random(self._seed)
        self._writes += 1

    @property
    def is_busy(self) -> bool:
        """Whether somebody is at work in it."""
        return self._lock.locked()

    def reset(self, records: Iterable[Record]) -> None:
        """Forget everything and start from these records."""
        with self._lock:
            self._forget()
            for record in records:
                self._put(record)

    def turn_back(self) -> None:
        """What was to come has not come: no call has been counted, and every record is as it was written."""
        with self._lock:
            self._hits.clear()
            self._seen = None
            self._turn_back()

    def follow(self, contract: Contract) -> None:
        """Let time go by another contract of the same document; what is stored stays, but for records of
        resources that it has not."""
        with self._lock:
            self.contract = contract
            for name in self._shelves.keys() - contract.resources.keys():
                del self._shelves[name]
                self._written.pop(name, None)
            for name in contract.resources:
                self._shelves.setdefault(name, Shelf())
            self._turn_back()

    def add(self, records: Iterable[Record]) -> None:
        """Store more records, whatever is there."""
        with self._lock:
            for record in records:
                self._put(record)

    def copied(self) -> MemoryStore:
        """A copy with everything that is stored."""
        found = MemoryStore(self.contract, self._seed, counting=self.counting)
        found.take_over(self)
        return found

    def take_over(self, other: MemoryStore) -> None:
        """Store what another one does, and nothing else; of a resource that is gone, nothing."""
        with self._lock, other._lock:
            self._forget()
            for name in other._written.keys() & self._shelves.keys():
                self._copy(other, name)
            if other.contract is self.contract:  # time has made of them what it has made of the others
                self._moves, self._due = list(other._moves), dict(other._due)
                self._watched, self._seen = dict(other._watched), other._seen
            self._hits = other._hits.copied()
            self._keys = other._keys.copied()
            self.random = Random()
            self.random.setstate(other.random.getstate())

    def begun(self, now: datetime) -> MemoryStore:
        """A copy for somebody who begins now: of no record has time made anything yet."""
        found = MemoryStore(self.contract, self._seed, counting=self.counting)
        for name, records in self._written.items():
            if moves_by_time(self.contract, name):
                for record in records.values():
                    found._put(replace(record, since=now))
            else:
                found._copy(self, name)
        return found

    def _copy(self, other: MemoryStore, name: str) -> None:
        """Have the records of a resource that another store has; as they are seen, by the same contract."""
        if other.contract is not self.contract:
            for record in other._written[name].values():
                self._put(record)
        else:
            self._written[name] = dict(other._written[name])
            self._shelves[name] = other._shelves[name].copied()

    def view(self, now: datetime) -> MemoryView:
        """The world as of a point in time: everything has happened that was due."""
        with self._lock:
            self._pass_time(now)
            return MemoryView(self, now, self._writes)

    def written(self, now: datetime) -> int:
        """How much has been written, or moved by itself, up to a point in time: as much as before, and all
        is as it was."""
        with self._lock:
            self._pass_time(now)
            return self._writes

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        """All changes or none; raises Conflict where a record has another version than the change expects."""
        with self._lock:
            for change in changes:
                if isinstance(change, (Put, Delete)):
                    self._expect(change.record)
                elif isinstance(change, Keep) and self._keys.used(change.key, now):
                    raise Conflict(change.key)
            for change in changes:
                self._write(change, now)

    def _expect(self, record: Record) -> None:
        stored = self._written.get(record.resource, {}).get(record.id)
        version = stored.version if stored else 0
        if version != record.version:
            raise Conflict(record.id)

    def _write(self, change: Change, now: datetime) -> None:
        if isinstance(change, Hit):
            self._hit(change, now)
        elif isinstance(change, Keep):
            self._keep(change, now)
        elif isinstance(change, Put):
            self._put(change.record.as_version(change.record.version + 1))
        else:
            self._take(change.record.resource, change.record.id)

    def _take(self, resource: str, id: str) -> None:
        """Take a record away."""
        del self._written[resource][id]
        self.shelf(resource).remove(id)
        self._writes += 1

    def _hit(self, hit: Hit, now: datetime) -> None:
        """Count a call against a quota."""
        self._hits.add(hit.key, now, hit.window)

    def _keep(self, keep: Keep, now: datetime) -> None:
        """Keep the answer to a keyed request."""
        self._keys.add(keep, now)

    def _put(self, record: Record) -> None:
        """Store a record as it is written; what time makes of it is seen at the next look."""
        self._written.setdefault(record.resource, {})[record.id] = record
        self._show(record)

    def _show(self, record: Record) -> None:
        """Let a record be seen like this, and note when its next move is due."""
        self.shelf(record.resource).put(record)
        self._writes += 1
        if not moves_by_time(self.contract, record.resource):
            return
        name, watched = (record.resource, record.id), hangs_on_clock(self.contract, record)
        try:
            moment = next_move(self.contract, record)
        except ContractFault:  # whoever looks is told
            moment, watched = None, True
        self._plan_move(moment, name)
        if watched:
            self._watched[name] = None
        else:
            self._watched.pop(name, None)

    def _plan_move(self, moment: datetime | None, name: tuple[str, str]) -> None:
        """Note when the next move of a record is due, in place of what was noted before."""
        if moment is None:
            self._due.pop(name, None)
            return
        if self._due.get(name) == moment:
            return
        self._due[name] = moment
        heappush(self._moves, (moment, *name))
        if len(self._moves) > 2 * len(self._due) + 64:  # most of it is of the past of records
            self._moves = [(at, *known) for known, at in self._due.items()]
            heapify(self._moves)

    def next_move(self) -> datetime | None:
        """When the next move of a record comes by itself; None: never, or nobody can say it before."""
        with self._lock:
            return min(self._due.values(), default=None)

    def _pass_time(self, now: datetime) -> None:
        """Everything happens that is due by now; where the clock was turned back, it has not happened."""
        if self._seen is not None and now < self._seen:
            if self._seen - now < LATE:  # somebody has looked at the clock a little earlier
                return
            self._turn_back()
        self._seen = now
        due = list(self._watched)
        while self._moves and self._moves[0][0] <= now:
            moment, resource, id = heappop(self._moves)
            if self._due.get((resource, id)) == moment:
                del self._due[resource, id]
                due.append((resource, id))
        for resource, id in due:
            record = self.shelf(resource).records.get(id)
            if record is None:
                continue
            moved = aged(self.contract, record, now)
            if moved is not record:
                self._show(moved)

    def _turn_back(self) -> None:
        """Every record is as it was written."""
        self._moves.clear()
        self._due.clear()
        self._watched.clear()
        for records in self._written.values():
            for record in records.values():
                self._show(record)

    def size(self) -> int:
        """How many records there are."""
        return sum(len(records) for records in self._written.values())

    def shelf(self, resource: str) -> Shelf:
        """The records of a resource, as time has made them."""
        return self._shelves[resource]

    def listed(self, selection: Selection) -> Found:
        shelf = self._shelves[selection.resource]
        if selection.backwards:  # denied contracts only
            return chosen(selection, self.of(selection.resource))
        with self._lock:
            found = shelf.listed(selection)
            if found is not None:
                return found
            numbered = shelf.numbered()
        made = Sorted(selection, numbered)  # it takes its time: others are served meanwhile
        with self._lock:
            shelf.adopt(selection, made, numbered)
            return made.seen(shelf)

    def having(self, resource: str, trait: Trait, values: tuple[Json, ...], most: int) -> Sequence[Record]:
        with self._lock:
            return self._shelves[resource].having(trait, values, most)

    def children(self, resource: str, parent: str) -> Sequence[Record]:
        with self._lock:
            return self._shelves[resource].children(parent)

    def get(self, resource: str, id: str) -> Record | None:
        return self._known(resource).get(id)

    def of(self, resource: str) -> Sequence[Record]:
        with self._lock:
            return tuple(self._known(resource).values())

    def _known(self, resource: str) -> Mapping[str, Record]:
        shelf = self._shelves.get(resource)
        if shelf is None:
            return {}
        return shelf.records

    def kept(self, key: str) -> Keep | None:
        with self._lock:
            return self._keys.get(key)

    def hits(self, key: str) -> Sequence[datetime]:
        if not self.counting:
            return ()
        with self._lock:
            return self._hits.seen(key)


class MemoryView(Indexed):
    """The store as ``decide`` sees it.

    Who asks it for the time, or for something new, has no answer that ``stands`` until something is written.
    """

    def __init__(self, store: MemoryStore, now: datetime, written: int) -> None:
        self._now, self._store = now, store
        self.written, self.stands = written, True
        self.get: Callable[[str, str], Record | None] = store.get
        self.of: Callable[[str], Sequence[Record]] = store.of
        self.kept: Callable[[str], Keep | None] = store.kept
        self.hits: Callable[[str], Sequence[datetime]] = store.hits

    @property
    def now(self) -> datetime:
        self.stands = False
        return self._now

    @property
    def moment(self) -> datetime | Unknown:
        return self._now

    def listed(self, selection: Selection) -> Found:
        return self._store.listed(selection)

    def having(self, resource: str, trait: Trait, values: tuple[Json, ...], most: int) -> Sequence[Record]:
        return self._store.having(resource, trait, values, most)

    def children(self, resource: str, parent: str) -> Sequence[Record]:
        return self._store.children(resource, parent)

    def tag(self, record: Record) -> str:
        """A strong one, by what the record shows."""
        if "tag" not in record.made:
            record.made["tag"] = entity_tag(self._store.contract, record)
        tag: str = record.made["tag"]
        return tag

    def initial(self, resource: Resource) -> Mapping[str, Json]:
        return dict(resource.hidden)

    def fresh(self, schema: Json, old: Json) -> Json:
        return fresh_value(schema, old, self.now, self._store.random)
