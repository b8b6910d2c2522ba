"""A limit of so many requests in a second for the whole key, with its faults and readings."""

from tests.faulty.bodies import Refused
from tests.faulty.clock import Clock


class Window:
    """Counts the requests of the last second on the server's clock."""

    def __init__(self, most: int, clock: Clock, faults: frozenset[str], readings: frozenset[str]) -> None:
        self.most = most + ("limit_3" in faults) - ("limit_1" in faults)
        self.seconds = 3.0 if "limit_slow" in faults else 1.0
        self.clock, self.faults, self.readings = clock, faults, readings
        self.calls: list[tuple[str, float]] = []
        self.counted = False
        self.used_up = False

    def admit(self, name: str) -> None:
        """Count a request, or refuse it."""
        now = self.clock.seconds()
        self.counted = False
        if self._used(name, now) >= self.most or (self.used_up and "limit_never_reopens" in self.faults):
            self.used_up = True
            if "limited_calls_count" in self.readings:
                self.calls.append((name, now))
            self._refuse()
        self.calls = [(call, at) for call, at in self.calls if now - at < 10]
        self.calls.append((name, now))
        self.counted = True

    def note(self, status: int) -> None:
        """Take a refused request off the count where those do not count."""
        if "refused_calls_do_not_count" in self.readings and self.counted and 400 <= status < 500:
            self.calls.pop()
        self.counted = False

    def _used(self, name: str, now: float) -> int:
        if "no_limit" in self.faults:
            return -1
        calls = [at for call, at in self.calls if call == name or "limit_per_call" not in self.faults]
        if "fixed_window" in self.readings:
            return sum(at // 1 == now // 1 for at in calls)
        return sum(now - self.seconds < at <= now for at in calls)

    def _refuse(self) -> None:
        status = 500 if "limited_500" in self.faults else 429
        raise Refused(503 if "limited_503" in self.faults else status, "Too many requests", retry_after=1)
