"""One check of one hand-written server, in this process."""

from __future__ import annotations

from collections.abc import Iterable

from tests.faulty import serve
from troth import load
from troth.contracts.check.results import Report
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
        return checker.run()
