"""When a condition that reads the clock comes true for a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from troth.contracts.contract import cel
from troth.contracts.contract.fixtures import is_stamp
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record

FARTHEST = 31
"""Times that the step is doubled, from a second on: 68 years."""

_TICK = timedelta(microseconds=1)


def comes_true(text: str, record: Record) -> datetime | None:
    """The first moment since the record is in its state at which a condition holds: one that its own times
    name, else one that is found by trying; None: nobody knows."""
    key = ("comes true", text)
    if key not in record.made:
        record.made[key] = _sought(text, record)
    found: datetime | None = record.made[key]
    return found


def _sought(text: str, record: Record) -> datetime | None:
    since = record.since
    if since is None:
        return None
    try:
        if _holds(text, record, since):
            return since
        for moment in sorted(_times(record.data)):
            for at in (moment, moment + _TICK):  # `<=`, and `<`
                if at > since and _holds(text, record, at) and not _holds(text, record, at - _TICK):
                    return at
        return _tried(text, record, since)
    except (ContractFault, OverflowError):
        return None


def _tried(text: str, record: Record, since: datetime) -> datetime | None:
    """By steps that double, and then by halves."""
    before = since
    for power in range(FARTHEST):
        at = since + timedelta(seconds=2**power)
        if _holds(text, record, at):
            return _between(text, record, before, at)
        before = at
    return None


def _between(text: str, record: Record, before: datetime, at: datetime) -> datetime:
    """The first moment at which it holds, of two of which it holds at the second only."""
    while at - before > _TICK:
        middle = before + (at - before) / 2
        if _holds(text, record, middle):
            at = middle
        else:
            before = middle
    return at


def _holds(text: str, record: Record, now: datetime) -> bool:
    return cel.evaluate(text, {"self": record.data, "hidden": record.hidden, "now": now}) is True


def _times(value: Json) -> Iterator[datetime]:
    """The points in time that a record shows."""
    if isinstance(value, str) and is_stamp(value):
        moment = _moment(value)
        if moment is not None:
            yield moment
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _times(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _times(inner)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:  # it only looks like one
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
