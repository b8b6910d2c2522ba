"""Sessions that are kept in a database: processes and hosts that share it share the worlds.

Each process has a replica of every world that it is asked about. A call is one turn: what others have changed
is read, the call is decided on the replica, what it has changed is stored, and only then it is answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import monotonic, time
from typing import TypeVar

from troth.contracts.contract.scenarios import DEFAULT, scenarios_of
from troth.contracts.errors import UsageError
from troth.mock_server.api import Api
from troth.mock_server.session_names import check_name
from troth.mock_server.sessions import BUSY, IDLE, MOST, SHORT, Kept, Session, Sessions
from troth.mock_server.shared_journal import SharedJournal
from troth.mock_server.shared_session import ABOUT, SharedSession
from troth.mock_server.stores.away import StoreAway
from troth.mock_server.stores.database import PATIENCE, Database, Found, Lost, Raced, Turn
from troth.mock_server.stores.replica import Replica, filled

TRIES = 5
"""Times that a call is tried where another process makes the same world, or connections are stale."""

USED = 60.0
"""Seconds between two notes that a world is only looked at."""

Result = TypeVar("Result")


class _MustWrite(Exception):
    """What was taken to look only has something to store."""


class SharedSessions(Sessions):
    """Every session of a database."""

    shared = True

    def __init__(
        self,
        store: str,
        apis: Sequence[Api],
        seed: int,
        *,
        limits: bool,
        scenario: str,
        delay: tuple[float, float] | None,
    ) -> None:
        self._database = Database(store)
        self._database.prepare()
        self._writing: set[str] = set()
        """What has turned out to write though it does not look so."""
        super().__init__(apis, seed, limits=limits, scenario=scenario, delay=delay)

    def _made(self, name: str, cap: int) -> Session:
        return SharedSession(name, self._seed, SharedJournal(self._database, cap, self._secrets))

    def _start(self) -> None:
        there = self._check()
        self.run(self.default, lambda: None)
        if not there:
            return
        if self.default.scenario != self.scenario:
            kept = f"{self._database.name} goes on with scenario {self.default.scenario!r}"
            self.problems.append(f"{kept}; POST /__mock/reset begins with another")
        self.problems += self._misfits({api: set(names) for api, names in there.items()})

    def _check(self) -> Mapping[str, Sequence[str]]:
        """The resources of each API that the database has; none: it is new. Raises UsageError where it is of
        other documents."""
        with self._database.any_turn() as turn:
            found = self._database.read(turn, "", -1)
        there: Mapping[str, Sequence[str]] = {}
        for cell, _ in found.cells if found else ():
            if cell.name == ABOUT:
                there = json.loads(cell.text or "{}")["resources"]
        served = {api.contract.name: set(api.contract.resources) for api in self.apis}
        if there and there.keys().isdisjoint(served):
            text = f"keeps the records of {', '.join(there)}, not of {', '.join(served)}"
            raise UsageError(f"--store {self._database.name} {text}; name another store")
        for name in served.keys() & there.keys():
            if there[name] and served[name] and served[name].isdisjoint(there[name]):
                text = f"is of another document named {name}: it has {', '.join(there[name])}"
                raise UsageError(f"--store {self._database.name} {text}; name another store")
        return there

    def run(
        self, session: Session, work: Callable[[], Result], *, writing: bool = True, what: str = ""
    ) -> Result:
        """Do a piece of work on a world as it is now; what it changes is stored, or has not happened.

        Work may be done twice. ``what`` names what does not look as if it wrote. Raises StoreAway.
        """
        assert isinstance(session, SharedSession)
        if not session.lock.acquire(timeout=2 * PATIENCE):
            raise StoreAway(f"the store {self._database.name} cannot be used now: others have to wait, too")
        try:
            if session.inside:
                return work()
            return self._tried(session, work, what, writing=writing)
        finally:
            session.lock.release()

    def _tried(
        self, session: SharedSession, work: Callable[[], Result], what: str, *, writing: bool
    ) -> Result:
        moved = session.moved()
        if what in self._writing or moved is not None:
            writing = True
        for _ in range(TRIES):
            try:
                return self._turn(session, work, moved, writing=writing)
            except _MustWrite:
                writing = True
                self._writing.add(what)
            except (Raced, Lost):
                continue
        raise StoreAway(f"the store {self._database.name} cannot be used now: it breaks off connections")

    def _turn(
        self, session: SharedSession, work: Callable[[], Result], moved: str | None, *, writing: bool
    ) -> Result:
        """One try. Where it fails after something was changed, nothing is known of the world any more."""
        try:
            with self._database.turn(writing=writing) as turn:
                found = self._refresh(session, turn)
                if moved is not None:
                    session.move(moved)
                result = self._worked(session, work)
                changed = session.changed()
                if changed:
                    self._store(session, turn, found)
                session.shared_journal.flush(turn)
        except BaseException as error:
            if isinstance(error, (_MustWrite, Raced, Lost, StoreAway)) or session.changed():
                session.lose()
            session.shared_journal.pending.clear()
            raise
        session.seq = found.seq
        if changed:
            session.settled()
        return result

    def _worked(self, session: SharedSession, work: Callable[[], Result]) -> Result:
        session.inside = True
        try:
            return work()
        finally:
            session.inside = False

    def _refresh(self, session: SharedSession, turn: Turn) -> Found:
        """Know a world as it is; make it where there is none."""
        found = self._found(session, turn)
        session.world = session.shared_journal.world = found.world
        if found.cells:
            session.fill(found, self._empty)
            if session.scenario not in self.scenarios():
                session.scenario = DEFAULT
        if not session.begun:
            self.begin(session, session.wanted)
        self._grow(session)
        session.seq = found.seq
        if turn.writing:
            session.seq -= 1  # this turn counts when it is stored
            for _, store in session.replicas():
                store.random = Random(f"{self._seed} {found.seq - found.begun}")
        elif monotonic() - session.noted > USED:
            session.noted = monotonic()
            self._database.touch(found.world)
        return found

    def _found(self, session: SharedSession, turn: Turn) -> Found:
        """What is newer in a world. Raises _MustWrite where there is none, and none can be made."""
        if turn.writing and not self._database.lock(turn, session.name):
            session.lose()
            self._make_place(session.name)
            self._database.create(turn, session.name)
        found = self._database.read(turn, session.name, session.seq)
        if found is not None and session.outdated(found):
            session.lose()
            found = self._database.read(turn, session.name, session.seq)
        if found is None:
            raise _MustWrite
        return found

    def _make_place(self, name: str) -> None:
        """Room for another world. Raises UsageError where all are in use."""
        if not name:
            return
        self._database.let_go(time() - IDLE)
        names = self._database.names(0)
        if len(names) < MOST:
            return
        if names[0] in self._database.names(time() - BUSY):
            raise UsageError(f"{MOST:,} sessions are in use")
        self._database.end(names[0])

    def _empty(self, api: str, scenario: str) -> Replica | None:
        """A store of an API with nothing in it; None: the API is not served here."""
        for served in self.apis:
            if served.contract.name == api:
                known = scenarios_of(served.contract)
                limits = known.get(scenario, known[DEFAULT]).limits
                return filled(served.contract, self._seed, counting=self._limits and limits)
        return None

    def _grow(self, session: SharedSession) -> None:
        """The world gets what the documents have by now beside what it began with."""
        for api in self.apis:
            name, resources = api.contract.name, api.contract.resources
            began = session.resources.get(name)
            if began is not None and resources.keys() <= set(began):
                continue
            first = self._first(session.scenario)[name]
            if name not in session.kept:
                store = self._empty(name, session.scenario)
                assert store is not None
                session.kept[name] = Kept(store, first.fixtures)
            begun = first.store.begun(session.clock.now())
            for resource in resources.keys() - set(began or ()):
                session.kept[name].store.add(begun.of(resource))
            session.resources[name] = sorted({*resources, *(began or ())})
            session.grown = True

    def _store(self, session: SharedSession, turn: Turn, found: Found) -> None:
        """Store what has changed. Raises _MustWrite in a turn that is there for looking only."""
        if not turn.writing:
            raise _MustWrite
        if session.rewritten():
            session.resources = {api: session.resources[api] for api in session.kept}  # others begin again
            self._database.clear(turn, found, begun=session.anew)
        self._database.write(turn, found, session.cells())

    def begin(self, session: Session, scenario: str | None = None) -> None:
        assert isinstance(session, SharedSession)
        super().begin(session, scenario)
        session.anew = session.begun = True
        session.resources = {}
        for api, kept in session.kept.items():
            store = Replica(kept.store.contract, self._seed, counting=kept.store.counting)
            store.take_over(kept.store)
            session.kept[api] = Kept(store, kept.fixtures)
            session.resources[api] = sorted(store.contract.resources)

    def soon(self, name: str, scenario: str | None) -> bool:
        return True  # it begins when somebody works with it

    def find(self, name: str, scenario: str | None = None) -> Session:
        if not name:
            return self.default
        session = self._named.get(name)
        if session is None:
            check_name(name)
            self._let_go()
            if len(self._named) >= MOST:
                self._named.popitem(last=False)  # it is there still, but for this process
            session = self._named[name] = self._made(name, SHORT)
        assert isinstance(session, SharedSession)
        session.wanted, session.used = scenario, monotonic()
        self._named.move_to_end(name)
        return session

    def names(self) -> list[str]:
        self._database.let_go(time() - IDLE)
        return self._database.names(0)

    def end(self, name: str) -> bool:
        self._named.pop(name, None)
        return bool(name) and self._database.end(name)

    def follow(self, apis: Sequence[Api]) -> list[str]:
        gone = {api.contract.name: set(api.contract.resources) for api in self.apis}
        self._take(apis)
        for session in (self.default, *self._named.values()):
            assert isinstance(session, SharedSession)
            session.journal.hide(self._secrets)
            with session.lock:
                session.lose()
        self.run(self.default, lambda: None)
        return self._misfits(gone)
