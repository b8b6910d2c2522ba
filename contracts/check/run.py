"""The run: every promise's probes on records that fit, each answer judged, failures made small.

The way of a promise through this room:

=================  ==================================================================================
``plan``           lists the promises of a contract, and when each is tried
``provisioning``   finds the record that a probe starts from, or leads one there by a way of ``ways``
``building``       makes calls of planned ones: ``bodies``, ``stand_ins``; the rest from ``draws``
``search``         has Hypothesis draw that rest, and a simpler one where it fails
``client``         sends a call, and gives the answer
``observing``      reads the record and what stands around it, before and after
``judge``          holds that against the allowed outcomes: ``answer``, ``read_back``, ``lists``, ``others``
``book``           counts it for the promise that it is about; from there the verdict
=================  ==================================================================================
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.book import Book, BrokenPromise, broken, missing
from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client, Exchange
from troth.contracts.check.clock import Clock
from troth.contracts.check.conformance import Conformance
from troth.contracts.check.draws import Draws, Unavailable
from troth.contracts.check.judge import judge
from troth.contracts.check.memory import Memory
from troth.contracts.check.observation import Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.plan import ordered, promises
from troth.contracts.check.proving import Prover, is_read
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.quotas import Quota
from troth.contracts.check.records import Pool, fits, state_of
from troth.contracts.check.results import Evidence, Report
from troth.contracts.check.search import Search
from troth.contracts.check.targets import Target
from troth.contracts.check.walk import walk_pages
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import rules_of
from troth.contracts.errors import ContractFault
from troth.contracts.model import Absent, Call, Json, Operation, Record
from troth.contracts.promises.promise import Another, PlannedCall, Probe, Promise, Turn
from troth.contracts.words._starts import refused_start
from troth.contracts.words.paging import paging_of

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


@dataclass(frozen=True)
class Executed:
    """A probe with the values that were drawn for it; ``anew``: on a record made for it."""

    probe: Probe
    drawn: tuple[Mapping[str, Any], ...]
    anew: bool


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
        self.conformance, self.prover = Conformance(contract), Prover(contract)
        self.promises = promises(contract)
        self.book = Book(contract, self.promises)
        self._anew = False
        self.executed: list[Executed] = []
        """What was executed, so that it can be repeated."""

    def run(self, progress: Progress = lambda done, of, name: None) -> Report:
        """Try every promise (with ``fail_fast`` until one is broken).

        Raises TargetError where the API cannot be reached or is none.
        """
        started = time.monotonic()
        self.observer.read_everything(self.target)
        wanted = [promise for promise in self.promises if self._is_wanted(promise)]
        for index, promise in enumerate(self._ready_first(ordered(wanted, self.contract))):
            progress(index, len(wanted), promise.id)
            self.try_promise(promise, thorough=False)
            if self.fail_fast and self.book.any_broken:
                break
        else:
            for promise in wanted:
                self._try_again(promise)
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
        if thorough:
            self._try_again(promise)

    def _try_again(self, promise: Promise) -> None:
        """Once more, with other values on a new record, where what was seen would also fit if the promise
        did not hold."""
        tally, before = self.book.tally(promise), self.client.sent
        tries = [(probe, False) for probe in promise.probes if probe.spare]
        tries += [(probe, True) for probe in promise.probes if not probe.spare]
        for index, (probe, anew) in enumerate(tries):
            if not tally.kept or not missing(promise, tally):
                break
            self._anew = anew
            self._try_probe(promise, probe, len(promise.probes) + index)
            self._anew = False
        tally.calls += self.client.sent - before

    def _try_probe(self, promise: Promise, probe: Probe, index: int) -> None:
        """One probe of a promise, unless that is known to be broken."""
        tally = self.book.tally(promise)
        if tally.broken:
            return
        try:
            self._probe(promise, probe, index)
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
            self._execute(promise, probe, self._start(probe), [drawn])
        except BrokenPromise as broken:
            return broken.evidence
        except (Unreached, Unavailable):
            return None
        return None

    def _probe(self, promise: Promise, probe: Probe, index: int) -> None:
        record = self._start(probe)
        if probe.quota is not None or probe.walk:
            self.executed.append(Executed(probe, (), self._anew))
        if probe.quota is not None:
            self._exceed_quota(promise, probe, record)
        elif probe.walk:
            self._walk(promise, probe, record)
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
            self._exceed_quota(promise, executed.probe, record)
        elif executed.probe.walk:
            self._walk(promise, executed.probe, record)
        else:
            self._execute(promise, executed.probe, record, executed.drawn)

    def _walk(self, promise: Promise, probe: Probe, record: Record | None) -> None:
        """Go through all pages of a list."""
        call = self.builder.build(probe.calls[0], record, {})
        paging = paging_of(self.contract, self.contract.operations[call.operation])
        assert paging is not None
        exchanges, problem = walk_pages(self.contract, self.client, call, paging)
        if problem is not None:
            raise broken(promise, exchanges, problem)
        if len(exchanges) < 2:
            raise Unavailable("there was one page only")
        self._prove(promise)

    def _prove(self, promise: Promise) -> None:
        """Count a promise as kept whose probe has shown by itself that it is."""
        tally = self.book.tally(promise)
        tally.kept, tally.read = tally.kept + 1, True

    def _exceed_quota(self, promise: Promise, probe: Probe, record: Record | None) -> None:
        """Run into a limit: with calls that would all be accepted, or with refused ones."""
        calls = [self.builder.build(planned, record, {}) for planned in probe.calls]
        quota = Quota(self.contract, self.client, self.clock, probe, calls)
        if not self.clock.patient:
            raise Unavailable(
                "needs a clock that can be set (`clock` in troth.toml), or real time (--limits)"
            )
        if record is not None and probe.calls[1:] == probe.calls[:1]:
            self._use_up_quota(promise, quota, record)
            return
        exchanges, problem = quota.exceed()
        if problem is not None:
            raise broken(promise, exchanges, replace(problem, cite=promise.pointer))
        self._prove(promise)

    def _use_up_quota(self, promise: Promise, quota: Quota, record: Record) -> None:
        """The quota used up by refused calls; then one that would be accepted: it may be limited."""
        operation = self.contract.operations[promise.operation]
        refusing = refused_start(self.contract, operation)
        other = record
        if refusing is not None:
            other = self.provisioner.find(refusing)
        worlds = self.observer.worlds(record, hurried=True)
        exchange = quota.use_up(replace(quota.call, path=operation.item(other.id)))
        seen = Observation(quota.call, exchange.reply, record, self.observer.read(record))
        judgement = judge(self.contract, seen, worlds, self.book.guesses)
        self.memory.remember(record, seen, judgement)
        self.book.judged(promise, PlannedCall(operation.id), seen, judgement, (exchange,))
        if exchange.reply.status != 429:
            raise Unavailable("refused calls do not count, and others change things")
        self._prove(promise)

    def _draw(self, promise: Promise, probe: Probe, record: Record | None, index: int) -> None:
        """Run a probe with drawn values; on failure, again with simpler ones."""
        parts = [self.builder.strategy(planned, record) for planned in probe.calls]
        if all(part is None for part in parts):
            self._execute(promise, probe, record, [{} for _ in parts])
            return

        def execute(drawn: Any, again: bool) -> None:
            start = self._start(probe) if again else record
            self._execute(promise, probe, start, list(drawn))

        strategy = st.tuples(*(st.just({}) if part is None else part for part in parts))
        number = zlib.crc32(f"{self.seed}/{promise.id}/{index}".encode())
        Search(execute, lambda drawn: self._tells(promise, probe, record, drawn)).run(strategy, number)

    def _tells(self, promise: Promise, probe: Probe, record: Record | None, drawn: Sequence[Any]) -> bool:
        """Whether a call of a probe would show more than that it is taken."""
        left = missing(promise, self.book.tally(promise))
        if not left:
            return True
        for planned, values in zip(probe.calls, drawn, strict=True):
            if planned.again or planned.wait:
                break
            try:
                call = self.builder.build(planned, record, values)
            except Unavailable:
                return True
            subject = _subject(self.contract.operations[call.operation], record)
            worlds = self.observer.worlds(subject or self.observer.parent_of(call))
            tells, record = self.prover.foretells(promise, left, call, worlds)
            if tells:
                return True
            if record is None:
                break
        return False

    def _execute(
        self, promise: Promise, probe: Probe, record: Record | None, drawn: Sequence[Mapping[str, Any]]
    ) -> None:
        """The planned calls in a row, each judged."""
        self.executed.append(Executed(probe, tuple(drawn), self._anew))
        exchanges: list[Exchange] = []
        self.builder.renew_token()
        if record is not None and probe.settle:
            self.clock.wait(probe.settle - self.observer.age(record))
        call: Call | None = None
        for planned, values in zip(probe.calls, drawn, strict=True):
            self.clock.wait_if_short(planned.wait)
            if call is None or not planned.again:
                call = self.builder.build(planned, record, values)
            record = self._call(promise, planned, call, record, exchanges)
        self.book.tally(promise).kept += 1

    def _call(
        self,
        promise: Promise,
        planned: PlannedCall,
        call: Call,
        record: Record | None,
        exchanges: list[Exchange],
    ) -> Record | None:
        """One call of a probe, observed, judged, remembered and booked; the record for the next one."""
        operation = self.contract.operations[planned.operation]
        self._require_token(operation, planned)
        subject = _subject(operation, record)
        worlds = self.observer.worlds(subject or self.observer.parent_of(call))
        began = self.clock.moment()
        exchange, seen = self.observer.observe(call, planned, subject)
        seen = replace(seen, parent=self._parent(call))
        exchanges.append(exchange)
        judgement = judge(self.contract, seen, worlds, self.book.guesses)
        self._check_response(promise, exchange, exchanges)
        if not judgement.mismatches:
            tally = self.book.tally(promise)
            told = replace(seen, usual=self.pool.usual.get(operation.id, {}))
            tally.apart |= {*self.prover.told_apart(promise, told, subject, worlds, began)}
            tally.read = tally.read or is_read(seen)
        self.memory.remember_parent(seen, judgement)
        self.memory.remember_answer(seen, judgement)
        now = self.memory.remember(subject, seen, judgement)
        self.book.judged(promise, planned, seen, judgement, exchanges)
        if subject is None and now is None:
            return record
        return now

    def _require_token(self, operation: Operation, planned: PlannedCall) -> None:
        if operation.secured and planned.token is not None and not self.target.token:
            raise Unavailable(f"{operation.id} needs a credential: give --token, or TROTH_TOKEN")

    def _parent(self, call: Call) -> tuple[Record, Json | Absent] | None:
        """The parent that a writing call names, before and after it."""
        operation, before = self.contract.operations[call.operation], self.observer.parent_of(call)
        if before is None or operation.verb in ("read", "list"):
            return None
        return before, self.observer.read(before)

    def _check_response(self, promise: Promise, exchange: Exchange, exchanges: Sequence[Exchange]) -> None:
        """Schema conformance counts for ``<operation>/response``."""
        try:
            problems = self.conformance.problems(exchange)
        except Unavailable as reason:
            self.book.of_responses(exchange.operation).skipped.append(str(reason))
            return
        self.book.conformed(promise, exchange, exchanges, problems)


def _subject(operation: Operation, record: Record | None) -> Record | None:
    """The record that a call is about; None where it makes one, or is about another resource."""
    if record is None or record.resource != operation.resource or operation.verb == "create":
        return None
    return record
