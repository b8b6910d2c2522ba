"""A target that answers every call alike is not the API: another server, or one that lacks something."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from troth.contracts.check.exchange import Exchange

CALLS = 8
"""So many calls must have been answered alike,"""

OPERATIONS = 2
"""of so many operations."""

SHOWN = 120
"""Characters of the answer that are shown."""

_OWN = re.compile(r"\b[0-9A-Fa-f][0-9A-Fa-f:.TZ+-]{7,}\b|\d+")
"""What is another in every answer: ids of requests, times."""


class Sameness:
    """Looks whether the answers to calls with the right token differ in anything."""

    def __init__(self) -> None:
        self._first: Exchange | None = None
        self._key: tuple[int, str] | None = None
        self._operations: set[str] = set()
        self._calls = 0
        self._differ = False

    def note(self, exchange: Exchange) -> None:
        """One more answer."""
        if self._differ:
            return
        wanted = ("right",) if exchange.operation.secured else ("right", None)
        if exchange.token not in wanted:
            return
        key = exchange.reply.status, _gist(exchange)
        if self._first is None:
            self._first, self._key = exchange, key
        self._differ = key != self._key
        self._calls += 1
        self._operations.add(exchange.operation.id)

    @property
    def told(self) -> str | None:
        """What every answer was; None where they differ, or where that is too early to say."""
        if any([self._differ, self._calls < CALLS, len(self._operations) < OPERATIONS]):
            return None
        assert self._first is not None
        said = " ".join(self._first.told.split())[:SHOWN] or "(nothing)"
        return (
            f"every call is answered alike, {self._first.reply.status} {said}: is it the right URL, and does "
            f"the target want something of every call (headers, params, cookies in troth.toml)?"
        )


def _gist(exchange: Exchange) -> str:
    """The text of an answer without what it repeats of its call."""
    text = exchange.text[:2000]
    parts = urlsplit(exchange.url)
    for own in (exchange.url, parts.path, exchange.operation.method):
        text = text.replace(own, "")
    return _OWN.sub("#", text)
