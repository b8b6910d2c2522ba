"""Calls that quotas count, by who made them: what was seen of them stays as it was while more are counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import overload

CALLERS = 10_000
"""How many callers are remembered; the one that has not called for the longest time is forgotten."""


class Hits:
    """The times of the last calls of each caller, the oldest first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, _Times] = OrderedDict()
        self.forgotten: Callable[[str, range], None] = lambda key, numbers: None
        """Told of the calls of a caller, by number, that count no more."""

    def add(self, key: str, now: datetime, window: float) -> int:
        """Count a call; those before the window count no more. The number of the call."""
        times = self._of.get(key)
        if times is None:
            times = self._of[key] = _Times()
            if len(self._of) > CALLERS:
                self._drop(next(iter(self._of)))
        self._of.move_to_end(key)
        first = times.first
        number = times.add(now, now - timedelta(seconds=window))
        self.forgotten(key, range(first, times.first))
        return number

    def clear(self) -> None:
        """No call has been counted."""
        for key in list(self._of):
            self._drop(key)

    def _drop(self, key: str) -> None:
        times = self._of.pop(key)
        self.forgotten(key, range(times.first, times.first + len(times.seen())))

    def numbered(self) -> Iterator[tuple[str, int, datetime]]:
        """Every call that counts: whose it is, its number, and when it was."""
        for key, times in self._of.items():
            for number, moment in enumerate(times.seen(), times.first):
                yield key, number, moment

    def at(self, key: str, number: int) -> datetime | None:
        """When a call was; None where it does not count."""
        times = self._of.get(key)
        if times is None:
            return None
        seen, place = times.seen(), number - times.first
        return seen[place] if 0 <= place < len(seen) else None

    def fill(self, key: str, number: int, moment: datetime | None) -> None:
        """Take over what another process says of a call; None: it counts no more."""
        times = self._of.get(key)
        if moment is not None:
            if times is None:
                times = self._of[key] = _Times(number)
            times.append(moment)
        elif times is not None:
            times.begin_behind(number)
            if not times.seen():
                del self._of[key]

    def seen(self, key: str) -> Sequence[datetime]:
        """The times that are known of a caller."""
        times = self._of.get(key)
        if times is None:
            return ()
        return times.seen()

    def copied(self) -> Hits:
        """The same again."""
        found = Hits()
        for key, times in self._of.items():
            found._of[key] = times.copied()
        return found


class _Times:
    """The times of one caller; those that are over stand in the list for a while."""

    def __init__(self, first: int = 0) -> None:
        self._list: list[datetime] = []
        self._start, self._gone = 0, first

    @property
    def first(self) -> int:
        """The number of the oldest call that counts."""
        return self._gone + self._start

    def append(self, moment: datetime) -> None:
        self._list.append(moment)

    def add(self, now: datetime, over: datetime) -> int:
        self._list.append(now)
        number = self._gone + len(self._list) - 1
        while self._list[self._start] <= over:
            self._start += 1
        self._tidy()
        return number

    def begin_behind(self, number: int) -> None:
        """No call up to this number counts any more."""
        self._start = min(max(self._start, number + 1 - self._gone), len(self._list))
        self._tidy()

    def _tidy(self) -> None:
        if self._start > len(self._list) // 2 + 64:
            self._gone += self._start
            self._list, self._start = self._list[self._start :], 0

    def seen(self) -> Sequence[datetime]:
        return _Seen(self._list, self._start, len(self._list))

    def copied(self) -> _Times:
        found = _Times(self.first)
        found._list = self._list[self._start :]
        return found


class _Seen(Sequence[datetime]):
    """A part of a list that only grows behind it."""

    def __init__(self, times: list[datetime], start: int, end: int) -> None:
        self._times, self._start, self._end = times, start, end

    @overload
    def __getitem__(self, index: int) -> datetime: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[datetime]: ...
    def __getitem__(self, index: int | slice) -> datetime | Sequence[datetime]:
        if isinstance(index, slice):
            return self._times[self._start : self._end][index]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        if index < 0:
            return self._times[self._end + index]
        return self._times[self._start + index]

    def __len__(self) -> int:
        return self._end - self._start
