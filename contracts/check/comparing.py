"""When a value that was read is the value that was expected."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from troth.contracts.model import ABSENT, Absent, Bag, Json, Unknown


def same(expected: Json | Unknown, found: Json, old: Json = None) -> bool:
    """Whether a found value is the expected one.

    Objects may have more members than expected (a server fills in defaults), but none left over from
    ``old``, the value that was replaced. A :class:`Bag` is compared without order.
    """
    if isinstance(expected, Unknown):
        return True
    if isinstance(expected, list):
        return isinstance(found, list) and _same_list(expected, found)
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and _same_object(expected, found, old)
    return _same_plain(expected, found)


def _same_plain(expected: Json, found: Json) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if expected == found:
        return True
    moment = instant(expected)
    if moment is None:
        return False
    return moment == instant(found)


def agree(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether two records say the same of all that both tell."""
    return all(same(one[name], other[name]) for name in one.keys() & other.keys())


def _same_list(expected: list[Json], found: list[Json]) -> bool:
    if len(found) != len(expected):
        return False
    if isinstance(expected, Bag):
        return _same_bag(expected, found)
    return all(same(one, other) for one, other in zip(expected, found, strict=True))


def _same_bag(expected: Bag, found: list[Json]) -> bool:
    by_key: dict[str | None, list[Json]] = {}
    for item in found:
        by_key.setdefault(_key(item, expected.key), []).append(item)
    for item in expected:
        alike = by_key.get(_key(item, expected.key), [])
        place = next((place for place, other in enumerate(alike) if same(item, other)), None)
        if place is None:
            return False
        alike.pop(place)
    return True


def _key(item: Json, name: str) -> str | None:
    """What tells an item from the others; a key may be of any type, also one that cannot be hashed."""
    if not isinstance(item, Mapping):
        return None
    return repr(item.get(name))


def _same_object(expected: Mapping[str, Json], found: Mapping[str, Json], old: Json) -> bool:
    if isinstance(old, Mapping) and _left_over(expected, found, old):
        return False
    return all(same(value, found.get(name)) for name, value in expected.items())


def _left_over(expected: Mapping[str, Json], found: Mapping[str, Json], old: Mapping[str, Json]) -> bool:
    """Whether a member of the replaced object is still there, though the new one does not have it."""
    for name, value in old.items():
        if name in expected:
            if _left_over_inside(expected[name], found.get(name), value):
                return True
            continue
        if found.get(name) is None:
            continue
        if found[name] == value:
            return True
    return False


def _left_over_inside(expected: Json, found: Json, old: Json) -> bool:
    """The same of an object in an object."""
    if not isinstance(expected, Mapping) or not isinstance(found, Mapping) or not isinstance(old, Mapping):
        return False
    return _left_over(expected, found, old)


def later(one: str, other: str) -> bool:
    """Whether one instant is later than another by more than the precision of either."""
    first, second = instant(one), instant(other)
    if first is None or second is None:
        return False
    precision = max(_precision(one), _precision(other))
    return (first - second).total_seconds() > precision


def _precision(stamp: str) -> float:
    """Seconds that a timestamp leaves out."""
    return 0.0 if "." in stamp else 1.0


def instant(text: Json) -> datetime | None:
    """A timestamp's point in time; without a zone it is UTC, of whole seconds; None for anything else."""
    if not isinstance(text, str) or len(text) < 19 or text[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(microsecond=0, tzinfo=UTC)
    return found


def day(text: Json) -> datetime | None:
    """The beginning of a day that is named without a time; None for anything else."""
    with suppress(TypeError, ValueError):
        return datetime.strptime(str(text), "%Y-%m-%d").replace(tzinfo=UTC)
    return None


def dated(text: Json) -> datetime | None:
    """What a text names that orders it among others: a point in time, or a day."""
    found = instant(text)
    if found is None:
        return day(text)
    return found


def short(value: Json | Absent | Unknown) -> str:
    """A value for one line of a report."""
    if value is ABSENT:
        return "nothing"
    text = repr(value)
    if len(text) <= 160:
        return text
    return text[:157] + "…"
