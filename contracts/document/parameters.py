"""What a request says in its path, query, headers and cookies, as typed parameters (OpenAPI 3.0 to 3.2).

No HTTP library: everything comes as it went over the wire, the segments of the path percent-encoded, the
query as one text. What depends on the operation alone is worked out once, in a :class:`Reader`.

``style`` and ``explode`` say how a value is written (Parameter Object, "Style Examples"), delimiters are
looked for before anything is decoded: an encoded one is data. Where a text can be meant in two ways (a
delimiter that a library encoded; a number where texts are taken, too) the first that keeps the schema counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from troth.contracts.document.casting import Texts, kinds_of, texts_of
from troth.contracts.document.delimited import members, parts
from troth.contracts.document.forms import from_pairs
from troth.contracts.document.media_types import is_form, is_json
from troth.contracts.document.percent import unquoted, unquoted_plus
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.schemas import Schemas
from troth.contracts.model import ABSENT, Absent, Content, Json, Node, Parameter

_STYLED = {"style", "explode", "allowReserved"}

Query: TypeAlias = dict[str, list[str]]
"""The values that each name of a query or of the cookies has, as they were written."""


class Read(NamedTuple):
    """The parameters of one request; ``broken``: by place and name, why nothing could be read there."""

    path: Mapping[str, Json]
    query: Mapping[str, Json]
    headers: Mapping[str, Json]
    cookies: Mapping[str, Json]
    querystring: Mapping[str, Json] = {}
    broken: Mapping[tuple[str, str], str] = {}


class Unreadable(ValueError):
    """A parameter is not written as it is declared."""


class Reader:
    """Reads the parameters of one operation."""

    def __init__(self, schemas: Schemas, parameters: Iterable[Parameter]) -> None:
        values = [_Value(schemas, parameter) for parameter in parameters]
        self._path = {value.name: value for value in values if value.place == "path"}
        self._query = [value for value in values if value.place == "query"]
        self._headers = [value for value in values if value.place == "header"]
        self._cookies = [value for value in values if value.place == "cookie"]
        self._whole = next((value for value in values if value.place == "querystring"), None)
        self._claimed = frozenset(value.name for value in self._query)

    def read(self, path: Mapping[str, str], query: str, headers: Mapping[str, str]) -> Read:
        """The parameters of a request: segments as they were sent, headers as ``fields`` makes them."""
        broken: dict[tuple[str, str], str] = {}
        return Read(
            self._read_path(path, broken),
            self._read_query(query, broken),
            self._read_headers(headers, broken),
            self._read_cookies(headers, broken),
            self._read_whole(query, broken),
            broken,
        )

    def _read_path(self, path: Mapping[str, str], broken: dict[tuple[str, str], str]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for name, raw in path.items():
            value = self._path.get(name)
            if value is None:
                found[name] = unquoted(raw)
            else:
                found[name] = value.read(broken, [raw])
        return found

    def _read_query(self, query: str, broken: dict[tuple[str, str], str]) -> dict[str, Json]:
        if not query:
            return {}
        sent = query_values(query)
        found: dict[str, Json] = {}
        for name, raws in sent.items():
            if name not in self._claimed:
                found[name] = unquoted_plus(raws[-1])
        for value in self._query:
            if value.name in sent:
                found[value.name] = value.read(broken, sent[value.name])
            elif value.is_object:
                whole = value.gathered(broken, sent, self._claimed)
                if whole is not ABSENT:
                    found[value.name] = whole
        return found

    def _read_headers(
        self, headers: Mapping[str, str], broken: dict[tuple[str, str], str]
    ) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for value in self._headers:
            raw = headers.get(value.key)
            if raw is not None:
                found[value.name] = value.read(broken, [raw])
        return found

    def _read_cookies(
        self, headers: Mapping[str, str], broken: dict[tuple[str, str], str]
    ) -> dict[str, Json]:
        if not self._cookies:
            return {}
        sent = cookie_values(headers.get("cookie", ""))
        claimed = frozenset(value.name for value in self._cookies)
        found: dict[str, Json] = {}
        for value in self._cookies:
            if value.name in sent:
                found[value.name] = value.read(broken, sent[value.name])
            elif value.is_object:
                whole = value.gathered(broken, sent, claimed)
                if whole is not ABSENT:
                    found[value.name] = whole
        return found

    def _read_whole(self, query: str, broken: dict[tuple[str, str], str]) -> dict[str, Json]:
        """The query as one value (``in: querystring``)."""
        if self._whole is None:
            return {}
        if not query:
            return {}
        return {self._whole.name: self._whole.read(broken, [query])}


def fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header fields by their names in small letters; several of one name are one list (RFC 9110, 5.3),
    cookies are put together by semicolons (RFC 9113, 8.2.3)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        if name == "cookie" and name in found:
            value = f"{found[name]}; {value}"
        elif name in found:
            value = f"{found[name]}, {value}"
        found[name] = value
    return found


def from_form(schemas: Schemas, content: Content, text: str) -> dict[str, Json]:
    """The body that ``application/x-www-form-urlencoded`` means: where ``encoding`` says how a property is
    written, it is written like a parameter of the query."""
    sent = query_values(text)
    read: dict[str, Json] = {}
    for value in _encoded_properties(schemas, content):
        if value.name in sent:
            read[value.name] = value.read({}, sent.pop(value.name))
    pairs = [(name, unquoted_plus(raw)) for name, raws in sent.items() for raw in raws]
    return from_pairs(schemas, content.schema, pairs) | read


def _encoded_properties(schemas: Schemas, content: Content) -> Iterator[_Value]:
    known = mapping(schemas.resolve(content.schema), "properties")
    for name, how in content.encoding.items():
        if name not in known:
            continue
        if not isinstance(how, Mapping):
            continue
        if not _STYLED & how.keys():
            continue
        style = str(how.get("style", "form"))
        if style == "deepObject":
            continue  # brackets are read in any form
        explode = bool(how.get("explode", style == "form"))
        schema = schemas.resolve(known[name])
        reserved = how.get("allowReserved") is True
        yield _Value(schemas, Parameter(name, "query", False, schema, "", "", style, explode, None, reserved))


def query_values(query: str) -> Query:
    """The values of each name, which is decoded; the values are not."""
    found: Query = {}
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(unquoted_plus(name), []).append(value)
    return found


def cookie_values(text: str) -> Query:
    """The values of each cookie (RFC 6265, section 4.2.1), without the quotes around them."""
    found: Query = {}
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if not equals:
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        found.setdefault(name.strip(), []).append(value)
    return found


class _Value:
    """One parameter, and how its value is written."""

    def __init__(self, schemas: Schemas, parameter: Parameter) -> None:
        self.schemas, self.parameter = schemas, parameter
        self.name, self.place, self.key = parameter.name, parameter.place, parameter.name.lower()
        self.schema = schemas.resolve(parameter.schema)
        self.kinds = frozenset(kinds_of(schemas, self.schema))
        self.is_array, self.is_object = "array" in self.kinds, "object" in self.kinds
        self.is_scalar = not self.kinds or not self.kinds <= {"array", "object", "null"}
        self.texts = texts_of(schemas, self.schema)
        self.items = texts_of(schemas, _items(schemas, self.schema))
        self.decode = _decoder(parameter)
        self.simple = self._is_simple()

    def _is_simple(self) -> bool:
        """Whether one decoded text is all that there is to it."""
        if self.is_array:
            return False
        if self.is_object:
            return False
        if self.texts.several:
            return False
        if self.parameter.content is not None:
            return False
        return self.parameter.style not in ("label", "matrix")

    def read(self, broken: dict[tuple[str, str], str], raws: Sequence[str]) -> Json:
        """The value that was sent under the parameter's name."""
        if self.parameter.may_be_empty and raws[-1] == "":
            return ""
        if self.simple:
            return self.texts.read(self.decode(raws[-1]))
        try:
            return self._first_valid(list(self._meanings(raws)))
        except Unreadable as problem:
            broken[self.place, self.name] = str(problem)
            return self.decode(raws[-1])

    def gathered(
        self, broken: dict[tuple[str, str], str], sent: Query, claimed: frozenset[str]
    ) -> Json | Absent:
        """An object whose members have names of their own in the query; ABSENT where none is there."""
        pairs = [(name, self.decode(raw)) for name, raw in self._own_members(sent, claimed)]
        if not pairs:
            return ABSENT
        return from_pairs(self.schemas, self.schema, pairs)

    def _own_members(self, sent: Query, claimed: frozenset[str]) -> Iterator[tuple[str, str]]:
        if self.parameter.content is not None:
            return
        if self.parameter.style == "deepObject":
            yield from self._deep_members(sent)
            return
        if not self.parameter.explode:
            return
        known, open_ = mapping(self.schema, "properties"), self._takes_others()
        for name, raws in sent.items():
            mine = name in known
            if open_ and not mine:
                mine = name not in claimed
            if mine:
                yield from ((name, raw) for raw in raws)

    def _deep_members(self, sent: Query) -> Iterator[tuple[str, str]]:
        """``name[member]=value``, under the name of the member."""
        start = f"{self.name}["
        for name, raws in sent.items():
            if name.startswith(start) and "]" in name:
                first, _, rest = name[len(start) :].partition("]")
                yield from ((first + rest, raw) for raw in raws)

    def _takes_others(self) -> bool:
        """Whether the object says of members without a name of their own what they are."""
        return isinstance(self.schema.get("additionalProperties"), Mapping)

    def _first_valid(self, meanings: list[Json]) -> Json:
        pointer = self.parameter.schema_pointer
        if len(meanings) > 1 and pointer:
            for value in meanings:
                if self.schemas.valid(pointer, value):
                    return value
        return meanings[0]

    def _meanings(self, raws: Sequence[str]) -> Iterator[Json]:
        """What may be meant, the most likely first."""
        if self.parameter.content is not None:
            yield self._as_content(self.decode(raws[-1]))
            return
        written = self._stripped(raws)
        arrays: list[Json] = []
        if self.is_array:
            arrays = list(self._arrays(written))
        if self.is_scalar and _is_one(written, arrays):
            yield from self._scalars(written[-1])
        yield from arrays
        if self.is_object:
            yield from self._objects(written)
        if self.is_scalar or self.kinds == {"null"}:
            yield from self._scalars(written[-1])

    def _stripped(self, raws: Sequence[str]) -> Sequence[str]:
        """The values without what their style puts before them (``.5``, ``;name=5``)."""
        style, raw = self.parameter.style, raws[-1]
        if style not in ("label", "matrix"):
            return raws
        if style == "label":
            if not raw.startswith("."):
                raise Unreadable("a value of style label begins with a full stop")
            return [raw[1:]]
        pairs = [part.partition("=") for part in raw.split(";")[1:]]
        found = [text for name, _, text in pairs if unquoted(name) == self.name]
        if not raw.startswith(";"):
            found = []
        elif not found and self.is_object and self.parameter.explode:
            return [raw[1:]]
        if not found:
            raise Unreadable(f"a value of style matrix begins with ;{self.name}=")
        return found

    def _scalars(self, raw: str) -> Iterator[Json]:
        text = self.decode(raw)
        yield self.texts.read(text)
        if self.texts.several:
            yield text

    def _arrays(self, raws: Sequence[str]) -> Iterator[Json]:
        for items in parts(self.parameter, raws):
            texts = [self.decode(item) for item in items]
            yield [_item(self.items, text) for text in texts]
            if self.items.several:
                yield list(texts)

    def _objects(self, raws: Sequence[str]) -> Iterator[Json]:
        pairs = members(self.parameter, raws)
        if pairs is None:
            yield _json_or_text(self.decode(raws[-1]))
            return
        decoded = [(self.decode(name), self.decode(text)) for name, text in pairs]
        yield from_pairs(self.schemas, self.schema, decoded)

    def _as_content(self, text: str) -> Json:
        """The value of a parameter that is a document of its own (``content``)."""
        media = self.parameter.content or ""
        if is_json(media):
            return _json(text, self.name)
        if is_form(media):
            sent = query_values(text)
            pairs = [(name, unquoted_plus(raw)) for name, raws in sent.items() for raw in raws]
            return from_pairs(self.schemas, self.schema, pairs)
        return self.texts.read(text)


def _items(schemas: Schemas, schema: Node) -> Node:
    """The schema of the items of an array: its own, or those of its alternatives."""
    if not isinstance(schema, Mapping):
        return mapping({"": schema}, "").get("items")
    if "items" in schema:
        return mapping({"": schema}, "").get("items")
    options = [schemas.resolve(one) for key in ("anyOf", "oneOf") for one in listing(schema, key)]
    return {"anyOf": [one["items"] for one in options if isinstance(one, Mapping) and "items" in one]}


def _decoder(parameter: Parameter) -> Callable[[str], str]:
    """How texts of a parameter are decoded."""
    if parameter.place == "header":
        return str.strip
    if parameter.place == "query" and not parameter.reserved:
        return unquoted_plus
    if parameter.place == "querystring":
        if is_form(parameter.content or ""):
            return str
        return unquoted
    if parameter.style == "cookie":
        return str
    return unquoted


def _is_one(raws: Sequence[str], arrays: Sequence[Json]) -> bool:
    """Whether what may be a list, or something else, is something else: no delimiter is in it."""
    if len(raws) > 1:
        return False
    return all(isinstance(items, list) and len(items) < 2 for items in arrays)


def _item(texts: Texts, text: str) -> Json:
    if text[:1] in ("{", "[") and not {"object", "array"}.isdisjoint(texts.kinds):
        return _json_or_text(text)
    return texts.read(text)


def _json_or_text(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value


def _json(text: str, name: str) -> Json:
    try:
        value: Json = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} is not JSON") from None
    return value


def _refused(constant: str) -> Json:
    raise ValueError(constant)
