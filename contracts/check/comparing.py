"""When a value that was read is the value that was expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from troth.contracts.model import ABSENT, Bag, Json, Unknown


def same(expected: Json, found: Json, old: Json = None) -> bool:
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
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    moment = instant(expected)
    return bool(expected == found) or (moment is not None and moment == instant(found))


def _same_list(expected: list[Json], found: list[Json]) -> bool:
    if isinstance(expected, Bag):
        return _same_bag(expected, found)
    return len(found) == len(expected) and all(same(e, f) for e, f in zip(expected, found, strict=True))


def _same_bag(expected: Bag, found: Json) -> bool:
    if not isinstance(found, list) or len(found) != len(expected):
        return False
    by_key = {repr(item.get(expected.key)): item for item in found if isinstance(item, Mapping)}
    return len(by_key) == len(expected) and all(
        repr(item.get(expected.key)) in by_key and same(item, by_key[repr(item.get(expected.key))])
        for item in expected
    )


def _same_object(expected: Mapping[str, Json], found: Mapping[str, Json], old: Json) -> bool:
    if isinstance(old, Mapping):
        left_over = [k for k in old if k not in expected and k in found and found[k] == old[k]]
        if any(found[k] is not None for k in left_over):
            return False
    return all(same(value, found.get(name)) for name, value in expected.items())


def later(one: str, other: str) -> bool:
    """Whether one instant is later than another by more than the precision of either."""
    first, second = instant(one), instant(other)
    if first is None or second is None:
        return False
    whole = 1.0 if "." not in one or "." not in other else 0.0
    return (first - second).total_seconds() > whole


def instant(text: Json) -> datetime | None:
    """A timestamp's point in time; without a zone it is UTC; None for anything else."""
    if not isinstance(text, str) or len(text) < 19 or text[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else datetime.fromisoformat(text[:19] + "+00:00")


def short(value: Json) -> str:
    """A value for one line of a report."""
    if value is ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "…"
