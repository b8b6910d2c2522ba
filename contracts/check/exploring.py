"""Exploration: a Hypothesis state machine over all operations, each step judged, failures made short.

A history begins with nothing of its own and makes what it needs; each of its calls is held against what the
contract allows. What the promises' own probes have found already is not told again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, reject, settings
from hypothesis import seed as seeded
from hypothesis.database import ExampleDatabase
from hypothesis.errors import HypothesisException, UnsatisfiedAssumption
from hypothesis.stateful import run_state_machine_as_test

from troth.contracts.check.batch import Executed
from troth.contracts.check.book import Book
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.executing import Executor
from troth.contracts.check.histories import Step, Steps, machine_of, planned_on, without
from troth.contracts.check.judge import Judgement
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.provisioning import Unreached
from troth.contracts.check.records import state_of
from troth.contracts.check.results import Evidence
from troth.contracts.check.safety import is_safe
from troth.contracts.check.troubles import Trouble
from troth.contracts.contract import Contract
from troth.contracts.errors import ContractFault
from troth.contracts.model import Pointer, Record
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Subject

STEPS = 12
"""Calls in a history at most."""

HISTORIES = 20
"""So many in one search; the next one begins with other chances. In a longer one Hypothesis would try more of
what is plainest."""

RESERVE = 0.3
"""The part of the budget that is kept for making a finding short."""

LAST = 8
"""Requests that one more step may take, with its readings."""


def explored(contract: Contract) -> list[Promise]:
    """A promise for each operation: whatever was called before, it does what the contract says."""
    return [
        Promise(
            f"{operation.id}/explored",
            operation.id,
            f"{operation.id} does what the contract says, whatever was called before",
            operation.pointer,
        )
        for operation in contract.operations.values()
        if operation.resource is not None and not is_safe(operation)  # every step is read back anyway
    ]


@dataclass(frozen=True)
class _Found:
    """A step that the contract does not allow."""

    guilty: Mapping[str, Sequence[Mismatch]]
    """By promise what is wrong."""
    exchanges: tuple[Exchange, ...]

    @property
    def probed(self) -> str:
        """The promise of the call that showed it."""
        return f"{self.exchanges[-1].operation.id}/explored"


class _NewFinding(Exception):
    """A step shows something that was not known."""

    def __init__(self, found: _Found) -> None:
        super().__init__("broken")
        self.found = found


class _Enough(BaseException):
    """The budget is used up; Hypothesis catches every Exception."""


class _Lens(Book):
    """The book of an exploration: nothing is booked yet, what is new is raised."""

    def __init__(self, contract: Contract, promises: Sequence[Promise], real: Book) -> None:
        super().__init__(contract, promises)
        self._real, self._by_id = real, {promise.id: promise for promise in promises}

    @property
    def guesses(self) -> Set[Pointer]:
        return self._real.guesses

    def judged(
        self,
        promise: Promise,
        planned: PlannedCall,
        seen: Observation,
        judgement: Judgement,
        exchanges: Sequence[Exchange],
    ) -> None:
        if not judgement.mismatches:
            return
        guilty = self._guilty(promise, planned, seen, judgement.mismatches)
        new = {id: found for id, found in guilty.items() if not self._is_known(id)}
        if new:
            raise _NewFinding(_Found(new, tuple(exchanges)))

    def conformed(
        self, promise: Promise, exchange: Exchange, exchanges: Sequence[Exchange], problems: Sequence[str]
    ) -> None:
        """What an answer breaks of its documented response the real book knows how to tell."""
        self._real.conformed(promise, exchange, exchanges, problems)

    def _is_known(self, id: str) -> bool:
        """Whether a promise is known to be broken."""
        tally = self._real.tally(self._by_id[id])
        return bool([*tally.broken, *tally.differs])

    def _guilty(
        self, promise: Promise, planned: PlannedCall, seen: Observation, mismatches: Sequence[Mismatch]
    ) -> dict[str, list[Mismatch]]:
        """The promises to blame, each with what is wrong."""
        own, foreign = self._sorted_out(promise, planned, seen, mismatches)
        found = {self._about[subject].id: mismatches for subject, mismatches in foreign.items()}
        if own:
            found.setdefault(self._of_call(promise, planned, seen, own).id, []).extend(own)
        return found

    def _of_call(
        self, promise: Promise, planned: PlannedCall, seen: Observation, own: Sequence[Mismatch]
    ) -> Promise:
        """The promise about a move from a state, where it is the status that differs; else the history's."""
        if seen.before is None:
            return promise
        if not any(mismatch.of_status for mismatch in own):
            return promise
        state = str(state_of(self._contract, seen.before))
        return self._about.get(Subject(planned.operation, Aspect.TRANSITION, state), promise)

    def book_for_good(self, found: _Found, exchanges: Sequence[Exchange]) -> None:
        """What was found, with its history."""
        for id, mismatches in found.guilty.items():
            evidence = Evidence(tuple(exchanges), tuple(mismatches), found.probed)
            self._real.blame(self._by_id[id], evidence)


class Explorer:
    """Explores with a budget of requests."""

    def __init__(
        self,
        executor: Executor,
        promises: Sequence[Promise],
        client: Client,
        recover: Callable[[Trouble], None],
        number: int,
    ) -> None:
        self.contract, self._book = executor.contract, executor.book
        self._executor, self._client, self._recover, self._number = executor, client, recover, number
        self._own = {promise.operation: promise for promise in promises if promise.id.endswith("/explored")}
        self._lens = _Lens(executor.contract, promises, executor.book)
        self._history: list[Exchange] = []
        """The calls of the history that goes on."""
        self._steps: Steps = []
        self._shortest: tuple[Steps, tuple[Exchange, ...], _Found] | None = None
        self._most = self._reserve = self._histories = 0

    def run(self, operations: Sequence[str], requests: int, database: ExampleDatabase | None) -> None:
        """Explore operations, with so many requests; what is found is booked."""
        self._most = self._client.sent + requests - LAST
        self._reserve = int(requests * RESERVE)
        while self._is_left:
            before = self._client.sent
            self._search(operations, database)
            if self._shortest is not None:
                with self._looking(), suppress(_Enough):
                    self._shorten()
                _, exchanges, found = self._shortest
                self._lens.book_for_good(found, exchanges)
                self._shortest = None
            if self._client.sent == before:
                return

    def _search(self, operations: Sequence[str], database: ExampleDatabase | None) -> None:
        """Hypothesis looks for a history that the contract does not allow, and for the shortest one."""
        phases = [Phase.generate]  # what Hypothesis would make simple first are the values, not the history
        if database is not None:
            phases.insert(0, Phase.reuse)
        machine = seeded(self._number + self._histories)(machine_of(self, operations))
        chosen = settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            database=database,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            print_blob=False,
        )
        with self._looking(), suppress(_NewFinding, _Enough, HypothesisException):
            run_state_machine_as_test(machine, settings=chosen)

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Nothing is booked yet, every call is read back by itself."""
        executor, alone, noted = self._executor, self._executor.one_by_one, self._client.noted

        def note(exchange: Exchange) -> None:
            noted(exchange)
            self._history.append(exchange)

        executor.book, executor.one_by_one, self._client.noted = self._lens, True, note
        try:
            yield
        finally:
            executor.book, executor.one_by_one, self._client.noted = self._book, alone, noted

    @property
    def _is_left(self) -> bool:
        """Whether there is something left of the budget: some of it is for making short what is found."""
        reserve = 0 if self._shortest else self._reserve
        return self._client.sent < self._most - reserve

    def begin(self) -> None:
        """A history begins."""
        self._histories += 1
        self._history.clear()
        self._steps.clear()

    def _shorten(self) -> None:
        """Leave out steps of what was found, as long as the same is found: what was refused, what is about
        other resources, then one by one."""
        assert self._shortest is not None
        steps, wanted = list(self._shortest[0]), set(self._shortest[2].guilty)
        last, taken = steps[-1][0], [pair for pair in steps[:-1] if pair[1]]
        for left in (
            taken,
            [pair for pair in taken if pair[0].resource in (None, last.resource)],
        ):
            if self._shows([*left, steps[-1]], wanted):
                steps = [*left, steps[-1]]
        number = len(steps) - 2
        while number >= 0:
            left = without(steps, number)
            if self._shows(left, wanted):
                steps = left
            number = min(number, len(steps)) - 1

    def _shows(self, steps: Steps, wanted: Set[str]) -> bool:
        """Whether a history shows that one of the wanted promises is broken."""
        self.begin()
        made: dict[str, list[str]] = {}
        for step, _ in steps:
            ids = made.get(step.resource or "", [])
            if step.resource is not None and step.number >= len(ids):
                return False
            own = str(step.operation.resource)
            before = self.made(own)
            try:
                self.step(step, ids[step.number] if ids else "")
            except _NewFinding as new:
                return bool(wanted & new.found.guilty.keys())
            except UnsatisfiedAssumption:
                return False
            made.setdefault(own, []).extend(sorted(self.made(own) - before))
        return False

    def step(self, step: Step, id: str) -> bool:
        """One call on a record, judged; whether it was taken. Raises what Hypothesis is to know."""
        if not self._is_left:
            raise _Enough
        planned, record = planned_on(self, step.operation, id, step.draws)
        promise = self._own[planned.operation]
        executed = Executed(promise, Probe((planned,)), 0, (step.values,), False)
        before = len(self._history)
        try:
            self._executor.execute(executed, record)
        except Trouble as trouble:
            self._recover(trouble)
            reject()
        except (Unavailable, Unreached, ContractFault):
            return False
        except _NewFinding as new:
            self._steps.append((step, True))
            self._remember(new.found)
            raise
        if before:
            tally = self._book.tally(promise)
            tally.kept, tally.read = tally.kept + 1, True
        mine = [one for one in self._history[before:] if one.operation.id == planned.operation]
        taken = any(exchange.reply.status < 300 for exchange in mine)
        self._steps.append((step, taken))
        return taken

    def _remember(self, found: _Found) -> None:
        """Keep what was found, if nothing shorter is known."""
        last = found.exchanges[-1]
        before = [one for one in self._history if one is not last]
        exchanges = (*(one for one in before if _changes(one)), last)
        if self._shortest is None or len(self._steps) <= len(self._shortest[0]):
            self._shortest = list(self._steps), exchanges, found

    def values(self, data: Any, planned: PlannedCall, record: Record | None) -> Mapping[str, Any]:
        """What is drawn for a call."""
        strategy = self._executor.builder.strategy(planned, record)
        if strategy is None:
            return {}
        found: Mapping[str, Any] = data.draw(strategy)
        return found

    def made(self, resource: str) -> set[str]:
        """The ids of the records of the tester's own."""
        return {record.id for record in self._executor.pool.own(resource)}

    def record(self, resource: str, id: str) -> Record | None:
        """A record of the tester's own as it is known now."""
        return self._executor.pool.get(resource, id)


def _changes(exchange: Exchange) -> bool:
    """Whether a call belongs into the story of a history."""
    return not is_safe(exchange.operation) and exchange.reply.status < 300
