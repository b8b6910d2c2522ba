"""Running into a declared limit: as many calls as allowed, of one operation or of several in turn, one more,
again when most of the window has passed, and when all of it has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from troth.contracts.check.client import Client
from troth.contracts.check.clock import Clock
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.observation import Mismatch
from troth.contracts.contract import Contract
from troth.contracts.model import Call
from troth.contracts.promises.promise import Probe
from troth.contracts.words.limits import Policy, policies

EARLY, LATEST = 0.9, 0.99
"""So much of a window has passed when it is seen that it has not ended, and when the last call for that is
made: what fills a bucket anew drop by drop takes as much of the calls by then, and not one more."""


class Quota:
    """One policy being tried with one call, best on a clock that stands still."""

    def __init__(
        self, contract: Contract, client: Client, clock: Clock, probe: Probe, calls: Sequence[Call]
    ) -> None:
        assert probe.quota is not None
        self.call, self._client, self._clock = calls[0], client, clock
        self._in_turn = itertools.cycle(calls)
        self._calls, self._window = probe.quota
        others = _other_policies(contract, calls, probe.quota)
        shorter = [policy for policy in others if policy.window < self._window]
        self._pace = max((policy.window / policy.calls * 1.05 for policy in shorter), default=0.0)
        self._early = min(self._window * EARLY, self._window * LATEST - self._calls * self._pace)
        self._regained = int(self._calls * (self._early + self._calls * self._pace) / self._window)
        self._rest: float = self._window
        """Seconds from the last call to the end of the window."""
        self._longest = max([self._window, *(policy.window for policy in others)])

    def exceed(self) -> tuple[list[Exchange], Mismatch | None]:
        """The exchanges that show what was wrong, and what it was."""
        with self._fresh_window():
            for number in range(1, self._calls + 1):
                exchange = self._client.send(next(self._in_turn))
                if exchange.reply.status == 429:
                    what = f"call {number} of {self._calls} in {self._window} s"
                    return [exchange], _wrong(what, "allowed", exchange)
                if exchange.reply.status >= 400:
                    told = f"{self.call.operation} answered {exchange.reply.status}"
                    raise Unavailable(f"{told}, and refused calls need not count")
                self._clock.wait(self._pace)
            limited = self._client.send(next(self._in_turn))
            if not 400 <= limited.reply.status < 500:
                what = f"call {self._calls + 1} in {self._window} s"
                return [limited], _wrong(what, "429", limited)
            early = self._too_early()
            if early is not None:
                what = f"calls {self._calls + 1} to {self._calls + self._regained + 1} in {self._window} s"
                return [early], _wrong(what, "429", early)
            self._clock.wait(self._rest + 0.05)
            again = self._client.send(self.call)
            if again.reply.status == 429:
                return [limited, again], _wrong(f"a call after {self._window} s", "allowed", again)
        return [], None

    def _too_early(self) -> Exchange | None:
        """The last of more calls than a window may have, each of them taken; None where one is refused, and
        where real time would tell: nobody knows when the window of a server begins."""
        passed = self._calls * self._pace
        if passed >= self._early or not self._clock.settable:
            return None
        self._clock.wait(self._early - passed)
        for number in range(self._regained + 1):
            taken = self._client.send(next(self._in_turn))
            if taken.reply.status >= 400:
                if self._calls > 1:  # else a refused call may count, too
                    self._rest -= self._early + number * self._pace
                return None
            self._clock.wait(self._pace)
        return taken

    def use_up(self, refused: Call) -> Exchange:
        """The answer to the call after as many refused ones as the policy allows."""
        with self._fresh_window():
            for _ in range(self._calls):
                self._client.send(refused)
                self._clock.wait(self._pace)
            return self._client.send(self.call)

    @contextmanager
    def _fresh_window(self) -> Iterator[None]:
        """A fresh window that no other call counts in."""
        client, clock = self._client, self._clock
        client.unpaced = True
        try:
            clock.wait(self._longest + 1)
            clock.freeze(True)
            if clock.settable:  # begin with a window: a fixed one must not end in the middle
                clock.wait(self._window - clock.now().timestamp() % self._window + 0.001)
            yield
        finally:
            clock.freeze(False)
            clock.wait(self._longest + 1)
            client.unpaced = False


def _other_policies(contract: Contract, calls: Sequence[Call], quota: tuple[int, int]) -> list[Policy]:
    """The policies besides the tried one that count the calls, too."""
    found: list[Policy] = []
    for call in calls:
        operation = contract.operations[call.operation]
        found += [p for p in policies(contract, operation) if (p.calls, p.window) != quota]
    return found


def _wrong(what: str, expected: str, exchange: Exchange) -> Mismatch:
    return Mismatch(what, expected, str(exchange.reply.status), "")
