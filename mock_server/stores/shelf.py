"""The records of one resource, with the indexes that calls have asked for; each is kept from then on."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from threading import Lock
from typing import Any, overload

from troth.contracts.contract.selection import Found, Selection, Trait, chosen
from troth.contracts.document.equality import known_by
from troth.contracts.model import Json, Record

LISTS = 64
"""How many lists a resource keeps in order; the one that was not asked for the longest goes."""

Ids = dict[str, None]
"""Ids in the order in which they came."""


class Shelf:
    """Records by id, in the order in which they came.

    Whoever calls it holds ``lock``; only a list that was found may be looked at without.
    """

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self.records: dict[str, Record] = {}
        self._numbers: dict[str, int] = {}
        self._next = 0
        self._children: dict[str | None, Ids] | None = None
        self._having: dict[Trait, dict[Hashable, Ids]] = {}
        self._lists: OrderedDict[Hashable, Sorted] = OrderedDict()

    def copied(self, lock: Lock) -> Shelf:
        """The same records on another shelf."""
        found = Shelf(lock)
        found.records, found._numbers, found._next = dict(self.records), dict(self._numbers), self._next
        return found

    def put(self, record: Record) -> None:
        """Add a record, or put it in the place of the one with its id."""
        old = self.records.get(record.id)
        if old is None:
            self._numbers[record.id] = self._next
            self._next += 1
        else:
            self._forget(old)
        self.records[record.id] = record
        if self._children is not None:
            self._children.setdefault(record.parent, {})[record.id] = None
        for trait, ids in self._having.items():
            _enter(ids, trait, record)
        for listed in self._lists.values():
            listed.add(record, self._numbers[record.id])

    def remove(self, id: str) -> None:
        """Take a record away."""
        old = self.records.pop(id, None)
        if old is not None:
            self._forget(old)
            del self._numbers[id]

    def _forget(self, record: Record) -> None:
        """Take a record out of the indexes."""
        if self._children is not None:
            self._children[record.parent].pop(record.id, None)
        for trait, ids in self._having.items():
            for values in trait.values(record):
                known = ids.get(_hashable(values))
                if known is not None:
                    known.pop(record.id, None)
                    if not known:
                        del ids[_hashable(values)]
        for listed in self._lists.values():
            listed.remove(record, self._numbers[record.id])

    def children(self, parent: str) -> Sequence[Record]:
        """The records that belong to one of another resource."""
        if self._children is None:
            self._children = {}
            for record in self.records.values():
                self._children.setdefault(record.parent, {})[record.id] = None
        return [self.records[id] for id in self._children.get(parent, ())]

    def having(self, trait: Trait, values: tuple[Json, ...], most: int) -> Sequence[Record]:
        """Some of the records that have these values."""
        if trait not in self._having:
            ids = self._having[trait] = dict[Hashable, Ids]()
            for record in self.records.values():
                _enter(ids, trait, record)
        found = self._having[trait].get(_hashable(values), ())
        return [self.records[id] for id in islice(found, most)]

    def listed(self, selection: Selection) -> Found:
        """The records of a selection, in its order."""
        if selection.backwards:  # denied contracts only
            return chosen(selection, self.records.values())
        known = self._lists.get(selection.known_by)
        if known is None:
            known = Sorted(selection, self.records, self._numbers, self._lock)
            self._lists[selection.known_by] = known
            if len(self._lists) > LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(selection.known_by)
        if known.unsortable:
            return chosen(selection, self.records.values())
        return known


class Sorted(Found):
    """One list, kept in order: a page of it costs what is on it."""

    def __init__(
        self, selection: Selection, records: dict[str, Record], numbers: dict[str, int], lock: Lock
    ) -> None:
        self._selection, self._records, self._numbers, self._lock = selection, records, numbers, lock
        self._rows: list[tuple[Any, int, str]] = []
        self.unsortable: set[str] = set()
        """The ids of those of which it cannot be said where they belong."""
        for record in records.values():
            if selection.takes(record):
                key = selection.key(record)
                if key is None:
                    self.unsortable.add(record.id)
                else:
                    self._rows.append((key, numbers[record.id], record.id))
        self._rows.sort()

    def add(self, record: Record, number: int) -> None:
        """Put a record in its place, if it is one of the list."""
        if not self._selection.takes(record):
            return
        key = self._selection.key(record)
        if key is None:
            self.unsortable.add(record.id)
        else:
            insort(self._rows, (key, number, record.id))

    def remove(self, record: Record, number: int) -> None:
        """Take a record out, if it is in."""
        self.unsortable.discard(record.id)
        place = self._place(record, number)
        if place is not None:
            del self._rows[place]

    def place(self, id: str) -> int | None:
        with self._lock:
            if id not in self._records:
                return None
            return self._place(self._records[id], self._numbers[id])

    def _place(self, record: Record, number: int) -> int | None:
        key = self._selection.key(record)
        if key is None or not self._selection.takes(record):
            return None
        return bisect_left(self._rows, (key, number, record.id))

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        with self._lock:
            if isinstance(index, slice):
                return [self._records[id] for _, _, id in self._rows[index]]
            return self._records[self._rows[index][2]]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self[:])


def _enter(ids: dict[Hashable, Ids], trait: Trait, record: Record) -> None:
    """Enter a record in an index."""
    for values in trait.values(record):
        ids.setdefault(_hashable(values), {})[record.id] = None


def _hashable(values: tuple[Json, ...]) -> Hashable:
    """What values are found by."""
    return tuple(known_by(value) for value in values)
