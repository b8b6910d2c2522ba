"""Words for a document that has none: what paths, methods and schemas say about things and who acts on them.

Only identity is inferred (``resources``, ``acts``, ``managed``, ``fixtures``), never a ``transition`` or a
rule: those nobody can guess. ``/things`` and ``/things/{id}`` make a resource where a response refers to a
component schema that has the identifying property.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

from troth.contracts.contract.identity import id_of, id_schema
from troth.contracts.document import Document, join, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.loading.listing import query_words
from troth.contracts.loading.written import LISTED, wrapped, written_records
from troth.contracts.model import Json, Node, Operation, Pointer, Schema

_ITEM = re.compile(r"^(?P<collection>.*)/\{(?P<id>[^{}/]+)\}(?P<end>\.\w+)?$")
_ACTION = re.compile(r"^(?P<item>.*/\{[^{}/]+\})/[\w:.-]+$")
RECORDS = 3
"""How many of each resource there are from the start."""

_ABOUT = ("metadata", "meta", "attributes", "info")
"""Objects in which a thing says what it is called."""

_ENDS = ("id", "key", "slug", "code", "number", "name")
_MADE = re.compile(r"^(created|creation|create_?time|date_?created)", re.IGNORECASE)
_CHANGED = re.compile(
    r"^(updated|modified|last_?modified|update_?time|date_?(updated|modified))", re.IGNORECASE
)


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
    operations = {(o.method, o.path.rstrip("/")): o for o in read_operations(document)}
    resources: dict[str, dict[str, Node]] = {}
    guesses: list[Guess] = []
    owners: dict[str, str] = {}
    for path, match in _items(operations).items():
        collection = match["collection"] + (match["end"] or "")  # /Calls/{Sid}.json is of /Calls.json
        schema, key = _thing(document, operations, match, collection)
        if schema is None or key is None:
            continue
        owners[path] = schema
        if schema not in resources:
            reading, listing_ = operations.get(("GET", path)), operations.get(("GET", collection))
            making = operations.get(("POST", collection))
            managed = _managed(document, schema, key, making)
            written = written_records(document, reading, listing_, {"$ref": _component(schema)}, key)
            written = [_in_paths(document, reading, match["id"], record, key) for record in written]
            resource = _resource(document, schema, key, seed, managed, written)
            known = _with_known_id(document, reading, match["id"])
            first = next(iter(resource["fixtures"].values()))
            if known is not None and not written and _takes(document, schema, key, known):
                first[key] = known
            resources[schema] = resource
        guesses += _acting(document, operations, path, collection, schema)
    if not resources:
        return []
    guesses += _actions(document, operations, owners)
    for schema, parent in _parents(document, owners).items():
        _nest(resources[schema], parent, resources[parent["resource"]])
    unique = {guess.pointer: guess for guess in reversed(guesses)}
    why = "schemas that paths of the form /things/{id} show"
    return [Guess("", {"resources": resources}, why), *reversed(unique.values())]


def _thing(
    document: Document,
    operations: Mapping[tuple[str, str], Operation],
    match: re.Match[str],
    collection: str,
) -> tuple[str | None, str | None]:
    """The schema of what a path names, and the property by which it does."""
    schema = _schema(document, operations, match[0], collection)
    if schema is None:
        return None, None
    return schema, _identifier(document, schema, match["id"])


def _items(operations: Iterable[tuple[str, str]]) -> dict[str, re.Match[str]]:
    """The paths that name one thing of a collection."""
    found = {}
    for _, path in operations:
        match = _ITEM.match(path)
        if match:
            found[path] = match
    return found


def _parents(document: Document, owners: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The resources that are found below one other only: ``/users/{id}/posts/{post}``."""
    found: dict[str, dict[str, str]] = {}
    for path, schema in owners.items():
        above = _ITEM.match(path.rpartition("/")[0].rpartition("/")[0])
        if above is None or list(owners.values()).count(schema) != 1:
            continue
        owner = next((s for p, s in owners.items() if _is_same(p, above[0])), schema)
        if owner != schema and "parent" not in _properties(document, schema):
            found[schema] = {"resource": owner, "by": above["id"]}
            field = _parent_field(_properties(document, schema), owner, above)
            if field is not None:
                found[schema]["field"] = field
    return {name: parent for name, parent in found.items() if parent["resource"] not in found}


def _parent_field(properties: Iterable[str], owner: str, above: re.Match[str]) -> str | None:
    """The property that holds the parent's id: as its parameter is called, or the parent itself."""
    known = {_letters(name): name for name in properties}
    collection = above["collection"].rpartition("/")[2]
    for name in (above["id"], f"{owner}id", f"{_singular(collection)}id", f"{owner}_uuid"):
        plain = _letters(name)
        if plain in known and plain not in ("id", "uuid", "name", "key", "slug"):
            return known[plain]
    return None


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def _component(schema: str) -> str:
    return f"#{join('/components/schemas', schema)}"


def _properties(document: Document, schema: str) -> dict[str, Node]:
    """The properties of a component schema."""
    resolved = document.schemas.resolve({"$ref": join("#/components/schemas", schema)})
    return mapping(resolved, "properties")


def _is_same(path: str, other: str) -> bool:
    """Whether two paths differ in the names of their parameters at most."""
    plain = re.compile(r"\{[^}]*\}(\.\w+)?$|\{[^}]*\}")
    return plain.sub("{}", path) == plain.sub("{}", other)


def _nest(resource: dict[str, Node], parent: Schema, above: Schema) -> None:
    """All records that it is served with belong to the first one above."""
    first = next(iter(above["fixtures"]))
    resource["parent"] = parent
    resource["fixtures"] = {n: {**told, "parent": first} for n, told in resource["fixtures"].items()}


def with_words(document: Document, seed: int = 0) -> Document:
    """The document with the words that it suggests; itself where it has words of its own."""
    guesses = infer(document, seed)
    data: Node = document.data
    for guess in guesses:
        data = _put(data, split(guess.pointer), dict(guess.value))
    if not guesses:
        return document
    found = Document(document.name, data, document.sources)
    found.guessed = True
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


def _identifier(document: Document, schema: str, parameter: str) -> str | None:
    """The property that a path parameter names: its namesake, or ``id`` for ``petId``."""
    properties = _properties(document, schema)
    by_letters = {_letters(name): name for name in properties}
    wanted = _letters(parameter)
    ends = [name for name in by_letters if wanted.endswith(name) and name.endswith(_ENDS)]
    for candidate in (wanted, *sorted(ends, key=len, reverse=True), "id", "uuid"):
        if candidate in by_letters:
            name = by_letters[candidate]
            kinds = types_of(document.schemas.resolve(properties[name]))
            if kinds[:1] in (("string",), ("integer",)):
                return name
    return _nested_identifier(document, properties, wanted)


def _nested_identifier(document: Document, properties: Mapping[str, Node], wanted: str) -> str | None:
    """The id in the object that tells what a thing is (``/metadata/name``)."""
    for outer in _ABOUT:
        inner = mapping(document.schemas.resolve(properties.get(outer)), "properties")
        for name in inner:
            if _letters(name) == wanted:
                return join("", outer, name)
    return None


def _letters(name: str) -> str:
    """``pet_id``, ``pet-id`` and ``petId`` are one."""
    return name.lower().replace("_", "").replace("-", "")


def _in_paths(
    document: Document, reading: Operation | None, parameter: str, record: dict[str, Json], key: str
) -> dict[str, Json]:
    """A record without its id, where no path takes that."""
    for declared in reading.parameters if reading else ():
        if (declared.place, declared.name) != ("path", parameter):
            continue
        if not document.schemas.fits(declared.schema, id_of(key, record)):
            return {name: value for name, value in record.items() if name != key}
    return record


def _takes(document: Document, schema: str, key: str, value: Json) -> bool:
    """Whether an id is of the type that the property has."""
    return document.schemas.fits(id_schema(document.schemas, _properties(document, schema), key), value)


def _managed(document: Document, schema: str, key: str, making: Operation | None) -> dict[str, str]:
    """What the server sets: the id, unless the client gives it, and when a record was made and changed."""
    properties = _properties(document, schema)
    managed = {}
    if making is None or not _is_given(document, making, schema, key):
        managed[key] = "create"
    managed |= {name: "create" for name in properties if _MADE.match(name)}
    managed |= {name: "write" for name in properties if _CHANGED.match(name)}
    return managed


def _is_given(document: Document, making: Operation, schema: str, key: str) -> bool:
    """Whether who makes a record says its id: the body has it, and not for answers only."""
    body = document.schemas.resolve(making.body)
    for token in wrapped(document, making, _properties(document, schema)):
        body = document.schemas.resolve(mapping(body, "properties").get(token))
    inner = document.schemas.resolve(id_schema(document.schemas, mapping(body, "properties"), key))
    return isinstance(inner, dict) and inner.get("readOnly") is not True


def _resource(
    document: Document,
    schema: str,
    key: str,
    seed: int,
    managed: dict[str, str],
    written: list[dict[str, Json]],
) -> dict[str, Node]:
    """A resource with the records that it is served with: the author's own, else made-up ones."""
    at = join("/components/schemas", schema)
    chance, name = Random(f"{seed} {schema}"), _fixture_name(schema)
    known = _properties(document, schema).keys() - {"hidden"}  # that means something in a fixture
    records: list[dict[str, Json]] = list(written)
    for number in range(RECORDS):
        made = plausible(document.schemas, at, chance, first=number == 0)
        if len(written) <= number and not (written and written[0].get(LISTED)):
            records.append(_told(made, key, keep=key not in managed))
    fixtures = {}
    for number, record in enumerate(records, 1):
        fixtures[f"{name}_{number}"] = {k: v for k, v in record.items() if k in known}
    return {"id": key, "managed": managed, "fixtures": fixtures}


def _fixture_name(schema: str) -> str:
    name = re.sub(r"\W+", "_", schema).strip("_").lower()
    if not name:
        return "record"
    if name[0].isalpha():
        return name
    return f"r_{name}"


def _told(record: Json, key: str, *, keep: bool) -> dict[str, Json]:
    """What a fixture says: not the id, where the server makes it."""
    if not isinstance(record, dict):
        return {}
    return {name: value for name, value in record.items() if keep or name != key}


def _with_known_id(document: Document, reading: Operation | None, parameter: str) -> Json:
    """The id that the documentation of a path takes for its example; None where there is none."""
    for declared in reading.parameters if reading else ():
        if (declared.place, declared.name) != ("path", parameter):
            continue
        node = document.at(declared.pointer)
        for example in (node.get("example"), declared.schema.get("example")):
            if isinstance(example, (str, int)) and document.schemas.fits(declared.schema, example):
                return example
    return None


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
        words: dict[str, Node] = {"acts": f"{schema}.{verb}"}
        if verb == "list":
            words |= query_words(document, operation, _properties(document, schema))
        if verb in ("create", "update"):
            inside = wrapped(document, operation, _properties(document, schema))
            if inside:
                words["body"] = join("", *inside)
        yield Guess(operation.pointer, words, f"{method} {path}")


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
