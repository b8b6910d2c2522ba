"""Words for a document that has none: what paths, methods and schemas say about things and who acts on them.

Only identity is inferred (``resources``, ``acts``, ``managed``, ``fixtures``), never a ``transition`` or a
rule: those nobody can guess. ``/things`` and ``/things/{id}`` make a resource where a response refers to a
component schema that has the identifying property.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from troth.contracts.document import Document, join, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.plausible import plausible
from troth.contracts.document.schemas import types_of
from troth.contracts.model import Json, Operation, Pointer

_ITEM = re.compile(r"^(?P<collection>.*)/\{(?P<id>[^{}/]+)\}(?P<end>\.\w+)?$")
_ACTION = re.compile(r"^(?P<item>.*/\{[^{}/]+\})/[\w:.-]+$")
RECORDS = 3
"""How many of each resource there are from the start."""

_ENDS = ("id", "key", "slug", "code", "number", "name")
_MADE = re.compile(r"^(created|creation|create_?time|date_?created)", re.IGNORECASE)
_CHANGED = re.compile(
    r"^(updated|modified|last_?modified|update_?time|date_?(updated|modified))", re.IGNORECASE
)


class Guess(NamedTuple):
    """A value of ``x-contract`` for the node at a pointer, and what made us think so."""

    pointer: Pointer
    value: Mapping[str, Json]
    because: str


def infer(document: Document, seed: int = 0) -> list[Guess]:
    """The words that a document without words suggests; none where it has words of its own.

    What the records say that it is served with follows from ``seed``.
    """
    if carriers(document):
        return []
    operations = {(o.method, o.path.rstrip("/")): o for o in read_operations(document)}
    items = {path: m for _, path in operations if (m := _ITEM.match(path))}
    resources: dict[str, dict[str, Json]] = {}
    guesses: list[Guess] = []
    owners: dict[str, str] = {}
    for path, match in items.items():
        collection = match["collection"] + (match["end"] or "")  # /Calls/{Sid}.json is of /Calls.json
        schema = _schema(document, operations, path, collection)
        key = _identifier(document, schema, match["id"]) if schema else None
        if schema is None or key is None:
            continue
        owners[path] = schema
        resources.setdefault(schema, _resource(document, schema, key, seed))
        found = _acting(operations, path, collection, schema)
        guesses += [Guess(o.pointer, {"acts": acts}, why) for o, acts, why in found]
    guesses += _actions(document, operations, owners)
    for schema, parent in _parents(document, owners).items():
        _nest(resources[schema], parent, resources[parent["resource"]])
    if not resources:
        return []
    unique = {guess.pointer: guess for guess in reversed(guesses)}
    why = "schemas that paths of the form /things/{id} show"
    return [Guess("", {"resources": resources}, why), *reversed(unique.values())]


def _parents(document: Document, owners: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The resources that are found below one other only: ``/users/{id}/posts/{post}``."""
    found: dict[str, dict[str, str]] = {}
    for path, schema in owners.items():
        above = _ITEM.match(path.rpartition("/")[0].rpartition("/")[0])
        owner = next((s for p, s in owners.items() if above and _same(p, above[0])), None)
        alone = list(owners.values()).count(schema) == 1
        properties = document.schemas.resolve({"$ref": join("#/components/schemas", schema)}).get(
            "properties", {}
        )
        if above and owner and alone and owner != schema and "parent" not in properties:
            found[schema] = {"resource": owner, "by": above["id"]}
    return {name: parent for name, parent in found.items() if parent["resource"] not in found}


def _same(path: str, other: str) -> bool:
    """Whether two paths differ in the names of their parameters at most."""
    plain = re.compile(r"\{[^}]*\}(\.\w+)?$|\{[^}]*\}")
    return plain.sub("{}", path) == plain.sub("{}", other)


def _nest(resource: dict[str, Json], parent: Json, above: Mapping[str, Json]) -> None:
    """All records that it is served with belong to the first one above."""
    first = next(iter(above["fixtures"]))
    resource["parent"] = parent
    resource["fixtures"] = {n: {**told, "parent": first} for n, told in resource["fixtures"].items()}


def with_words(document: Document, seed: int = 0) -> Document:
    """The document with the words that it suggests; itself where it has words of its own."""
    guesses = infer(document, seed)
    data: Any = document.data
    for guess in guesses:
        data = _put(data, split(guess.pointer), dict(guess.value))
    if not guesses:
        return document
    found = Document(document.name, data, document.sources)
    found.guessed = True
    return found


def _put(node: Json, tokens: Sequence[str], words: Mapping[str, Json]) -> Json:
    """A copy with the words under ``x-contract``; only what lies on the way is copied."""
    if not tokens:
        return {**node, KEY: words}
    return {**node, tokens[0]: _put(node[tokens[0]], tokens[1:], words)}


def _schema(
    document: Document, operations: Mapping[tuple[str, str], Operation], item: str, collection: str
) -> str | None:
    """The component schema that both the item and its list show, else the one that the item shows."""
    read = operations.get(("GET", item)) or operations.get(("PATCH", item)) or operations.get(("PUT", item))
    shown = _shown(document, read)
    listed = _shown(document, operations.get(("GET", collection)), many=True)
    made = _shown(document, operations.get(("POST", collection)))
    either = _shown(document, read, either=True)  # the thing, or that it is gone
    for candidates in (shown, either):
        for others in (listed, made):
            both = [name for name in candidates if name in others]
            if both:
                return both[0]
    return shown[0] if shown else None


def _shown(
    document: Document, operation: Operation | None, *, many: bool = False, either: bool = False
) -> list[str]:
    """The component schemas that a success shows (``many``: lists; ``either``: one of which it shows) at the
    top or in an envelope around it."""
    success = operation.success if operation else None
    if success is None or success.schema is None or success.schema_pointer is None:
        return []
    written = document.schemas.at(success.schema_pointer)
    top = document.schemas.resolve(written)
    inside = top.get("properties", {}).values() if isinstance(top, dict) else ()
    places = [written, *inside]
    if either:
        places = [
            option
            for place in (written, top)
            if isinstance(place, dict)
            for option in place.get("anyOf") or place.get("oneOf") or ()
        ]
    if many:
        lists = (document.schemas.resolve(place) for place in places)
        places = [place.get("items", {}) for place in lists if isinstance(place, dict)]
    references = (str(p.get("$ref", "")) for p in places if isinstance(p, dict))
    return [r.rpartition("/")[2] for r in references if r.startswith("#/components/schemas/")]


def _identifier(document: Document, schema: str, parameter: str) -> str | None:
    """The property that a path parameter names: its namesake, or ``id`` for ``petId``."""
    resolved = document.schemas.resolve({"$ref": join("#/components/schemas", schema)})
    properties = resolved.get("properties", {}) if isinstance(resolved, dict) else {}
    plain = {name.lower().replace("_", "").replace("-", ""): name for name in properties}
    wanted = parameter.lower().replace("_", "").replace("-", "")
    ends = sorted((p for p in plain if wanted.endswith(p) and p.endswith(_ENDS)), key=len, reverse=True)
    candidates = [wanted, *ends, "id", "uuid"]
    for candidate in candidates:
        name: str | None = plain.get(candidate)
        kinds = types_of(document.schemas.resolve(properties[name])) if name else ()
        if name and kinds[:1] in (("string",), ("integer",)):
            return name
    return None


def _resource(document: Document, schema: str, key: str, seed: int) -> dict[str, Json]:
    at = join("/components/schemas", schema)
    properties = document.schemas.resolve({"$ref": "#" + at}).get("properties", {})
    managed = {key: "create"}
    managed |= {name: "create" for name in properties if _MADE.match(name)}
    managed |= {name: "write" for name in properties if _CHANGED.match(name)}
    name = re.sub(r"\W+", "_", schema).strip("_").lower() or "record"
    name = name if name[0].isalpha() else f"r_{name}"
    chance = Random(f"{seed} {schema}")
    records = [plausible(document.schemas, at, chance, first=n == 0) for n in range(RECORDS)]
    fixtures = {f"{name}_{n}": _told(record, key) for n, record in enumerate(records, 1)}
    return {"id": key, "managed": managed, "fixtures": fixtures}


def _told(record: Json, key: str) -> dict[str, Json]:
    """What a fixture says: not the id, which the server makes (and `hidden` means something there)."""
    record = record if isinstance(record, dict) else {}
    return {name: value for name, value in record.items() if name not in (key, "hidden")}


def _acting(
    operations: Mapping[tuple[str, str], Operation], item: str, collection: str, schema: str
) -> Iterator[tuple[Operation, str, str]]:
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
        if operation is not None:
            yield operation, f"{schema}.{verb}", f"{method} {path}"


def _actions(
    document: Document, operations: Mapping[tuple[str, str], Operation], owners: Mapping[str, str]
) -> Iterator[Guess]:
    """``POST /things/{id}/verb`` that answers with the thing."""
    for (method, path), operation in operations.items():
        match = _ACTION.match(path)
        schema = owners.get(match["item"]) if match else None
        if method == "POST" and schema and schema in _shown(document, operation):
            why = f"{method} {path} answers with the {schema}"
            yield Guess(operation.pointer, {"acts": f"{schema}.action"}, why)
