"""Trying promises: their probes on records that fit, each answer judged, failures made small."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.arriving import unknown_facts
from troth.contracts.check.batch import Executed
from troth.contracts.check.book import Book, BrokenPromise, missing
from troth.contracts.check.budget import Budget
from troth.contracts.check.building import CallBuilder
from troth.contracts.check.choosing import Chooser
from troth.contracts.check.client import Client
from troth.contracts.check.clock import Clock
from troth.contracts.check.controls import Controls
from troth.contracts.check.draws import Draws, Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.executing import Disturbed, Executor
from troth.contracts.check.ledger import Ledger
from troth.contracts.check.linking import Linking
from troth.contracts.check.memory import Memory
from troth.contracts.check.observation import Mismatch
from troth.contracts.check.observing import Observer
from troth.contracts.check.plan import promises
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.records import Pool, state_of
from troth.contracts.check.results import Evidence
from troth.contracts.check.search import AIMED, SELDOM, Search, Undrawn
from troth.contracts.check.series import Series
from troth.contracts.check.taking import taking
from troth.contracts.check.targets import Target
from troth.contracts.check.troubles import Trouble
from troth.contracts.contract import Contract
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record
from troth.contracts.promises.promise import Another, Probe, Promise

CONFIRMATIONS = 4
"""So often a finding must show again, where a target may show what was."""


class Prober:
    """Tries the promises of a contract on a target."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        number: int = 0,
        real_limits: bool = False,
        fail_fast: bool = False,
        budget: Budget | None = None,
        ledger: Ledger | None = None,
        more: Sequence[Promise] = (),
    ) -> None:
        self.contract, self.target, self.seed = contract, target, number
        self.fail_fast = fail_fast
        self.budget, self.ledger = budget or Budget(), ledger or Ledger()
        self.budget.reserved = lambda: 2 * len(self.ledger.alive)
        self.clock = Clock(target.clock, slow=real_limits, sleep=self.budget.sleep)
        self.client = Client(contract, target, self.clock, self.budget, self.ledger)
        self.pool = Pool(contract)
        self.observer = Observer(contract, self.client, self.pool)
        self.client.known_ids = self.observer.ids_beside
        self.memory = Memory(contract, self.pool, self.observer)
        self.builder = CallBuilder(contract, self.pool, Draws(contract), number)
        self.provisioner = Provisioner(contract, self.client, self.pool, self.observer, self.builder)
        self.promises = [*promises(contract), *more, *target.hooks.promises(contract)]
        self._by_id = {promise.id: promise for promise in self.promises}
        book, has_token = Book(contract, self.promises), target.has_token
        book.taken, book.counted = self.client.taken, self.observer.counted
        self.client.noted = book.history.note
        self.client.hooked = self._ask_hooks
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
        self.controls = Controls(
            contract, self.client, self.pool, self.observer, self.builder, self.provisioner, self._look_again
        )
        self.executor.taken = self.controls.remember
        self.chooser = Chooser(self.executor)
        linking = Linking(
            contract,
            self.client,
            self.builder,
            self.pool,
            self.observer,
            self.provisioner,
            self._look_again,
        )
        self.series = Series(self.executor, self.client, self.provisioner, linking, self._look_again)
        self.provisioner.before_change = self.executor.settle_before
        self.provisioner.after_change = self.executor.batch.touch
        self._anew = self._always_one_by_one = False
        self._seen_through: set[str] = set()
        self._told_nothing: set[str] = set()
        """Promises for which examples were drawn, and none told anything."""
        self.executed: list[Executed] = []
        """What was executed, so that it can be repeated."""
        self._undrawn: dict[str, Undrawn] = {}
        """The promises for which nothing is drawn: their other probes draw of the same schema."""

    def _ask_hooks(self, exchange: Exchange) -> None:
        """Book what the target's own checks say of an answer."""
        for name, wrong in self.target.hooks.judge(exchange):
            promise = self._by_id[f"{exchange.operation.id}/check/{name}"]
            tally = self.book.tally(promise)
            tally.kept, tally.read = tally.kept + 1, True
            if wrong is not None and not tally.broken:
                mismatch = Mismatch(f"check {name}", "nothing to say", wrong, promise.pointer)
                self.book.blame(promise, Evidence((exchange,), (mismatch,), promise.id))

    @property
    def book(self) -> Book:
        """What has been found out so far."""
        return self.executor.book

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
            self._see_what_is_taken([promise])

    def _see_what_is_taken(self, promises: Sequence[Promise]) -> None:
        """Try the plainest calls of operations that have only refused so far."""
        doubted = {promise.operation for promise in promises if self.book.rests_on_refusals(promise)}
        for id in sorted(doubted - self._seen_through):
            self._seen_through.add(id)
            with suppress(Trouble):
                self.controls.see_whether_taken(self.contract.operations[id])

    def _recheck(self) -> None:
        """Read what was not read back yet, and execute by itself what that shows to be doubtful."""
        try:
            self.executor.settle()
        except Trouble as trouble:
            self._recover(trouble)
        self._repeat_doubtful()

    def _recover(self, trouble: Trouble) -> None:
        """After a call of which nobody knows whether it was carried out: nothing that is known of what it
        may have changed holds any longer."""
        self.executor.distrust()
        if trouble.arrived:
            self.observer.forget_all()
            for record in self.executor.touched:
                self._look_again(record)
        self.executor.touched.clear()

    def _look_again(self, record: Record) -> None:
        """Read a record anew; what cannot be read is not used any more."""
        try:
            data = self.observer.read(record)
        except Trouble:
            self.pool.drop(record)
            return
        known = self.pool.get(record.resource, record.id)
        if known is None:
            return
        if isinstance(data, Mapping):
            hidden = unknown_facts(self.contract.resources[record.resource])
            self.pool.put(replace(known, data=dict(data), hidden=hidden, since=None))
        else:
            self.pool.drop(record)

    def _repeat_doubtful(self) -> None:
        """Execute by itself what did not fit together with others; where nothing shows then, on new records:
        what a call has done once to a record it may not do to it again."""
        found = self.book.findings
        while self.executor.doubtful:
            if self.fail_fast and self.book.any_broken:
                return
            executed = self.executor.doubtful.pop(0)
            self.executor.one_by_one, self._anew = True, executed.anew
            self._try_probe(executed.promise, executed.probe, executed.index, executed)
            self.executor.one_by_one, self._anew = self._always_one_by_one, False
            if not self.executor.doubtful and self.book.findings == found:
                self.executor.doubtful = [replace(one, anew=True) for one in self.executor.misfits]
                self.executor.misfits = []
        self.executor.misfits = []

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
        for _ in range(self.client.patience.retries + 1):
            if tally.broken:
                return
            try:
                self._try_once(promise, probe, index, like)
                return
            except Trouble as trouble:
                self._recover(trouble)
                reason = trouble
                if not trouble.passes:
                    break
        tally.skipped.append(str(reason))

    def _try_once(self, promise: Promise, probe: Probe, index: int, like: Executed | None) -> None:
        """The same, once. Raises Trouble."""
        tally = self.book.tally(promise)
        try:
            self._probe(promise, probe, index)
            if like is not None:
                self._execute(like, self._start(probe))
        except BrokenPromise as found:
            if not self._is_confirmed(promise, probe, index):
                return
            if found.refused and self._nothing_is_taken(promise, probe, found.evidence):
                return
            self._blame(promise, probe, found.evidence)
        except Trouble:
            raise
        except (Unreached, Unavailable) as reason:
            tally.skipped.append(str(reason))
        except ContractFault as fault:  # of records that break their schema, which is reported as such
            tally.skipped.append(f"an expression cannot be evaluated on what was read: {fault}")

    def _is_confirmed(self, promise: Promise, probe: Probe, index: int) -> bool:
        """Whether a finding shows again and again, where a target may show what was."""
        for _ in range(CONFIRMATIONS if self.target.eventual else 0):
            for record in self.executor.touched:
                self._look_again(record)
            self.executor.one_by_one = True
            try:
                self._probe(promise, probe, index)
            except BrokenPromise:
                continue
            finally:
                self.executor.one_by_one = self._always_one_by_one
            return False
        return True

    def _nothing_is_taken(self, promise: Promise, probe: Probe, evidence: Evidence) -> bool:
        """Whether plainer calls than one that was refused are refused, too: then that is what is broken."""
        operation = self.contract.operations[probe.calls[0].operation]
        if len(evidence.exchanges) != 1 or promise.operation != operation.id:
            return False
        state = probe.given.state if probe.given is not None else None
        guilty = self.book.of_taking(operation, state)
        if guilty is None or guilty is promise:
            return False
        refused: tuple[Exchange, ...] = evidence.exchanges
        if not self.controls.is_plainest(probe):
            refused = self.controls.all_refused(probe)
        if refused:
            self.book.refused_altogether(guilty, refused, promise)
            told = f"{refused[-1].operation.id} answers {refused[-1].reply.status} to the plainest call, too"
            self.book.tally(promise).skipped.append(told)
        return bool(refused)

    def _blame(self, promise: Promise, probe: Probe, evidence: Evidence) -> None:
        """Book what was found broken; of a drawn body for the one property that makes the difference."""
        if not promise.reduced:
            self.book.blame(promise, evidence)
            return
        operation = self.contract.operations[promise.operation]
        body = operation.record_in(evidence.exchanges[-1].call.body)
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
        if probe.rich:
            self.executor.settle()
        if record is not None:
            self.executor.touched.append(record)
        if probe.is_series:
            self.executed.append(Executed(promise, probe, index, (), self._anew))
            self.executor.settle()
            self.series.run(promise, probe, record)
        else:
            self._draw(promise, probe, record, index)

    def _start(self, probe: Probe) -> Record | None:
        """The record that a probe starts from; None where it needs none. Raises Unreached."""
        self.executor.bystander = None
        self._see_to_company(probe)
        if probe.given is None:
            return None
        if probe.rich:
            record, self.executor.bystander = self.provisioner.rich(probe.given, anew=self._anew)
            return record
        given = taking(self.contract, probe.calls[0], probe.given)
        if any(self.provisioner.may_delete(planned.operation, given) for planned in probe.calls):
            return self.provisioner.spare(given)
        if self._anew:
            with suppress(Unreached):
                return self.provisioner.fresh(given)
        if given != probe.given:
            with suppress(Unreached):
                return self.provisioner.find(given)
        return self.provisioner.find(probe.given)

    def _see_to_company(self, probe: Probe) -> None:
        """The other records that a probe needs: as many as it says, and another parent where it names one."""
        operation = self.contract.operations[probe.calls[0].operation]
        for value in probe.calls[0].path.values():
            if isinstance(value, Another):
                self.provisioner.at_least(2, value.resource)
                if operation.names_record:  # its id must be in use below one of them only
                    for other in self.pool.own(value.resource)[:2]:
                        self.observer.read_nested_lists(other)
        if probe.company is not None:
            with suppress(Unreached):
                self.provisioner.find(probe.company)
        if probe.witness is not None:
            self.provisioner.at_least(2, probe.witness)
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
        if executed.probe.is_series:
            self.series.run(promise, executed.probe, record)
        else:
            self.executor.execute(executed, record)

    def _draw(self, promise: Promise, probe: Probe, record: Record | None, index: int) -> None:
        """Run a probe with plain values, else with drawn ones; on failure, again with simpler ones."""
        parts = [self.builder.strategy(planned, record) for planned in probe.calls]
        if all(part is None for part in parts):
            nothing: tuple[Mapping[str, Any], ...] = tuple({} for _ in parts)
            self._execute(Executed(promise, probe, index, nothing, self._anew), record)
            return

        plain = None
        if not self._anew and not promise.reduced:
            plain = self.chooser.plain_values(promise, probe, record)
        if plain is not None:
            self._execute(Executed(promise, probe, index, plain, self._anew), record)
            return

        def execute(drawn: Any, again: bool) -> None:
            executed = Executed(promise, probe, index, tuple(drawn), self._anew)
            if again:
                self._execute_by_itself(executed)
            else:
                self._execute(executed, record)

        strategy = st.tuples(*(st.just({}) if part is None else part for part in parts))
        number = zlib.crc32(f"{self.seed}/{promise.id}/{index}".encode())
        if promise.id in self._undrawn:
            raise self._undrawn[promise.id]
        aimed = SELDOM if promise.id in self._told_nothing else AIMED
        search = Search(execute, lambda drawn: self.chooser.tells(promise, probe, record, drawn), aimed)
        try:
            search.run(strategy, number)
        except Undrawn as reason:
            self._undrawn[promise.id] = reason
            raise
        if search.in_vain:
            self._told_nothing.add(promise.id)

    def _execute(self, executed: Executed, record: Record | None) -> None:
        """Execute a probe; later once more by itself where what was seen may come of something else."""
        self.executed.append(executed)
        try:
            self.executor.execute(executed, record)
        except Disturbed as disturbed:
            self.executor.doubtful.insert(0, replace(executed, anew=executed.anew or disturbed.anew))
            if not self.executor.doubtful[0].anew:
                self.executor.misfits.append(executed)

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
