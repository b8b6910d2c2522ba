"""The servers' own clock, which a test can freeze and advance."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 with milliseconds and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def after(previous: str, now: datetime) -> str:
    """Write `now`, pushed past `previous` if both fall into one millisecond."""
    if iso(now) > previous:
        return iso(now)
    return iso(datetime.fromisoformat(previous) + timedelta(milliseconds=1))


@dataclass
class Clock:
    """Real time (or the frozen instant) plus an offset."""

    offset: float = 0.0
    frozen: datetime | None = None

    def now(self) -> datetime:
        """Tell the server's time."""
        return (self.frozen or datetime.now(UTC)) + timedelta(seconds=self.offset)

    def seconds(self) -> float:
        """Tell the server's time as seconds, for windows."""
        return self.now().timestamp()

    def show(self) -> dict[str, Any]:
        """Describe the clock as its endpoint does."""
        return {"now": iso(self.now()), "frozen": self.frozen is not None}

    def command(self, raw: bytes) -> bool:
        """Obey the body of a clock call; False if it is not understood."""
        try:
            order = json.loads(raw)
        except ValueError:
            return False
        if not isinstance(order, dict) or not order.keys() & {"freeze", "advance", "reset"}:
            return False
        if not isinstance(order.get("advance", 0), int | float):
            return False
        self._obey(order)
        return True

    def _obey(self, order: dict[str, Any]) -> None:
        if order.get("reset"):
            self.offset, self.frozen = 0.0, None
        if "freeze" in order:
            self.frozen = (self.frozen or datetime.now(UTC)) if order["freeze"] else None
        self.offset += order.get("advance", 0)
