"""Worlds of their own: records, clock, journal and faults, by the name of a session.

A session is made on first use from a scenario and goes when nobody has used it for a while. The one without
a name is always there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import TypeAlias, TypeVar

from troth.contracts.contract.scenarios import DEFAULT, Fault, Scenario, scenarios_of
from troth.contracts.document import did_you_mean
from troth.contracts.document.pointers import referred
from troth.contracts.document.secrets import secret_names
from troth.contracts.errors import UsageError
from troth.contracts.model import Json, Node, Record
from troth.mock_server.api import Api
from troth.mock_server.beginnings import beginning
from troth.mock_server.clock import VirtualClock
from troth.mock_server.faults import Faults
from troth.mock_server.journal import CAP, Journal
from troth.mock_server.session_names import check_name
from troth.mock_server.standing import Standing
from troth.mock_server.stores import MemoryStore

State: TypeAlias = dict[str, dict[str, list[Node]]]
"""Records by API and resource."""

Result = TypeVar("Result")

MOST = 1000
"""Sessions at a time; the one that was not used for the longest goes, if that was a minute at least."""

RECORDS = 1_000_000
"""Records that all sessions have together, where one begins with many: each takes a kilobyte or more."""

BUSY = 60.0
"""Seconds of real time since its last use in which a session is not let go for another one."""

IDLE = 1800.0
"""Seconds of real time after which a session that nobody uses is gone."""

SHORT = 200
"""Calls that the journal of a named session keeps."""

ANSWERED = 2000
"""Bytes of answers that stand, for each call that the journal keeps."""

SMALL = 500
"""So many records nobody has to wait for."""


class Crowded(UsageError):
    """There is no room for another session now."""


@dataclass
class Kept:
    """What one API has stored, and the ids of its fixtures by name."""

    store: MemoryStore
    fixtures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """A snapshot: what was stored, and what time it was."""

    stores: Mapping[str, MemoryStore]
    moment: datetime
    frozen: bool


class Session:
    """One world: what a client sees of all APIs."""

    def __init__(self, name: str, seed: int, journal: Journal) -> None:
        self.name, self.journal = name, journal
        self.forget_answers()
        self.clock, self.faults = VirtualClock(), Faults(seed)
        self.scenario = DEFAULT
        self.kept: dict[str, Kept] = {}
        self.saved: dict[str, Saved] = {}
        self.used = monotonic()
        self.has_large = False
        """Whether a large body was sent: what was made of it takes long to read, too."""

    def forget_answers(self) -> None:
        """No answer stands; one that is being made will not."""
        self.standing = Standing(self.journal.cap * ANSWERED)

    @property
    def is_busy(self) -> bool:
        """Whether somebody is at work in a store, so that to look into it now is to wait."""
        return any(kept.store.is_busy for kept in self.kept.values())

    def store_of(self, api: Api) -> MemoryStore:
        """What an API has stored."""
        return self.kept[api.contract.name].store

    def state(self) -> State:
        """Every record of every API by resource, with its hidden variables."""
        found: State = {}
        for name, kept in self.kept.items():
            world = kept.store.view(self.clock.now())
            found[name] = {
                resource: [shown(record) for record in world.of(resource)]
                for resource in kept.store.contract.resources
            }
        return found

    def turn_back_clock(self) -> None:
        """Real time again. Calls counted in a future that is no more count against no quota."""
        self.clock.reset()
        for kept in self.kept.values():
            kept.store.turn_back()


def shown(record: Record) -> dict[str, Json]:
    """A record as the control API shows it."""
    found: dict[str, Json] = {"id": record.id, "data": record.data, "hidden": record.hidden}
    if record.parent is not None:
        found["parent"] = record.parent
    return found


class Sessions:
    """Every session of a mock, and what new ones begin with."""

    shared = False
    """Whether other processes have the same sessions: who works with one does so by ``run``."""

    def __init__(
        self,
        apis: Sequence[Api],
        seed: int,
        *,
        limits: bool,
        scenario: str,
        delay: tuple[float, float] | None,
    ) -> None:
        self.apis, self._seed, self._limits, self._delay = apis, seed, limits, delay
        self.scenario = self.known(scenario)
        self._beginnings: dict[str, dict[str, Kept]] = {}
        self._named: OrderedDict[str, Session] = OrderedDict()
        self._alone = Lock()
        self._secrets = _secret_names(apis)
        self.problems: list[str] = []
        """What is to be told of what was stored before."""
        self.default = self._made("", CAP)
        self._start()

    def _made(self, name: str, cap: int) -> Session:
        """A session that has not begun."""
        return Session(name, self._seed, Journal(cap, self._secrets))

    def _start(self) -> None:
        self.begin(self.default)

    def run(
        self, session: Session, work: Callable[[], Result], *, writing: bool = True, what: str = ""
    ) -> Result:
        """Do a piece of work on the world of a session."""
        return work()

    def scenarios(self) -> dict[str, str]:
        """What there is to begin with, and what is said of it."""
        found: dict[str, str] = {}
        for api in self.apis:
            for name, scenario in scenarios_of(api.contract).items():
                if not found.get(name):
                    found[name] = scenario.says
        return found

    def known(self, scenario: str) -> str:
        """The name of a scenario that there is. Raises UsageError."""
        valid = self.scenarios()
        if scenario not in valid:
            raise UsageError(f"there is no scenario {scenario!r}{did_you_mean(scenario, valid)}")
        return scenario

    def names(self) -> list[str]:
        """The names of the sessions that there are, the one used last at the end."""
        self._let_go()
        return list(self._named)

    def find(self, name: str, scenario: str | None = None) -> Session:
        """The session of a name, made where there is none. Raises UsageError where none can be, Crowded
        where none can be for now."""
        if not name:
            return self.default
        session = self._named.get(name)
        if session is not None:
            session.used = monotonic()
            self._named.move_to_end(name)
            return session
        check_name(name)
        self._make_room(self._first(self.known(scenario or self.scenario)))
        session = self._made(name, SHORT)
        self.begin(session, scenario)
        self._named[name] = session
        return session

    def soon(self, name: str, scenario: str | None) -> bool:
        """Whether a session is found or made in no time: it is there, or its beginning is, and is small."""
        if name in self._named:
            return True
        return self.is_small(scenario or self.scenario)

    def is_small(self, scenario: str) -> bool:
        """Whether to begin with a scenario takes no time."""
        first = self._beginnings.get(scenario)
        return first is not None and are_few(first)

    def find_alone(self, name: str, scenario: str | None = None) -> Session:
        """As ``find``, in another thread, while no other thread does. Raises UsageError."""
        with self._alone:
            return self.find(name, scenario)

    def _let_go(self) -> None:
        """Those that have been idle are gone."""
        now = monotonic()
        for session in list(self._named.values()):
            if now - session.used < IDLE:
                return
            del self._named[session.name]

    def _make_room(self, first: Mapping[str, Kept]) -> None:
        """Room for another session that begins so. Raises Crowded where all are in use."""
        self._let_go()
        records = 0 if are_few(first) else _size(first)
        while self._named and self._is_full(records):
            oldest = next(iter(self._named.values()))
            if monotonic() - oldest.used < BUSY:
                told = f"{len(self._named):,} sessions are in use"
                if len(self._named) < MOST:
                    told = f"{told}, with {RECORDS:,} records or more together"
                raise Crowded(f"{told}: end one (DELETE /__mock/sessions/NAME), or wait")
            del self._named[oldest.name]

    def _is_full(self, records: int) -> bool:
        """Whether there is no room for a session of so many records; 0: of few."""
        if len(self._named) >= MOST:
            return True
        if not records:
            return False
        return records + sum(_size(session.kept) for session in self._named.values()) > RECORDS

    def end(self, name: str) -> bool:
        """Forget a session; whether there was one."""
        return self._named.pop(name, None) is not None

    def follow(self, apis: Sequence[Api]) -> list[str]:
        """Keep other contracts of the same documents in every session; what is stored stays. What does not
        fit of the records without a session is told."""
        gone = {api.contract.name: set(api.contract.resources) for api in self.apis}
        self._take(apis)
        for session in (self.default, *self._named.values()):
            session.journal.hide(self._secrets)
            session.forget_answers()
            if session.scenario not in self.scenarios():
                session.scenario = DEFAULT
            first = self._first(session.scenario)
            for api in apis:
                kept = session.kept[api.contract.name]
                kept.store.follow(api.contract)
                begun = first[api.contract.name].store.begun(session.clock.now())
                for name in api.contract.resources.keys() - gone[api.contract.name]:
                    kept.store.add(begun.of(name))
        return self._misfits(gone)

    def _take(self, apis: Sequence[Api]) -> None:
        """Serve other contracts of the same documents."""
        self.apis, self._beginnings = apis, {}
        self._secrets = _secret_names(apis)
        if self.scenario not in self.scenarios():
            self.scenario = DEFAULT

    def _misfits(self, before: Mapping[str, set[str]]) -> list[str]:
        """What of the records without a session does not fit the documents, which had these resources."""
        found = []
        for api in self.apis:
            lost = before.get(api.contract.name, set()) - api.contract.resources.keys()
            found += [f"{api.contract.name}: there are no {name} any more" for name in sorted(lost)]
            found += _unfit(api, self.default)
        return found

    def begin(self, session: Session, scenario: str | None = None) -> None:
        """Start a session (again) with a scenario: records, clock, journal and faults. Raises UsageError."""
        name = self.known(scenario or self.scenario)
        first = self._first(name)
        session.scenario = name
        session.has_large = False
        session.clock.reset()
        session.journal.clear()
        faults = []
        if self._delay is not None:
            faults.append(Fault(delay=self._delay))
        for said in self._said(name):
            session.clock.advance(said.advance)
            session.clock.freeze(session.clock.frozen or said.frozen)
            faults += said.faults
        session.faults.reset(faults)
        now = session.clock.now()
        session.kept = {api: Kept(kept.store.begun(now), kept.fixtures) for api, kept in first.items()}
        session.forget_answers()

    def _said(self, name: str) -> list[Scenario]:
        """What the APIs say of a scenario; one that does not know it begins as always."""
        found = []
        for api in self.apis:
            known = scenarios_of(api.contract)
            found.append(known.get(name, known[DEFAULT]))
        return found

    def _first(self, name: str) -> dict[str, Kept]:
        """What a scenario begins with, made once."""
        if name not in self._beginnings:
            made: dict[str, Kept] = {}
            for api, scenario in zip(self.apis, self._said(name), strict=True):
                counting = self._limits and scenario.limits
                store = MemoryStore(api.contract, self._seed, counting=counting)
                records = beginning(api.contract, scenario, store.view(VirtualClock().now()))
                store.reset(records.values())
                fixtures = {key: record.id for key, record in records.items()}
                made[api.contract.name] = Kept(store, fixtures)
            self._beginnings[name] = made
        return self._beginnings[name]


def are_few(kept: Mapping[str, Kept]) -> bool:
    """Whether to go through all records takes no time."""
    return _size(kept) <= SMALL


def _size(kept: Mapping[str, Kept]) -> int:
    """How many records there are."""
    return sum(one.store.size() for one in kept.values())


def _secret_names(apis: Sequence[Api]) -> frozenset[str]:
    """The names of properties and parameters that the documents say are secret."""
    return frozenset(name for api in apis for name in secret_names(api.contract.document.data))


def _unfit(api: Api, session: Session) -> Iterator[str]:
    """The records that do not keep the schema of their resource."""
    contract, world = api.contract, session.store_of(api).view(session.clock.now())
    for resource in contract.resources.values():
        pointer = referred(resource.schema)
        for record in world.of(resource.name):
            for problem in contract.document.schemas.violations(pointer, dict(record.data))[:1]:
                at = "/".join(map(str, problem.path))
                yield f"{resource.name} {record.id} does not fit any more: /{at}: {problem.message}"
