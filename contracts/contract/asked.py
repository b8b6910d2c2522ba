"""What a list is asked for by its query: which records, in which order, which page of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import ge, gt, le, lt
from typing import Any

from troth.contracts.contract.identity import id_path
from troth.contracts.document.equality import one_of
from troth.contracts.model import Json, Operation, Record

_DOWN = ("desc", "descending", "-1", "down")
_WAYS = ("asc", "ascending", *_DOWN)
_SIGNED = re.compile(
    r"(?P<sign>[+ -]?)(?P<name>[^:\s]+?)(?:[:\s.](?P<way>asc|desc|ascending|descending))?", re.IGNORECASE
)


_OF_TEXTS: Mapping[str, Callable[[str, str], bool]] = {"contains": str.__contains__, "starts": str.startswith}
_OF_RANKS: Mapping[str, Callable[[Any, Any], Any]] = {">=": ge, "<=": le, ">": gt, "<": lt}


_SAID_BY = {
    **{word: word for word in ("=", "!=", ">", ">=", "<", "<=")},
    **{"==": "=", ":": "=", "eq": "=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="},
    **{"co": "contains", "sw": "starts"},
    **{"gte": ">=", "lte": "<=", "in": "=", "contains": "contains", "startswith": "starts"},
}
"""Comparisons as SCIM (RFC 7644, section 3.4.2.2), OData, AIP-160 and members of objects say them."""

_TEST = re.compile(
    r"(?P<name>\w+)\s*(?P<by>[=!<>]=|[=<>:]|\b(?:eq|ne|gt|ge|lt|le|co|sw)\b)\s*"
    r"(?:(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<plain>[^\s\"']+))",
    re.IGNORECASE,
)
"""One test of a filter in words."""


@dataclass(frozen=True)
class Asked:
    """What one query parameter is for."""

    role: str
    of: str | None = None
    by: str = "="
    first: int = 1
    """The number of the first page, or the offset of the first record."""
    default: int | None = None


@dataclass(frozen=True)
class Page:
    """The part of a list that is shown: where it starts, how many there are at most, and which page it is."""

    start: int = 0
    size: int | None = None
    number: int = 1
    first: int = 1

    def cut(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records of the page."""
        if self.size is None:
            return records[self.start :]
        return records[self.start : self.start + self.size]


@dataclass(frozen=True)
class Question:
    """What the query parameters of one list mean."""

    parameters: Mapping[str, Asked] = field(default_factory=dict)
    shift: int = 0
    """In denied contracts only: how far the pages after the first one are displaced."""

    def with_default(self, name: str | None, default: int) -> Question:
        """The same where a parameter has another default."""
        if name is None or name not in self.parameters:
            return self
        asked = replace(self.parameters[name], default=default)
        return replace(self, parameters={**self.parameters, name: asked})

    def plain_filters(self) -> frozenset[str]:
        """The parameters that are no filters by equality under a property's own name."""
        return frozenset(
            name
            for name, asked in self.parameters.items()
            if (asked.role, asked.of, asked.by) != ("filter", name, "=")
        )

    def selects(self, query: Mapping[str, Json], properties: Iterable[str]) -> list[tuple[str, str, Json]]:
        """Property, comparison and value of each filter that was sent."""
        found: list[tuple[str, str, Json]] = []
        known = set(properties)
        for name, value in query.items():
            asked = self.parameters.get(name)
            if asked is None:
                continue
            if asked.role == "filters" and isinstance(value, Mapping):
                found += _of_members(value, known)
            if asked.role == "expression" and isinstance(value, str):
                found += _expressed(value, known)
            if asked.role != "filter" or asked.of is None:
                continue
            if (asked.of, asked.by) != (name, "="):
                found.append((asked.of, asked.by, value))
        return found

    def searched(self, query: Mapping[str, Json]) -> str | None:
        """The text that is looked for."""
        for name, asked in self.parameters.items():
            text = query.get(name)
            if asked.role == "search" and isinstance(text, str):
                return text or None
        return None

    def order(self, query: Mapping[str, Json], properties: Iterable[str]) -> list[tuple[str, bool]]:
        """The properties to sort by, and whether each goes down."""
        known = {
            re.sub(r"[^a-z0-9]", "", id_path(name)[-1].lower()): name for name in reversed([*properties])
        }
        found: list[tuple[str, bool]] = []
        for name, asked in self.parameters.items():
            if asked.role == "sort" and name in query:
                found += _keys(query[name], known)
        if found and self._goes_down(query):
            found = [(name, not down) for name, down in found]
        return found

    def _goes_down(self, query: Mapping[str, Json]) -> bool:
        for name, asked in self.parameters.items():
            if asked.role == "direction" and str(query.get(name, "")).lower() in _DOWN:
                return True
        return False

    def page(
        self, query: Mapping[str, Json], records: Sequence[Record], usual: int | None = None
    ) -> Page | None:
        """The page that is asked for, of the usual size where none is; None where lists are not cut."""
        if not any(asked.role in ("size", "page", "offset", "cursor") for asked in self.parameters.values()):
            return None
        size, number, first, start = self._number("size", query), None, 1, self._offset(query)
        if size is None:
            size = usual
        for name, asked in self.parameters.items():
            if asked.role == "page":
                first, number = asked.first, _whole(query.get(name))
        if number is None:
            number = first
        if start is None:
            start = max(number - first, 0) * (size or len(records))
        for name, asked in self.parameters.items():
            if asked.role == "cursor" and query.get(name) not in (None, ""):
                start = _after(records, str(query[name]))
        if start:
            start += self.shift
        return Page(max(start, 0), size, number, first)

    def _offset(self, query: Mapping[str, Json]) -> int | None:
        """How many records are passed over."""
        offset = self._number("offset", query)
        if offset is None:
            return None
        return offset - self.first_offset

    @property
    def first_offset(self) -> int:
        """What the offset of the first record is."""
        return next((asked.first for asked in self.parameters.values() if asked.role == "offset"), 0)

    def _number(self, role: str, query: Mapping[str, Json]) -> int | None:
        for name, asked in self.parameters.items():
            if asked.role == role:
                value = _whole(query.get(name, asked.default))
                if value is not None and value >= 0:
                    return value
        return None

    def named(self, role: str) -> str | None:
        """The parameter of a role."""
        return next((name for name, asked in self.parameters.items() if asked.role == role), None)

    def without(self, name: str) -> Question:
        """What is asked where one parameter means nothing."""
        left = {other: asked for other, asked in self.parameters.items() if other != name}
        return Question(left, self.shift)


def question_of(operation: Operation) -> Question | None:
    """What a document says (`query`) that the parameters of a list mean."""
    query = operation.words.get("query")
    if query is None:
        return None
    question: Question = query.question
    return question


def kept(data: Mapping[str, Json], tests: Iterable[tuple[str, str, Json]], text: str | None) -> bool:
    """Whether a record with some data is one of those that are asked for."""
    if not all(holds(_told(data, id_path(name)), by, asked) for name, by, asked in tests):
        return False
    return text is None or _mentions(data, text.lower())


def _told(data: Json, path: Sequence[str]) -> Json:
    """What is said at a place; of each item where there is a list on the way."""
    if not path:
        return data
    if isinstance(data, list):
        return [_told(item, path) for item in data]
    if isinstance(data, Mapping):
        return _told(data.get(path[0]), path[1:])
    return None


def _of_members(sent: Mapping[str, Json], properties: Iterable[str]) -> Iterator[tuple[str, str, Json]]:
    """The tests of an object that says of properties what they are, or how they compare
    (``filters[name]=Ann``, ``filters[age][$gte]=3``)."""
    known = {id_path(name)[-1]: name for name in sorted(properties)}  # a property before what is inside one
    for member, value in sent.items():
        if member in known:
            yield from ((known[member], by, one) for by, one in _comparisons(value))


def _comparisons(value: Json) -> Iterator[tuple[str, Json]]:
    """How a property is to compare, and with what: equal, where nothing is said of that."""
    said = dict[str, Json]()
    if isinstance(value, Mapping):
        said = {_SAID_BY.get(by.strip("$_").lower(), ""): one for by, one in value.items()}
    if not said.keys() - {""}:
        yield "=", value
    for by, one in said.items():
        if by in _OF_RANKS and isinstance(one, str):
            one = _plain(one)
        if by:
            yield by, one


def _expressed(text: str, properties: Iterable[str]) -> Iterator[tuple[str, str, Json]]:
    """The tests that a filter says in words (``userName eq "ann" and age gt 3``); none where one of them is
    of another form, or about no property."""
    known = {id_path(name)[-1].lower(): name for name in properties}
    found = []
    for piece in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        match = _TEST.fullmatch(piece)
        if match is None or match["name"].lower() not in known:
            return
        value: Json = match["quoted"][1:-1] if match["quoted"] else _plain(match["plain"])
        found.append((known[match["name"].lower()], _SAID_BY[match["by"].lower()], value))
    yield from found


def _plain(text: str | None) -> Json:
    """A number or a truth value that is said without quotes."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?\d+(\.\d+)?", str(text)):
        return float(str(text)) if "." in str(text) else int(str(text))
    return text


def in_order(
    records: Iterable[Record],
    keys: Sequence[tuple[str, bool]],
    data_of: Callable[[Record], Mapping[str, Json]],
) -> list[Record]:
    """Records sorted by properties, the most important first; what lacks one comes last."""
    found = [(data_of(record), record) for record in records]
    for name, down in reversed(keys):
        ranked = [(_told(data, id_path(name)), data, record) for data, record in found]
        there = sorted(
            (one for one in ranked if one[0] is not None), key=lambda one: _rank(one[0]), reverse=down
        )
        rest = [one for one in ranked if one[0] is None]
        found = [(data, record) for _, data, record in (*there, *rest)]
    return [record for _, record in found]


def _rank(value: Json) -> tuple[int, Any]:
    """Booleans before numbers before texts before anything else."""
    if isinstance(value, bool):
        return 0, value
    if isinstance(value, (int, float)):
        return 1, value
    if isinstance(value, str):
        return 2, value
    return 3, str(value)


def _keys(value: Json, known: Mapping[str, str]) -> list[tuple[str, bool]]:
    """``-price,name``, ``price:desc`` or ``price,desc`` taken apart; what names no property sorts nothing."""
    texts = [
        piece for one in (value if isinstance(value, list) else [value]) for piece in str(one).split(",")
    ]
    found: list[tuple[str, bool]] = []
    for text in texts:
        match = _SIGNED.fullmatch(str(text).strip())
        if match is None:
            continue
        name, way = re.sub(r"[^a-z0-9]", "", match["name"].lower()), match["way"]
        if found and name in _WAYS and name not in known:
            found[-1] = found[-1][0], name in _DOWN
        down = match["sign"] == "-"
        for end in ("desc", "asc"):
            if name not in known and name.endswith(end) and name.removesuffix(end) in known:
                name, way = name.removesuffix(end), end
        if way is not None:
            down = way.lower() in _DOWN
        if name in known:
            found.append((known[name], down))
    return found


def holds(value: Json, by: str, asked: Json) -> bool:
    """Whether a value is in a relation to what is asked for."""
    if by in ("=", "!="):
        return _is_one(value, asked) == (by == "=")
    if value is None:
        return False
    if by in _OF_TEXTS:
        return _OF_TEXTS[by](str(value).lower(), str(asked).lower())
    if _rank(value)[0] != _rank(asked)[0]:
        return False
    return bool(_OF_RANKS[by](_rank(value), _rank(asked)))


def _is_one(value: Json, asked: Json) -> bool:
    """Whether a value is what is asked for, or one of several; a list has it."""
    wanted: Sequence[Json] = asked if isinstance(asked, list) else [asked]
    given: Sequence[Json] = value if isinstance(value, list) else [value]
    texts = [one for one in wanted if isinstance(one, str)]
    return any(one_of(one, wanted) or _written(one) in texts for one in given)


def _written(value: Json) -> str | None:
    """How a query says a number or a truth value whose parameter is declared as a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    return None


def _mentions(value: Json, text: str) -> bool:
    if isinstance(value, str):
        return text in value.lower()
    if isinstance(value, Mapping):
        return any(_mentions(one, text) for one in value.values())
    if isinstance(value, list):
        return any(_mentions(one, text) for one in value)
    return False


def _whole(value: Json) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value


def _after(records: Sequence[Record], cursor: str) -> int:
    """The place behind the record that a cursor names; the end where it names none."""
    for index, record in enumerate(records):
        if record.id == cursor:
            return index + 1
    return len(records)
