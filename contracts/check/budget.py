"""How much a run may ask and how long it may take; and signals, which end it between two calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from troth.contracts.check.troubles import RunEnded

STEP = 0.1
"""Seconds that are slept at a time: a signal is not kept waiting."""


@dataclass
class Budget:
    """Counts requests and time; what is left of both is kept for tidying up (``reserved``)."""

    most: int | None = None
    """Requests."""
    seconds: float | None = None
    reserved: Callable[[], int] = lambda: 0
    stopped: RunEnded | None = None
    """Why the run is to end, said by a signal."""
    lifted: bool = False
    """Whether what is done now is tidying up, which no budget forbids."""

    def __post_init__(self) -> None:
        self._began = time.monotonic()

    def spend(self, sent: int) -> None:
        """One more request, after so many. Raises RunEnded where there is none left."""
        if self.lifted:
            return
        if self.stopped is not None:
            raise self.stopped
        if self.most is not None and sent + self.reserved() >= self.most:
            raise RunEnded(f"the budget of {self.most} requests is used up (--max-requests)")
        self._look_at_the_time(0.0)

    def sleep(self, seconds: float) -> None:
        """Sleep, unless the run is to end before. Raises RunEnded."""
        until = time.monotonic() + seconds
        if not self.lifted:
            self._look_at_the_time(seconds)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return
            if self.stopped is not None and not self.lifted:
                raise self.stopped
            time.sleep(min(left, STEP))

    def _look_at_the_time(self, ahead: float) -> None:
        if self.seconds is None:
            return
        if time.monotonic() - self._began + ahead > self.seconds:
            raise RunEnded(f"the time of {self.seconds:g} s is used up (--max-time)")
