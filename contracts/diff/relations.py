"""How what a new keyword of a schema allows lies to what the old one allowed."""

from __future__ import annotations

from collections.abc import Collection, Set
from typing import Any

from troth.contracts.diff.flat import LEAST, MOST, Flat, dumped
from troth.contracts.document.views import range_of
from troth.contracts.model import Node

TIGHTER, LOOSER, OTHER, UNTOLD = "tighter", "looser", "other", "untold"
SAME = ""

_ANY_TYPE = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def tighter_if(condition: object) -> str:
    """One of the two ways in which sets of values can lie to each other."""
    return TIGHTER if condition else LOOSER


def relation(keyword: str, one: Node, other: Node) -> str:
    """How the values that the new keyword allows lie to those of the old one; empty: they are the same."""
    if keyword in ("type", "enum"):
        return _of_sets(keyword, one, other)
    if keyword in LEAST or keyword in MOST:
        return _of_bounds(keyword, one, other)
    if keyword in ("uniqueItems", "readOnly", "writeOnly"):
        return _of_switches(keyword, one, other)
    if keyword in ("format", "default", "discriminator"):
        return UNTOLD
    if one is None or other is None:
        return tighter_if(one is None)
    return _of_others(keyword, one, other)


def _of_switches(keyword: str, one: Node, other: Node) -> str:
    if bool(one) == bool(other):
        return SAME
    if keyword == "uniqueItems":
        return tighter_if(other)
    return UNTOLD


def _of_others(keyword: str, one: Node, other: Node) -> str:
    """Only of steps can more be told than that they differ."""
    if keyword != "multipleOf":
        return UNTOLD
    if not isinstance(one, int) or not isinstance(other, int):
        return UNTOLD
    if other % one == 0:
        return TIGHTER
    if one % other == 0:
        return LOOSER
    return OTHER


def _of_sets(keyword: str, one: Node, other: Node) -> str:
    if one is None or other is None:
        return tighter_if(one is None)
    if keyword == "type":
        one, other = with_integer(one), with_integer(other)
    was, is_ = {dumped(value) for value in one}, {dumped(value) for value in other}
    if was == is_:
        return SAME
    if is_ < was:
        return TIGHTER
    if was < is_:
        return LOOSER
    return OTHER


def _of_bounds(keyword: str, one: Node, other: Node) -> str:
    if keyword.startswith("min") and keyword != "minimum":  # nothing has fewer than none
        one, other = _or_zero(one), _or_zero(other)
    if one == other:
        return SAME
    if one is None or other is None:
        return tighter_if(one is None)
    return tighter_if((other > one) is (keyword in LEAST))


def of_ranges(old: Flat, new: Flat) -> str:
    """How formats lie to each other that are ranges of numbers; empty where one of them is none."""
    (low, high), (least, most) = range_of(old.said), range_of(new.said)
    if low is None or least is None:
        return SAME
    assert high is not None
    assert most is not None
    if not (types_of(old) | types_of(new)) <= {"integer", "number", "null"}:
        return SAME
    if low <= least and most <= high:
        return TIGHTER
    if least <= low and high <= most:
        return LOOSER
    return OTHER


def _or_zero(bound: Node) -> Node:
    if bound is None:
        return 0
    return bound


def types_of(flat: Flat) -> Set[Any]:
    """The types that a schema allows; all where it names none."""
    return with_integer(flat.said.get("type", _ANY_TYPE))


def with_integer(types: Collection[str]) -> Set[Any]:
    """Each type: every integer is a number."""
    if "number" in types:
        return {*types, "integer"}
    return set(types)
