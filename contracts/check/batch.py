"""Calls that were answered as expected, and are read back together: one reading for many.

A look may wait as long as nothing that follows it could hide what it has done: a write of the same property,
or a move of the record. The answers in between, which show the record, are readings of it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from troth.contracts.check.looking import Asked, Listing, Place
from troth.contracts.check.observation import Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.records import Pool
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.model import Absent, Json, Operation, Outcome, Record, Unknown
from troth.contracts.promises.promise import PlannedCall, Probe, Promise

FULL = 24
"""So many calls are read back together at most."""


@dataclass(frozen=True)
class Executed:
    """A probe with the values that were drawn for it; ``anew``: on a record made for it."""

    promise: Promise
    probe: Probe
    index: int
    drawn: tuple[Mapping[str, object], ...]
    anew: bool


@dataclass(frozen=True)
class Look:
    """A call of a probe, with all that is needed to judge it once it is read back.

    ``seen`` has what the record is expected to be; ``record`` is that as it is remembered, None where the
    call is about none. ``hidden_by``: the properties by which a later write would hide what it has done.
    """

    executed: Executed
    planned: PlannedCall
    asked: Asked
    seen: Observation
    subject: Record | None
    worlds: Sequence[KnownWorld]
    began: datetime
    usual: Mapping[str, Json]
    operation: Operation
    record: Record | None = None
    hidden_by: frozenset[str] = frozenset()
    succeeded: bool = False
    reads: bool = False

    @property
    def key(self) -> tuple[str, str] | None:
        """The record that it is about."""
        if self.record is None:
            return None
        return self.record.resource, self.record.id


@dataclass
class _Readings:
    """What was read for a batch."""

    records: dict[tuple[str, str], Json | Absent] = field(default_factory=dict)
    listings: dict[Place, Listing] = field(default_factory=dict)
    lost: dict[Place, frozenset[str]] = field(default_factory=dict)


class Batch:
    """The looks that wait."""

    def __init__(self, observer: Observer, pool: Pool) -> None:
        self._observer, self._pool = observer, pool
        self._looks: list[Look] = []
        self._before: dict[Place, Listing] = {}
        self._touched: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._looks)

    @property
    def touched(self) -> frozenset[str]:
        """The records that were changed since it was last read what stands around them."""
        if not self._looks:
            return frozenset()
        return frozenset(self._touched)

    @property
    def is_full(self) -> bool:
        """Whether it is time to read."""
        return len(self._looks) >= FULL

    def begin(self, place: Place) -> None:
        """See to it that it is known what a list shows before anything is called."""
        if not self._looks:  # what was changed before is in what the list shows now
            self._before, self._touched = {}, set()
        if place not in self._before:
            self._before[place] = self._observer.listing(place)

    def add(self, look: Look) -> None:
        """Let a look wait."""
        self._looks.append(look)
        if look.record is not None:
            self._touched.add(look.record.id)

    def touch(self, record: Record) -> None:
        """A record was changed besides, by what leads another one to where a probe needs it."""
        self._touched.add(record.id)

    def forget(self, place: Place) -> None:
        """A list was read by itself, where nothing waits."""
        if not self._looks:
            self._before.pop(place, None)
            self._touched = set()

    def concerns(self, record: Record | None) -> bool:
        """Whether a look at a record waits."""
        if record is None:
            return False
        return any(look.key == (record.resource, record.id) for look in self._looks)

    def would_be_hidden(self, record: Record, names: Iterable[str]) -> bool:
        """Whether a write of some properties would hide what an earlier call has done to a record."""
        wanted = set(names)
        key = record.resource, record.id
        return any(look.key == key and look.hidden_by & wanted for look in self._looks)

    def waits_below(self, parent: Record | None) -> bool:
        """Whether a look at what belongs to a record waits."""
        if parent is None:
            return False
        return any(look.asked.place[1] == parent.id for look in self._looks)

    def clear(self) -> list[Executed]:
        """Forget all looks; what they belong to."""
        found: list[Executed] = []
        for look in self._looks:
            if all(known is not look.executed for known in found):
                found.append(look.executed)
        self._looks, self._before, self._touched = [], {}, set()
        return found

    def read(self) -> list[tuple[Look, Observation]]:
        """Every look with what is to be seen now."""
        found, last = self._read_all(), dict[tuple[str, str] | None, int]()
        for number, look in enumerate(self._looks):
            if look.succeeded and look.operation.verb != "read":
                last[look.key] = number
        complete = []
        for number, look in enumerate(self._looks):
            is_last = number >= last.get(look.key, -1)
            complete.append((look, self._complete(look, found, is_last=is_last)))
        return complete

    def _read_all(self) -> _Readings:
        """Read each record once, each list, and each parent."""
        found, own = _Readings(), list(dict.fromkeys(look.asked.place for look in self._looks))
        for place in own:
            if self._is_listed(place):
                self._observer.read_list(*place)
            found.listings[place] = self._observer.listing(place, stale=True)
        for look in reversed(self._looks):
            if look.record is None:
                continue
            assert look.key is not None
            if look.key in found.records:
                continue
            data = look.seen.after
            if not look.reads:
                data = self._observer.read_now(look.record)
            found.records[look.key] = data
            self._remember(look.record, data)
        for look in self._looks:
            parent = look.asked.parent
            if parent is None or (parent.resource, parent.id) in found.records:
                continue
            data = self._observer.read(parent)
            found.records[parent.resource, parent.id] = data
            self._remember(parent, data)
        for place in own:
            gone = self._before.get(place, Listing()).items.keys() - found.listings[place].items.keys()
            found.lost[place] = self._observer.lost(place, gone - self._touched)
        return found

    def _is_listed(self, place: Place) -> bool:
        """Whether any look at a place may have changed what its list shows."""
        return any(look.asked.place == place and look.asked.may_have_changed for look in self._looks)

    def _remember(self, record: Record, data: Json | Absent) -> None:
        known = self._pool.get(record.resource, record.id)
        if known is None:
            return
        if isinstance(data, Mapping):
            self._pool.put(replace(known, data=dict(data)))

    def _complete(self, look: Look, found: _Readings, *, is_last: bool) -> Observation:
        """The observation of a call with what was read; of what the next calls have shown, with that."""
        seen, place = look.seen, look.asked.place
        if look.key is not None and is_last and not look.reads:
            seen = replace(seen, after=found.records[look.key])
        parent = look.asked.parent
        if parent is not None:
            seen = replace(seen, parent=(parent, found.records[parent.resource, parent.id]))
        before = self._before.get(place, look.asked.before)
        subject = look.record if is_last else None
        seen = self._observer.compared(seen, place, before, found.listings[place], subject, self._touched)
        if look.asked.writes:
            seen = replace(seen, lost=found.lost[place])
        return seen


def hiding_names(sent: Mapping[str, Json], outcome: Outcome) -> frozenset[str]:
    """The properties that show what a call has done, or would have done had it not been refused."""
    names = {name for name in outcome.touched if not _is_open(outcome, name)}
    if not outcome.succeeded:
        names |= {str(name) for name in sent}
    return frozenset(names)


def _is_open(outcome: Outcome, name: str) -> bool:
    """Whether only the server knows the value that a property gets."""
    return outcome.after is not None and isinstance(outcome.after.data.get(name), Unknown)
