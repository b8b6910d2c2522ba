"""Which records a list shows, and in which order: asked of a world, which may have an index for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import isnan
from types import NoneType
from typing import Any, TypeAlias, overload

from troth.contracts.contract import cel
from troth.contracts.contract.computed import known
from troth.contracts.contract.identity import id_of
from troth.contracts.document.equality import equal, known_by, one_of
from troth.contracts.errors import ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Record, Unknown, World

SortKey: TypeAlias = tuple[tuple[int, Any], ...]
"""Per key of the order the rank of the value's type and the value."""

LAST = 9
"""The rank of what there is not."""


@dataclass(frozen=True)
class Selection:
    """The records of one resource that have certain values, of one parent, sorted by CEL keys."""

    resource: str
    where: tuple[tuple[str, Json], ...] = ()
    parent: str | None = None
    keys: tuple[str, ...] = ()
    backwards: bool = False
    computed: tuple[tuple[str, str], ...] = ()
    """Properties that follow from others, where they are asked for, each with its expression."""
    within: tuple[tuple[str, str], ...] = ()
    """Where records belong: the property that holds it, and what it says."""
    lacking: frozenset[str] = frozenset()
    """What of ``where`` a record may lack: it is no property, or its default is what is asked for."""

    @cached_property
    def known_by(self) -> Hashable:
        """What stands for it where selections are looked up."""
        where = tuple((name, known_by(asked)) for name, asked in self.where)
        return (where, self.parent, self.keys, self.backwards, self.computed, self.within, self.lacking)

    def takes(self, record: Record) -> bool:
        """Whether a record is one of them. An object equals no text."""
        if self.parent is not None and record.parent != self.parent:
            return False
        if any(_called(id_of(at, record.data)) != asked for at, asked in self.within):
            return False
        data = self._data(record)
        for name, asked in self.where:
            if name not in data:
                if name not in self.lacking:
                    return False
            elif not isinstance(data[name], Mapping) and not _has(data[name], asked):
                return False
        return True

    def _data(self, record: Record) -> Mapping[str, Json]:
        """What is asked of a record, its computed properties as far as they are known."""
        return whole(record, self.computed)

    def key(self, record: Record) -> SortKey | None:
        """What a record is sorted by; None where that cannot be said."""
        asked = (self.keys, self.computed)
        if asked not in record.made:
            record.made[asked] = sort_key(self.keys, self._data(record))
        key: SortKey | None = record.made[asked]
        return key


def whole(record: Record, computed: tuple[tuple[str, str], ...]) -> Mapping[str, Json]:
    """A record with its computed properties as far as they are known."""
    if not computed:
        return record.data
    if computed not in record.made:
        record.made[computed] = {**record.data, **known(dict(computed), record)}
    data: Mapping[str, Json] = record.made[computed]
    return data


def _has(value: Json, asked: Json) -> bool:
    """Whether a value is what is asked for: itself, one of several; a list has one, or all of several."""
    if equal(value, asked):
        return True
    if isinstance(asked, list):
        if isinstance(value, list):
            return all(one_of(one, value) for one in asked)
        return one_of(value, asked)
    return isinstance(value, list) and one_of(asked, value)


def sort_key(keys: Iterable[str], data: Json) -> SortKey | None:
    """What a listed item is sorted by; None where that is not known.

    Values of different types are kept apart, so that they can be compared at all; what lacks one comes last.
    """
    key: list[tuple[int, Any]] = []
    for text in keys:
        try:
            value = cel.evaluate(text, {"self": data})
        except ContractFault:
            value = None
        if isinstance(value, Unknown):
            return None
        key.append(_ranked(value))
    return tuple(key)


def _ranked(value: Json) -> tuple[int, Any]:
    """A value with the rank of its type: numbers are of one."""
    if isinstance(value, bool):
        return 0, value
    if isinstance(value, (int, float)):
        if isnan(value):
            return LAST, 0
        return 1, value
    if isinstance(value, str):
        return 2, value
    if isinstance(value, (Mapping, list, NoneType)):
        return LAST, 0
    return 3, (type(value).__name__, value)


def may_precede(one: SortKey, other: SortKey, *, backwards: bool = False) -> bool:
    """Whether an item may stand before another one: how values of two types lie to each other, and where what
    lacks one stands, documents do not say."""
    for (rank, value), (other_rank, other_value) in zip(one, other, strict=True):
        if rank != other_rank or rank == LAST:
            return True
        if value != other_value:
            return bool((value < other_value) != backwards)
    return True


@dataclass(frozen=True)
class Trait:
    """What records are looked up by: some members of the record, or of each object in one of its lists."""

    members: tuple[str, ...]
    list: str | None = None
    besides: tuple[str, ...] = ()
    """What an object has to have, too, whatever it is."""

    def values(self, record: Record) -> Iterator[tuple[Json, ...]]:
        """The values that a record has of it: one, or one for each object of the list that has it."""
        items: Iterable[Json] = [record.data]
        if self.list is not None:
            items = _listed(record.data.get(self.list))
        needed = {*self.members, *self.besides}
        for item in items:
            if isinstance(item, Mapping) and needed <= item.keys():
                yield tuple(item[name] for name in self.members)


def _bears(trait: Trait, record: Record, values: list[Json]) -> bool:
    """Whether a record has these values of a trait."""
    return any(equal(list(found), values) for found in trait.values(record))


def _listed(value: Json) -> Iterable[Json]:
    if isinstance(value, list):
        return value
    return ()


class Found(Sequence[Record]):
    """Records in their order."""

    def place(self, id: str) -> int | None:
        """Where a record stands among them; None where it does not."""
        for place, record in enumerate(self):
            if record.id == id:
                return place
        return None


class Indexed(ABC):
    """A world that finds records without looking at all of them."""

    @abstractmethod
    def listed(self, selection: Selection) -> Found:
        """The records of a selection, in its order."""

    @abstractmethod
    def having(self, resource: str, trait: Trait, values: tuple[Json, ...], most: int) -> Sequence[Record]:
        """Some of the records that have these values of a trait, ``most`` of them at most."""


class _All(Found):
    """Records that were looked at one by one."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = tuple(records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        return self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)


def chosen(selection: Selection, records: Iterable[Record]) -> Found:
    """Of some records those of a selection, in its order; as they come where that cannot be said of all."""
    taken, keyed = [record for record in records if selection.takes(record)], list[tuple[SortKey, Record]]()
    for record in taken:
        key = selection.key(record)
        if key is None:
            return _All(taken)
        keyed.append((key, record))
    keyed.sort(key=lambda pair: pair[0], reverse=selection.backwards)
    return _All(record for _, record in keyed)


@dataclass(frozen=True, eq=False)
class Listing(Found):
    """The records of a selection in a world: found when they are asked for, and not before."""

    world: World
    selection: Selection

    def narrowed(self, **changes: Any) -> Listing:
        """The listing of a narrower selection, or of a sorted one."""
        return Listing(self.world, replace(self.selection, **changes))

    def without(self, names: Collection[str | None]) -> Listing:
        """The listing whatever is asked for under some names: parameters that select nothing by equality."""
        where = self.selection.where
        return self.narrowed(where=tuple(pair for pair in where if pair[0] not in names))

    @cached_property
    def _found(self) -> Found:
        if isinstance(self.world, Indexed):
            return self.world.listed(self.selection)
        return chosen(self.selection, self.world.of(self.selection.resource))

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._found)

    def place(self, id: str) -> int | None:
        return self._found.place(id)


def having(
    world: World, resource: str, trait: Trait, values: tuple[Json, ...], most: int = 2
) -> Sequence[Record]:
    """Some of the records of a resource that have these values of a trait, ``most`` of them at most."""
    if isinstance(world, Indexed):
        return world.having(resource, trait, values, most)
    found = (record for record in world.of(resource) if _bears(trait, record, list(values)))
    return tuple(islice(found, most))


def _called(value: Json) -> str:
    """What something is called in a path that a property holds: its id, or all of it."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return str(value)
