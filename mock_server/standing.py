"""Answers that stand until something is written: who asks the same again gets the same again.

Only calls that changed nothing, counted nothing and asked neither the time nor chance leave such an answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from starlette.types import Scope

from troth.mock_server.journal import Entry
from troth.mock_server.stores import MemoryStore
from troth.mock_server.wire import Request, Response

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

    @cached_property
    def size(self) -> int:
        """Bytes that it takes, roughly: the body is there once, the head of the request twice."""
        return EACH + 2 * self.entry.size + len(self.response.body)


class Standing:
    """The answers that stand in one session, of at most so many bytes together."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._known: OrderedDict[Hashable, Answered] = OrderedDict()

    def found(self, asked: Hashable, now: datetime) -> Answered | None:
        """The answer to this that still stands."""
        known = self._known.get(asked)
        if known is None:
            return None
        if known.store.written(now) != known.written:
            self._let_go(asked)
            return None
        self._known.move_to_end(asked)
        return known

    def keep(self, asked: Hashable, answered: Answered) -> None:
        """This was answered."""
        if answered.written is None or answered.size > LONGEST:
            return
        self._let_go(asked)
        self._known[asked] = answered
        self._size += answered.size
        while self._size > self._most:
            self._let_go(next(iter(self._known)))

    def _let_go(self, asked: Hashable) -> None:
        known = self._known.pop(asked, None)
        if known is not None:
            self._size -= known.size


def asked_for(scope: Scope, request: Request) -> Hashable | None:
    """Everything on which an answer may depend, besides what is stored; None: none will stand."""
    if request.method not in _SAFE or request.body != b"":
        return None
    if "prefer" in request.headers or "__" in request.query:
        return None
    path = (scope.get("root_path", ""), request.path, request.raw_path, request.query)
    return request.method, *path, *scope["headers"]
