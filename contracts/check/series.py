"""Probes that are series of calls: all pages of a list, a quota that is run into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from troth.contracts.check.book import broken
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.executing import Executor
from troth.contracts.check.judge import judge
from troth.contracts.check.linking import Linking
from troth.contracts.check.looking import parent_id
from troth.contracts.check.observation import Observation
from troth.contracts.check.provisioning import Provisioner
from troth.contracts.check.quotas import Quota
from troth.contracts.check.walk import walk_pages
from troth.contracts.model import Call, Record
from troth.contracts.promises.promise import PlannedCall, Probe, Promise
from troth.contracts.words._starts import refused_start
from troth.contracts.words.paging import cut_of


class Series:
    """Makes the calls of such probes, and books what they show."""

    def __init__(
        self,
        executor: Executor,
        client: Client,
        provisioner: Provisioner,
        linking: Linking,
        look_again: Callable[[Record], None],
    ) -> None:
        self._look_again, self._executor = look_again, executor
        self._client, self._provisioner, self._linking = client, provisioner, linking

    def run(self, promise: Promise, probe: Probe, record: Record | None) -> None:
        """The series that a probe asks for. Raises BrokenPromise, and Unavailable."""
        if probe.quota is not None:
            self._exceed_quota(promise, probe, record)
        elif probe.linked is not None:
            assert record is not None  # of what has links
            self._linking.try_out(promise, probe.linked, record)
            self._prove(promise)
        else:
            self._walk(promise, probe, record)

    def _walk(self, promise: Promise, probe: Probe, record: Record | None) -> None:
        """Go through all pages of a list."""
        call = self._executor.builder.build(probe.calls[0], record, {})
        paging = cut_of(self._executor.contract, self._executor.contract.operations[call.operation])
        assert paging is not None
        exchanges, problem, pages = walk_pages(self._executor.contract, self._client, call, paging)
        if problem is not None:
            raise broken(promise, exchanges, problem)
        if pages < 2:
            raise Unavailable("there was one page only")
        self._prove(promise)

    def _prove(self, promise: Promise) -> None:
        """Count a promise as kept whose probe has shown by itself that it is."""
        tally = self._executor.book.tally(promise)
        tally.kept, tally.read = tally.kept + 1, True

    def _exceed_quota(self, promise: Promise, probe: Probe, record: Record | None) -> None:
        """Run into a limit: with calls that would all be accepted, or with refused ones."""
        calls = self._calls(promise, probe, record)
        quota = Quota(self._executor.contract, self._client, self._executor.clock, probe, calls)
        if not self._executor.clock.patient:
            raise Unavailable(
                "needs a clock that can be set (`clock` in troth.toml), or real time (--limits)"
            )
        if record is not None and probe.calls[1:] == probe.calls[:1]:
            self._use_up_quota(promise, quota, record)
            return
        exchanges, problem = quota.exceed()
        self._see_what_was_made(calls[0], record)
        if problem is not None:
            raise broken(promise, exchanges, replace(problem, cite=promise.pointer))
        self._prove(promise)

    def _calls(self, promise: Promise, probe: Probe, record: Record | None) -> list[Call]:
        """The calls to make in turn; what changes things, is made anew for each of them."""
        planned, builder = list(probe.calls), self._executor.builder
        operation = self._executor.contract.operations[promise.operation]
        if operation.verb not in ("read", "list") and len(planned) == 1:
            assert probe.quota is not None
            planned *= probe.quota[0] + 1
        return [builder.build(one, record, builder.plain_values(one)) for one in planned]

    def _see_what_was_made(self, call: Call, record: Record | None) -> None:
        """What is known of things that calls have changed, or made, is to be read anew."""
        operation, observer = self._executor.contract.operations[call.operation], self._executor.observer
        if operation.verb in ("read", "list") or operation.resource is None:
            return
        observer.changed((operation.resource, parent_id(operation, call)))
        if record is not None:
            self._provisioner.after_change(record)
            self._look_again(record)

    def _use_up_quota(self, promise: Promise, quota: Quota, record: Record) -> None:
        """The quota used up by refused calls; then one that would be accepted: it may be limited."""
        operation = self._executor.contract.operations[promise.operation]
        refusing = refused_start(self._executor.contract, operation)
        other = record
        if refusing is not None:
            other = self._provisioner.find(refusing)
        worlds = self._executor.observer.worlds(record, hurried=True)
        exchange = quota.use_up(replace(quota.call, path=operation.item(other.id)))
        seen = Observation(quota.call, exchange.reply, record, self._executor.observer.read(record))
        judgement = judge(self._executor.contract, seen, worlds, self._executor.book.guesses)
        self._executor.memory.remember(record, seen, judgement)
        self._executor.book.judged(promise, PlannedCall(operation.id), seen, judgement, (exchange,))
        if exchange.reply.status != 429:
            raise Unavailable("refused calls do not count, and others change things")
        self._prove(promise)
