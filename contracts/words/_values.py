"""Values of words as they are written, read: statuses, durations, states."""

from __future__ import annotations

import re
from hashlib import blake2b
from urllib.parse import quote

from troth.contracts.model import (
    Json,
)

LONGEST = 100
"""Characters of what a client has sent in the name of something that is counted or kept."""


def name_of(*parts: str) -> str:
    """One name of several parts, whatever stands in them: no two have the same."""
    return "/".join(_part(part) for part in parts)


def _part(part: str) -> str:
    if len(part) > LONGEST:
        return blake2b(part.encode("utf-8", "replace")).hexdigest()
    return quote(part, safe="*")


def status_of(value: Json) -> int | None:
    """A status as written; ``4XX`` and ``5XX`` are 4 and 5."""
    if isinstance(value, str):
        return int(value[0])
    if isinstance(value, int):
        return value
    return None


def seconds(text: str) -> float:
    """The seconds of an ISO 8601 duration of days, hours, minutes and seconds (``P1DT12H``)."""
    units = {"D": 86_400, "H": 3600, "M": 60, "S": 1}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([DHMS])", text))


def states_of(value: str | list[str] | None) -> tuple[str, ...] | None:
    """One state or a list of them, as a tuple."""
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    return tuple(value)
