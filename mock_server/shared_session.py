"""What one process knows of a world that others have, too: as of which turn, and what it has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import RLock
from time import monotonic
from typing import Any, TypeAlias

from troth.mock_server.sessions import Kept, Saved, Session
from troth.mock_server.shared_journal import SharedJournal
from troth.mock_server.stores.coded import coded, decoded
from troth.mock_server.stores.database import Found
from troth.mock_server.stores.memory import MemoryStore
from troth.mock_server.stores.replica import Cell, Name, Replica

ABOUT: Name = ("session",)
LEVERS: Name = ("levers",)
"""Two cells that every world has."""

Empty: TypeAlias = Callable[[str, str], Replica | None]
"""Gives a store with nothing in it, for an API in a scenario; None: the API is not served here."""


class _Snapshots(dict[str, Saved]):
    """Snapshots by name, and which of them were changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: dict[str, None] = {}

    def __setitem__(self, name: str, saved: Saved) -> None:
        super().__setitem__(name, saved)
        self.changed[name] = None

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self.changed[name] = None

    def fill(self, name: str, saved: Saved | None) -> None:
        """Take over what somebody else has saved, or has forgotten."""
        self.pop(name, None)
        if saved is not None:
            super().__setitem__(name, saved)

    def empty(self) -> None:
        """Nothing is known of any."""
        self.clear()
        self.changed.clear()


class SharedSession(Session):
    """What this process knows of a world, and as of which turn."""

    def __init__(self, name: str, seed: int, journal: SharedJournal) -> None:
        super().__init__(name, seed, journal)
        self.lock = RLock()
        self.shared_journal = journal
        self.wanted: str | None = None
        """The scenario with which it begins where nobody has begun it."""
        self.snapshots = self.saved = _Snapshots()
        self.resources: dict[str, list[str]] = {}
        """The resources of each API that the world has begun with."""
        self.inside = False
        """Whether a turn is being taken."""
        self.noted = monotonic()
        self.lose()

    def lose(self) -> None:
        """Nothing is known of the world any more: it is read anew before the next turn."""
        self.world, self.seq = 0, -1
        self.kept, self.resources = {}, {}
        self.snapshots.empty()
        self.begun, self.anew, self.grown = False, False, False
        self._levers = self.levers()
        self.shared_journal.pending.clear()

    def outdated(self, found: Found) -> bool:
        """Whether what is known does not lead to what was found."""
        if self.seq < 0:
            return False
        return found.world != self.world or found.floor > self.seq

    def levers(self) -> str:
        """Clock, faults, and which calls are forgotten."""
        said = {"clock": self.clock.written(), "faults": self.faults.written()}
        return json.dumps({**said, "cleared": self.journal.cleared})

    def moved(self) -> str | None:
        """The levers, where somebody has moved one beside all turns."""
        levers = self.levers()
        if self.begun and levers != self._levers:
            return levers
        return None

    def replicas(self) -> Iterator[tuple[str, Replica]]:
        """What is stored of each API."""
        for api, kept in self.kept.items():
            assert isinstance(kept.store, Replica)
            yield api, kept.store

    def changed(self) -> bool:
        """Whether there is anything to store."""
        if self.anew or self.grown or self.snapshots.changed:
            return True
        if any(store.anew or store.changed for _, store in self.replicas()):
            return True
        return self.levers() != self._levers

    def rewritten(self) -> bool:
        """Whether everything is to be stored, in the place of what was there."""
        return self.anew or any(store.anew for _, store in self.replicas())

    def cells(self) -> Iterator[Cell]:
        """What is to be stored: what has changed, or all of it."""
        every = self.rewritten()
        if every or self.grown:
            yield Cell(ABOUT, self._about())
        if every or self.levers() != self._levers:
            yield Cell(LEVERS, self.levers())
        for name in list(self.saved) if every else self.snapshots.changed:
            yield Cell(("snapshot", name), _saved_text(self.saved.get(name)))
        for api, store in self.replicas():
            for (kind, *at), text in store.cells(every=every):
                yield Cell((kind, api, *at), text)

    def _about(self) -> str:
        fixtures = {api: dict(kept.fixtures) for api, kept in self.kept.items()}
        return json.dumps({"scenario": self.scenario, "resources": self.resources, "fixtures": fixtures})

    def settled(self) -> None:
        """What was changed is stored."""
        self.anew, self.grown, self._levers = False, False, self.levers()
        self.snapshots.changed.clear()
        for _, store in self.replicas():
            store.settled()

    def fill(self, found: Found, empty: Empty) -> None:
        """Take over what is newer."""
        for cell, born in found.cells:
            kind, *at = cell.name
            if kind == "session":
                self._fill_session(json.loads(cell.text or "{}"), empty)
            elif kind == "levers":
                self.move(cell.text or "{}")
                self._levers = self.levers()
            elif kind == "snapshot":
                self._fill_snapshot(at[0], cell.text, empty)
            elif at[0] in self.kept:
                store = self.kept[at[0]].store
                assert isinstance(store, Replica)
                store.fill(Cell((kind, *at[1:]), cell.text), anew=born > self.seq)

    def move(self, levers: str) -> None:
        """Have these levers."""
        said = json.loads(levers)
        self.clock.be(said["clock"])
        self.faults.be(said["faults"])
        self.journal.cleared = said["cleared"]

    def _fill_session(self, said: Mapping[str, Any], empty: Empty) -> None:
        self.begun = True
        self.scenario, self.resources = said["scenario"], said["resources"]
        for api, fixtures in said["fixtures"].items():
            store = empty(api, self.scenario)
            if store is not None and api not in self.kept:
                self.kept[api] = Kept(store, fixtures)

    def _fill_snapshot(self, name: str, text: str | None, empty: Empty) -> None:
        if text is None:
            self.snapshots.fill(name, None)
            return
        said = decoded(text)
        stores: dict[str, MemoryStore] = {}
        for api, cells in said["stores"].items():
            store = empty(api, self.scenario)
            if store is None:
                continue
            for at, value in cells:
                store.fill(Cell(at, value), anew=False)
            stores[api] = store
        self.snapshots.fill(name, Saved(stores, said["moment"], said["frozen"]))


def _saved_text(saved: Saved | None) -> str | None:
    if saved is None:
        return None
    stores = {api: [tuple(cell) for cell in _every(store)] for api, store in saved.stores.items()}
    return coded({"stores": stores, "moment": saved.moment, "frozen": saved.frozen})


def _every(store: MemoryStore) -> Iterable[Cell]:
    assert isinstance(store, Replica)
    return store.cells(every=True)
