"""What a check found out, promise by promise: plain values for every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from troth.contracts.check.client import Exchange
from troth.contracts.check.observation import Mismatch
from troth.contracts.promises.promise import Promise

KEPT, BROKEN, DIFFERS, SKIPPED = "kept", "broken", "differs", "not-exercised"
RESULTS = (KEPT, BROKEN, DIFFERS, SKIPPED)
"""``differs``: what the document only assumes is otherwise in the tested API: a warning, no failure."""

UNDISTINGUISHED = "undistinguished"
"""How the reason begins where a promise was tried, but what was seen fits also if it does not hold."""


@dataclass(frozen=True)
class Evidence:
    """The requests in order, what the contract does not allow of the last answer, and whose probe it was."""

    exchanges: tuple[Exchange, ...]
    mismatches: tuple[Mismatch, ...]
    probed: str


@dataclass(frozen=True)
class Verdict:
    """The result for one promise. ``calls``: requests made for it; ``where``: file:line:column."""

    promise: Promise
    result: str
    where: str
    calls: int = 0
    reason: str | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Report:
    """A whole run."""

    spec: str
    target: str
    seed: int
    verdicts: Sequence[Verdict]
    requests: int
    seconds: float

    @property
    def counts(self) -> Mapping[str, int]:
        """How many promises have each result."""
        found = Counter(verdict.result for verdict in self.verdicts)
        return {result: found[result] for result in RESULTS}

    @property
    def undistinguished(self) -> int:
        """How many of those not exercised were tried, but not proved."""
        return sum((verdict.reason or "").startswith(UNDISTINGUISHED) for verdict in self.verdicts)

    @property
    def exit_code(self) -> int:
        """0: no promise is broken; 1: one is; 2: nothing could be exercised."""
        counts = self.counts
        if counts[BROKEN]:
            return 1
        exercised = counts[KEPT] + counts[DIFFERS]
        if exercised == 0:
            return 2
        return 0
