"""What happened: the last calls with their answers, and the effects that no response shows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

import orjson

from troth.contracts.model import Json
from troth.mock_server.measuring import LEVELS

CAP = 1000
"""Entries that are kept."""

BYTES = 5000
"""Bytes that are kept for each entry, taken together."""

EACH = 150
"""Bytes that a header takes besides what is in it."""

HEADERS = 100
"""Headers of a request that are kept."""

_LONGEST = 500
REDACTED = "<redacted>"
_SECRET_MEMBER = re.compile(r"passw|secret|token|api.?key|credential|authorization", re.IGNORECASE)
"""Names of properties and parameters whose values are secret, whatever the document says."""

_SECRET_TEXT = re.compile(
    r"""((?:passw\w*+|secret|token|api.?key|credentials?|authorization)["']?\s*+[=:]\s*+["']?)[^"'&\s,}]++""",
    re.IGNORECASE,
)
_SECRET = re.compile(r"auth|cookie|key|token|secret|passw|session|credential", re.IGNORECASE)
_OPEN = frozenset({"idempotency-key", "x-mock-session"})
"""Headers that are only called like a secret."""


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
    query: str = ""
    sent: bytes = b""
    """The beginning of the body of the request."""
    answered: bytes = b""
    """The beginning of the body of the answer."""
    shows: Collection[str] | None = None
    """The members of the body that may be shown; None: all of them."""

    @property
    def members(self) -> dict[str, Any]:
        """What it says, by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        size = sum(map(len, (self.sent, self.answered, self.path, self.query, self.reason)))
        names, values = sum(map(len, self.headers)), sum(map(len, self.headers.values()))
        return size + names + values + EACH * len(self.headers)


Event: TypeAlias = tuple[int, str, Mapping[str, Json]]
"""Its number, what kind of thing happened, and what of it."""


Happened: TypeAlias = tuple[int, str, Entry | Mapping[str, Json]]
"""An event as it is kept."""


class Journal:
    """A ring of the last entries, in memory."""

    def __init__(self, cap: int = CAP, secret_names: Collection[str] = ()) -> None:
        self.cap, self._bytes, self._number = cap, 0, 0
        self._events: deque[Happened] = deque()
        self.hide(secret_names)
        self.cleared = 0
        """The number of the last event whose calls are forgotten."""

    @property
    def number(self) -> int:
        """How much has happened."""
        return self._number

    def hide(self, names: Collection[str]) -> None:
        """Redact what is called so from now on, in what is kept already, too."""
        self._secret = frozenset(name.lower() for name in names)

    def add(self, entry: Entry) -> None:
        """A call was answered."""
        self._happened("call", entry)

    def tell(self, kind: str, data: Mapping[str, Json]) -> None:
        """Something was changed by the control API."""
        self._happened(kind, dict(data))

    def _happened(self, kind: str, what: Entry | Mapping[str, Json]) -> None:
        self._number += 1
        self._events.append((self._number, kind, what))
        self._bytes += _size(what)
        while len(self._events) > self.cap or self._bytes > self.cap * BYTES:
            _, _, oldest = self._events.popleft()
            self._bytes -= _size(oldest)

    def _kept(self, after: int) -> Iterable[Happened]:
        """What is kept of what happened after a number."""
        return [event for event in list(self._events) if event[0] > after]

    def entries(self) -> list[dict[str, Json]]:
        """The calls, the oldest first."""
        found = []
        for _, _, what in self._kept(self.cleared):
            if isinstance(what, Entry):
                found.append(self._shown(what))
        return found

    def since(self, number: int) -> tuple[list[Event], int]:
        """What happened after a number, forgotten calls too, and the number of the last of it."""
        found: list[Event] = []
        for at, kind, what in self._kept(number):
            found.append((at, kind, self._shown(what) if isinstance(what, Entry) else what))
        if found:
            number = found[-1][0]
        return found, number

    async def coming(self, number: int) -> tuple[list[Event], int]:
        """As ``since``, for who must not wait."""
        return self.since(number)

    def clear(self) -> None:
        """Nothing was called."""
        self.cleared = self.number

    def _shown(self, entry: Entry) -> dict[str, Json]:
        """A call as the control API shows it: bodies read, secrets redacted."""
        found = entry.members
        found["body"] = _members(self._readable(found.pop("sent")), found.pop("shows"))
        found["answer"] = self._readable(found.pop("answered"))
        found["query"] = "&".join(self._parameter(part) for part in entry.query.split("&"))
        return found

    def _parameter(self, part: str) -> str:
        name, equals, _ = part.partition("=")
        if equals and self._hides(name):
            return f"{name}={REDACTED}"
        return part

    def _hides(self, name: str) -> bool:
        """Whether what is called so is secret."""
        return name.lower() in self._secret or _SECRET_MEMBER.search(name) is not None

    def _readable(self, body: bytes) -> Json:
        """A body as JSON, else as text; None where there is none."""
        if not body:
            return None
        try:
            return self._redacted(orjson.loads(body))
        except orjson.JSONDecodeError:
            text = body.decode("utf-8", "replace")
            return _SECRET_TEXT.sub(rf"\1{REDACTED}", text)

    def _redacted(self, value: Json, level: int = 0) -> Json:
        if not isinstance(value, (list, dict)):
            return value
        if level > LEVELS:
            return "…"
        if isinstance(value, list):
            return [self._redacted(item, level + 1) for item in value]
        return {
            name: REDACTED if self._hides(name) and item is not None else self._redacted(item, level + 1)
            for name, item in value.items()
        }


def _members(body: Json, shows: Collection[str] | None) -> Json:
    """Of a body with secrets in it those members that are none; nothing where it is not as declared."""
    if shows is None or body is None:
        return body
    if not isinstance(body, dict):
        return REDACTED
    return {name: value if name in shows else REDACTED for name, value in body.items()}


def _size(what: Entry | Mapping[str, Json]) -> int:
    """The bytes of what happened, roughly."""
    return what.size if isinstance(what, Entry) else 0


def without_secrets(headers: Mapping[str, str], carriers: Collection[str] = ()) -> dict[str, str]:
    """The headers as the journal shows them: without secrets, none of them endless.

    Secret is what the document's security schemes say (``carriers``), and what is called like a secret.
    """
    shown = {}
    for name, value in islice(headers.items(), HEADERS):
        if name not in _OPEN and (name in carriers or _SECRET.search(name)):
            shown[name] = REDACTED
        else:
            shown[name] = value[:_LONGEST]
    return shown


def timestamp(moment: datetime) -> str:
    """A moment as the control API writes it."""
    return moment.isoformat().replace("+00:00", "Z")
