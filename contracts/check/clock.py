"""The target's own clock, where it lets a test set it: ``GET`` shows, ``POST`` freezes and advances."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import requests

from troth.contracts.check.draws import Unavailable
from troth.contracts.errors import TargetError
from troth.contracts.words._resource_facts import spoken

LONG = 5.0
"""Seconds from which on a wait in real time is told."""

PATIENCE = 10.0
"""At most so many seconds are waited for in real time, where the target's clock cannot be set."""


class Clock:
    """Time as the target sees it. Without a control URL it is the real time, and waiting takes as long;
    ``slow``: that may take a while."""

    def __init__(
        self, url: str | None, *, slow: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._url, self._slow, self._sleep = url, slow, sleep
        self._session = requests.Session()
        self._advanced = 0.0
        self._frozen_at: float | None = None
        self.waiting: Callable[[float], None] = lambda seconds: None
        """Told of a long wait before it begins."""

    @property
    def settable(self) -> bool:
        """Whether time can be made to pass at once."""
        return self._url is not None

    @property
    def patient(self) -> bool:
        """Whether long waits are possible: because they take no time, or because they are asked for."""
        return self.settable or self._slow

    def wait(self, seconds: float) -> None:
        """Let time pass for the target."""
        if seconds <= 0:
            return
        if self._url is None:
            if seconds >= LONG:
                self.waiting(seconds)
            self._sleep(seconds)
            return
        self._ask("POST", {"advance": seconds})
        self._advanced += seconds

    def is_long(self, seconds: float) -> bool:
        """Whether a time is too long to be waited for."""
        return seconds > PATIENCE and not self.patient

    def wait_if_short(self, seconds: float) -> None:
        """Let time pass; raises Unavailable where that is long and would have to be real time."""
        if self.is_long(seconds):
            what = f"takes {spoken(seconds)}: needs a clock that can be set (`clock` in troth.toml)"
            raise Unavailable(f"{what}, or real time (--limits)")
        self.wait(seconds)

    def passed(self) -> float:
        """Seconds on a scale of the tester's own that runs with the target's time."""
        if self._frozen_at is not None:
            return self._advanced + self._frozen_at
        return self._advanced + time.monotonic()

    def moment(self) -> datetime:
        """That scale's present."""
        return datetime.fromtimestamp(self.passed(), UTC)

    def freeze(self, still: bool) -> None:
        """Make the target's time stand still, or run on from where it stood."""
        if self._url is None:
            return
        self._ask("POST", {"freeze": still})
        if still:
            self._frozen_at = time.monotonic()
        else:
            self._advanced = self.passed() - time.monotonic()
            self._frozen_at = None

    def now(self) -> datetime:
        """The target's present."""
        if self._url is None:
            return datetime.now(UTC)
        return datetime.fromisoformat(self._ask("GET", None)["now"])

    def _ask(self, method: str, body: dict[str, float | bool] | None) -> dict[str, str]:
        assert self._url is not None
        try:
            response = self._session.request(method, self._url, json=body, timeout=10)
            response.raise_for_status()
            found: dict[str, str] = response.json()
        except (requests.RequestException, ValueError) as error:
            raise TargetError(f"the clock at {self._url} does not answer: {error}") from None
        if "now" not in found:
            raise TargetError(f"the clock at {self._url} does not tell the time (no `now` in its answer)")
        return found
