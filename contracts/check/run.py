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
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis.database import ExampleDatabase

from troth.contracts.check.budget import Budget
from troth.contracts.check.cleaning import Cleaner
from troth.contracts.check.exploring import Explorer, explored
from troth.contracts.check.hiding import hidden
from troth.contracts.check.ledger import Ledger
from troth.contracts.check.opening import read_everything
from troth.contracts.check.plan import ordered, turn_of
from troth.contracts.check.probing import Prober
from troth.contracts.check.records import fits
from troth.contracts.check.results import SKIPPED, Cleaned, Report, Verdict
from troth.contracts.check.selection import Selection
from troth.contracts.check.targets import Target
from troth.contracts.check.troubles import RunEnded, Trouble
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import rules_of
from troth.contracts.errors import TargetError
from troth.contracts.garbage import settled
from troth.contracts.promises.promise import Promise, Turn

Progress = Callable[[int, int, str], None]


def check(
    contract: Contract,
    target: Target | str,
    *,
    seed: int = 0,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
    fail_fast: bool = False,
    limits: bool = False,
    max_requests: int | None = None,
    max_seconds: float | None = None,
) -> Report:
    """Hold an API against a contract, promise by promise; it writes to what it checks, where it may, and
    removes what it made.

    ``target``: the API, or its base URL. ``only``, ``exclude``: globs of promise ids (``pauseCampaign/*``).
    ``limits``: run into quotas in real time where the target's clock cannot be set.
    Raises TargetError where the API cannot be reached or is none.
    """
    if isinstance(target, str):
        target = Target(target, target)
    return Checker(
        contract,
        target,
        number=seed,
        real_limits=limits,
        fail_fast=fail_fast,
        selection=Selection(tuple(only), tuple(exclude)),
        budget=Budget(max_requests, max_seconds),
    ).run()


class Checker(Prober):
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
        selection: Selection | None = None,
        budget: Budget | None = None,
        ledger: Ledger | None = None,
        keep: bool = False,
        explore: int = 0,
        examples: ExampleDatabase | None = None,
    ) -> None:
        super().__init__(
            contract,
            target,
            number=number,
            real_limits=real_limits,
            fail_fast=fail_fast,
            budget=budget,
            ledger=ledger,
            more=explored(contract) if explore else (),
        )
        self._explore, self._examples = explore, examples
        self.selection = selection or Selection(tuple(only))
        self._keep = keep
        self._tried: set[str] = set()
        self._alike: str | None = None
        """What every call is answered, where that shows that it is not the API."""

    def run(self, progress: Progress = lambda done, of, name: None) -> Report:
        """Try every promise (with ``fail_fast`` until one is broken), and remove what was made.

        However it ends, there is a report. Raises TargetError where the API cannot be reached or is none.
        """
        secrets = self.client.secrets
        try:
            with settled():
                return hidden(self._run(progress), secrets)
        except TargetError as error:
            raise TargetError(secrets.hide(str(error))) from None

    def _run(self, progress: Progress) -> Report:
        started, ended = time.monotonic(), None
        try:
            self._begin()
            self._try_all(progress)
        except RunEnded as end:
            ended = end
        except TargetError as error:
            if not self._tried:
                raise
            ended = RunEnded(str(error), lost=True)
        requests = self.client.sent
        cleaned = self._clean(progress)
        if self._alike is not None:
            raise TargetError(self._alike)
        return self._report(ended, requests, cleaned, time.monotonic() - started)

    def _begin(self) -> None:
        """The first calls. Raises TargetError where they say that there is nothing to check."""
        try:
            read_everything(self.observer, self.target)
        except Trouble as trouble:
            raise TargetError(str(trouble)) from None
        except RunEnded as end:
            if end.lost:
                raise TargetError(end.reason) from None
            raise

    def _try_all(self, progress: Progress) -> None:
        wanted = [promise for promise in self.promises if self._is_wanted(promise)]
        for index, promise in enumerate(self._ready_first(ordered(wanted, self.contract))):
            progress(index, len(wanted), promise.id)
            self._tried.add(promise.id)
            self.try_promise(promise, thorough=False)
            self._require_differences()
            if self.fail_fast and self.book.any_broken:
                break
        else:
            self._recheck()
            self._try_all_again(wanted)
            self._recheck()
            self._see_what_is_taken(wanted)
        self._recheck()
        self.client.patience.require_life()
        if self._explore and self.target.may_write:
            progress(len(wanted), len(wanted), "exploring")
            self._explore_histories(wanted)
        progress(len(wanted), len(wanted), "")

    def _explore_histories(self, wanted: Sequence[Promise]) -> None:
        """Look for histories that no promise's own probe has tried."""
        operations = [promise.operation for promise in wanted if promise.id.endswith("/explored")]
        if not operations or (self.fail_fast and self.book.any_broken):
            return
        explorer = Explorer(self.executor, self.promises, self.client, self._recover, self.seed)
        explorer.run(operations, self._explore, self._examples)

    def _require_differences(self) -> None:
        """Raises RunEnded where every call is answered alike, and not as the contract says."""
        told = self.client.sameness.told
        if told is not None and self.book.any_broken:
            self._alike = told
            raise RunEnded(told, lost=True)

    def _clean(self, progress: Progress) -> Cleaned:
        """Remove what was made, as far as can be, whatever the budgets say; then give back what was provided:
        something may have been made below it."""
        cleaned = Cleaned()
        if not self._keep:
            progress(0, 0, "removing what was made")
            cleaner = Cleaner(
                self.contract, self.client, self.pool, self.observer, self.provisioner, self.ledger
            )
            cleaned = cleaner.clean()
        self.provisioner.provided.withdraw()
        return cleaned

    def _report(self, ended: RunEnded | None, requests: int, cleaned: Cleaned, seconds: float) -> Report:
        told = [p for p in self.promises if self._is_told(p)]
        report = Report(
            self.contract.name,
            self.target.name,
            self.seed,
            [self.book.verdict(promise) for promise in told],
            requests,
            seconds,
            troubles=dict(self.client.patience.troubles),
            cleaned=cleaned,
        )
        if ended is None:
            return report
        report = replace(report, ended=ended.reason, lost=ended.lost)
        return replace(report, verdicts=[self._untried(verdict, report) for verdict in report.verdicts])

    def _untried(self, verdict: Verdict, report: Report) -> Verdict:
        """A verdict of a run that ended early: of what it did not come to, that is the reason."""
        promise = verdict.promise
        if verdict.result != SKIPPED or promise.needs or self.book.tally(promise).kept:
            return verdict
        if promise.id in self._tried and promise.probes:
            return verdict
        return replace(verdict, reason=report.untried)

    def _is_told(self, promise: Promise) -> bool:
        """Whether a promise is in the report: also one that was not tried, and found broken."""
        if self._is_wanted(promise):
            return True
        return bool(self.book.tally(promise).broken) and self.selection.allows(promise)

    def _is_wanted(self, promise: Promise) -> bool:
        return self.selection.wants(promise)

    def _ready_first(self, wanted: list[Promise]) -> list[Promise]:
        """First what states refuse, where a record is in such a state already: that costs least, without a
        body least of all, and tells most. Where none is, and nothing makes any, what leads there is tried
        before: it may use a record up."""
        return sorted(wanted, key=self._readiness)

    def _readiness(self, promise: Promise) -> int:
        usual = 3 + turn_of(promise, self.contract)
        if promise.turn is not Turn.REFUSING_STATES or not promise.probes:
            return usual
        given = promise.probes[-1].given
        if given is None:
            return usual
        for record in self.pool.own(given.resource):
            if fits(self.contract, record, given, self.pool):
                operation = self.contract.operations[promise.operation]
                return int(operation.body is not None) + int(bool(rules_of(operation)))
        if self.contract.acting(given.resource, "create") is None:
            return 3 + Turn.PAGES
        return usual
