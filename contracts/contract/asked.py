"""What a list is asked for by its query: which records, in which order, which page of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from troth.contracts.contract.filter_words import by_labels, by_prefix, in_words
from troth.contracts.contract.identity import id_path
from troth.contracts.contract.narrowing import Test, compared, of_object, of_property, rank, terms, told
from troth.contracts.document.pointers import join
from troth.contracts.model import Json, Operation, Record

_DOWN = ("desc", "descending", "-1", "down")
_WAYS = ("asc", "ascending", *_DOWN)
_NAMES_ONE = ("property", "propertyname", "field", "fieldname", "column", "by", "key", "name", "sortby")
"""What an object calls the property that it is about."""

_SIGNED = re.compile(
    r"(?P<sign>[+ -]?)(?P<name>[^:\s]+?)(?:[:\s.](?P<way>asc|desc|ascending|descending))?", re.IGNORECASE
)


MOST_KEYS = 16
"""Properties by which a list is sorted; further ones tell nothing apart that somebody would see."""

MOST_TERMS = 100
"""Comparisons of a filter; one with more is none that anybody writes, and keeps all."""


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
        if name is None:
            return self
        if name not in self.parameters:
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

    def selects(self, query: Mapping[str, Json], properties: Iterable[str]) -> list[Test]:
        """What each filter that was sent asks of a record."""
        found: list[Test] = []
        known = set(properties)
        for name, value in query.items():
            asked = self.parameters.get(name)
            if asked is not None:
                found += _tests(name, asked, value, known)
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
        first = dict(reversed(found))  # a property that is named again sorts nothing that it has not sorted
        found = [(name, first[name]) for name in dict.fromkeys(name for name, _ in found)][:MOST_KEYS]
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


def kept(data: Mapping[str, Json], tests: Iterable[Test], text: str | None) -> bool:
    """Whether a record with some data is one of those that are asked for."""
    if not all(test(data) for test in tests):
        return False
    return text is None or _mentions(data, text.lower())


def _tests(name: str, asked: Asked, value: Json, known: Iterable[str]) -> Iterator[Test]:
    """What one parameter asks of a record."""
    if asked.role == "filters" and isinstance(value, (Mapping, list)):
        if terms(value) <= MOST_TERMS:
            yield from of_object(value, known)
    elif asked.role == "expression" and isinstance(value, str):
        yield from in_words(value, known)
    elif asked.role == "labels" and isinstance(value, str):
        yield from by_labels(value, None if asked.of is None else id_path(asked.of))
    elif asked.role == "filter" and asked.of is not None:
        if asked.by == "prefix":
            yield from by_prefix(id_path(asked.of), value)
        elif isinstance(value, Mapping):
            yield from of_property(id_path(asked.of), value)
        elif (asked.of, asked.by) != (name, "="):
            yield compared(id_path(asked.of), asked.by, value)


def in_order(
    records: Iterable[Record],
    keys: Sequence[tuple[str, bool]],
    data_of: Callable[[Record], Mapping[str, Json]],
) -> list[Record]:
    """Records sorted by properties, the most important first; what lacks one comes last."""
    found = [(data_of(record), record) for record in records]
    for name, down in reversed(keys):
        ranked = [(told(data, id_path(name)), data, record) for data, record in found]
        there = sorted(
            (one for one in ranked if one[0] is not None), key=lambda one: rank(one[0]), reverse=down
        )
        rest = [one for one in ranked if one[0] is None]
        found = [(data, record) for _, data, record in (*there, *rest)]
    return [record for _, record in found]


def _keys(value: Json, known: Mapping[str, str]) -> list[tuple[str, bool]]:
    """``-price,name``, ``price:desc`` or ``price,desc`` taken apart; what names no property sorts nothing."""
    texts = [piece for one in (value if isinstance(value, list) else [value]) for piece in _pieces(one)]
    found: list[tuple[str, bool]] = []
    for text in texts:
        match = _SIGNED.fullmatch(str(text).strip())
        if match is None:
            continue
        name, way = re.sub(r"[^a-z0-9]", "", match["name"].lower()), match["way"]
        if found and name in _WAYS and name not in known:
            found[-1] = found[-1][0], name in _DOWN
        for end in ("desc", "asc"):
            if name not in known and name.endswith(end) and name.removesuffix(end) in known:
                name, way = name.removesuffix(end), end
        down = match["sign"] == "-" if way is None else way.lower() in _DOWN
        found += [(key, down) for key in _key(name, match["name"], known)]
    return found


def _key(name: str, written: str, known: Mapping[str, str]) -> list[str]:
    """The property that is sorted by, or what is inside of one (``author.name``)."""
    if name in known:
        return [known[name]]
    if _of(written) not in known:
        return []
    first, *rest = re.split("[./]", written)
    return [join("", *id_path(known[_of(first)]), *rest)]


def _pieces(value: Json) -> list[str]:
    """One key, or several; of an object that names a property and a way, or has the way for each property."""
    if not isinstance(value, Mapping):
        return str(value).split(",")
    plain = {_of(name): one for name, one in value.items() if isinstance(one, (str, int))}
    name = next((plain[key] for key in _NAMES_ONE if key in plain), None)
    way = next((plain[key] for key in ("direction", "order", "dir", "sortdirection") if key in plain), "asc")
    if name is not None:
        return [f"{name}:{_way(way)}"]
    return [f"{one}:{_way(way)}" for one, way in value.items()]


def _way(said: Json) -> str:
    return "desc" if str(said).lower() in _DOWN else "asc"


def _of(name: str) -> str:
    """The property that a name with full stops begins with (``author.name``)."""
    return re.sub(r"[^a-z0-9]", "", re.split("[./]", name)[0].lower())


def _mentions(value: Json, text: str) -> bool:
    if isinstance(value, str):
        return text in value.lower()
    if isinstance(value, Mapping):
        return any(_mentions(one, text) for one in value.values())
    if isinstance(value, list):
        return any(_mentions(one, text) for one in value)
    return False


def _whole(value: Json) -> int | None:
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        return int(value)  # the parameter is declared as a text
    if isinstance(value, bool):
        return None
    if not isinstance(value, int):
        return None
    return value


def _after(records: Sequence[Record], cursor: str) -> int:
    """The place behind the record that a cursor names; the end where it names none."""
    for index, record in enumerate(records):
        if record.id == cursor:
            return index + 1
    return len(records)
