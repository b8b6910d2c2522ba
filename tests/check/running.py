"""One check of one hand-written server, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.faulty import serve
from troth import load
from troth.contracts.check.results import BROKEN, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target


def check(
    api: str,
    *,
    fault: str | None = None,
    reading: str | None = None,
    seed: int = 0,
    only: Iterable[str] = (),
    fail_fast: bool = False,
) -> Report:
    """Hold a server with (or without) a fault against the bundled spec of its API."""
    with serve(api, [fault] if fault else [], [reading] if reading else []) as server:
        target = Target(api, server.url, server.token, clock=server.clock, named=server.fixtures)
        checker = Checker(load(api), target, number=seed, fail_fast=fail_fast, only=tuple(only))
        stand_still(checker)
        return checker.run()


def stand_still(checker: Checker) -> None:
    """Let the target's time pass where the check says so, and never else: a busy machine changes nothing."""
    checker.clock.freeze(True)
    vars(checker.clock)["freeze"] = lambda still: None  # a quota's probe would let it run on


SEEDS = [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
"""Other draws: one run of them in every gate, the others at night."""

WHOLE = [pytest.param(False, id="alone"), pytest.param(True, id="whole", marks=pytest.mark.slow)]
"""Whether a fault is to be found among all promises, which takes seconds: all are at night."""


def finds(run: Callable[[tuple[str, ...]], Report], promise: str, *, whole: bool) -> bool:
    """Whether a promise is found broken, tried alone; some need what a whole run has done before."""
    return any(promise in broken(run(only)) for only in ([()] if whole else [(promise,), ()]))


def broken(report: Report) -> set[str]:
    """The promises that were found broken."""
    return {verdict.promise.id for verdict in report.verdicts if verdict.result == BROKEN}
