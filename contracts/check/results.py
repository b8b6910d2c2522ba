"""What a check found out, promise by promise: plain values for every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.history import Command
from troth.contracts.check.observation import Mismatch
from troth.contracts.promises.promise import Promise

KEPT, BROKEN, DIFFERS, SKIPPED = "kept", "broken", "differs", "not-exercised"
RESULTS = (KEPT, BROKEN, DIFFERS, SKIPPED)
"""``differs``: what the document only assumes is otherwise in the tested API: a warning, no failure."""

UNDISTINGUISHED = "undistinguished"
"""How the reason begins where a promise was tried, but what was seen fits also if it does not hold."""


@dataclass(frozen=True)
class Evidence:
    """The requests in order, what the contract does not allow of the last answer, and whose probe it was.

    ``commands``: the requests as commands for a shell, from nothing: the first ones make the records.
    """

    exchanges: tuple[Exchange, ...]
    mismatches: tuple[Mismatch, ...]
    probed: str
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result for one promise. ``calls``: requests made for it; ``where``: file:line:column."""

    promise: Promise
    result: str
    where: str
    calls: int = 0
    reason: str | None = None
    evidence: Evidence | None = None
    known: str | None = None
    """Why a broken promise does not fail the run: it was known before."""

    @property
    def fails(self) -> bool:
        """Whether it makes the run fail."""
        return self.result == BROKEN and self.known is None


@dataclass(frozen=True)
class Left:
    """A record that the run made and could not remove; ``why``: what stood in the way."""

    resource: str
    id: str
    why: str


@dataclass(frozen=True)
class Cleaned:
    """What became of the records that the run made; ``ended``: led to a final state."""

    removed: int = 0
    ended: int = 0
    left: tuple[Left, ...] = ()
    requests: int = 0


@dataclass(frozen=True)
class Report:
    """A whole run.

    ``ended``: why it ended before its time; ``lost``: whether that was for the target's sake;
    ``troubles``: what was wrong with the target, how often; ``mended``: known broken promises that are kept.
    """

    spec: str
    target: str
    seed: int
    verdicts: Sequence[Verdict]
    requests: int
    seconds: float
    ended: str | None = None
    lost: bool = False
    troubles: Mapping[str, int] = field(default_factory=dict)
    cleaned: Cleaned = Cleaned()
    mended: tuple[str, ...] = ()

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
    def untried(self) -> str:
        """The reason of what was not tried because the run ended early."""
        return f"not tried: {self.ended}"

    @property
    def exit_code(self) -> int:
        """0: no promise is broken that was not known; 1: one is; 2: nothing could be exercised, or the
        target was lost."""
        if any(verdict.fails for verdict in self.verdicts):
            return 1
        if self.lost:
            return 2
        counts = self.counts
        exercised = counts[KEPT] + counts[DIFFERS] + counts[BROKEN]
        if exercised == 0:
            return 2
        return 0

    @property
    def known(self) -> int:
        """How many broken promises were known before."""
        return sum(verdict.known is not None for verdict in self.verdicts)
