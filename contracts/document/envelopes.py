"""Where the bodies of answers show a resource: at the top, in a list, in an envelope around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from troth.contracts.document.bundle import Document
from troth.contracts.document.pointers import listing, mapping, reference, referred
from troth.contracts.document.shapes import alike, lists_shown, objects_shown
from troth.contracts.model import Envelope, Node, Operation, Resource, Response, Schema


def with_envelopes(document: Document, operation: Operation, resource: Resource) -> tuple[Response, ...]:
    """The responses, each 2xx with the place where its body shows the resource."""
    found = []
    for response in operation.responses:
        if response.key.startswith("2"):
            response = _with_envelope(document, operation, response, resource)
        found.append(response)
    return tuple(found)


def _with_envelope(
    document: Document, operation: Operation, response: Response, resource: Resource
) -> Response:
    others = [_with_envelope(document, operation, other, resource) for other in response.others]
    envelope = _envelope(document, operation, response, resource)
    return replace(response, envelope=envelope, others=tuple(others))


def _envelope(
    document: Document, operation: Operation, response: Response, resource: Resource
) -> Envelope | None:
    if response.schema is None:
        return None
    target = str(resource.schema["$ref"])
    found = _find(document, response.schema, target, (), 0)
    if found is None:
        return _similar(document, operation, response, resource)
    if found and found[-1] == "*":
        if operation.verb == "list":
            return Envelope(resource.name, found[:-1], many=True)
        found = (*found[:-1], "0")
    return Envelope(resource.name, found, beside=_beside(document, response.schema, resource, found))


def _similar(
    document: Document, operation: Operation, response: Response, resource: Resource
) -> Envelope | None:
    """Where a body shows a resource by another schema: where all of it is a guess, or where what the resource
    is called after stands in an answer itself."""
    if response.schema_pointer is None:
        return None
    if not document.guessed and referred(resource.schema).startswith("/components/"):
        return None
    many, shown = operation.verb == "list", objects_shown
    key = "" if resource.single else resource.id
    if not key.startswith("/") and key not in mapping(document.schemas.whole(resource.schema), "properties"):
        key = ""  # no answer shows it
    if many:
        shown = lists_shown
    for place in shown(document, response.schema_pointer):
        if alike(document, reference(place.pointer), resource.schema, key):
            return Envelope(resource.name, place.at, many, shape=place.pointer)
    return None


def _find(
    document: Document, schema: Node, target: str, path: tuple[str, ...], depth: int
) -> tuple[str, ...] | None:
    """The way to the first place inside a schema that refers to a target."""
    if not isinstance(schema, dict) or depth > 8:
        return None
    if schema.get("$ref") == target:
        return path
    if "$ref" in schema:
        return _find(document, document.schemas.at(referred(schema)), target, path, depth + 1)
    for inner, way in _inner(schema, path):
        found = _find(document, inner, target, way, depth + 1)
        if found is not None:
            return found
    return None


def _inner(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The schemas inside a schema, with the way to what each describes."""
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in listing(schema, keyword):
            yield part, path
    for name, inner in mapping(schema, "properties").items():
        yield inner, (*path, name)
    yield schema.get("items"), (*path, "*")


def _beside(
    document: Document, schema: Node, resource: Resource, at: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Siblings of the record that bear the name of one of its properties."""
    schemas = document.schemas
    if not at or at[-1].isdigit():
        return {}
    known = schemas.resolve(resource.schema).get("properties", {})
    parent = schemas.resolve(schema)
    for token in at[:-1]:
        parent = schemas.resolve(parent.get("properties", {}).get(token, {}))
    siblings = [name for name in parent.get("properties", {}) if name != at[-1]]
    if document.guessed:  # an envelope's `status` is its own
        siblings = [name for name in siblings if name == resource.id]
    return {name: (*at[:-1], name) for name in siblings if name in known}
