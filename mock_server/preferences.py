"""What one request asks of the mock: ``Prefer`` (RFC 7240) with Prism's words and ours.

For what cannot set headers they have twins in the query (``__code=404``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from troth.mock_server.wire import Request

LONGEST_DELAY = 600_000
"""Milliseconds."""

_NAMES = ("code", "example", "dynamic", "delay", "state", "fail-effect")
_REPEATED = frozenset({"fail-effect"})
"""What may be said more than once; of anything else the first counts (RFC 7240, section 2)."""
_TWINS = frozenset(f"__{name}" for name in _NAMES)
_PART = re.compile(r'(?:[^;,"]|"(?:[^"\\]|\\.)*+"?)++')
"""One preference: nothing is looked at twice."""

_STANDARD = frozenset({"respond-async", "return", "wait", "handling"})
"""Preferences of RFC 7240: those are for the API."""


@dataclass
class Preferences:
    """What is asked for, and of what nothing came, with the reason."""

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    delay: float = 0
    state: str | None = None
    failing: frozenset[str] = frozenset()
    applied: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def static(self) -> bool:
        """Whether the document's own answer is asked for, and not what is stored."""
        return self.code is not None or self.example is not None or self.dynamic


def preferences_of(headers: Mapping[str, str], query: str) -> Preferences:
    """What a request asks for; what is not understood is noted as ignored."""
    found = Preferences()
    if "prefer" not in headers and "__" not in query:
        return found
    said = set[str]()
    for name, value in _asked(headers.get("prefer", ""), query):
        problem: str | None = f"{name}={value}: {name} is said before, and the first counts"
        if name not in said:
            problem = _take(found, name, value)
        if name not in _REPEATED:
            said.add(name)
        if problem is not None:
            found.ignored.append(problem)
    return found


def without_twins(request: Request) -> Request:
    """The request without what its query says to the mock."""
    if "__" not in request.query:
        return request
    kept = [part for part in request.query.split("&") if part.partition("=")[0] not in _TWINS]
    return replace(request, query="&".join(kept))


def _asked(prefer: str, query: str) -> Iterator[tuple[str, str]]:
    for part in _PART.findall(prefer):
        name, _, value = part.partition("=")
        name, value = name.strip().lower(), value.strip()
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        if name:
            yield name, value
    if "__" not in query:
        return
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _TWINS:
            yield name[2:], value


def _take(found: Preferences, name: str, value: str) -> str | None:
    """Note one preference; the reason where it is none."""
    if name in _READERS:
        return _READERS[name](found, value)
    if name in _STANDARD:
        return None
    return f"{name}: not known; valid: {', '.join(_NAMES)}"


def _code(found: Preferences, value: str) -> str | None:
    if not re.fullmatch(r"[2-5]\d\d", value):
        return f"code={value}: a status from 200 to 599 is taken"
    found.code = int(value)
    return None


def _example(found: Preferences, value: str) -> None:
    found.example = value


def _dynamic(found: Preferences, value: str) -> str | None:
    if value not in ("true", "false"):
        return f"dynamic={value}: true or false is taken"
    found.dynamic = value == "true"
    return None


def _delay(found: Preferences, value: str) -> str | None:
    if not re.fullmatch(r"\d{1,6}", value) or int(value) > LONGEST_DELAY:
        return f"delay={value}: milliseconds up to {LONGEST_DELAY:,} are taken"
    found.delay = int(value)
    found.applied.append(f"delay={value}")
    return None


def _state(found: Preferences, value: str) -> None:
    found.state = value


def _fail_effect(found: Preferences, value: str) -> None:
    found.failing |= {value}


_READERS: Mapping[str, Callable[[Preferences, str], str | None]] = {
    "code": _code,
    "example": _example,
    "dynamic": _dynamic,
    "delay": _delay,
    "state": _state,
    "fail-effect": _fail_effect,
}
