"""The run: every promise's probes on records that fit, each answer judged, failures made small.

The way of a promise through this room:

=================  ==================================================================================
``plan``           lists the promises of a contract, and when each is tried
``provisioning``   finds the record that a probe starts from, or leads one there by a way of ``ways``
``building``       makes calls of planned ones: ``bodies``, ``stand_ins``; the rest from ``draws``
``search``         has Hypothesis draw that rest, and a simpler one where it fails
``executing``      makes the calls in a row; ``client`` sends them, ``judge`` holds what was seen against the
                   allowed outcomes: ``answer``, ``read_back``, ``lists``, ``others``
``batch``          has what came of many calls read together; ``observing`` reads it
``book``           counts it for the promise that it is about; from there the verdict
=================  ==================================================================================
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.batch import Executed
from troth.contracts.check.book import Book, BrokenPromise, missing
from troth.contracts.check.building import CallBuilder
from troth.contracts.check.choosing import Chooser
from troth.contracts.check.client import Client
from troth.contracts.check.clock import Clock
from troth.contracts.check.draws import Draws, Unavailable
from troth.contracts.check.executing import Disturbed, Executor
from troth.contracts.check.memory import Memory
from troth.contracts.check.observing import Observer
from troth.contracts.check.opening import read_everything
from troth.contracts.check.plan import ordered, promises
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.records import Pool, fits, state_of
from troth.contracts.check.results import Evidence, Report
from troth.contracts.check.search import Search
from troth.contracts.check.series import Series
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import rules_of
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record
from troth.contracts.promises.promise import Another, Probe, Promise, Turn

Progress = Callable[[int, int, str], None]


def check(
    contract: Contract,
    target: Target | str,
    *,
    seed: int = 0,
    only: Sequence[str] = (),
    fail_fast: bool = False,
    limits: bool = False,
) -> Report:
    """Hold an API against a contract, promise by promise; it writes to what it checks.

    ``target``: the API, or its base URL. ``only``: globs of promise ids (``pauseCampaign/*``).
    ``limits``: run into quotas in real time where the target's clock cannot be set.
    Raises TargetError where the API cannot be reached or is none.
    """
    if isinstance(target, str):
        target = Target(target, target)
    return Checker(contract, target, number=seed, real_limits=limits, fail_fast=fail_fast, only=only).run()


class Checker:
    """One run of a contract against a target."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        number: int = 0,
        real_limits: bool = False,
        fail_fast: bool = False,
        only: Sequence[str] = (),
    ) -> None:
        self.contract, self.target, self.seed = contract, target, number
        self.fail_fast, self.only = fail_fast, tuple(only)
        self.clock = Clock(target.clock, slow=real_limits)
        self.client = Client(contract, target, self.clock)
        self.pool = Pool(contract)
        self.observer = Observer(contract, self.client, self.pool)
        self.memory = Memory(contract, self.pool, self.observer)
        self.builder = CallBuilder(contract, self.pool, Draws(contract), number)
        self.provisioner = Provisioner(contract, self.client, self.pool, self.observer, self.builder)
        self.promises = promises(contract)
        book, has_token = Book(contract, self.promises), bool(target.token)
        self.executor = Executor(
            contract,
            book,
            self.clock,
            self.pool,
            self.observer,
            self.memory,
            self.builder,
            has_token=has_token,
        )
        self.chooser = Chooser(self.executor)
        self.series = Series(self.executor, self.client, self.provisioner)
        self.provisioner.before_change = self.executor.settle_before
        self.provisioner.after_change = self.executor.batch.touch
        self._anew = self._always_one_by_one = False
        self.executed: list[Executed] = []
        """What was executed, so that it can be repeated."""

    @property
    def book(self) -> Book:
        """What has been found out so far."""
        return self.executor.book

    def run(self, progress: Progress = lambda done, of, name: None) -> Report:
        """Try every promise (with ``fail_fast`` until one is broken).

        Raises TargetError where the API cannot be reached or is none.
        """
        started = time.monotonic()
        read_everything(self.observer, self.target)
        wanted = [promise for promise in self.promises if self._is_wanted(promise)]
        for index, promise in enumerate(self._ready_first(ordered(wanted, self.contract))):
            progress(index, len(wanted), promise.id)
            self.try_promise(promise, thorough=False)
            if self.fail_fast and self.book.any_broken:
                break
        else:
            self._recheck()
            self._try_all_again(wanted)
        self._recheck()
        progress(len(wanted), len(wanted), "")
        told = [p for p in self.promises if self._is_wanted(p) or self.book.tally(p).broken]
        verdicts = [self.book.verdict(promise) for promise in told]
        seconds = time.monotonic() - started
        return Report(self.contract.name, self.target.name, self.seed, verdicts, self.client.sent, seconds)

    def _ready_first(self, wanted: list[Promise]) -> list[Promise]:
        """First what states refuse, where a record is in such a state already: that costs least, without a
        body least of all, and tells most."""
        return sorted(wanted, key=self._readiness)

    def _readiness(self, promise: Promise) -> int:
        if promise.turn is not Turn.REFUSING_STATES or not promise.probes:
            return 3
        given = promise.probes[-1].given
        if given is None:
            return 3
        for record in self.pool.own(given.resource):
            if fits(self.contract, record, given, self.pool):
                operation = self.contract.operations[promise.operation]
                return int(operation.body is not None) + int(bool(rules_of(operation)))
        return 3

    def _is_wanted(self, promise: Promise) -> bool:
        if not self.only:
            return True
        return any(fnmatchcase(promise.id, pattern) for pattern in self.only)

    def try_promise(self, promise: Promise, *, thorough: bool = True) -> None:
        """All probes of a promise, until one shows it broken; ``thorough``: also those that are tried only
        where these prove nothing."""
        before = self.client.sent
        for index, probe in enumerate(promise.probes):
            if not probe.spare:
                self._try_probe(promise, probe, index)
        self.book.tally(promise).calls += self.client.sent - before
        self._repeat_doubtful()
        if thorough:
            self._recheck()
            self._try_again(promise)
            self._recheck()

    def _recheck(self) -> None:
        """Read what was not read back yet, and execute by itself what that shows to be doubtful."""
        self.executor.settle()
        self._repeat_doubtful()

    def _repeat_doubtful(self) -> None:
        """Execute by itself what did not fit together with others."""
        while self.executor.doubtful:
            if self.fail_fast and self.book.any_broken:
                return
            executed = self.executor.doubtful.pop(0)
            self.executor.one_by_one, self._anew = True, executed.anew
            self._try_probe(executed.promise, executed.probe, executed.index, executed)
            self.executor.one_by_one, self._anew = self._always_one_by_one, False

    def _try_all_again(self, wanted: Sequence[Promise]) -> None:
        """Go through what is not proved until no promise has another try; what is seen is read together."""
        left, number = list(wanted), 0
        while left:
            left = [promise for promise in left if self._next_try(promise, number)]
            self._recheck()
            number += 1

    def _try_again(self, promise: Promise) -> None:
        """The same of one promise."""
        number = 0
        while self._next_try(promise, number):
            self._recheck()
            number += 1

    def _next_try(self, promise: Promise, number: int) -> bool:
        """Once more, with other values on a new record, where what was seen would also fit if the promise
        did not hold; False: there is no reason to, or no other way."""
        tally, before = self.book.tally(promise), self.client.sent
        tries = [(probe, False) for probe in promise.probes if probe.spare]
        tries += [(probe, True) for probe in promise.probes if not probe.spare]
        if number >= len(tries) or not tally.kept:
            return False
        if not missing(promise, tally):
            return False
        probe, self._anew = tries[number]
        self._try_probe(promise, probe, len(promise.probes) + number)
        self._anew = False
        tally.calls += self.client.sent - before
        return True

    def _try_probe(self, promise: Promise, probe: Probe, index: int, like: Executed | None = None) -> None:
        """One probe of a promise, unless that is known to be broken; also ``like`` it was done before."""
        tally = self.book.tally(promise)
        if tally.broken:
            return
        try:
            self._probe(promise, probe, index)
            if like is not None:
                self._execute(like, self._start(probe))
        except BrokenPromise as found:
            self._blame(promise, probe, found.evidence)
        except (Unreached, Unavailable) as reason:
            tally.skipped.append(str(reason))
        except ContractFault as fault:  # of records that break their schema, which is reported as such
            tally.skipped.append(f"an expression cannot be evaluated on what was read: {fault}")

    def _blame(self, promise: Promise, probe: Probe, evidence: Evidence) -> None:
        """Book what was found broken; of a drawn body for the one property that makes the difference."""
        if not promise.reduced:
            self.book.blame(promise, evidence)
            return
        body = evidence.exchanges[-1].call.body
        assert isinstance(body, Mapping)
        spare = self.builder.spare(probe.calls[0])
        required = {name: value for name, value in body.items() if name not in spare}
        if self._breaks(promise, probe, required, {}) is not None:
            self.book.tally(promise).skipped.append("what it requires is not taken alone, either")
            return
        for name in body.keys() & spare:
            found = self._breaks(promise, probe, required, {name: body[name]})
            if found is not None:
                record = self._start(probe)
                state = None if record is None else state_of(self.contract, record)
                guilty = self.book.of_property(promise.operation, name, body[name], state)
                self.book.blame(guilty or promise, found)
                return
        self.book.blame(promise, evidence)

    def _breaks(
        self, promise: Promise, probe: Probe, required: Mapping[str, Json], spare: Mapping[str, Json]
    ) -> Evidence | None:
        """What shows that a body breaks a promise, sent on a record of its own."""
        draws = self.builder.renewed(promise.operation, required)
        drawn = {"draws": draws, "lists": {}, "fill": spare}
        try:
            self._execute_by_itself(Executed(promise, probe, 0, (drawn,), self._anew))
        except BrokenPromise as broken:
            return broken.evidence
        except (Unreached, Unavailable):
            return None
        return None

    def _probe(self, promise: Promise, probe: Probe, index: int) -> None:
        record = self._start(probe)
        if probe.quota is not None or probe.walk:
            self.executed.append(Executed(promise, probe, index, (), self._anew))
            self.executor.settle()
        if probe.quota is not None:
            self.series.exceed_quota(promise, probe, record)
        elif probe.walk:
            self.series.walk(promise, probe, record)
        else:
            self._draw(promise, probe, record, index)

    def _start(self, probe: Probe) -> Record | None:
        """The record that a probe starts from; None where it needs none. Raises Unreached."""
        self._see_to_company(probe)
        if probe.given is None:
            return None
        if self._anew:
            with suppress(Unreached):
                return self.provisioner.fresh(probe.given)
        return self.provisioner.find(probe.given)

    def _see_to_company(self, probe: Probe) -> None:
        """The other records that a probe needs: as many as it says, and another parent where it names one."""
        operation = self.contract.operations[probe.calls[0].operation]
        for value in probe.calls[0].path.values():
            if isinstance(value, Another):
                self.provisioner.at_least(2, value.resource)
        if probe.company is not None:
            with suppress(Unreached):
                self.provisioner.find(probe.company)
        if not probe.beside or operation.resource is None:
            return
        parent = None
        if operation.parent is not None and probe.given is not None:
            with suppress(Unreached):
                found = self.provisioner.find(probe.given)
                parent = found.id if found.resource == operation.parent.resource else found.parent
        self.provisioner.at_least(probe.beside, operation.resource, parent, probe.differing)

    def repeat(self, promise: Promise, executed: Executed, before: Callable[[], None]) -> None:
        """Execute once more what was executed, on a record that is found first. Raises BrokenPromise."""
        self._anew = executed.anew
        record = self._start(executed.probe)
        self._anew = False
        before()
        if executed.probe.quota is not None:
            self.series.exceed_quota(promise, executed.probe, record)
        elif executed.probe.walk:
            self.series.walk(promise, executed.probe, record)
        else:
            self.executor.execute(executed, record)

    def _draw(self, promise: Promise, probe: Probe, record: Record | None, index: int) -> None:
        """Run a probe with drawn values; on failure, again with simpler ones."""
        parts = [self.builder.strategy(planned, record) for planned in probe.calls]
        if all(part is None for part in parts):
            nothing: tuple[Mapping[str, Any], ...] = tuple({} for _ in parts)
            self._execute(Executed(promise, probe, index, nothing, self._anew), record)
            return

        def execute(drawn: Any, again: bool) -> None:
            executed = Executed(promise, probe, index, tuple(drawn), self._anew)
            if again or broken_with is not None:
                self._execute_by_itself(executed)
            else:
                self._execute(executed, record)

        broken_with: BrokenPromise | None = None
        plain = None
        if not self._anew and not promise.reduced:
            plain = self.chooser.plain_values(promise, probe, record)
        if plain is not None:
            try:
                self._execute(Executed(promise, probe, index, plain, self._anew), record)
                return
            except BrokenPromise as found:
                broken_with = found
        strategy = st.tuples(*(st.just({}) if part is None else part for part in parts))
        number = zlib.crc32(f"{self.seed}/{promise.id}/{index}".encode())
        search = Search(execute, lambda drawn: self.chooser.tells(promise, probe, record, drawn))
        if broken_with is None:
            search.run(strategy, number)
            return
        with suppress(Unavailable, Unreached):  # is there a simpler value that shows it?
            search.run(strategy, number)
        raise broken_with

    def _execute(self, executed: Executed, record: Record | None) -> None:
        """Execute a probe; later once more by itself where what was seen may come of something else."""
        self.executed.append(executed)
        try:
            self.executor.execute(executed, record)
        except Disturbed:
            self.executor.doubtful.insert(0, executed)

    def _execute_by_itself(self, executed: Executed) -> None:
        """Execute a probe where nothing waits to be read, and read everything back at once."""
        self.executor.one_by_one = True
        try:
            self.executor.execute(executed, self._start(executed.probe))
        finally:
            self.executor.one_by_one = self._always_one_by_one

    def alone(self) -> None:
        """From now on read back every call by itself."""
        self._always_one_by_one = self.executor.one_by_one = True
