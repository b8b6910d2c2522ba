"""What happened: the last calls with their answers, and the effects that no response shows. Capped, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from contracts.model import Emitted, Json

CAP = 1000
_SECRET = ("authorization", "cookie", "x-api-key", "x-mock-token", "proxy-authorization")


@dataclass(frozen=True)
class Entry:
    """One answered call; ``rule`` is what spoke and where it stands."""

    time: str
    api: str
    method: str
    path: str
    operation: str | None
    status: int
    rule: str | None
    headers: Mapping[str, str]
    effects: tuple[Mapping[str, Json], ...] = ()


class Journal:
    """A ring of the last :data:`CAP` entries; secrets never enter it."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAP)

    def add(
        self,
        now: datetime,
        api: str,
        request: tuple[str, str, Mapping[str, str]],
        operation: str | None,
        status: int,
        rule: str | None,
        emitted: tuple[Emitted, ...] = (),
    ) -> None:
        """Write one line; ``request`` is method, path and headers."""
        method, path, headers = request
        effects = tuple(
            {"effect": e.effect, "id": e.id, "with": e.payload, "failed": e.failed} for e in emitted
        )
        kept = {k: "<redacted>" if k.lower() in _SECRET else v for k, v in headers.items()}
        self._entries.append(
            Entry(now.isoformat(), api, method, path, operation, status, rule, kept, effects)
        )

    def entries(self) -> list[dict[str, Json]]:
        """The oldest first."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        self._entries.clear()
