"""OpenAPI 3.0 and 3.1: the operations of a document, and where their bodies show a resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from contracts.document.bundle import Document
from contracts.document.pointers import join
from contracts.errors import ContractError
from contracts.model import (
    ABSENT,
    Envelope,
    Json,
    Operation,
    Parameter,
    Pointer,
    Resource,
    Response,
)

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_CACHE: WeakKeyDictionary[Document, tuple[Operation, ...]] = WeakKeyDictionary()


def read_operations(document: Document) -> tuple[Operation, ...]:
    """Every operation, without words; raises ContractError where two have one ``operationId``."""
    if document not in _CACHE:
        _CACHE[document] = tuple(_read(document))
    return _CACHE[document]


def places(document: Document) -> Iterator[tuple[str, str, Pointer, Mapping[str, Any]]]:
    """Every operation: its path and method, and the path item with its place."""
    for path in document.data.get("paths") or {}:
        at, item = document.resolve(join("/paths", path))
        for method in METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict):
                yield path, method, at, item


def _read(document: Document) -> Iterator[Operation]:
    seen: dict[str, Pointer] = {}
    for path, method, at, item in places(document):
        operation = _operation(document, path, method, at, item)
        if operation.id in seen:
            message = (
                f"operationId {operation.id!r} is taken already at {document.locate(seen[operation.id])}"
            )
            raise ContractError([document.finding("C01", message, join(operation.pointer, "operationId"))])
        seen[operation.id] = operation.pointer
        yield operation


def _operation(document: Document, path: str, method: str, at: Pointer, item: Mapping[str, Any]) -> Operation:
    pointer, node = join(at, method), item[method]
    body_at, body = pointer, None
    if "requestBody" in node:
        body_at, body = document.resolve(join(pointer, "requestBody"))
    body = body if isinstance(body, dict) else {}
    content = body.get("content", {})
    media = _json_media(content)
    schema_at = join(body_at, "content", media, "schema") if media and "schema" in content[media] else None
    return Operation(
        str(node.get("operationId") or f"{method}_{path}"),
        method.upper(),
        path,
        pointer,
        tuple(_parameters(document, at, pointer)),
        tuple(_responses(document, pointer)),
        _secured(document, node),
        {"$ref": "#" + schema_at} if schema_at else None,
        schema_at,
        bool(body.get("required", False)),
        tuple(content),
        tuple(_examples(document, content[media], join(body_at, "content", media))) if media else (),
    )


def _json_media(content: Any) -> str | None:
    names = list(content) if isinstance(content, dict) else []
    return next((n for n in names if "json" in n), None)


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
            schema = document.schemas.at(join(place, "schema")) if "schema" in node else {}
            found[node["in"], node["name"]] = Parameter(
                node["name"], node["in"], bool(node.get("required")), schema, place
            )
    yield from (p for p in found.values() if "schema" in document.at(p.pointer))


def _responses(document: Document, pointer: Pointer) -> Iterator[Response]:
    for key in document.at(pointer).get("responses") or {}:
        at, node = document.resolve(join(pointer, "responses", key))
        content = node.get("content", {}) if isinstance(node, dict) else {}
        media = _json_media(content)
        headers = tuple(node.get("headers") or ()) if isinstance(node, dict) else ()
        if media is None:
            kind = next(iter(content), None)
            yield Response(str(key), at, None, None, media_type=kind, headers=headers)
            continue
        entry, place = content[media], join(at, "content", media)
        schema_at = join(place, "schema") if "schema" in entry else None
        schema = {"$ref": "#" + schema_at} if schema_at else None
        example = _example(document, entry, place)
        yield Response(str(key), at, schema, schema_at, example, headers=headers)


def _examples(document: Document, entry: Mapping[str, Any], place: Pointer) -> Iterator[Json]:
    """Every example of a body."""
    found = [_example(document, {"example": entry["example"]}, place)] if "example" in entry else []
    named = entry.get("examples") or {}
    found += [_example(document, {"examples": {name: named[name]}}, place) for name in named]
    yield from (body for body in found if body is not ABSENT)


def _example(document: Document, entry: Mapping[str, Any], place: Pointer) -> Json:
    if "example" in entry:
        return entry["example"]
    for name in entry.get("examples") or {}:
        _, node = document.resolve(join(place, "examples", name))
        if isinstance(node, dict) and "value" in node:
            return node["value"]
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
