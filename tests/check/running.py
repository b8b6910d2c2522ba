"""One check of one hand-written server, in this process."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.catalogue import open_spec
from contracts.check.engine import Checker
from contracts.check.results import Report
from contracts.check.targets import Target
from tests.faulty import serve


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
        checker = Checker(open_spec(api), target, number=seed, fail_fast=fail_fast, only=tuple(only))
        return checker.run()
