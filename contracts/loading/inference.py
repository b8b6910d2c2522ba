"""Words for a document that has none: what paths, methods and schemas say about things and who acts on them.

Only identity is inferred (``resources``, ``acts``, ``managed``, ``fixtures``), never a ``transition`` or a
rule: those nobody can guess. ``/things`` and ``/things/{id}`` make a resource where a response refers to a
component schema that has the identifying property.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from troth.contracts.contract.identity import id_schema
from troth.contracts.document import Document, join, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.loading.belonging import is_same, nest, parent_of, parents
from troth.contracts.loading.below import Below, collections_below
from troth.contracts.loading.listing import query_words
from troth.contracts.loading.naming import by_its_name, identifier, letters_of, properties_of
from troth.contracts.loading.seeding import Seen, resource_words, single_words
from troth.contracts.loading.unnamed import ITEM, named, place_shown, stand_ins, with_names
from troth.contracts.loading.written import laid_inside, wrapped
from troth.contracts.model import Node, Operation, Pointer, Schema

_ACTION = re.compile(r"^(?P<item>.*/\{[^{}/]+\})[/:][\w:.-]+$")


_NAMING = ("GET", "PATCH", "PUT", "DELETE")

_KINDS = ("type", "kind", "format", "mode", "period", "status", "state")
"""What many things have in common: none of them is called by it."""


class Guess(NamedTuple):
    """A value of ``x-contract`` for the node at a pointer, and what made us think so."""

    pointer: Pointer
    value: Schema
    because: str


def infer(document: Document, seed: int = 0) -> list[Guess]:
    """The words that a document without words suggests; none where it has words of its own.

    What the records say that it is served with follows from ``seed``.
    """
    if carriers(document):
        return []
    return _guesses(with_names(document), seed)


def _guesses(document: Document, seed: int) -> list[Guess]:
    """The words that a document suggests in which each thing has a name."""
    operations = {(o.method, o.path.rstrip("/")): o for o in read_operations(document)}
    resources: dict[str, dict[str, Node]] = {}
    standing = stand_ins(document)
    guesses: list[Guess] = []
    owners: dict[str, str] = {}
    for path, match in _items(operations).items():
        collection = match["collection"] + (match["end"] or "")  # /Calls/{Sid}.json is of /Calls.json
        schema, key = _thing(document, operations, match, collection, standing)
        if schema is None or key is None:
            continue
        naming = _first_of(operations, path, _NAMING)
        declared = naming.parameter("path", match["id"]) if naming is not None else None
        key = by_its_name(document, properties_of(document, schema), key, declared, match["collection"])
        id_ = id_schema(document.schemas, properties_of(document, schema), key)
        if _selects(document, naming, match["id"], id_, key):
            continue
        owners[path] = schema
        if schema not in resources:
            reading, listing_ = operations.get(("GET", path)), operations.get(("GET", collection))
            making = operations.get(("POST", collection))
            shown = Seen(schema, key, match["id"], reading, listing_, making, naming)
            resources[schema] = resource_words(document, shown, seed)
        guesses += _acting(document, operations, path, collection, schema)
    for operation, schema in _singles(document, operations, resources):
        resources.setdefault(schema, single_words(document, schema, seed))
        guesses.append(_acting_alone(document, operation, schema))
    if not resources:
        return []
    guesses += _actions(document, operations, owners)
    above = parents(document, owners)
    for below in collections_below(operations, owners):
        if _makes(document, below):
            above[below.schema] = parent_of(document, below.schema, owners[below.above], below.above)
            guesses += _acting_below(document, below)
    guesses += _elsewhere(document, operations, owners)
    for schema, parent in above.items():
        nest(resources[schema], parent, resources[parent["resource"]])
    unique = {guess.pointer: guess for guess in reversed(guesses)}
    why = "schemas that paths of the form /things/{id} show"
    return [Guess("", {"guessed": True, "resources": resources}, why), *reversed(unique.values())]


def _thing(
    document: Document,
    operations: Mapping[tuple[str, str], Operation],
    match: re.Match[str],
    collection: str,
    standing: Mapping[str, str],
) -> tuple[str | None, str | None]:
    """The schema of what a path names, and the property by which it does."""
    for whole in _names([_top(document, _first_of(operations, match[0], ("GET", "PATCH", "PUT")))]):
        key = identifier(document, properties_of(document, whole), match["id"], match["collection"])
        if key is not None:
            return whole, key  # what is inside of it may look like it, too
    schema = _schema(document, operations, match[0], collection)
    if schema is not None:
        key = identifier(document, properties_of(document, schema), match["id"], match["collection"])
        if key is not None:
            return schema, key
    place = place_shown(document, operations, match)
    schema = named(document, place, standing) if place is not None else None
    if schema is None:
        return None, None
    return schema, identifier(document, properties_of(document, schema), match["id"], match["collection"])


def _selects(document: Document, naming: Operation | None, parameter: str, id: Node, key: str) -> bool:
    """Whether a path says by one of a few words what is to be shown, and not which thing."""
    declared = naming.parameter("path", parameter) if naming else None
    if declared is None:
        return False
    words = listing(document.schemas.resolve(declared.schema), "enum")
    if letters_of(key) in _KINDS:
        return bool(words)
    return bool(words) and not any(document.schemas.fits(id, word) for word in words)


def _singles(
    document: Document, operations: Mapping[tuple[str, str], Operation], known: Mapping[str, Node]
) -> Iterator[tuple[Operation, str]]:
    """What there is one of only (``GET`` and ``PUT /settings``), with the operations on it."""
    for (method, path), reading in operations.items():
        if method != "GET" or "{" in path:
            continue
        if any(_is_below(other, path) for _, other in operations):
            continue
        changing = [operations[m, path] for m in ("PUT", "PATCH") if (m, path) in operations]
        names = [name for name in _names(_shown(document, reading)) if name not in known]
        if not changing or not names:
            continue
        yield reading, names[0]
        for operation in (*changing, *filter(None, [operations.get(("DELETE", path))])):
            yield operation, names[0]


def _is_below(other: str, path: str) -> bool:
    """Whether another path names one thing of a collection."""
    return other.startswith(f"{path}/{{")


def _acting_alone(document: Document, operation: Operation, schema: str) -> Guess:
    verb = {"GET": "read", "DELETE": "delete"}.get(operation.method, "update")
    words: dict[str, Node] = {"acts": f"{schema}.{verb}"}
    if verb == "update":
        inside = wrapped(document, operation, properties_of(document, schema))
        if inside:
            words["body"] = join("", *inside)
    return Guess(operation.pointer, words, f"{operation.method} {operation.path}: there is one only")


def _items(operations: Iterable[tuple[str, str]]) -> dict[str, re.Match[str]]:
    """The paths that name one thing of a collection."""
    found = {}
    for _, path in operations:
        match = ITEM.match(path)
        if match:
            found[path] = match
    return found


def _makes(document: Document, below: Below) -> bool:
    """Whether what a collection makes is what its things are, and belongs to something else."""
    if below.schema not in _names(_shown(document, below.making)):
        return False
    return "parent" not in properties_of(document, below.schema)


def _acting_below(document: Document, below: Below) -> Iterator[Guess]:
    schema, making, listing_ = below.schema, below.making, below.listing
    words = _words(document, making, schema, "create")
    yield Guess(making.pointer, words, f"POST {making.path} makes a {schema}")
    if listing_ is None or schema not in _names(_items_of(document, _shown(document, listing_))):
        return
    words = _words(document, listing_, schema, "list")
    yield Guess(listing_.pointer, words, f"GET {listing_.path} shows the {schema} that it makes")


def with_words(document: Document, seed: int = 0) -> Document:
    """The document with the words that it suggests; itself where it has words of its own."""
    if carriers(document):
        return document
    named_all = with_names(document)
    guesses = _guesses(named_all, seed)
    if not guesses:
        return document
    data: Node = named_all.data
    for guess in guesses:
        data = _put(data, split(guess.pointer), dict(guess.value))
    found = Document(document.name, data, document.sources)
    found.guessed, found.faults = True, named_all.faults
    return found


def _put(node: Node, tokens: Sequence[str], words: Schema) -> Node:
    """A copy with the words under ``x-contract``; only what lies on the way is copied."""
    if not tokens:
        return {**node, KEY: words}
    return {**node, tokens[0]: _put(node[tokens[0]], tokens[1:], words)}


def _schema(
    document: Document, operations: Mapping[tuple[str, str], Operation], item: str, collection: str
) -> str | None:
    """The component schema that both the item and its list show, else the one that the item shows."""
    read = _first_of(operations, item, ("GET", "PATCH", "PUT"))
    shown = _names(_shown(document, read))
    listed = _names(_items_of(document, _shown(document, operations.get(("GET", collection)))))
    made = _names(_shown(document, operations.get(("POST", collection))))
    either = _names(_alternatives(document, read))  # the thing, or that it is gone
    for candidates in (shown, either):
        for others in (listed, made):
            both = [name for name in candidates if name in others]
            if both:
                return both[0]
    return shown[0] if shown else None


def _first_of(
    operations: Mapping[tuple[str, str], Operation], path: str, methods: Iterable[str]
) -> Operation | None:
    for method in methods:
        if (method, path) in operations:
            return operations[method, path]
    return None


def _top(document: Document, operation: Operation | None) -> Node:
    """The schema of what a success shows; None where there is none."""
    if operation is None or operation.success is None or operation.success.schema is None:
        return None
    pointer = operation.success.schema_pointer
    return None if pointer is None else document.schemas.at(pointer)


def _shown(document: Document, operation: Operation | None) -> list[Node]:
    """The schemas that a success shows, at the top or in an envelope around them."""
    written = _top(document, operation)
    return [written, *mapping(document.schemas.resolve(written), "properties").values()]


def _items_of(document: Document, schemas: Iterable[Node]) -> list[Node]:
    """Those of lists: what their items are."""
    return [mapping(document.schemas.resolve(schema), "items") for schema in schemas]


def _alternatives(document: Document, operation: Operation | None) -> list[Node]:
    """The schemas of which a success shows one."""
    written = _top(document, operation)
    found = []
    for schema in (written, document.schemas.resolve(written)):
        found += listing(schema, "anyOf") or listing(schema, "oneOf")
    return found


def _names(schemas: Iterable[Node]) -> list[str]:
    """The component schemas that some schemas refer to."""
    references = [str(schema.get("$ref", "")) for schema in schemas if isinstance(schema, dict)]
    return [ref.rpartition("/")[2] for ref in references if ref.startswith("#/components/schemas/")]


def _acting(
    document: Document,
    operations: Mapping[tuple[str, str], Operation],
    item: str,
    collection: str,
    schema: str,
) -> Iterator[Guess]:
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
        if verb == "create" and _makes_many(document, operation, schema):
            continue
        yield Guess(operation.pointer, _words(document, operation, schema, verb), f"{method} {path}")


def _words(document: Document, operation: Operation, schema: str, verb: str) -> dict[str, Node]:
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
    around = wrapped(document, operation, known)
    if around:
        return {"body": join("", *around)}
    inside = laid_inside(document, operation, known)
    if inside:
        return {"writes": inside}
    return {}


def _makes_many(document: Document, operation: Operation, schema: str) -> bool:
    """Whether a POST answers with all the things that it has made, and not with one."""
    shown = _shown(document, operation)
    if schema in _names(shown):
        return False
    return schema in _names(_items_of(document, shown))


def _elsewhere(
    document: Document, operations: Mapping[tuple[str, str], Operation], owners: Mapping[str, str]
) -> Iterator[Guess]:
    """Other lists of things (``GET /things/search``, ``/things`` of all places), and other ways to make them
    (``POST /places/{place}/things`` of what ``/things/{id}`` names)."""
    for item, schema in owners.items():
        match = ITEM.match(item)
        collection = match["collection"] if match else ""
        own = (*owners, collection)
        others = [o for (_, path), o in operations.items() if not any(is_same(path, one) for one in own)]
        for operation in (o for o in others if o.method == "GET"):
            yield from _listed_elsewhere(document, operations, operation, collection, schema)
        for operation in (o for o in others if o.method == "POST"):
            yield from _made_elsewhere(document, operation, collection, schema)


def _listed_elsewhere(
    document: Document,
    operations: Mapping[tuple[str, str], Operation],
    operation: Operation,
    collection: str,
    schema: str,
) -> Iterator[Guess]:
    if "{" in operation.path and not _ends_alike(operation.path, collection):
        return
    known = operations.get(("GET", collection))
    if _shows_the_same(document, known, operation) or _lists_one(document, operation, schema):
        words = _words(document, operation, schema, "list")
        yield Guess(operation.pointer, words, f"GET {operation.path} shows some of the {schema}")


def _made_elsewhere(
    document: Document, operation: Operation, collection: str, schema: str
) -> Iterator[Guess]:
    if not _ends_alike(operation.path, collection):
        return
    if schema in _names(_shown(document, operation)):
        words = _words(document, operation, schema, "create")
        yield Guess(operation.pointer, words, f"POST {operation.path} makes a {schema}")


def _ends_alike(path: str, collection: str) -> bool:
    """Whether two paths end in the same word."""
    return path.rstrip("/").rpartition("/")[2] == collection.rpartition("/")[2]


def _lists_one(document: Document, operation: Operation, schema: str) -> bool:
    """Whether an answer has one list, and things of a schema are in it."""
    lists = [items for items in _items_of(document, _shown(document, operation)) if items]
    return [_names([items]) for items in lists] == [[schema]]


def _shows_the_same(document: Document, one: Operation | None, other: Operation) -> bool:
    """Whether two lists are of one schema."""
    return bool(_names([_top(document, one)])) and _top(document, one) == _top(document, other)


def _actions(
    document: Document, operations: Mapping[tuple[str, str], Operation], owners: Mapping[str, str]
) -> Iterator[Guess]:
    """``POST /things/{id}/verb`` that answers with the thing."""
    for (method, path), operation in operations.items():
        match = _ACTION.match(path)
        if method != "POST" or match is None:
            continue
        schema = owners.get(match["item"])
        if schema in _names(_shown(document, operation)):
            why = f"{method} {path} answers with the {schema}"
            yield Guess(operation.pointer, {"acts": f"{schema}.action"}, why)
