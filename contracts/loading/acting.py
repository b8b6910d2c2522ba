"""What the operations on a collection and on its items do to the things in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.loading.answers import items_of, names_in, parts_shown
from troth.contracts.loading.listing import query_words
from troth.contracts.loading.naming import letters_of, properties_of
from troth.contracts.loading.written import laid_inside, renamed, wrapped
from troth.contracts.model import Node, Operation, Pointer, Schema


class Guess(NamedTuple):
    """A value of ``x-contract`` for the node at a pointer, and what made us think so."""

    pointer: Pointer
    value: Schema
    because: str
    serves: bool = False
    """Whether only a mock may take it for granted: no test can tell which thing is meant."""
    besides: Schema = {}
    """What only a mock may take for granted besides."""
    untried: bool = False
    """Whether no test is to try it: nothing that an answer shows would tell."""
    unsaid: frozenset[str] = frozenset()
    """Of several resources those that only a mock may take for granted."""


def acting(
    document: Document,
    operations: Mapping[tuple[str, str], Operation],
    item: str,
    collection: str,
    schema: str,
) -> Iterator[Guess]:
    """What is done at the path of an item and at that of its collection."""
    verbs = (
        ("GET", item, "read"),
        ("PUT", item, "update"),
        ("PATCH", item, "update"),
        ("DELETE", item, "delete"),
        ("POST", item, "update"),
        ("GET", collection, "list"),
        ("POST", collection, "create"),
    )
    for method, path, verb in verbs:
        operation = operations.get((method, path))
        if operation is None:
            continue
        if verb == "create" and shows_many(document, operation, schema):
            continue
        words, besides = words_of(document, operation, schema, verb), dict[str, Node]()
        if verb in ("create", "update"):
            besides = said_in_query(document, operation, schema)
        if method == "PATCH":
            besides |= _merged(document, operation, schema, words)
        yield Guess(operation.pointer, words, f"{method} {path}", is_told(operation, method, path), besides)


def is_told(operation: Operation, method: str, path: str) -> bool:
    """Whether not the path of an operation says which things are meant, but what is sent."""
    if operation.path.count("{") < path.count("{"):
        return True
    return method == "GET" != operation.method


def words_of(document: Document, operation: Operation, schema: str, verb: str) -> dict[str, Node]:
    """What an operation does to things of a schema, and what follows from that."""
    words: dict[str, Node] = {"acts": f"{schema}.{verb}"}
    if verb == "list":
        words |= query_words(document, operation, properties_of(document, schema))
    if verb in ("create", "update"):
        words |= _writing(document, operation, schema)
    return words


def _writing(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """Where a body has the record, or where in the record it lands."""
    known = properties_of(document, schema)
    words: dict[str, Node] = {}
    around, laid = wrapped(document, operation, known), dict[str, Node]()
    if not around:
        around, laid = laid_inside(document, operation, known)
    if around:
        words["body"] = join("", *around)
    writes = renamed(document, operation, around, known) | laid
    if writes:
        words["writes"] = writes
    return words


def said_in_query(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """``effects`` of a call that says in its query what is stored, and has no body (`POST /cards?name=…`)."""
    if operation.contents:
        return {}
    known = {letters_of(name): name for name in properties_of(document, schema)}
    effects: dict[str, Node] = {}
    for parameter in operation.parameters:
        name = known.get(letters_of(parameter.name))
        if parameter.place != "query":
            continue
        if not parameter.name.isidentifier():
            continue
        if name in (None, "id"):
            continue
        read = f"request.query.{parameter.name}"
        effects[f"set_{parameter.name.lower()}"] = {"when": f"has({read})", "set": {name: read}}
    if effects:
        return {"effects": effects}
    return {}


def _merged(
    document: Document, operation: Operation, schema: str, words: Mapping[str, Node]
) -> dict[str, Node]:
    """``writes`` of objects whose members nobody declares (``properties``, ``metadata``): a partial change
    names some of them, and leaves the others."""
    body, known = document.schemas.whole(operation.body), properties_of(document, schema)
    merged: dict[str, Node] = {}
    for name, sent in mapping(body, "properties").items():
        if name in known and all(_is_map(document.schemas.whole(one)) for one in (sent, known[name])):
            merged[name] = {"merge": True}
    if not merged:
        return {}
    return {"writes": {**mapping(words, "writes"), **merged}}


def _is_map(schema: Node) -> bool:
    """Whether a schema is of objects with any members."""
    if mapping({"": schema}, "").get("properties"):
        return False
    if types_of(schema)[:1] != ("object",):
        return False
    return "additionalProperties" in mapping({"": schema}, "")


def shows_many(document: Document, operation: Operation, schema: str) -> bool:
    """Whether an operation answers with a list of things, and not with one."""
    shown = parts_shown(document, operation)
    if schema in names_in(shown):
        return False
    return schema in names_in(items_of(document, shown))
