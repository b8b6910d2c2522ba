"""The journal of a world that several processes share: it is kept where the world is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from anyio import to_thread

from troth.contracts.model import Json
from troth.mock_server.journal import Entry, Event, Happened, Journal
from troth.mock_server.stores.away import StoreAway
from troth.mock_server.stores.coded import coded, decoded
from troth.mock_server.stores.database import Database, Turn

_CALL = "call"
_SELDOM = 50
"""Events that one process adds before it looks whether there are too many."""


class SharedJournal(Journal):
    """What happened in a world, by whomever."""

    def __init__(self, database: Database, cap: int, secret_names: Collection[str]) -> None:
        super().__init__(cap, secret_names)
        self._database, self._added = database, 0
        self.world = 0
        self.pending: list[tuple[str, str]] = []
        """What has happened in this turn: it is stored with the turn, or has not happened."""

    @property
    def number(self) -> int:
        return self._database.last_event(self.world)

    def _happened(self, kind: str, what: Entry | Mapping[str, Json]) -> None:
        text = coded(what.members if isinstance(what, Entry) else what)
        self.pending.append((kind, text))

    def flush(self, turn: Turn) -> None:
        """Store what has happened in this turn."""
        if not self.pending:
            return
        before, self._added = self._added, self._added + len(self.pending)
        most = 0
        if before // _SELDOM != self._added // _SELDOM:
            most = self.cap
        self._database.tell(turn, self.world, self.pending, most)
        self.pending.clear()

    def _kept(self, after: int) -> Iterable[Happened]:
        for number, kind, text in self._database.events(self.world, after)[-self.cap :]:
            what = decoded(text)
            yield number, kind, Entry(**what) if kind == _CALL else what

    async def coming(self, number: int) -> tuple[list[Event], int]:
        try:
            return await to_thread.run_sync(self.since, number)
        except StoreAway:  # it may be back by the next look
            return [], number
