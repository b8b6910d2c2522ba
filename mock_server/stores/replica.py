"""Records in memory that are those of a database, too: it notes what calls change, and takes over what others
have changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.frozen import replace
from troth.contracts.model import Change, Hit, Keep, Record
from troth.mock_server.stores.coded import coded, decoded
from troth.mock_server.stores.memory import MemoryStore

Name: TypeAlias = tuple[Any, ...]
"""What a cell is called: its kind, and which of that kind."""


class Cell(NamedTuple):
    """One thing that is stored: what it is called, and its text; None: it is gone."""

    name: Name
    text: str | None


class Replica(MemoryStore):
    """A store whose changes since they were last settled are known, cell by cell.

    Keys of requests and of quotas have credentials in them: they are kept as hashes.
    """

    def _forget(self) -> None:
        super()._forget()
        self.anew = True
        """Whether nothing is as it was."""
        self.changed: dict[Name, None] = {}
        self._listen()

    def _listen(self) -> None:
        """Be told of what the tables of hits and keys forget."""
        self._hits.forgotten = self._forget_hits
        self._keys.forgotten = self._forget_key

    def take_over(self, other: MemoryStore) -> None:
        super().take_over(other)
        self._listen()

    def settled(self) -> None:
        """What was changed is stored elsewhere."""
        self.anew = False
        self.changed.clear()

    def copied(self) -> Replica:
        found = Replica(self.contract, self._seed, counting=self.counting)
        found.take_over(self)
        return found

    def kept(self, key: str) -> Keep | None:
        return super().kept(_sealed(key))

    def hits(self, key: str) -> Any:
        return super().hits(_sealed(key))

    def apply(self, changes: Any, now: datetime) -> None:
        super().apply([_with_sealed_key(change) for change in changes], now)

    def _forget_hits(self, key: str, numbers: range) -> None:
        for number in numbers:
            self.changed["hit", key, number] = None

    def _forget_key(self, key: str) -> None:
        self.changed["keep", key] = None

    def _put(self, record: Record) -> None:
        super()._put(record)
        self.changed["record", record.resource, record.id] = None

    def _take(self, resource: str, id: str) -> None:
        super()._take(resource, id)
        self.changed["record", resource, id] = None

    def _hit(self, hit: Hit, now: datetime) -> None:
        number = self._hits.add(hit.key, now, hit.window)
        self.changed["hit", hit.key, number] = None

    def _keep(self, keep: Keep, now: datetime) -> None:
        super()._keep(keep, now)
        self.changed["keep", keep.key] = None

    def cells(self, *, every: bool) -> Iterator[Cell]:
        """What has changed, or all that there is, in the order in which it came."""
        if not every:
            for name in self.changed:
                yield Cell(name, self._text(name))
            return
        for resource, records in self._written.items():
            for id, record in records.items():
                yield Cell(("record", resource, id), _record_text(record))
        for key, keep in self._keys.items():
            yield Cell(("keep", key), coded(keep))
        for key, number, moment in self._hits.numbered():
            yield Cell(("hit", key, number), moment.isoformat())

    def _text(self, name: Name) -> str | None:
        """What there is under a name."""
        kind, *at = name
        if kind == "record":
            record = self._written.get(at[0], {}).get(at[1])
            return None if record is None else _record_text(record)
        if kind == "keep":
            keep = self._keys.get(at[0])
            return None if keep is None else coded(keep)
        moment = self._hits.at(*at)
        return None if moment is None else moment.isoformat()

    def fill(self, cell: Cell, *, anew: bool) -> None:
        """Take over what somebody else has stored; ``anew``: in the place of nothing."""
        kind, key, *more = cell.name
        with self._lock:
            if kind == "record":
                self._fill_record(key, more[0], cell.text, anew)
            elif kind == "keep":
                self._keys.fill(key, None if cell.text is None else decoded(cell.text))
            elif kind == "hit":
                moment = None if cell.text is None else datetime.fromisoformat(cell.text)
                self._hits.fill(key, more[0], moment)

    def _fill_record(self, resource: str, id: str, text: str | None, anew: bool) -> None:
        if resource not in self._shelves:
            return
        there = id in self._written.get(resource, {})
        if there and (text is None or anew):
            super()._take(resource, id)
        if text is not None:
            super()._put(_record(resource, id, text))


def filled(contract: Contract, seed: int, *, counting: bool) -> Replica:
    """A store with nothing in it that is to be filled."""
    found = Replica(contract, seed, counting=counting)
    found.settled()
    return found


def _with_sealed_key(change: Change) -> Change:
    """A change without credentials in it: an answer that is given again changes nothing more."""
    if isinstance(change, Hit):
        return replace(change, key=_sealed(change.key))
    if isinstance(change, Keep):
        return replace(
            change, key=_sealed(change.key), outcome=replace(change.outcome, changes=(), emitted=())
        )
    return change


def _sealed(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _record_text(record: Record) -> str:
    since = record.since.isoformat() if record.since else None
    return json.dumps([record.data, record.hidden, record.version, record.parent, since], default=dict)


def _record(resource: str, id: str, text: str) -> Record:
    data, hidden, version, parent, since = json.loads(text)
    moment = datetime.fromisoformat(since) if since else None
    return Record(resource, id, data, hidden, version, parent, moment)
