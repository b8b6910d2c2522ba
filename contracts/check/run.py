"""The run: every promise's probes on records that fit, each answer judged, failures made small."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, Unsatisfiable
from schemathesis.errors import SchemathesisError

from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client, Exchange
from troth.contracts.check.clock import Clock
from troth.contracts.check.conformance import Conformance
from troth.contracts.check.draws import Draws, Unavailable
from troth.contracts.check.judge import Judgement, judge
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.plan import ordered, promises
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.quotas import Quota
from troth.contracts.check.records import Pool, settle_hidden
from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, SKIPPED, Evidence, Report, Verdict
from troth.contracts.check.targets import Target
from troth.contracts.check.walk import walk_pages
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import ContractFault, TrothError
from troth.contracts.model import Call, Json, Keep, Put, Record
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Subject
from troth.contracts.words._starts import refused_start
from troth.contracts.words.paging import paging_of

SHRINKS = 30
"""At most so many requests are spent on making one failure smaller."""

LOOKS = 300
"""At most so many examples are drawn for it."""

Progress = Callable[[int, int, str], None]


@dataclass
class _Tally:
    """What has been found out about one promise so far."""

    kept: int = 0
    broken: list[Evidence] = field(default_factory=list)
    differs: list[Evidence] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    calls: int = 0


class _Broken(Exception):
    """A probe showed that its promise is broken."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__("broken")
        self.evidence = evidence


class _Enough(BaseException):
    """Hypothesis is to stop looking for a smaller failure; it catches every Exception."""


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
    known = Target(target, target) if isinstance(target, str) else target
    return Checker(contract, known, number=seed, real_limits=limits, fail_fast=fail_fast, only=only).run()


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
        self.real_limits, self.fail_fast, self.only = real_limits, fail_fast, tuple(only)
        self.clock = Clock(target.clock, slow=real_limits)
        self.client = Client(contract, target, self.clock)
        self.pool = Pool(contract)
        self.observer = Observer(contract, self.client, self.pool)
        self.builder = CallBuilder(contract, self.pool, Draws(contract), number)
        self.provisioner = Provisioner(contract, self.client, self.pool, self.observer, self.builder)
        self.conformance = Conformance(contract)
        self._about: dict[Subject, Promise] = {}
        self._tallies: dict[str, _Tally] = {}
        self._confirmed: set[str] = set()
        self._guesses: set[str] = set()
        self._probed = ""

    def run(self, progress: Progress = lambda done, of, name: None) -> Report:
        """Try every promise (with ``fail_fast`` until one is broken).

        Raises TargetError where the API cannot be reached or is none.
        """
        started, plan = time.monotonic(), promises(self.contract)
        self._tallies = {promise.id: _Tally() for promise in plan}
        self._about = {promise.subject: promise for promise in plan if promise.subject is not None}
        self._guesses = {
            promise.pointer for promise in plan if promise.assumed and not _is_transition(promise)
        }
        self.observer.look_around(self.target)
        todo = ordered([promise for promise in plan if self._wanted(promise)], self.contract)
        for index, promise in enumerate(todo):
            progress(index, len(todo), promise.id)
            self._try(promise)
            if self.fail_fast and any(tally.broken for tally in self._tallies.values()):
                break
        progress(len(todo), len(todo), "")
        verdicts = [self._verdict(p) for p in plan if self._wanted(p) or self._tallies[p.id].broken]
        seconds = time.monotonic() - started
        return Report(self.contract.name, self.target.name, self.seed, verdicts, self.client.sent, seconds)

    def _wanted(self, promise: Promise) -> bool:
        return not self.only or any(fnmatchcase(promise.id, pattern) for pattern in self.only)

    def _evidence(self, exchanges: Sequence[Exchange], mismatches: Sequence[Mismatch]) -> Evidence:
        return Evidence(tuple(exchanges), tuple(mismatches), self._probed)

    def _try(self, promise: Promise) -> None:
        tally, before, self._probed = self._tallies[promise.id], self.client.sent, promise.id
        for index, probe in enumerate(promise.probes):
            if tally.broken:
                break
            try:
                if probe.quota:
                    self._quota(promise, probe)
                elif probe.walk:
                    self._walk(promise, probe)
                else:
                    self._probe(promise, probe, index)
            except _Broken as broken:
                self._blame(promise, broken.evidence)
            except (Unreached, Unavailable) as reason:
                tally.skipped.append(str(reason))
            except ContractFault as fault:  # of records that break their schema, which is reported as such
                tally.skipped.append(f"an expression cannot be evaluated on what was read: {fault}")
        tally.calls += self.client.sent - before

    def _walk(self, promise: Promise, probe: Probe) -> None:
        record = self.provisioner.find(probe.given) if probe.given else None
        call = self.builder.build(probe.calls[0], record, {})
        paging = paging_of(self.contract, self.contract.operations[call.operation])
        assert paging is not None
        exchanges, problem = walk_pages(self.contract, self.client, call, paging)
        if problem is not None:
            raise _Broken(self._evidence(exchanges, [problem]))
        self._tallies[promise.id].kept += 1

    def _quota(self, promise: Promise, probe: Probe) -> None:
        record = self.provisioner.find(probe.given) if probe.given else None
        calls = [self.builder.build(planned, record, {}) for planned in probe.calls]
        quota = Quota(self.contract, self.client, self.clock, probe, calls)
        if not self.clock.settable and not self.real_limits:
            raise Unavailable(
                "needs a clock that can be set (`clock` in troth.toml), or real time (--limits)"
            )
        if record is not None and probe.calls[1:] == probe.calls[:1]:
            self._limited(promise, quota, record)
            return
        exchanges, problem = quota.exceed()
        if problem is not None:
            raise _Broken(self._evidence(exchanges, [replace(problem, cite=promise.pointer)]))
        self._tallies[promise.id].kept += 1

    def _limited(self, promise: Promise, quota: Quota, record: Record) -> None:
        """The quota used up by refused calls; then one that would be accepted: it may be limited."""
        operation = self.contract.operations[promise.operation]
        given = refused_start(self.contract, operation)
        other = self.provisioner.find(given) if given else record
        worlds = self.observer.worlds(record, hurried=True)
        exchange = quota.use_up(replace(quota.call, path=operation.item(other.id)))
        seen = Observation(quota.call, exchange.reply, record, self.observer.read(record))
        judgement = judge(self.contract, seen, worlds, self._guesses - self._confirmed)
        self._remember(record, seen, judgement)
        self._book(promise, PlannedCall(operation.id), seen, judgement, (exchange,))
        if exchange.reply.status != 429:
            raise Unavailable("refused calls do not count, and others change things")
        self._tallies[promise.id].kept += 1

    def _probe(self, promise: Promise, probe: Probe, index: int) -> None:
        """Run a probe with drawn values; on failure, again with simpler ones."""
        record = self.provisioner.find(probe.given) if probe.given else None
        parts = [self.builder.variable(planned, record) for planned in probe.calls]
        if all(part is None for part in parts):
            self._execute(promise, probe, record, [{} for _ in parts])
            return
        strategy = st.tuples(*(st.just({}) if part is None else part for part in parts))
        number = zlib.crc32(f"{self.seed}/{promise.id}/{index}".encode())
        _Search(lambda drawn, again: self._again(promise, probe, record, drawn, again)).run(strategy, number)

    def _again(self, promise: Promise, probe: Probe, record: Record | None, drawn: Any, again: bool) -> None:
        if again and probe.given:
            record = self.provisioner.find(probe.given)
        self._execute(promise, probe, record, list(drawn))

    def _execute(self, promise: Promise, probe: Probe, record: Record | None, drawn: list[Any]) -> None:
        """The planned_calls in a row, each judged."""
        exchanges: list[Exchange] = []
        self.builder.renew()
        call = None
        if record is not None and probe.settle:
            self.clock.wait(probe.settle - self.observer.age(record))
        for planned, values in zip(probe.calls, drawn, strict=True):
            self.clock.patient(planned.wait)
            call = call if planned.again and call else self.builder.build(planned, record, values)
            operation = self.contract.operations[planned.operation]
            if operation.secured and planned.token is not None and not self.target.token:
                raise Unavailable(f"{operation.id} needs a credential: give --token, or TROTH_TOKEN")
            subject = record if record and record.resource == operation.resource else None
            subject = subject if operation.verb != "create" else None
            worlds = self.observer.worlds(subject or self.observer.above(call))
            exchange, seen = self.observer.observe(call, planned, subject)
            seen = replace(seen, above=self._above(call))
            exchanges.append(exchange)
            judgement = judge(self.contract, seen, worlds, self._guesses - self._confirmed)
            self._conform(exchange, tuple(exchanges))
            self._lift(seen, judgement)
            self._keep(seen, judgement)
            made = self._remember(subject, seen, judgement)
            record = made if subject is not None or made is not None else record
            self._book(promise, planned, seen, judgement, tuple(exchanges))
        self._tallies[promise.id].kept += 1

    def _conform(self, exchange: Exchange, exchanges: tuple[Exchange, ...]) -> None:
        """Schema conformance counts for ``<operation>/response``."""
        operation = exchange.operation
        tally = self._tallies[self._about[Subject(operation.id, Aspect.RESPONSE)].id]
        try:
            problems = self.conformance.problems(exchange)
        except Unavailable as reason:
            tally.skipped.append(str(reason))
            return
        if not problems:
            tally.kept += 1
            return
        found = tuple(Mismatch("response", "as documented", p, operation.pointer) for p in problems)
        guessed = 400 <= exchange.reply.status < 500 and self.contract.errors.assumed
        (tally.differs if guessed else tally.broken).append(self._evidence(exchanges, found))

    def _book(
        self,
        promise: Promise,
        planned: PlannedCall,
        seen: Observation,
        judgement: Judgement,
        exchanges: tuple[Exchange, ...],
    ) -> None:
        """Own mismatches break the probed promise, others those that they belong to."""
        foreign: dict[Subject, list[Mismatch]] = {}
        own: list[Mismatch] = []
        for mismatch in judgement.mismatches:
            subject = mismatch.promise or self._subject(promise, planned, seen, mismatch)
            if subject in self._about and self._about[subject] is not promise:
                foreign.setdefault(subject, []).append(mismatch)
            else:
                own.append(mismatch)
        for subject, mismatches in foreign.items():
            self._blame(self._about[subject], self._evidence(exchanges, mismatches))
        if judgement.remarks:
            self._tallies[promise.id].differs.append(self._evidence(exchanges, judgement.remarks))
        self._credit(planned.operation, seen, judgement)
        if own:
            raise _Broken(self._evidence(exchanges, own))
        followed = judgement.outcome.touched.values() if judgement.outcome and not judgement.remarks else ()
        if promise.assumed and promise.pointer in followed:
            self._confirmed.add(promise.pointer)

    def _subject(
        self, promise: Promise, planned: PlannedCall, seen: Observation, mismatch: Mismatch
    ) -> Subject | None:
        """What is to blame for a call of another operation that was made on the way; None: the promise."""
        if planned.operation == promise.operation or seen.before is None:
            return promise.subject
        operation = self.contract.operations[planned.operation]
        transition = transition_of(operation)
        moved = transition is not None and mismatch.cite == transition.pointer
        if not moved and mismatch.what != "status":
            return Subject(operation.id, Aspect.CHANGES_WHAT_IS_DECLARED)
        state = self.contract.resources[seen.before.resource].state or ""
        return Subject(operation.id, Aspect.TRANSITION, str(seen.before.data.get(state)))

    def _credit(self, operation: str, seen: Observation, judgement: Judgement) -> None:
        """What an observation without mismatch says for the promises that every call exercises."""
        outcome = judgement.outcome
        if judgement.mismatches or outcome is None:
            return
        subjects = [Subject.unsaid_change(operation, succeeded=outcome.succeeded)]
        if seen.others:
            subjects.append(Subject(operation, Aspect.LEAVES_OTHERS_ALONE))
        if outcome.succeeded:
            subjects += [Subject(operation, Aspect.MANAGED, name) for name in outcome.touched]
        for subject in subjects:
            if subject in self._about:
                self._tallies[self._about[subject].id].kept += 1

    def _remember(self, record: Record | None, seen: Observation, judgement: Judgement) -> Record | None:
        """The record as it is now."""
        if record is None:
            return self.observer.adopt(seen, judgement)
        if seen.after is None:
            self.pool.drop(record)
            return None
        if isinstance(seen.after, Mapping):
            told = [o.after or record for o in judgement.outcomes if not judgement.mismatches]
            hidden = settle_hidden(record, told)
            since = self._since(record, seen.after, judgement)
            record = replace(record, data=dict(seen.after), hidden=hidden, since=since)
            self.pool.put(record)
        elif judgement.outcome and judgement.outcome.after and not judgement.mismatches:
            record = judgement.outcome.after  # nothing shows it
            self.pool.put(record)
        return record

    def _since(self, record: Record, found: Mapping[str, Json], judgement: Judgement) -> datetime | None:
        """When the record came into the state in which it was found; None: by itself, some time ago."""
        state = self.contract.resources[record.resource].state or ""
        after = judgement.outcome.after if judgement.outcome else None
        expected = after if after is not None and not judgement.mismatches else record
        return expected.since if expected.data.get(state) == found.get(state) else None

    def _above(self, call: Call) -> tuple[Record, Json] | None:
        """The parent that a writing call names, before and after it."""
        operation, before = self.contract.operations[call.operation], self.observer.above(call)
        if before is None or operation.verb in ("read", "list"):
            return None
        return before, self.observer.read(before)

    def _lift(self, seen: Observation, judgement: Judgement) -> None:
        """The parent as it is now."""
        if seen.above is None or not isinstance(seen.above[1], Mapping):
            return
        before, data = seen.above
        outcomes = judgement.outcomes if not judgement.mismatches else ()
        puts = [c.record for o in outcomes for c in o.changes if isinstance(c, Put)]
        told = [r.hidden for r in puts if (r.resource, r.id) == (before.resource, before.id)]
        hidden = told[0] if told and all(h == told[0] for h in told) else before.hidden
        self.pool.put(replace(before, data=dict(data), hidden=hidden))

    def _keep(self, seen: Observation, judgement: Judgement) -> None:
        """The answer that a key stands for from now on, as it was seen."""
        outcome = judgement.outcome
        for change in outcome.changes if outcome and not judgement.mismatches else ():
            if isinstance(change, Keep):
                first = change.outcome
                body = shown(self.contract.operations[seen.call.operation], seen.reply)
                if first.after is not None and isinstance(body, Mapping):
                    id = str(body.get(self.contract.resources[first.after.resource].id, first.after.id))
                    first = replace(first, after=replace(first.after, id=id, data=dict(body)))
                self.pool.keys[change.key] = replace(change, outcome=first)

    def _blame(self, promise: Promise, evidence: Evidence) -> None:
        tally = self._tallies[promise.id]
        if promise.assumed and promise.pointer not in self._confirmed:
            tally.differs.append(evidence)
        else:
            tally.broken.append(evidence)

    def _verdict(self, promise: Promise) -> Verdict:
        tally = self._tallies[promise.id]
        skipped = "; ".join(dict.fromkeys(tally.skipped)) or None
        where = self.contract.where(promise.pointer)
        if tally.broken:
            smallest = min(tally.broken, key=lambda e: len(e.exchanges))
            return Verdict(promise, BROKEN, where, tally.calls, skipped, smallest)
        if tally.differs:
            return Verdict(promise, DIFFERS, where, tally.calls, skipped, tally.differs[0])
        if tally.kept:
            return Verdict(promise, KEPT, where, tally.calls, skipped)
        reason = promise.needs or skipped or "no call of this run came across it"
        return Verdict(promise, SKIPPED, where, tally.calls, reason)


def _is_transition(promise: Promise) -> bool:
    return promise.subject is not None and promise.subject.aspect is Aspect.TRANSITION


class _Search:
    """One drawn example; when it fails, Hypothesis looks for a simpler one that fails too."""

    def __init__(self, execute: Callable[[Any, bool], None]) -> None:
        self._execute = execute
        self._seen: dict[str, _Broken | None] = {}
        self._simplest: tuple[int, str, _Broken] | None = None
        self._reason: Exception | None = None
        self._first: Any = None
        self._asked = 0

    def run(self, strategy: st.SearchStrategy[Any], number: int) -> None:
        """Raises _Broken with the simplest failure found; what stops the search, as it comes."""

        @seeded(number)
        @settings(
            max_examples=2,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )
        @given(strategy)
        def search(drawn: Any) -> None:
            self._one(drawn)

        try:
            search()
            if not self._seen:
                self._one(self._first)  # there is no other
        except Unsatisfiable:
            raise Unavailable("no value can be drawn that differs from what is stored") from None
        except (HypothesisException, SchemathesisError) as error:
            if self._simplest is None:  # Hypothesis calls it flaky that the first example was passed over
                raise Unavailable(f"nothing can be drawn: {str(error)[:200]}") from None
        except (_Broken, _Enough, BaseExceptionGroup):
            if self._simplest is None:
                raise self._reason or Unavailable("nothing can be drawn that keeps the schema") from None
        if self._simplest is not None:
            raise self._simplest[2]

    def _one(self, drawn: Any) -> None:
        self._asked += 1
        if self._asked > LOOKS:
            raise _Enough
        if self._asked == 1:
            self._first = drawn
            return  # the first example is always the plainest: it shows the least
        key = repr(drawn)
        if key not in self._seen:
            if len(self._seen) > SHRINKS:
                raise _Enough
            self._seen[key] = self._outcome(drawn)
        found = self._seen[key]
        if found is not None:
            size = (len(key), key, found)
            if self._simplest is None or size[:2] < self._simplest[:2]:
                self._simplest = size
            raise found

    def _outcome(self, drawn: Any) -> _Broken | None:
        try:
            self._execute(drawn, bool(self._seen))
        except _Broken as broken:
            return broken
        except (Unreached, Unavailable, TrothError) as reason:
            self._reason = reason
            raise _Enough from None
        return None
