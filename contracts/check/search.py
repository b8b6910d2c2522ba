"""Drawn values: one example of them; when it fails, Hypothesis looks for a simpler one that fails, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, Unsatisfiable
from schemathesis.errors import SchemathesisError

from troth.contracts.check.book import BrokenPromise
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.provisioning import Unreached
from troth.contracts.errors import TrothError

SHRINKS = 30
"""At most so many requests are spent on making one failure smaller."""

AIMED = 12
"""At most so many examples are drawn for one that tells more than whether it is taken."""

SELDOM = 4
"""As many where other examples for the same promise have told nothing: most that tell are among these."""

LOOKS = 300
"""At most so many examples are drawn for it."""

WORK = 3000
"""At most so much is drawn: each time one, and one more for every hundred characters of what was drawn last.
A large body may take a second to draw, and Hypothesis draws hundreds while it looks for a smaller failure."""

PATIENCE = 5.0
"""For so many seconds of work a first value is drawn: what is never drawn to its end has no size, and
Hypothesis begins it a thousand times (a schema whose alternatives lead back to itself)."""


class Undrawn(Unavailable):
    """Nothing is drawn, however long one waits."""


class _Told(BaseException):
    """What was drawn was tried, and nothing is broken."""


class _Enough(BaseException):
    """Hypothesis is to stop looking for a smaller failure; it catches every Exception."""


class _TooMuch(BaseException):
    """Enough was drawn, whatever came of it."""


class Search:
    """Executes a probe with drawn values; ``execute`` is told whether it is not the first time.

    ``tells``: whether values are worth a try; others are tried only where no better ones are drawn, at most
    ``aimed`` times.
    """

    def __init__(
        self, execute: Callable[[Any, bool], None], tells: Callable[[Any], bool], aimed: int = AIMED
    ) -> None:
        self._execute, self._tells, self._aimed = execute, tells, aimed
        self.in_vain = False
        """Whether none was drawn that tells."""
        self._outcomes: dict[str, BrokenPromise | None] = {}
        self._simplest: tuple[int, str, BrokenPromise] | None = None
        self._reason: Exception | None = None
        self._first: Any = None
        self._second: Any = None
        self._looks, self._work, self._size = 0, 0, 0
        self._began = time.thread_time()

    def run(self, strategy: st.SearchStrategy[Any], number: int) -> None:
        """Raises BrokenPromise with the simplest failure found; what stops the search, as it comes."""
        try:
            self._draw(strategy, number)
        except Unsatisfiable:
            raise Unavailable("no value can be drawn that differs from what is stored") from None
        except (HypothesisException, SchemathesisError) as error:
            if self._simplest is None:  # Hypothesis calls it flaky that the first example was passed over
                raise self._reason or Unavailable(f"nothing can be drawn: {str(error)[:200]}") from None
        except (BrokenPromise, _Enough, BaseExceptionGroup):
            if self._simplest is None:
                raise self._reason or Unavailable("nothing can be drawn that keeps the schema") from None
        if self._simplest is not None:
            raise self._simplest[2]

    def _draw(self, strategy: st.SearchStrategy[Any], number: int) -> None:
        @seeded(number)
        @settings(
            max_examples=self._aimed + 1,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )
        @given(st.tuples(st.builds(self._begin), strategy))
        def search(drawn: Any) -> None:
            self._look_at(drawn[1])

        with suppress(_Told, _TooMuch):
            search()
        if self._first is None:
            raise self._reason or Unavailable("no value can be drawn")
        self.in_vain = not self._outcomes
        if self.in_vain:
            self._outcome_of(self._second or self._first)  # there is no better one

    def _begin(self) -> None:
        """Another example is drawn."""
        self._work += 1 + self._size // 100
        if self._looks == 0 and time.thread_time() - self._began > PATIENCE:
            self._reason = Undrawn(f"no value is drawn to its end in {PATIENCE:.0f} s")
            raise _TooMuch
        if self._work > WORK:
            raise _TooMuch

    def _look_at(self, drawn: Any) -> None:
        self._looks, self._size = self._looks + 1, len(repr(drawn))
        if self._looks > LOOKS:
            raise _Enough
        if self._looks == 1:
            self._first = drawn
            return  # the first example is always the plainest: it shows the least
        if not self._outcomes and not self._tells(drawn):
            self._second = self._second or drawn
            return
        self._outcome_of(drawn)
        if self._simplest is None:
            raise _Told

    def _outcome_of(self, drawn: Any) -> None:
        """Execute, and raise what shows a promise broken."""
        key = repr(drawn)
        if key not in self._outcomes:
            if len(self._outcomes) > SHRINKS:
                raise _Enough
            self._outcomes[key] = self._outcome(drawn)
        broken = self._outcomes[key]
        if broken is None:
            return
        if self._simplest is None or (len(key), key) < self._simplest[:2]:
            self._simplest = len(key), key, broken
        raise broken

    def _outcome(self, drawn: Any) -> BrokenPromise | None:
        """How the probe ends with these values; None where nothing is broken."""
        try:
            self._execute(drawn, bool(self._outcomes))
        except BrokenPromise as broken:
            return broken
        except (Unreached, Unavailable, TrothError) as reason:
            self._reason = reason
            raise _Enough from None
        return None
