"""The records of one resource, with the indexes that calls have asked for; each is kept from then on."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias, overload

from troth.contracts.contract.selection import LAST, Found, Selection, SortKey, Trait
from troth.contracts.document.equality import known_by
from troth.contracts.model import Json, Record

LISTS = 64
"""How many lists a resource keeps in order; the one that was not asked for the longest goes."""

READY = 1000
"""Of how many requests it is remembered that their lists are made."""

Row: TypeAlias = "tuple[SortKey, int, Record]"
"""What a record is sorted by, and the record: its key, and how many had come before it. No two records have
the same of both, so that records are never compared."""

Ids = dict[str, None]
"""Ids in the order in which they came."""


class Shelf:
    """Records by id, in the order in which they came.

    Whoever calls it holds the lock of its store; only a list that was found may be looked at without.
    """

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self._numbers: dict[str, int] = {}
        self._next = 0
        self._children: dict[str | None, Ids] | None = None
        self._having: dict[Trait, dict[Hashable, Ids]] = {}
        self._lists: OrderedDict[Hashable, Sorted] = OrderedDict()
        self._ready: set[Hashable] = set()

    def copied(self) -> Shelf:
        """The same records on another shelf."""
        found = Shelf()
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

    def listed(self, selection: Selection) -> Found | None:
        """The records of a selection in its order, as they are now; None: nobody has asked for it yet."""
        known = self._lists.get(selection.known_by)
        if known is None:
            return None
        self._lists.move_to_end(selection.known_by)
        return known.seen(self)

    def numbered(self) -> list[tuple[Record, int]]:
        """Every record with its number: what a list is made of."""
        return [(record, self._numbers[id]) for id, record in self.records.items()]

    def adopt(self, selection: Selection, made: Sorted, numbered: list[tuple[Record, int]]) -> None:
        """Keep a list that was made of these records, and what has been written since in its place."""
        known = {record.id: record for record, _ in numbered}
        for record, number in numbered:
            if self.records.get(record.id) is not record:
                made.remove(record, number)
        for record in self.records.values():
            if known.get(record.id) is not record:
                made.add(record, self._numbers[record.id])
        self._lists[selection.known_by] = made
        if len(self._lists) > LISTS:
            self._lists.popitem(last=False)
            self._ready.clear()  # one of them may have needed it

    def is_ready(self, asked: Hashable) -> bool:
        """Whether the lists that a request needs are made, as far as is known."""
        return asked in self._ready

    def make_ready(self, asked: Hashable) -> None:
        """The lists that a request needs were made."""
        if len(self._ready) >= READY:
            self._ready.clear()
        self._ready.add(asked)

    def number(self, id: str) -> int | None:
        """How many records had come before one."""
        return self._numbers.get(id)


class Sorted:
    """One list, kept in order: a page of it costs what is on it. Whoever reads it gets it as it was then."""

    def __init__(self, selection: Selection, numbered: Iterable[tuple[Record, int]]) -> None:
        self.selection = selection
        self._rows: list[Row] = []
        self._shown = False
        """Whether somebody may look at the rows: they are copied before they are changed."""
        for record, number in numbered:
            row = self._row(record, number)
            if row is not None:
                self._rows.append(row)
        self._rows.sort()

    def _row(self, record: Record, number: int) -> Row | None:
        """The row of a record; None where it is not one of the list."""
        if not self.selection.takes(record):
            return None
        key = self.selection.key(record)
        if key is None:  # not known: in a store, everything is
            key = tuple((LAST, 0) for _ in self.selection.keys)
        return key, number, record

    def seen(self, shelf: Shelf) -> Found:
        """The list as it is now."""
        self._shown = True
        return Seen(self, self._rows, shelf)

    def _own(self) -> list[Row]:
        """The rows, for a change."""
        if self._shown:
            self._rows, self._shown = list(self._rows), False
        return self._rows

    def add(self, record: Record, number: int) -> None:
        """Put a record in its place, if it is one of the list."""
        row = self._row(record, number)
        if row is not None:
            insort(self._own(), row)

    def remove(self, record: Record, number: int) -> None:
        """Take a record out, if it is in."""
        at = self.place(self._rows, record, number)
        if at is not None:
            del self._own()[at]

    def place(self, rows: list[Row], record: Record, number: int) -> int | None:
        """Where a record stands in some rows of the list."""
        row = self._row(record, number)
        if row is None:
            return None
        before: Any = row[:2]  # what begins so is greater
        at = bisect_left(rows, before)
        if at < len(rows) and rows[at][2].id == record.id:
            return at
        return None


class Seen(Found):
    """A list as somebody has found it: what is written later does not change it."""

    def __init__(self, made: Sorted, rows: list[Row], shelf: Shelf) -> None:
        self._made, self._rows, self._shelf = made, rows, shelf

    def place(self, id: str) -> int | None:
        record, number = self._shelf.records.get(id), self._shelf.number(id)
        if record is not None and number is not None:
            at = self._made.place(self._rows, record, number)
            if at is not None:
                return at
        return super().place(id)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        if isinstance(index, slice):
            return [record for _, _, record in self._rows[index]]
        return self._rows[index][2]

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
