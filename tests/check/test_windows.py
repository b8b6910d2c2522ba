"""How long the window of a limit is: kept in whatever way a server counts, and found where it is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, broken, document, kept, operation, run, schema

PROMISE = "listBells/limits/ringing"


def bells(calls: int, window: int) -> dict[str, Any]:
    words = {"limits": {"ringing": {"q": calls, "w": window}}}
    read = operation("listBells", "Bell.list", "Bells", words=words)
    read["responses"]["429"] = {"description": "too many"}
    bells = {"type": "array", "items": {"$ref": "#/components/schemas/Bell"}}
    return document(
        {"Bell": {"id": "id"}}, {"/bells": {"get": read}}, {"Bell": schema(id="string"), "Bells": bells}
    )


def sliding(at: list[float], now: float, calls: int, window: float) -> bool:
    return sum(now - window < one for one in at) < calls


def fixed(at: list[float], now: float, calls: int, window: float) -> bool:
    return sum(one // window == now // window for one in at) < calls


def from_the_first(at: list[float], now: float, calls: int, window: float) -> bool:
    begun, count = -1e9, 0
    for one in at:
        if one >= begun + window:
            begun, count = one, 0
        count += 1
    return now >= begun + window or count < calls


def bucket(at: list[float], now: float, calls: int, window: float) -> bool:
    """Filled drop by drop, as `limit_req` of nginx and GCRA do."""
    full, last = float(calls), -1e9
    for one in [*at, now]:
        full, last = min(calls, full + (one - last) * calls / window), one
        if one is not now:
            full -= 1
    return full >= 1 - 1e-9


class Server:
    """Its clock can be set and stopped."""

    def __init__(self, counts: Callable[..., bool], calls: int, window: float, *, refused: bool) -> None:
        self.counts, self.calls, self.window, self.refused = counts, calls, window, refused
        self.at: list[float] = []
        self.ahead, self.stopped = 0.0, False

    def answer(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        if path == ["clock"]:
            self.ahead += (given or {}).get("advance", 0) + (0 if self.stopped else 0.001)
            self.stopped = (given or {}).get("freeze", self.stopped)
            time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.ahead)
            return 200, {"now": time.isoformat(), "frozen": self.stopped}
        if path != ["bells"]:
            return 404, {}
        now = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + self.ahead
        allowed = self.counts(self.at, now, self.calls, self.window)
        if allowed or self.refused:
            self.at.append(now)
        return (200, [{"id": "one"}]) if allowed else (429, {})


WAYS = [(sliding, False), (sliding, True), (fixed, False), (from_the_first, False), (bucket, False)]


@pytest.mark.parametrize("calls", [1, 2, 10])
@pytest.mark.parametrize(
    ("counts", "refused"), WAYS, ids=["sliding", "refused-too", "fixed", "first", "bucket"]
)
def test_every_way_to_count_keeps_it(
    tmp_path: Path, counts: Callable[..., bool], refused: bool, calls: int
) -> None:
    server = Server(counts, calls, 60, refused=refused)
    report = run(tmp_path, bells(calls, 60), server.answer, only=("*/limits/*",), clock=True)
    assert broken(report) == {}
    assert PROMISE in kept(report)


@pytest.mark.parametrize("calls", [1, 2, 10])
@pytest.mark.parametrize("window", [20, 30, 50, 120])
def test_another_window_is_found(tmp_path: Path, window: float, calls: int) -> None:
    server = Server(sliding, calls, window, refused=False)
    report = run(tmp_path, bells(calls, 60), server.answer, only=("*/limits/*",), clock=True)
    assert set(broken(report)) == {PROMISE}
