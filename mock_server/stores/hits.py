"""Calls that quotas count, by who made them: what was seen of them stays as it was while more are counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import overload

CALLERS = 10_000
"""How many callers are remembered; the one that has not called for the longest time is forgotten."""


class Hits:
    """The times of the last calls of each caller, the oldest first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, _Times] = OrderedDict()

    def add(self, key: str, now: datetime, window: float) -> None:
        """Count a call; those before the window count no more."""
        times = self._of.get(key)
        if times is None:
            times = self._of[key] = _Times()
            if len(self._of) > CALLERS:
                self._of.popitem(last=False)
        self._of.move_to_end(key)
        times.add(now, now - timedelta(seconds=window))

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

    def __init__(self) -> None:
        self._list: list[datetime] = []
        self._start = 0

    def add(self, now: datetime, over: datetime) -> None:
        self._list.append(now)
        while self._list[self._start] <= over:
            self._start += 1
        if self._start > len(self._list) // 2 + 64:
            self._list, self._start = self._list[self._start :], 0

    def seen(self) -> Sequence[datetime]:
        return _Seen(self._list, self._start, len(self._list))

    def copied(self) -> _Times:
        found = _Times()
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
