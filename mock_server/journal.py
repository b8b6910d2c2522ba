"""What happened: the last calls with their answers, and the effects that no response shows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from troth.contracts.model import Json

CAP = 1000
"""Entries that are kept."""

_LONGEST = 500
_SECRET = re.compile(r"auth|cookie|key|token|secret|passw|session|credential", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One answered call; ``rule`` is what spoke, ``at`` where it stands, ``reason`` what it said."""

    time: str
    api: str
    method: str
    path: str
    operation: str | None
    status: int
    rule: str
    at: str | None
    reason: str
    headers: Mapping[str, str]
    effects: tuple[Mapping[str, Json], ...] = ()


class Journal:
    """A ring of the last :data:`CAP` entries, in memory."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAP)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def entries(self) -> list[dict[str, Json]]:
        """The oldest first."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        self._entries.clear()


def without_secrets(headers: Mapping[str, str], carriers: Collection[str] = ()) -> dict[str, str]:
    """The headers as the journal shows them: without secrets, none of them endless.

    Secret is what the document's security schemes say (``carriers``), and what is called like a secret.
    """
    shown = {}
    for name, value in headers.items():
        if name in carriers or _SECRET.search(name):
            shown[name] = "<redacted>"
        else:
            shown[name] = value[:_LONGEST]
    return shown


def timestamp(moment: datetime) -> str:
    """A moment as the control API writes it."""
    return moment.isoformat().replace("+00:00", "Z")
