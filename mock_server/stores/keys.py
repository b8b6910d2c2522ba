"""Answers to requests with keys, kept until their time is over; so many of them, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import heapify, heappop, heappush

from troth.contracts.model import Json, Keep

KEYS = 10_000
"""How many answers are kept; beyond that the oldest is forgotten before its time."""

BYTES = 50_000_000
"""Bytes of what those answers show, roughly."""


class Keys:
    """Answers by the name of their key."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Keep, int]] = {}
        self._expiring: list[tuple[datetime, str]] = []
        self._bytes = 0
        self.forgotten: Callable[[str], None] = lambda name: None
        """Told of each name whose answer is not kept any more."""

    def items(self) -> Iterator[tuple[str, Keep]]:
        """Every answer that is kept, in the order in which it came."""
        for name, (keep, _) in self._known.items():
            yield name, keep

    def fill(self, name: str, keep: Keep | None) -> None:
        """Take over what another process keeps under a name; None: nothing any more."""
        self._forget(name)
        if keep is not None:
            self._put(keep)

    def get(self, name: str) -> Keep | None:
        """The answer that is kept, over or not."""
        known = self._known.get(name)
        if known is None:
            return None
        return known[0]

    def used(self, name: str, now: datetime) -> bool:
        """Whether there is an answer whose time is not over."""
        earlier = self.get(name)
        return earlier is not None and not _expired(earlier, now)

    def add(self, keep: Keep, now: datetime) -> None:
        """Keep an answer, in the place of an earlier one."""
        while self._expiring and self._expiring[0][0] <= now:
            _, name = heappop(self._expiring)
            known = self.get(name)
            if known is not None and _expired(known, now):
                self._forget(name)
        self._forget(keep.key)
        self._put(keep)
        while self._too_many():
            self._forget(next(iter(self._known)))
        if len(self._expiring) > 2 * len(self._known) + 64:  # most of it is of what is forgotten
            self._expiring = [(one.until, name) for name, (one, _) in self._known.items() if one.until]
            heapify(self._expiring)

    def _put(self, keep: Keep) -> None:
        size = _size_of(keep)
        self._known[keep.key] = (keep, size)
        self._bytes += size
        if keep.until is not None:
            heappush(self._expiring, (keep.until, keep.key))

    def _too_many(self) -> bool:
        if len(self._known) > KEYS:
            return True
        return self._bytes > BYTES and len(self._known) > 1

    def _forget(self, name: str) -> None:
        known = self._known.pop(name, None)
        if known is not None:
            self._bytes -= known[1]
            self.forgotten(name)

    def copied(self) -> Keys:
        """The same again."""
        found = Keys()
        found._known, found._expiring = dict(self._known), list(self._expiring)
        found._bytes = self._bytes
        return found


def _expired(keep: Keep, now: datetime) -> bool:
    return keep.until is not None and keep.until <= now


def _size_of(keep: Keep) -> int:
    """The bytes of what an answer shows, roughly."""
    outcome, size = keep.outcome, len(keep.key)
    for record in (outcome.before, outcome.after):
        if record is not None:
            size += _bytes_of(record.data)
    return size + sum(_bytes_of(value) for value in outcome.shows.values())


def _bytes_of(value: Json) -> int:
    """The bytes of a value, roughly."""
    size, left = 0, [value]
    while left:
        one = left.pop()
        size += 50
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, dict):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list):
            left += one
    return size
