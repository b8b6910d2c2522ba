"""Which records a filter keeps: comparisons of their properties, as members of objects say them.

What nobody understands keeps every record: a list that comes out empty would look like an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from troth.contracts.contract.identity import id_path
from troth.contracts.document.equality import known_by
from troth.contracts.model import Json

Test: TypeAlias = Callable[[Json], bool]
"""Whether a record with some data is kept."""

_OF_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "starts": str.startswith,
    "ends": str.endswith,
}
_OF_RANKS: Mapping[str, Callable[[Any, Any], Any]] = {">=": ge, "<=": le, ">": gt, "<": lt}

SAID_BY: Mapping[str, str] = {
    **{word: word for word in ("=", "!=", ">", ">=", "<", "<=")},
    **{
        "==": "=",
        ":": "=",
        "eq": "=",
        "is": "=",
        "in": "=",
        "any": "=",
        "eqi": "~",
        "ieq": "~",
        "iexact": "~",
    },
    **{"ne": "!=", "neq": "!=", "not": "!=", "nin": "!=", "notin": "!=", "out": "!="},
    **{"gt": ">", "gte": ">=", "ge": ">=", "lt": "<", "lte": "<=", "le": "<="},
    **{"contains": "contains", "containsi": "contains", "icontains": "contains", "co": "contains"},
    **{"substringof": "contains", "has": "contains", "containstoken": "contains"},
    **{"startswith": "starts", "startswithi": "starts", "istartswith": "starts", "sw": "starts"},
    **{"endswith": "ends", "endswithi": "ends", "iendswith": "ends", "ew": "ends"},
    **{"like": "like", "ilike": "like", "matches": "like"},
    **{"null": "lacks", "isnull": "lacks", "notexists": "lacks", "nothasproperty": "lacks"},
    **{"notnull": "has", "nnull": "has", "exists": "has", "pr": "has", "hasproperty": "has"},
    **{"between": "between", "bt": "between"},
}
"""Comparisons as SCIM (RFC 7644, section 3.4.2.2), OData, AIP-160, RSQL, PostgREST, MongoDB, Strapi and
Directus say them, without signs."""

_NOT = re.compile(r"^(?:not|n|is_?not)_?(?=contains|startswith|endswith|between|like|regex)")

_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)
"""A number; longer ones nobody stores."""

EVERY, SOME, NONE = "and", "or", "not"


def told(data: Json, path: Sequence[str]) -> Json:
    """What is said at a place; of each item where there is a list on the way."""
    if not path:
        return data
    if isinstance(data, list):
        return [told(item, path) for item in data]
    if isinstance(data, Mapping):
        return told(data.get(path[0]), path[1:])
    return None


def compared(path: Sequence[str], by: str, asked: Json) -> Test:
    """That what is said at a place compares so."""
    if by in ("=", "!="):
        keys, wanted = _asked_keys(asked), by == "="
        return lambda data: _is_one(told(data, path), keys) == wanted
    return lambda data: holds(told(data, path), by, asked)


def of_members(sent: Mapping[str, Json], properties: Iterable[str]) -> Iterator[Test]:
    """What an object says of properties: what they are, or how they compare (``filters[name]=Ann``,
    ``filters[age][$gte]=3``), also in groups (``filters[$or][0][name]=Ann``)."""
    names = sorted(properties)
    known = {id_path(name)[-1]: id_path(name) for name in reversed(names)}  # a property before what is inside
    known |= {name: id_path(name) for name in names if not name.startswith("/")}
    for member, value in sent.items():
        if member in known:
            yield from of_property(known[member], value)
            continue
        group = member.strip("$_").lower()
        if group in (EVERY, SOME, NONE, "nor"):
            yield grouped(group, [[*of_members(one, names)] for one in _several(value) if _is_object(one)])


def of_object(sent: Json, properties: Iterable[str]) -> Iterator[Test]:
    """What an object, or a list of them, says of properties: by their names (`of_members`), or by naming one,
    a comparison and a value (``{field: age, operator: GTE, value: 3}``), also in groups."""
    if isinstance(sent, list):
        groups = [[*of_object(one, properties)] for one in sent]
        nested = any(_parts_of(one) is not None for one in sent)
        yield grouped(SOME if nested else EVERY, groups)
    elif isinstance(sent, Mapping):
        yield from _of_mapping(sent, properties)


def _of_mapping(sent: Mapping[str, Json], properties: Iterable[str]) -> Iterator[Test]:
    parts = _parts_of(sent)
    if parts is not None:
        words = [str(one).lower() for one in sent.values() if isinstance(one, str)]
        either = SOME in words or isinstance(sent.get(SOME), list)
        yield grouped(SOME if either else EVERY, [[*of_object(one, properties)] for one in parts])
        return
    plain = {re.sub(r"[^a-z]", "", name.lower()): one for name, one in sent.items()}
    name = next((plain[key] for key in _FIELD if isinstance(plain.get(key), str)), None)
    if name is None or _OPERATOR.isdisjoint(plain):
        yield from of_members(sent, properties)
    else:
        yield from _stated(str(name), plain, properties)


_FIELD = ("field", "fieldname", "property", "propertyname", "column", "attribute", "path", "key", "name")
_OPERATOR = frozenset({"operator", "op", "comparison", "condition", "comparator", "value", "values"})
_PARTS = ("filters", "conditions", "rules", "criteria", "and", "or")


def _parts_of(sent: Json) -> list[Any] | None:
    """The tests of a group of them."""
    if isinstance(sent, Mapping):
        for name in _PARTS:
            listed = sent.get(name)
            if isinstance(listed, list):
                return listed
    return None


def _stated(name: str, plain: Mapping[str, Json], properties: Iterable[str]) -> Iterator[Test]:
    """One test that an object states in members of its own."""
    known = {id_path(one)[-1].lower(): id_path(one) for one in properties}
    known |= {one.lower(): id_path(one) for one in properties if not one.startswith("/")}
    first, *rest = name.split(".")
    said = next(
        (plain[key] for key in sorted(_OPERATOR) if key in plain and not key.startswith("value")), "eq"
    )
    by = re.sub(r"[^a-z=!<>]", "", str(said).lower())
    value = plain.get("values", plain.get("value"))
    path = (*known[first.lower()], *rest) if first.lower() in known else ()
    if not path and _FREE in known:  # properties of its own (HubSpot)
        path = (*known[_FREE], *name.split("."))
    negated = _NOT.sub("", by)
    if not path:
        return
    if {by, negated}.isdisjoint(SAID_BY):
        return
    test = compared(path, SAID_BY.get(by) or SAID_BY[negated], True if value is None else value)
    yield test if by in SAID_BY else grouped(NONE, [[test]])


_FREE = "properties"
"""The property that has properties which everybody defines himself."""


def _is_object(value: Json) -> bool:
    return isinstance(value, Mapping)


def _several(value: Json) -> list[Any]:
    """A list, also where its items were sent by their number (``a[0]=x``); one value is a list of it."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and value and all(str(key).isdigit() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return [value]


def terms(value: Json) -> int:
    """How many comparisons there may be in an object: of a list of plain values, one."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list) and any(isinstance(item, Mapping | list) for item in one):
            left += one
        else:
            count += 1
    return count


def grouped(group: str, parts: Sequence[Sequence[Test]]) -> Test:
    """Groups of tests as one: each group holds where all of its tests do."""

    def holding(data: Json) -> Iterator[bool]:
        return (all(test(data) for test in part) for part in parts)

    if group == EVERY:
        return lambda data: all(holding(data))
    if group == SOME:
        return lambda data: not parts or any(holding(data))
    return lambda data: not any(holding(data))


def of_property(path: tuple[str, ...], value: Json) -> Iterator[Test]:
    """How a property is to compare, and with what: equal, where nothing is said of that."""
    listed = _several(value)
    if not isinstance(value, Mapping) or listed != [value]:
        yield compared(path, "=", listed if listed != [value] else value)
        return
    for member, one in value.items():
        plain = re.sub(r"[^a-z]", "", member.lower())
        negated = _NOT.sub("", plain)
        if plain == NONE and isinstance(one, Mapping):
            yield grouped(NONE, [[*of_property(path, one)]])
        elif plain in SAID_BY:
            yield compared(path, SAID_BY[plain], _asked(one))
        elif negated != plain and negated in SAID_BY:
            yield grouped(NONE, [[compared(path, SAID_BY[negated], _asked(one))]])
        elif member[:1].isalpha():
            yield _inside((*path, member), one)


def _inside(path: tuple[str, ...], value: Json) -> Test:
    """What is said of a member of a property, where that is an object or has some; else nobody knows what is
    meant."""
    tests = [*of_property(path, value)]

    def kept(data: Json) -> bool:
        there = told(data, path[:-1])
        if there is None:
            return False
        if not isinstance(there, Mapping | list):
            return True
        return all(test(data) for test in tests)

    return kept


def _asked(value: Json) -> Json:
    listed = _several(value)
    return value if listed == [value] else listed


def as_said(text: str) -> Json:
    """A number, a truth value or nothing that is said without quotes."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    return text


def holds(value: Json, by: str, asked: Json) -> bool:
    """Whether a value is in a relation to what is asked for."""
    if by in ("=", "!="):
        return _is_one(value, _asked_keys(asked)) == (by == "=")
    if by in ("has", "lacks"):
        return (value is None) == ((by == "lacks") == (asked not in (False, "false", 0, "0")))
    if by == "between":
        ends = _several(asked) if not isinstance(asked, str) else asked.split(",")
        return len(ends) == 2 and holds(value, ">=", ends[0]) and holds(value, "<=", ends[1])
    if value is None:
        return False
    if by in _OF_RANKS:
        return _ranks(value, by, asked)
    return _of_text(value, by, asked)


def _ranks(value: Json, by: str, asked: Json) -> bool:
    if isinstance(asked, str) and not isinstance(value, str):
        asked = as_said(asked)
    elif isinstance(value, str) and isinstance(asked, (int, float)):
        asked = str(asked)
    if isinstance(value, str) and isinstance(asked, str):
        instants = _instant(value), _instant(asked)
        if None not in instants:
            return bool(_OF_RANKS[by](*instants))
    if rank(value)[0] != rank(asked)[0]:
        return False
    return bool(_OF_RANKS[by](rank(value), rank(asked)))


def _of_text(value: Json, by: str, asked: Json) -> bool:
    """How texts compare: letters count, whether they are capital or not."""
    if isinstance(value, list):
        return any(_of_text(one, by, asked) for one in value)
    text, wanted = str(value).lower(), str(asked).lower()
    if by in _OF_TEXTS:
        return _OF_TEXTS[by](text, wanted)
    if by == "like":
        return _is_like(text, wanted.replace("%", "*").split("*"))
    return text == wanted


def _is_like(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text is made of these pieces, with anything between them."""
    if len(pieces) == 1:
        return text == pieces[0]
    at, end = len(pieces[0]), len(text) - len(pieces[-1])
    if at > end or not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _asked_keys(asked: Json) -> frozenset[Hashable]:
    """By what a value is known that is what is asked for, or one of several: what stands in a query has no
    quotes, so that ``42`` and ``true`` are texts, too, and a text may be a number."""
    found: set[Hashable] = set()
    for one in asked if isinstance(asked, list) else [asked]:
        found.add(_key(one))
        if isinstance(one, str):
            found.add(_key(as_said(one)) if as_said(one) is not None else _key(one))
            found.add(_instant(one) or _key(one))
        elif isinstance(one, (int, float)):
            found.add(_key(str(one).lower() if isinstance(one, bool) else str(one)))
    return frozenset(found)


def _is_one(value: Json, keys: frozenset[Hashable]) -> bool:
    """Whether a value is one of those; a list has it."""
    for one in value if isinstance(value, list) else [value]:
        if _key(one) in keys:
            return True
        if isinstance(one, str) and _instant(one) in keys:
            return True
    return False


def _key(value: Json) -> Hashable:
    """By what a value is known: of texts, numbers and truth values none is another one."""
    kind = bool if isinstance(value, bool) else str if isinstance(value, str) else None
    return kind, known_by(value)


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")


def _instant(text: str) -> datetime | None:
    """The instant that a text is (RFC 3339), wherever it was written."""
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # the 30th of February, the end of all years
        return None


def rank(value: Json) -> tuple[int, Any]:
    """Booleans before numbers before texts before anything else."""
    if isinstance(value, bool):
        return 0, value
    if isinstance(value, (int, float)):
        return 1, value
    if isinstance(value, str):
        return 2, value
    return 3, str(value)
