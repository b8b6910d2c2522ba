"""Answers that stand until something is written: who asks the same again gets the same again.

Only calls that changed nothing, counted nothing and asked neither the time nor chance leave such an answer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeAlias

from starlette.types import Scope

from troth.contracts.errors import ContractFault
from troth.mock_server.journal import Entry
from troth.mock_server.stores import MemoryStore
from troth.mock_server.wire import Request, Response

Asked: TypeAlias = "tuple[str | bytes, ...]"
"""All that a request says."""

EACH = 1000
"""Bytes that an answer takes besides its body."""

LONGEST = 50_000
"""Bytes of one that is kept."""

_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Answered:
    """A response, what the journal says of it, and where its records are stored.

    ``written`` is how much had been written there when it was decided; None: it does not stand.
    """

    response: Response
    entry: Entry
    store: MemoryStore
    written: int | None


class Standing:
    """The answers that stand in one session, of at most so many bytes together."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._known: OrderedDict[Asked, Answered] = OrderedDict()

    def found(self, asked: Asked, now: datetime) -> Answered | None:
        """The answer to this that still stands."""
        known = self._known.get(asked)
        if known is None:
            return None
        try:
            written = known.store.written(now)
        except ContractFault:  # whoever decides is told
            return None
        if written != known.written:
            self._let_go(asked)
            return None
        self._known.move_to_end(asked)
        return known

    def keep(self, asked: Asked, answered: Answered) -> None:
        """This was answered."""
        size = _size(asked, answered)
        if answered.written is None:
            return
        if size > LONGEST:
            return
        self._let_go(asked)
        self._known[asked] = answered
        self._size += size
        while self._size > self._most:
            self._let_go(next(iter(self._known)))

    def _let_go(self, asked: Asked) -> None:
        known = self._known.pop(asked, None)
        if known is not None:
            self._size -= _size(asked, known)


def _size(asked: Asked, answered: Answered) -> int:
    """Bytes that an answer takes, roughly: with what was asked, and with what the journal says of it."""
    return EACH + sum(map(len, asked)) + answered.entry.size + len(answered.response.body)


def asked_for(scope: Scope, request: Request) -> Asked | None:
    """Everything on which an answer may depend, besides what is stored; None: none will stand."""
    if request.method not in _SAFE:
        return None
    if request.body != b"":
        return None
    if "prefer" in request.headers:
        return None
    if "__" in request.query:
        return None
    path = (scope.get("root_path", ""), request.path, request.raw_path or b"", request.query)
    return request.method, *path, *chain.from_iterable(request.headers.items())
