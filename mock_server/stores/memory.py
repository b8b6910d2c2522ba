"""Records in memory, for one process."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from troth.contracts.contract.fixtures import fresh_value
from troth.contracts.model import Change, Delete, Hit, Json, Keep, Put, Record, Resource, Unknown


class Conflict(Exception):
    """A record was changed since it was looked at; decide again."""


class MemoryStore:
    """Compare-and-set on record versions, one writer at a time."""

    def __init__(self, seed: int = 0, *, counting: bool = True) -> None:
        self._seed, self._counting = seed, counting
        self._lock = Lock()
        self._records: dict[str, dict[str, Record]] = {}
        self._hits: dict[str, deque[datetime]] = {}
        self._keys: dict[str, Keep] = {}
        self.random = Random(seed)

    def reset(self, records: Iterable[Record]) -> None:
        """Forget everything and start from these records."""
        with self._lock:
            self._records, self._hits, self._keys, self.random = {}, {}, {}, Random(self._seed)
            for record in records:
                self._records.setdefault(record.resource, {})[record.id] = record

    def forget_hits(self) -> None:
        """No call has been counted."""
        with self._lock:
            self._hits = {}

    def copied(self) -> MemoryStore:
        """A copy with everything that is stored."""
        found = MemoryStore(self._seed, counting=self._counting)
        found.take_over(self)
        return found

    def take_over(self, other: MemoryStore) -> None:
        """Store what another one does, and nothing else."""
        with self._lock:
            self._records = {name: dict(records) for name, records in other._records.items()}
            self._hits = {key: deque(hits) for key, hits in other._hits.items()}
            self._keys = dict(other._keys)
            self.random = Random()
            self.random.setstate(other.random.getstate())

    def view(self, now: datetime) -> MemoryView:
        """The world as of a point in time."""
        return MemoryView(self, now)

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        """All changes or none; raises Conflict where a record has another version than the change expects."""
        with self._lock:
            for change in changes:
                if isinstance(change, (Put, Delete)):
                    self._expect(change.record)
                elif isinstance(change, Keep) and self._used(change, now):
                    raise Conflict(change.key)
            for change in changes:
                self._write(change, now)

    def _used(self, change: Keep, now: datetime) -> bool:
        """Whether somebody else was faster with the same key."""
        earlier = self._keys.get(change.key)
        return earlier is not None and not _expired(earlier, now)

    def _expect(self, record: Record) -> None:
        stored = self.get(record.resource, record.id)
        version = stored.version if stored else 0
        if version != record.version:
            raise Conflict(record.id)

    def _write(self, change: Change, now: datetime) -> None:
        if isinstance(change, Hit):
            hits = self._hits.setdefault(change.key, deque())
            hits.append(now)
            while hits[0] <= now - timedelta(seconds=change.window):
                hits.popleft()
            return
        if isinstance(change, Keep):
            self._keys = {key: keep for key, keep in self._keys.items() if not _expired(keep, now)}
            self._keys[change.key] = change
            return
        record = change.record
        stored = self._records.setdefault(record.resource, {})
        if isinstance(change, Put):
            stored[record.id] = replace(record, version=record.version + 1)
        else:
            del stored[record.id]

    def get(self, resource: str, id: str) -> Record | None:
        return self._records.get(resource, {}).get(id)

    def of(self, resource: str) -> Sequence[Record]:
        return tuple(self._records.get(resource, {}).values())

    def children(self, resource: str, parent: str) -> Sequence[Record]:
        return tuple(record for record in self.of(resource) if record.parent == parent)

    def kept(self, key: str) -> Keep | None:
        return self._keys.get(key)

    def hits(self, key: str) -> Sequence[datetime]:
        if not self._counting:
            return ()
        return tuple(self._hits.get(key, ()))


def _expired(keep: Keep, now: datetime) -> bool:
    return keep.until is not None and keep.until <= now


class MemoryView:
    """The store as ``decide`` sees it."""

    def __init__(self, store: MemoryStore, now: datetime) -> None:
        self.now = now
        self.moment: datetime | Unknown = now
        self.get: Callable[[str, str], Record | None] = store.get
        self.of: Callable[[str], Sequence[Record]] = store.of
        self.kept: Callable[[str], Keep | None] = store.kept
        self.children: Callable[[str, str], Sequence[Record]] = store.children
        self.hits: Callable[[str], Sequence[datetime]] = store.hits
        self._random = store.random

    def tag(self, record: Record) -> str:
        """A strong one, by what the record shows."""
        shown = json.dumps(record.data, sort_keys=True, default=str)
        return f'"{zlib.crc32(shown.encode()):08x}"'

    def initial(self, resource: Resource) -> Mapping[str, Json]:
        return dict(resource.hidden)

    def fresh(self, schema: Json, old: Json) -> Json:
        return fresh_value(schema, old, self.now, self._random)
