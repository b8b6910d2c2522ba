"""Operations by method and path, as if everybody called paths alike: `POST /things/add` is `POST /things`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from troth.contracts.contract.identity import says_which
from troth.contracts.document import Document
from troth.contracts.document.known_names import singular
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.pointers import listing, mapping, reference
from troth.contracts.document.shapes import alike, lists_shown, objects_shown
from troth.contracts.loading.naming import identifier, letters_of
from troth.contracts.model import Operation, Pointer

Operations: TypeAlias = Mapping[tuple[str, str], Operation]
"""Operations by method and path."""

ITEM = re.compile(r"^(?P<collection>.*)/\{(?P<id>[^{}/]+)\}(?P<end>\.\w+)?$")
"""A path that names one thing of a collection."""

_SAID = (
    ("POST", "POST", re.compile(r"^(.+)/(?:add|create|insert|new|save|store)()$")),
    ("GET", "GET", re.compile(r"^(.+)/(?:all|list|get-?all|find-?all)()$", re.IGNORECASE)),
    ("GET", "GET", re.compile(r"^(.+)/(?:details?|find|get|show|view)(/\{[^{}/]+\})$")),
    ("PUT", "PUT", re.compile(r"^(.+)/(?:change|edit|modify|update)(/\{[^{}/]+\})$")),
    ("PATCH", "PATCH", re.compile(r"^(.+)/(?:change|edit|modify|update)(/\{[^{}/]+\})$")),
    ("POST", "PATCH", re.compile(r"^(.+)/(?:change|edit|modify|update)(/\{[^{}/]+\})$")),
    ("DELETE", "DELETE", re.compile(r"^(.+)/(?:delete|destroy|remove)(/\{[^{}/]+\})$")),
    ("POST", "DELETE", re.compile(r"^(.+)/(?:delete|destroy|remove)(/\{[^{}/]+\})$")),
)
"""Methods, what they do, and paths that say it in words."""

_CALLED = re.compile(r"^(?P<things>.*/[A-Za-z][\w-]*)(?P<by>[./:])(?P<word>[A-Za-z]\w*)$")
"""Paths that say what is done to which things, but not to which one: `/users.info`, `/users/delete`."""

_FORMATS = ("json", "xml", "csv", "yaml", "txt", "html", "atom", "rss")
"""What paths end in that say in which form something is, and not what is done."""

_WORDS = {
    ("POST", ""): ("add", "create", "insert", "new"),
    ("GET", ""): ("all", "getall", "list", "listall"),
    ("GET", "/{id}"): ("details", "fetch", "get", "info", "read", "retrieve", "show", "view"),
    ("PATCH", "/{id}"): ("change", "edit", "modify", "update"),
    ("PUT", "/{id}"): ("change", "edit", "modify", "update"),
    ("DELETE", "/{id}"): ("delete", "destroy", "remove"),
}
"""What is done, and where it would be done elsewhere, by the words that say it; a POST may do any of it."""

_IN_PARENTHESES = re.compile(r"\((?:\w+=)?'?(\{[^{}/]+\})'?\)")
"""The key of a thing as OData writes it (Part 2: URL Conventions, section 4.3.1): `/People('{UserName}')`."""

_BELOW = re.compile(r"/\{([^{}/]+)\}(?=/)")
_PARAMETER = re.compile(r"\{[^{}]*\}")


def by_place(document: Document) -> dict[tuple[str, str], Operation]:
    """The operations by what they do and where: words in paths that only say what is done are left out, and a
    collection names what is above it as its items do."""
    called = {letters_of(name) for name in mapping(mapping(document.data, "components"), "schemas")}
    written = {(o.method, o.path.rstrip("/")): o for o in read_operations(document)}
    found: dict[tuple[str, str], Operation] = {}
    for at, operation in written.items():
        plain = _plain(*at)
        if plain == at:
            plain = _as_called(document, operation, *at, called)
        if plain in written:
            plain = at
        found.setdefault(plain, operation)
    found = _by_one_name(found)
    known = {match["collection"] for match in _named(found).values()}
    alike_ = {_PARAMETER.sub("{}", collection): collection for collection in known}
    return {
        (method, path if path in known else alike_.get(_PARAMETER.sub("{}", path), path)): operation
        for (method, path), operation in found.items()
    }


def _by_one_name(operations: Operations) -> dict[tuple[str, str], Operation]:
    """Paths that are the same but for what their parameters are called (`GET /things/{key}` and
    `PUT /things/{id}`) by the first of them: OpenAPI calls them identical, and some documents have them."""
    first: dict[str, str] = {}
    found: dict[tuple[str, str], Operation] = {}
    for (method, path), operation in operations.items():
        same = first.setdefault(_PARAMETER.sub("{}", path), path)
        if (method, same) in found:
            same = path
        found[method, same] = operation
    return found


def _plain(method: str, path: str) -> tuple[str, str]:
    """Method and path without the word that says what is done; a key in parentheses is a segment."""
    path = _IN_PARENTHESES.sub(r"/\1", path)
    for sent, meant, form in _SAID:
        match = form.match(path)
        if match is None:
            continue
        if sent == method:
            return meant, match[1] + match[2]
    return method, path


def _as_called(
    document: Document, operation: Operation, method: str, path: str, called: Collection[str]
) -> tuple[str, str]:
    """Where others would have what a path calls by words alone; a body or a query names the thing."""
    match = _CALLED.match(path)
    if match is None:
        return method, path
    if match["word"] in _FORMATS:
        return method, path
    things, word = match["things"], letters_of(match["word"])
    own = letters_of(last_of(things))
    for one in (own, own.removesuffix("s"), singular(own)):
        if word != one:
            word = word.removesuffix(one)
    tells = set(_tells_which(document, operation, path, called))
    for (meant, below), words in _WORDS.items():
        if method not in (meant, "POST"):
            continue
        if word in words and bool(below) <= bool(tells):
            return meant, things + below
    if match["by"] != ".":
        return method, path
    if True not in tells:
        return method, path
    return method, f"{things}/{{id}}/{match['word']}"


def _tells_which(
    document: Document, operation: Operation, path: str, called: Collection[str]
) -> Iterator[bool]:
    """Whether each of what says which thing is meant must be said: its id, or what must be called like a
    component schema."""
    for name, needed in _told(document, operation):
        if says_which(path, name):
            yield needed
        elif needed and letters_of(name) in called:
            yield True


def _told(document: Document, operation: Operation) -> Iterator[tuple[str, bool]]:
    """What a body says at its top, and a query; whether it must."""
    body = document.schemas.whole(operation.body)
    for name in mapping(body, "properties"):
        yield name, name in listing(body, "required")
    for parameter in operation.parameters:
        if parameter.place == "query":
            yield parameter.name, parameter.required


def _named(operations: Iterable[tuple[str, str]]) -> dict[str, re.Match[str]]:
    """The paths that name one thing of a collection."""
    found = {}
    for _, path in operations:
        match = ITEM.match(path)
        if match:
            found[path] = match
    return found


def items(document: Document, operations: Operations) -> dict[str, re.Match[str]]:
    """The paths that name one thing of a collection; where none does, such as one would be, if what is made
    there is listed there, too."""
    found = _named(operations)
    known, below = {last_of(match["collection"]) for match in found.values()}, _names_below(operations)
    for (method, path), making in operations.items():
        listing = operations.get(("GET", path))
        if method != "POST":
            continue
        if listing is None:
            continue
        if last_of(path) in known:
            continue
        name = below.get(path, f"{singular(last_of(path))}_id")
        match = ITEM.match(f"{path}/{{{name}}}")
        if match is not None and _lists_what_it_makes(document, listing, making, match):
            found[match[0]] = match
    return found


def last_of(path: str) -> str:
    """The last part of a path, which may end in a slash."""
    return path.rstrip("/").rpartition("/")[2]


def _names_below(operations: Operations) -> dict[str, str]:
    """What parameters right below a path are called (`/things/{thing}/revoke`), by that path."""
    found: dict[str, str] = {}
    for _, path in operations:
        for match in _BELOW.finditer(path):
            found.setdefault(path[: match.start()], match[1])
    return found


def _lists_what_it_makes(
    document: Document, listing: Operation, making: Operation, match: re.Match[str]
) -> bool:
    for one in lists_shown(document, body_of(listing)):
        schema = reference(one.pointer)
        known = mapping(document.schemas.whole(schema), "properties")
        key = identifier(document, known, match["id"], match["collection"])
        if key is None:
            continue
        for other in objects_shown(document, body_of(making)):
            if alike(document, reference(other.pointer), schema, key):
                return True
        if is_silent(making) and making.body_pointer is not None:
            return alike(document, reference(making.body_pointer), schema, key)
    return False


def is_silent(making: Operation) -> bool:
    """Whether what makes something shows nothing of it."""
    if not (making.success is not None):
        return False
    return making.success.media_type is None


def body_of(operation: Operation) -> Pointer | None:
    """Where the schema of what a success shows stands."""
    if operation.success is None:
        return None
    return operation.success.schema_pointer
