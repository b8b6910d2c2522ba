"""What the query parameters of a list, and the members of its answer, usually mean: told by their names.

The dialects of well-known APIs: pages, offsets and cursors; filters by equality, by comparison, in brackets;
sorting with a sign, a direction or a parameter of its own; search. Nothing is guessed against a type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from troth.contracts.document.casting import kinds_of
from troth.contracts.document.pointers import join, listing, mapping, said, split
from troth.contracts.document.schemas import Schemas
from troth.contracts.frozen import replace
from troth.contracts.model import Node, Operation, Parameter

_SIZES = frozenset((
    "limit", "size", "pagesize", "perpage", "take", "max", "maxresults", "top", "pagelimit",
    "itemsperpage", "rows", "count", "resultsperpage", "results", "numresults", "maxitems",
))  # fmt: skip
_OFFSETS = frozenset((
    "offset", "skip", "start", "startat", "startindex", "pageoffset", "firstresult", "from",
))  # fmt: skip
_PAGES = frozenset((
    "page", "pagenumber", "pageno", "pageindex", "currentpage", "pagenum", "p",
))  # fmt: skip
_CURSORS = frozenset((
    "cursor", "after", "startingafter", "pagetoken", "nexttoken", "continuationtoken", "pageafter",
    "pagecursor", "marker", "nextcursor", "continue", "startcursor",
))  # fmt: skip
_SORTS = frozenset((
    "sort", "sorts", "sortby", "orderby", "ordering", "sorting", "sortfield", "order", "sortkey",
))  # fmt: skip
_DIRECTIONS = frozenset((
    "order", "sortorder", "direction", "sortdirection", "orderdirection", "dir", "sortdir",
    "orderdir",
))  # fmt: skip
_SEARCHES = frozenset((
    "q", "query", "search", "searchterm", "keyword", "keywords", "term", "searchquery",
    "searchtext", "text",
))  # fmt: skip

_TOTALS = frozenset({"count", "total", "totalcount", "number", "numberof", "num", "numof", "totalnumberof"})
"""What remains of the name of a member that counts a list, without the name of that."""

_CALLED = ("username", "login", "slug", "key", "code", "id", "uuid", "name")
"""Properties by which an object inside of another is meant, what people type first."""

_ABOUT_PAGES = re.compile(r"(meta(data)?|pag(e|ing|ination|einfo|eable)|links?|responsemetadata)")
"""Objects that speak of pages, by their letters."""

_OF_PAGES = re.compile(r"pag(?:ination|ing|er)[\[._](\w+)\]?", re.IGNORECASE)
"""Parameters in an object that speaks of pages: ``pagination[pageSize]``, ``paging.limit``."""

_PAGED = re.compile(r"page|offset|skip")
"""In names of numbers that are said of pages only; a ``limit`` or a ``size`` may be of anything."""

_NEIGHBOURS = re.compile(r"next|prev|previous|self|first|last")
"""Objects in them that speak of one page (``_links.next.href``, ``paging.next.after``)."""

_ADDRESS = re.compile(r"href|url|link|uri")

_NUMBERS, _TEXTS = frozenset({"integer", "number"}), frozenset({"string"})
_ROLES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("size", _SIZES, _NUMBERS),
    ("offset", _OFFSETS, _NUMBERS),
    ("page", _PAGES, _NUMBERS),
    ("cursor", _CURSORS, _TEXTS),
    ("direction", _DIRECTIONS, frozenset({"string", "integer"})),
    ("sort", _SORTS, frozenset({"string", "array", "object"})),
    ("search", _SEARCHES, _TEXTS),
    ("expression", frozenset({"filter"}), _TEXTS),
)
"""Roles of parameters, the names (letters only) that tell them, and their types."""

_ENDS = (
    (("gte", "min", "from", "safter", "after", "since", "start", "atleast"), ">="),
    (("lte", "max", "to", "sbefore", "before", "until", "end", "atmost"), "<="),
    (("gt", "greaterthan"), ">"),
    (("lt", "lessthan"), "<"),
    (("ne", "not", "neq"), "!="),
    (("in", "eq", "is", "any"), "="),
    (("contains", "like", "ilike", "search"), "contains"),
    (("startswith", "prefix"), "starts"),
)
_STARTS = ((("min", "from"), ">="), (("max", "to"), "<="))

_MEMBERS: tuple[tuple[str, str, str], ...] = (
    (
        "total",
        r"total(count|items|elements|results|records|hits|size|rows|entries)?|recordcount|recordstotal|odatacount|totalnumber(of\w+)?",
        "integer",
    ),
    ("count", r"count", "integer"),
    ("left", r"remainingitemcount|remaining", "integer"),
    ("pages", r"(total)?pages|totalpages|pagecount|lastpage|numpages|pagestotal", "integer"),
    ("more", r"hasmore|hasnext(page)?|more|morepages|hasmoreitems|istruncated", "boolean"),
    ("last", r"last|islast(page)?", "boolean"),
    ("first", r"first|isfirst(page)?", "boolean"),
    ("empty", r"empty|isempty", "boolean"),
    ("before", r"has(prev|previous)(page)?", "boolean"),
    ("items", r"numberofelements|itemcount|returned|resultcount", "integer"),
    ("page", r"page|currentpage|number|pagenumber|pageno|pageindex", "integer"),
    ("size", r"limit|perpage|pagesize|size|itemsperpage|pagelimit|maxresults|resultsperpage|take", "integer"),
    ("offset", r"offset|skip|start|startindex|startat", "integer"),
    ("next-page", r"nextpage(number)?|next", "integer"),
    ("previous-page", r"(prev|previous)(page(number)?)?", "integer"),
    (
        "cursor",
        r"next(page)?(cursor|token)|nextpagetoken|cursor|continuationtoken|endcursor|nexttoken|after|continue",
        "string",
    ),
    ("next-url", r"next(page)?(url|link|uri|href)?|odatanextlink", "string"),
    ("previous-url", r"(prev|previous)(page)?(url|link|uri|href)?", "string"),
    ("self-url", r"self|selfurl|selflink|currentpageurl|href", "string"),
    ("first-url", r"first(page)?(url|link|uri|href)?", "string"),
    ("last-url", r"last(page)?(url|link|uri|href)?", "string"),
    ("first-id", r"firstid", "string"),
    ("last-id", r"lastid", "string"),
)
"""Roles of members, the names (letters only) that tell them, and their type."""

_URLS = ("next-url", "previous-url", "self-url", "first-url", "last-url")


_TIMES = ("since", "after", "until", "before")
"""Parameters that say from when, or until when, where they are times."""


class Meaning(NamedTuple):
    """What a parameter is for; ``of`` is the property that it is about."""

    role: str
    of: str | None = None
    by: str = "="


def with_members(schemas: Schemas, parameters: Iterable[Parameter]) -> Iterator[Parameter]:
    """The parameters of a query; behind an object those of its members, as they are sent: ``page`` or
    ``page[number]`` (style ``form``, exploded, and ``deepObject``)."""
    for parameter in parameters:
        if parameter.place != "query":
            continue
        yield parameter
        if "object" not in kinds_of(schemas, parameter.schema):
            continue
        for name, schema in mapping(schemas.whole(parameter.schema), "properties").items():
            called = member_name(parameter, name)
            if called is not None:
                yield replace(parameter, name=called, schema=schemas.resolve(schema), required=False)


def asked_in(schemas: Schemas, operation: Operation) -> tuple[Parameter, ...]:
    """What a list is asked by: the parameters of its operation, and the members of its body where it has one
    (``POST /things/search``), as if they were sent in a query."""
    members = mapping(schemas.whole(operation.body), "properties")
    if operation.method == "GET":
        return operation.parameters
    if not members:
        return operation.parameters
    found = [
        Parameter(name, "query", False, said_of, operation.pointer, style="deepObject")
        for name, schema in members.items()
        if isinstance(said_of := schemas.resolve(schema), Mapping)
    ]
    return (*operation.parameters, *found)


def member_name(parameter: Parameter, member: str) -> str | None:
    """What a member of an object is called in a query; None where it has no name of its own there."""
    if parameter.content is not None:
        return f"{parameter.name}[{member}]"
    if parameter.style == "deepObject":
        return f"{parameter.name}[{member}]"
    if parameter.style == "form" and parameter.explode:
        return member
    return None


def letters(name: str) -> str:
    """``page_size``, ``pageSize``, ``page[size]`` and ``$pageSize`` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def meanings(
    schemas: Schemas, parameters: Iterable[Parameter], properties: Mapping[str, Node]
) -> dict[str, Meaning]:
    """What the query parameters of a list mean, as far as that can be told."""
    properties = {**properties, **inside_attributes(schemas, properties)}
    known = {
        letters(split(name)[-1] if name.startswith("/") else name): name for name in reversed(properties)
    }
    found: dict[str, Meaning] = {}
    asked = [*with_members(schemas, parameters)]
    rows = _of_rows(asked)
    for parameter in asked:
        meaning = _meaning(schemas, parameter, known, properties)
        if rows and parameter.name in ("limit", "offset"):
            meaning = Meaning("size" if parameter.name == "limit" else "offset")
        if meaning is not None:
            if rows and meaning.role == "filter":
                meaning = meaning._replace(by="prefix")
            found[parameter.name] = meaning
    return _sorted_out(found)


def _of_rows(parameters: Iterable[Parameter]) -> bool:
    """Whether a query asks for rows as PostgREST does, with a comparison before each value."""
    return {"select", "order", "limit", "offset"} <= {parameter.name for parameter in parameters}


def inside_attributes(schemas: Schemas, properties: Mapping[str, Node]) -> dict[str, Node]:
    """The members of ``attributes``, where a thing says in there what it is (JSON:API), by their places; what
    it is related to, by the ids in ``relationships``."""
    inner = mapping(schemas.resolve(properties.get("attributes")), "properties")
    found = {join("", "attributes", name): schema for name, schema in inner.items()}
    for name, schema in mapping(schemas.resolve(properties.get("relationships")), "properties").items():
        if "data" in mapping(schemas.resolve(schema), "properties"):
            found[join("", "relationships", name)] = schema
    return found


def _sorted_out(found: dict[str, Meaning]) -> dict[str, Meaning]:
    """``order`` sorts where nothing else does, else it says which way; a direction is left out where there is
    nothing to sort by."""
    sorting = [name for name, meaning in found.items() if meaning.role == "sort"]
    if not sorting:
        return {name: meaning for name, meaning in found.items() if meaning.role != "direction"}
    ways = [name for name in sorting if letters(name) == "order"]
    if len(sorting) > len(ways):
        found |= {name: Meaning("direction") for name in ways}
    return found


def _meaning(
    schemas: Schemas, parameter: Parameter, known: Mapping[str, str], properties: Mapping[str, Node]
) -> Meaning | None:
    name, plain = parameter.name, letters(parameter.name)
    if parameter.content is not None:  # a member of JSON: `{"where": …, "limit": 5}` (LoopBack)
        plain = letters(name.rpartition("[")[2])
    kinds = kinds_of(schemas, parameter.schema)
    by_itself = _by_itself(schemas, parameter, plain, kinds, properties)
    if by_itself is not None:
        return by_itself
    for own in (plain, plain.removesuffix("s"), plain.removesuffix("list"), f"{plain}s", f"{plain}list"):
        if own in known:
            if parameter.required and not _lists(schemas, properties[known[own]]):  # nobody can know before
                return Meaning("filter", known[own])
            return Meaning("filter", _text_of(schemas, known[own], properties, kinds))
    bracketed = re.fullmatch(r"(?:filters?|where)[\[_.]?(\w+?)\]?", name, re.IGNORECASE)
    if bracketed and letters(bracketed[1]) in known:
        return Meaning("filter", _text_of(schemas, known[letters(bracketed[1])], properties, kinds))
    if _says_when(schemas, parameter) and plain in _TIMES:
        return _of_time(plain, known)
    return _compared(plain.removeprefix("filter"), known) or _general(schemas, parameter, plain, kinds)


def _inside(schemas: Schemas, name: str, properties: Mapping[str, Node]) -> str | None:
    """What a name with full stops means: a property of a property (``author.name``)."""
    path = name.split(".")
    if len(path) < 2:
        return None
    known: Mapping[str, Node] = properties
    for token in path:
        if token not in known:
            return None
        schema = schemas.resolve(known[token])
        if _lists(schemas, schema):
            schema = schemas.resolve(said(schema, "items"))
        known = mapping(schema, "properties")
    return join("", *path)


def _by_itself(
    schemas: Schemas, parameter: Parameter, plain: str, kinds: tuple[str, ...], properties: Mapping[str, Node]
) -> Meaning | None:
    """What says by itself which properties it is about: filters in an object; selectors of Kubernetes, of
    labels that things have at their top or in their ``metadata``, or of properties."""
    if "object" in kinds and plain in ("filter", "filters", "where"):
        return Meaning("filters")
    if "array" in kinds and plain in ("filter", "filters", "conditions", "filtergroups", "where"):
        items = schemas.whole(said(parameter.schema, "items"))
        return Meaning("filters") if mapping(items, "properties") else None
    inside = _inside(schemas, parameter.name, properties)
    if inside is not None:
        return Meaning("filter", inside)
    if "string" not in kinds or plain not in ("labelselector", "fieldselector"):
        return None
    inner = mapping(schemas.resolve(properties.get("metadata")), "properties")
    at = "labels" if "labels" in properties else join("", "metadata", "labels")
    if plain == "fieldselector":
        return Meaning("labels")
    return Meaning("labels", at) if "labels" in {*properties, *inner} else None


def _text_of(schemas: Schemas, name: str, properties: Mapping[str, Node], kinds: tuple[str, ...]) -> str:
    """What a text selects by: of an object, also in a list, what it is called (``/author/username``)."""
    if "object" in kinds:
        return name
    schema = schemas.resolve(properties[name])
    if name.startswith("/relationships/"):
        data = schemas.resolve(mapping(schema, "properties").get("data"))
        return f"{name}/data/id" if data else name
    if _lists(schemas, schema):
        schema = schemas.resolve(said(schema, "items"))
    inner = mapping(schema, "properties")
    for called in _CALLED:
        if "string" in kinds_of(schemas, inner.get(called)):
            return join("", name, called)
    return name


def _lists(schemas: Schemas, schema: Node) -> bool:
    return kinds_of(schemas, schema)[:1] == ("array",)


def _general(schemas: Schemas, parameter: Parameter, plain: str, kinds: tuple[str, ...]) -> Meaning | None:
    inside = _OF_PAGES.fullmatch(parameter.name)
    if inside is not None:
        plain = letters(inside[1])
    for role, names, wanted in _ROLES:
        if plain not in names:
            continue
        if wanted.isdisjoint(kinds):
            continue
        if role == "direction" and not _is_direction(schemas, parameter, plain):
            continue
        return Meaning(role)
    return None


def _is_direction(schemas: Schemas, parameter: Parameter, plain: str) -> bool:
    values = {str(value).lower() for value in listing(schemas.resolve(parameter.schema), "enum")}
    if plain == "order" and not values:
        return False
    return not values or values <= {"asc", "desc", "ascending", "descending", "1", "-1"}


def _compared(plain: str, known: Mapping[str, str]) -> Meaning | None:
    """``price_gte``, ``max_price``, ``created_after``: a property and a comparison."""
    for ends, by in _ENDS:
        for end in ends:
            name = _property(plain.removesuffix(end), known) if plain.endswith(end) else None
            if name is not None:
                return Meaning("filter", name, by)
    for starts, by in _STARTS:
        for start in starts:
            name = _property(plain.removeprefix(start), known) if plain.startswith(start) else None
            if name is not None:
                return Meaning("filter", name, by)
    return None


def _says_when(schemas: Schemas, parameter: Parameter) -> bool:
    """Whether a parameter is a time: ``after`` may as well be where a list goes on."""
    schema = schemas.resolve(parameter.schema)
    return said(schema, "format") in ("date", "date-time")


def _of_time(plain: str, known: Mapping[str, str]) -> Meaning | None:
    """``since`` and the like, of the only time that there is: of several nobody can tell which is meant."""
    if any(name.startswith(("updated", "modified", "lastmodified")) for name in known):
        return None
    made = [known[name] for name in ("createdat", "created", "date", "timestamp") if name in known]
    if not made:
        return None
    by = ">=" if plain in ("since", "after") else "<="
    return Meaning("filter", made[0], by)


def _property(plain: str, known: Mapping[str, str]) -> str | None:
    for name in (plain, f"{plain}at", f"{plain}date", f"{plain}on"):
        if plain and name in known:
            return known[name]
    return None


def member_role(schemas: Schemas, name: str, schema: Node, *, numbers: bool = False) -> str | None:
    """What a member beside a list says of it; ``numbers`` may count, where they are no amounts."""
    plain, kinds = letters(name), kinds_of(schemas, schema)
    if numbers and "number" in kinds:
        kinds = ("integer", *kinds)
    for role, pattern, kind in _MEMBERS:
        if kind in (kinds or _TEXTS) and re.fullmatch(pattern, plain):
            return role
    return None


def members_told(
    schemas: Schemas, schema: Node, at: tuple[str, ...], *, paged: bool = False
) -> dict[tuple[str, ...], str]:
    """What an answer says beside its list: in the object that has it, at the top, in objects about pages.

    A ``total`` of type ``number`` may be an amount: it counts where a list is ``paged``, or is said to be.
    """
    found: dict[tuple[str, ...], str] = {}
    places = [*_places_about(schemas, schema, at)]
    numbers = paged or any(
        _PAGED.search(letters(name)) for _, node in places for name in _numbers(schemas, node)
    )
    for path, node in places:
        for name, inner in mapping(node, "properties").items():
            place = (*path, name)
            if place == at:
                continue
            if place in found:
                continue
            role = member_role(schemas, name, inner, numbers=numbers)
            if _counts_items(schemas, name, inner, at):
                role = "total"
            if role is not None:
                found[place] = role
            elif _NEIGHBOURS.fullmatch(letters(name)):
                found |= {(*place, one): of for one, of in _of_neighbour(schemas, name, inner)}
        found |= {(*path, name): role for name, role in _range_told(schemas, node)}
    return _counted(found)


def _range_told(schemas: Schemas, node: Node) -> Iterator[tuple[str, str]]:
    """``from`` and ``to`` of Laravel, places of the first and last record; elsewhere they may be times."""
    numbers = {letters(name): name for name in _numbers(schemas, node)}
    if numbers.keys() >= {"from", "to", "currentpage", "perpage"}:
        yield from ((numbers["from"], "first-place"), (numbers["to"], "last-place"))


def _numbers(schemas: Schemas, node: Node) -> Iterator[str]:
    """The members of an object that are numbers."""
    for name, schema in mapping(node, "properties").items():
        if not _NUMBERS.isdisjoint(kinds_of(schemas, schema)):
            yield name


def _of_neighbour(schemas: Schemas, name: str, schema: Node) -> Iterator[tuple[str, str]]:
    """What an object says of the page that it is called after: its address, or the cursor to it."""
    for member, inner in mapping(schemas.resolve(schema), "properties").items():
        role = member_role(schemas, member, inner)
        if _ADDRESS.fullmatch(letters(member)):
            role = member_role(schemas, name, inner)
        elif role == "cursor" and letters(name) != "next":
            role = None
        if role in ("cursor", *_URLS):
            yield member, role


def _places_about(
    schemas: Schemas, schema: Node, at: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Node]]:
    """The objects around a list, then those that speak of pages in them."""
    node = schemas.resolve(schema)
    around: list[tuple[tuple[str, ...], Node]] = [((), node)]
    for depth, token in enumerate(at[:-1], 1):
        node = schemas.resolve(mapping(node, "properties").get(token))
        around.append((at[:depth], node))
    yield from around
    for path, node in around:
        for place, inner in _about_pages(schemas, path, node):
            if place != at:
                yield place, inner
                yield from _about_pages(schemas, place, inner)  # `meta.pagination`


def _about_pages(
    schemas: Schemas, path: tuple[str, ...], node: Node
) -> Iterator[tuple[tuple[str, ...], Node]]:
    """The objects in one that speak of pages."""
    for name, inner in mapping(node, "properties").items():
        if _ABOUT_PAGES.fullmatch(letters(name)):
            yield (*path, name), schemas.resolve(inner)


def _counts_items(schemas: Schemas, name: str, schema: Node, at: tuple[str, ...]) -> bool:
    """Whether a member is called after the list beside it: ``articlesCount``, ``total_users``."""
    if "integer" not in kinds_of(schemas, schema):
        return False
    plain = letters(name)
    for items in map(letters, at[-1:]):
        if items.removesuffix("s") not in plain:
            continue
        rest = {plain.replace(items, "", 1), plain.replace(items.removesuffix("s"), "", 1)}
        return not rest.isdisjoint(_TOTALS)
    return False


def _counted(found: dict[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """``count`` counts all records, or where that is said by another member, those on the page."""
    means = "items" if "total" in found.values() else "total"
    return {place: means if role == "count" else role for place, role in found.items()}
