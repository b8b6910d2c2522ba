"""When two JSON values are the same (JSON Schema core, section 4.2.2): in JSON, 1 is not true."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

from troth.contracts.model import Json

_PLAIN = frozenset({str, type(None)})

_WHOLE = 2**63
"""From here on numbers are known by their digits: there are as many as a client likes to which Python gives
the same hash (all multiples of 2**61 - 1), and each would be compared with all of them."""


def known_by(value: Json) -> Hashable:
    """What stands for a value where values are looked up: the same for those that are the same."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, (int, float)):
        return _digits(value)
    if isinstance(value, Mapping):
        return (dict, frozenset((name, known_by(member)) for name, member in value.items()))
    if isinstance(value, Sequence):
        return (list, *(known_by(item) for item in value))
    return value


def _digits(value: float) -> Hashable:
    if abs(value) < _WHOLE:
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return value
    return (int, hex(int(value)))


def equal(one: Json, other: Json) -> bool:
    """Whether two values are the same; 1.0 is 1."""
    if one is other:
        return True
    if one != other:  # in Python more is equal, never less
        return False
    if type(one) is str:
        return True
    return known_by(one) == known_by(other)


def one_of(value: Json, values: Sequence[Json]) -> bool:
    """Whether a value is among others."""
    return any(equal(value, other) for other in values)


def plain(value: Json) -> Json:
    """A value with its numbers written in one way: those that are the same are written the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def alike(one: Json, other: Json) -> bool:
    """Whether two values are also written alike: 1.0 is not."""
    if one is other:
        return True
    if one != other:
        return False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _members_alike(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return all(alike(item, other[place]) for place, item in enumerate(one))
    return type(one) is type(other)


def _members_alike(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether members that are equal in Python are written alike; most are the very same, or texts."""
    for name, member in one.items():
        there = other[name]
        if member is there or type(member) is str:
            continue
        if not alike(member, there):
            return False
    return True
