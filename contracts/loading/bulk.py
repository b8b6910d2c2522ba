"""What is done to many things at once: ``POST /things/bulk`` of a list, ``POST /things/batch-get`` of ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.naming import letters_of, properties_of
from troth.contracts.loading.placing import ITEM, Operations, last_of
from troth.contracts.model import Node, Operation, Pointer, Schema

_MANY = re.compile(r"(?:^|[^a-z])(?:bulk|batch|many|multiple|mass|multi)", re.IGNORECASE)
_OF_MANY = re.compile("bulk|batch|many|multiple|mass|multi|operations?|requests?|jobs?|items?|v[0-9]")
_VERBS = (
    ("delete", ("delete", "remove", "destroy", "archive")),
    ("read", ("get", "read", "fetch", "lookup", "retrieve")),
    ("update", ("update", "edit", "modify", "patch")),
    ("create", ("create", "add", "insert", "import", "new")),
)
"""What is done, and the words that say it."""

_OF_METHODS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


class _Place(NamedTuple):
    """Where items of a body stand, whether they say more than which things are meant, and whether they may be
    things themselves: a text names one, it is not stored as one."""

    at: tuple[str, ...]
    says: bool = False
    things: bool = True


def bulk(
    document: Document, operations: Operations, owners: Mapping[str, str], taken: Collection[Pointer]
) -> Iterator[Guess]:
    """What operations do to each item of a list in their body; ``taken``: of which more is known."""
    named = _by_word(owners)
    for (method, path), operation in operations.items():
        if method not in _OF_METHODS:
            continue
        if operation.pointer in taken:
            continue
        words = dict.fromkeys(re.split("[/:]", path))
        for collection, item in (one for word in words for one in named.get(word, ())):
            if not _is_of_many(path, collection, document, operation):
                continue
            schema = owners[item]
            each = _each(document, operation, schema, item, operations)
            if each is not None:
                why = f"{method} {path} is about many {schema}"
                yield Guess(operation.pointer, {"each": each}, why, serves=True)
                break


def _by_word(owners: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The collections and the paths of their items, by the last word of the collection."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in owners:
        match = ITEM.match(item)
        if match is not None:
            found.setdefault(last_of(match["collection"]), []).append((match["collection"], item))
    return found


def _is_of_many(path: str, collection: str, document: Document, operation: Operation) -> bool:
    """Whether a path is about many things of a collection: ``/things/bulk``, ``/things:batchGet``,
    ``/bulk/things``, ``/things`` itself with a list."""
    if path == collection:
        return types_of(document.schemas.resolve(operation.body))[:1] == ("array",)
    rest = path.removeprefix(collection)
    if rest != path:
        return _says_many(rest)
    return last_of(path) == last_of(collection) and _says_many(path)


def _says_many(path: str) -> bool:
    """Whether a word of a path says that it is about many things, and it names none."""
    if "{" in path:
        return False
    return _MANY.search(path) is not None


def _each(
    document: Document, operation: Operation, schema: str, item: str, operations: Operations
) -> dict[str, Node] | None:
    """What an operation does to each item, as far as that is known of one thing."""
    place = _place(document, operation.body, properties_of(document, schema))
    if place is None:
        return None
    collection = item.rpartition("/")[0]
    verb = _verb(operation, letters_of(last_of(collection)), says=place.says)
    if verb is None:
        return None
    known = {
        "create": (("POST", collection),),
        "read": (("GET", item),),
        "update": (("PATCH", item), ("PUT", item)),
        "delete": (("DELETE", item),),
    }
    if not any(one in operations for one in known[verb]):
        return None
    if verb in ("create", "update") and not place.things:
        return None
    return {"at": join("", *place.at), "acts": f"{schema}.{verb}"}


def _verb(operation: Operation, things: str, *, says: bool) -> str | None:
    """What is done: as the last part of the path says; else by the method, and by what items say. None where
    the path says something else (`/events/batch_estimate_fees`)."""
    last = letters_of(last_of(operation.path.replace(":", "/"))).replace(things, "")
    for verb, words in _VERBS:
        if any(word in last for word in words):
            return verb
    if _OF_MANY.sub("", last):
        return None
    if operation.method == "POST" and not says:
        return "read"
    return _OF_METHODS[operation.method]


def _place(document: Document, body: Schema | None, known: Mapping[str, Node]) -> _Place | None:
    """Where items of a body stand, and what they say."""
    schemas = document.schemas
    if types_of(schemas.resolve(body))[:1] == ("array",):
        lists: Mapping[str, Node] = {"": body}
    else:
        lists = mapping(schemas.whole(body), "properties")
    for name, schema in lists.items():
        resolved = schemas.resolve(schema)
        if types_of(resolved)[:1] != ("array",):
            continue
        start = (name, "*") if name else ("*",)
        items = schemas.whole(mapping(resolved, "items"))
        inner = mapping(items, "properties")
        if not inner:
            return _Place(start, things=types_of(items) in ((), ("object",)))
        if not inner.keys().isdisjoint(known):
            return _Place(start, says=not inner.keys() <= {"id"})
        for around, one in inner.items():
            if not mapping(schemas.whole(one), "properties").keys().isdisjoint(known):
                return _Place((*start, around), says=True)
    return None
