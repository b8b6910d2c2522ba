"""OpenAPI 3.0, 3.1 and 3.2: the operations of a document, and where their bodies show a resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from troth.contracts.document.bundle import Document
from troth.contracts.document.forms import form_type
from troth.contracts.document.pointers import join, split
from troth.contracts.errors import ContractError
from troth.contracts.model import (
    ABSENT,
    Envelope,
    Json,
    Operation,
    Parameter,
    Pointer,
    Resource,
    Response,
)

VERSIONS = ("3.0", "3.1", "3.2")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_CACHE: WeakKeyDictionary[Document, tuple[Operation, ...]] = WeakKeyDictionary()


def read_operations(document: Document) -> tuple[Operation, ...]:
    """Every operation, without words; raises ContractError where two have one ``operationId``."""
    if document not in _CACHE:
        _CACHE[document] = tuple(_read(document))
    return _CACHE[document]


class Place(NamedTuple):
    """Where an operation stands: its path, its method, its own pointer, that of its path item."""

    path: str
    method: str
    pointer: Pointer
    item: Pointer


def places(document: Document) -> Iterator[Place]:
    """Every operation, those with methods of their own (``additionalOperations``) after the others."""
    for path in document.data.get("paths") or {}:
        at, item = document.resolve(join("/paths", path))
        for method in _methods(document) if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict):
                yield Place(path, method, join(at, method), at)
        more = item.get("additionalOperations") if isinstance(item, dict) else None
        for method, node in more.items() if isinstance(more, dict) and document.version == "3.2" else ():
            if isinstance(node, dict):
                yield Place(path, method, join(at, "additionalOperations", method), at)


def _methods(document: Document) -> tuple[str, ...]:
    return (*METHODS, "query") if document.version == "3.2" else METHODS


def _read(document: Document) -> Iterator[Operation]:
    seen: dict[str, Pointer] = {}
    for place in places(document):
        operation = _operation(document, place)
        if operation.id in seen:
            message = (
                f"operationId {operation.id!r} is taken already at {document.locate(seen[operation.id])}"
            )
            raise ContractError([document.finding("C01", message, join(operation.pointer, "operationId"))])
        seen[operation.id] = operation.pointer
        yield operation


def _operation(document: Document, place: Place) -> Operation:
    path, method, pointer, at = place
    node = document.at(pointer)
    body_at, body = pointer, None
    if "requestBody" in node:
        body_at, body = document.resolve(join(pointer, "requestBody"))
    body = body if isinstance(body, dict) else {}
    content = body.get("content") or {}
    media = _json_media(content) or _form_media(content)
    media_at, entry = _media(document, body_at, media)
    schema_at = join(media_at, "schema") if "schema" in entry else None
    return Operation(
        str(node.get("operationId") or f"{method}_{path}"),
        method if "additionalOperations" in split(pointer)[-2:] else method.upper(),
        path,
        pointer,
        tuple(_parameters(document, at, pointer)),
        tuple(_responses(document, pointer)),
        _secured(document, node),
        {"$ref": "#" + schema_at} if schema_at else None,
        schema_at,
        bool(body.get("required", False)),
        tuple(content),
        form_type(content),
        dict(_examples(document, entry, media_at)),
    )


def _json_media(content: Any) -> str | None:
    """The media type that is JSON, or a range that includes it."""
    names = list(content) if isinstance(content, dict) else []
    plain = [name for name in names if not sequential(name)]
    ranges = (name for name in plain if name.partition(";")[0].strip() in ("*/*", "application/*"))
    return next((name for name in plain if "json" in name.lower()), None) or next(ranges, None)


def _form_media(content: Any) -> str | None:
    """The media type that is an HTML form, where that is all that is taken."""
    wanted = form_type(content) if isinstance(content, dict) else None
    return next((name for name in content if wanted and name.lower().startswith(wanted)), None)


def sequential(media_type: str) -> bool:
    """Whether a body of this type is one item after another (``application/jsonl``, server-sent events)."""
    name = media_type.partition(";")[0].strip().lower()
    return name.endswith(("jsonl", "ndjson", "json-seq")) or name == "text/event-stream"


def _media(document: Document, at: Pointer, media: str | None) -> tuple[Pointer, Mapping[str, Any]]:
    """What is said of a media type, and where; OpenAPI 3.2 may refer to ``components/mediaTypes``."""
    if media is None:
        return at, {}
    place, node = document.resolve(join(at, "content", media))
    return place, node if isinstance(node, dict) else {}


def _secured(document: Document, node: Mapping[str, Any]) -> bool:
    security = node.get("security", document.data.get("security", []))
    return bool(security) and {} not in security


def _parameters(document: Document, at: Pointer, pointer: Pointer) -> Iterator[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for base in (at, pointer):
        listed = document.at(base).get("parameters") or []
        for index in range(len(listed)):
            place, node = document.resolve(join(base, "parameters", index))
            if not (isinstance(node, dict) and isinstance(node.get("name"), str) and "in" in node):
                message = "a parameter says its `name` and where it stands (`in`)"
                raise ContractError([document.finding("C01", message, place)])
            schema = _resolved(document, join(place, "schema")) if "schema" in node else {}
            style = str(node.get("style", ""))
            found[node["in"], node["name"]] = Parameter(
                node["name"], node["in"], bool(node.get("required")), schema, place, style
            )
    yield from (p for p in found.values() if "schema" in document.at(p.pointer))


def _resolved(document: Document, pointer: Pointer) -> Any:
    """A parameter's schema, and that of its items, with references followed: texts are cast by it."""
    schema = document.schemas.resolve(document.schemas.at(pointer))
    items = schema.get("items") if isinstance(schema, dict) else None
    if isinstance(items, dict) and "$ref" in items:
        schema = {**schema, "items": document.schemas.resolve(items)}
    return schema if isinstance(schema, dict) else {}


def _responses(document: Document, pointer: Pointer) -> Iterator[Response]:
    for key in document.at(pointer).get("responses") or {}:
        at, node = document.resolve(join(pointer, "responses", key))
        content = (node.get("content") or {}) if isinstance(node, dict) else {}
        media = _json_media(content)
        headers = tuple(node.get("headers") or ()) if isinstance(node, dict) else ()
        name = media or next(iter(content), None)
        place, entry = _media(document, at, name)
        example = _example(document, entry, place)
        if media is None:
            text_at = next((join(place, k) for k in ("schema", "itemSchema") if k in entry), None)
            yield Response(str(key), at, None, text_at, example, media_type=name, headers=headers)
            continue
        schema_at = join(place, "schema") if "schema" in entry else None
        schema = {"$ref": "#" + schema_at} if schema_at else None
        yield Response(str(key), at, schema, schema_at, example, media_type=media, headers=headers)


def _examples(document: Document, entry: Mapping[str, Any], place: Pointer) -> Iterator[tuple[str, Json]]:
    """Every example of a body."""
    named = entry.get("examples") or {}
    found = [(name, _example(document, {"examples": {name: named[name]}}, place)) for name in named]
    if "example" in entry:
        found.insert(0, ("example", entry["example"]))
    yield from ((name, body) for name, body in found if body is not ABSENT)


def _example(document: Document, entry: Mapping[str, Any], place: Pointer) -> Json:
    if "example" in entry:
        return entry["example"]
    for name in entry.get("examples") or {}:
        _, node = document.resolve(join(place, "examples", name))
        for key in ("value", "dataValue") if isinstance(node, dict) else ():
            if key in node:
                return node[key]
    return ABSENT


def with_envelopes(document: Document, operation: Operation, resource: Resource) -> tuple[Response, ...]:
    """The responses, each 2xx with the place where its body shows the resource."""
    return tuple(
        replace(r, envelope=_envelope(document, operation, r, resource)) if r.key.startswith("2") else r
        for r in operation.responses
    )


def _envelope(
    document: Document, operation: Operation, response: Response, resource: Resource
) -> Envelope | None:
    if response.schema is None:
        return None
    target = str(resource.schema["$ref"])
    found = _find(document, response.schema, target, (), 0)
    if found is None:
        return None
    if found and found[-1] == "*":
        if operation.verb == "list":
            return Envelope(resource.name, found[:-1], many=True)
        found = (*found[:-1], "0")
    return Envelope(resource.name, found, beside=_beside(document, response.schema, resource, found))


def _find(
    document: Document, schema: Json, target: str, path: tuple[str, ...], depth: int
) -> tuple[str, ...] | None:
    if not isinstance(schema, dict) or depth > 8:
        return None
    if schema.get("$ref") == target:
        return path
    if "$ref" in schema:
        return _find(document, document.schemas.at(schema["$ref"][1:]), target, path, depth + 1)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword) or ():
            if (found := _find(document, part, target, path, depth + 1)) is not None:
                return found
    for name, inner in (schema.get("properties") or {}).items():
        if (found := _find(document, inner, target, (*path, name), depth + 1)) is not None:
            return found
    return _find(document, schema.get("items"), target, (*path, "*"), depth + 1)


def _beside(
    document: Document, schema: Json, resource: Resource, at: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Siblings of the record that bear the name of one of its properties."""
    schemas = document.schemas
    known = schemas.resolve(resource.schema).get("properties", {})
    if not at or at[-1].isdigit():
        return {}
    parent = schemas.resolve(schema)
    for token in at[:-1]:
        parent = schemas.resolve(parent.get("properties", {}).get(token, {}))
    siblings = parent.get("properties", {})
    return {name: (*at[:-1], name) for name in siblings if name in known and name != at[-1]}
