"""When a condition that reads the clock comes to hold: the moment itself, whoever looks and whenever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from troth.contracts.contract import cel
from troth.contracts.model import Json

END = datetime(9000, 1, 1, tzinfo=UTC)
"""No moment after this one is looked for."""

_INSTANT = timedelta(microseconds=1)
MOST = 16
"""Moments that an expression or a record names which are looked at one by one."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?")
_ZONE = re.compile(r"[+-]\d\d:\d\d")
_DURATION = re.compile(r"duration\(\s*['\"](-?)([0-9.hmsu]{1,40})['\"]\s*\)")
_PIECE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(h|ms|us|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
_OF_CALENDAR = re.compile(r"\bnow\s*\.\s*get|%|\bstring\s*\(")


_Condition: TypeAlias = Callable[[datetime], bool]
"""Whether a condition holds at a moment."""


@lru_cache(maxsize=4096)
def comes_and_goes(condition: str) -> bool:
    """Whether a condition hangs on the calendar (the hour of the day): then it may hold at any time."""
    return "now" in cel.reads(condition) and _OF_CALENDAR.search(condition) is not None


def first_moment(
    condition: str, known: Mapping[str, Json], start: datetime, end: datetime
) -> datetime | None:
    """The first moment from ``start`` to ``end`` at which a condition holds; None: it does at none.

    Between the moments that the expression and its record name, and before and after them, it begins to hold
    once at most. Raises ContractFault where it fails.
    """

    def holds(moment: datetime) -> bool:
        return cel.evaluate(condition, {**known, "now": moment}) is True

    if holds(start):
        return start
    last = start
    for moment in (*_between(condition, known, start, end), end):
        if moment <= last:
            continue
        if holds(moment):
            return _turn(holds, last, moment)
        last = moment
    return None


def _turn(holds: _Condition, before: datetime, after: datetime) -> datetime:
    """The first moment at which a condition holds that does not before, and does after."""
    while after - before > _INSTANT:
        middle = before + (after - before) / 2
        if holds(middle):
            after = middle
        else:
            before = middle
    return after


def _between(condition: str, known: Mapping[str, Json], start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which a condition may turn, each with those next to it, in order."""
    named = {start}
    for moment in _named(condition, known):
        for step in _steps(condition):
            try:
                named.add(moment + step)
            except OverflowError:
                continue
    for moment in sorted(named):
        for near in (moment - _INSTANT, moment, moment + _INSTANT):
            if start < near < end:
                yield near


def _named(condition: str, known: Mapping[str, Json]) -> set[datetime]:
    """The moments that an expression names, or a text that it reads."""
    texts = [condition]
    for variable, properties in cel.reads(condition).items():
        member = cel.narrowed(known.get(variable), properties)
        if isinstance(member, Mapping):
            texts += [text for text in member.values() if isinstance(text, str)]
    found: set[datetime] = set()
    for text in texts:
        for match in _TIME.finditer(text[: cel.LIMIT]):
            found |= set(_moments(text, match))
            if len(found) > MOST:
                return found
    return found


def _moments(text: str, match: re.Match[str]) -> Iterator[datetime]:
    """What a text that looks like a time may mean: with its zone, and without."""
    zone = _ZONE.match(text[match.end() : match.end() + 6])
    meant = {match[0]}
    if zone is not None:
        meant.add(match[0] + zone[0])
    for written in meant:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        yield moment


@lru_cache(maxsize=4096)
def _steps(condition: str) -> tuple[timedelta, ...]:
    """How far from a named moment a condition may turn: by each duration in it, to both sides."""
    found = {timedelta()}
    for match in _DURATION.finditer(condition):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(match[2]))
        found |= {timedelta(seconds=seconds), timedelta(seconds=-seconds)}
    return tuple(sorted(found))
