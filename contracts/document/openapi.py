"""OpenAPI 3.0, 3.1 and 3.2: the operations of a document, and where their bodies show a resource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from weakref import WeakKeyDictionary

from troth.contracts.document.bundle import Document
from troth.contracts.document.external import external_value
from troth.contracts.document.forms import form_type
from troth.contracts.document.json_patch import MEDIA_TYPE as JSON_PATCH
from troth.contracts.document.media_types import is_form, is_xml, is_yaml
from troth.contracts.document.pointers import join, listing, mapping, reference, split
from troth.contracts.document.servers import base_paths
from troth.contracts.errors import ContractError
from troth.contracts.model import (
    ABSENT,
    Content,
    Node,
    Operation,
    Parameter,
    Pointer,
    Response,
    Schema,
)

VERSIONS = ("3.0", "3.1", "3.2")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SAID_ELSEWHERE = ("accept", "content-type", "authorization")
"""Header parameters that the media types and the security of an operation say."""

_USUAL_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_STATUS = re.compile(r"[1-9](\d\d|XX)|default", re.IGNORECASE)
"""The keys of responses (Responses Object; RFC 9110, section 15)."""

_TEMPLATED = re.compile(r"\{([^{}]+)\}")
_CACHE: WeakKeyDictionary[Document, tuple[Operation, ...]] = WeakKeyDictionary()


def read_operations(document: Document) -> tuple[Operation, ...]:
    """Every operation, without words. Of two with one ``operationId`` the second goes by its method and path;
    ContractError where words may mean either of them."""
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
    for path in mapping(document.data, "paths"):
        at, item = document.resolve(join("/paths", path))
        if isinstance(item, dict):
            yield from _places_of(document, path, at, item)


def _places_of(document: Document, path: str, at: Pointer, item: Schema) -> Iterator[Place]:
    for method in METHODS:
        if isinstance(item.get(method), dict):
            pointer, node = document.resolve(join(at, method))  # DigitalOcean's are references
            if isinstance(node, dict):
                yield Place(path, method, pointer, at)
    if document.version != "3.2":
        return
    if isinstance(item.get("query"), dict):
        yield Place(path, "query", join(at, "query"), at)
    for method, node in mapping(item, "additionalOperations").items():
        if isinstance(node, dict):
            yield Place(path, method, join(at, "additionalOperations", method), at)


def _read(document: Document) -> Iterator[Operation]:
    seen: dict[str, Pointer] = {}
    for place in places(document):
        operation = _operation(document, place)
        if operation.id in seen:
            _leave_out_id(document, operation, seen[operation.id])
            operation = replace(operation, id=f"{place.method}_{place.path}")
        if operation.id not in seen:  # else somebody has called another one so on purpose
            seen[operation.id] = operation.pointer
            yield operation


def _leave_out_id(document: Document, operation: Operation, first: Pointer) -> None:
    message = f"operationId {operation.id!r} is taken already at {document.locate(first)}"
    finding = document.finding("C01", message, join(operation.pointer, "operationId"))
    if document.mentions_words:
        raise ContractError([finding])
    if finding not in document.faults:
        document.faults = (*document.faults, finding)


def _operation(document: Document, place: Place) -> Operation:
    path, method, pointer, at_item = place
    node = document.at(pointer)
    body_at: Pointer = pointer
    body: Node = {}
    if "requestBody" in node:
        body_at, body = document.resolve(join(pointer, "requestBody"))
    content = mapping(body, "content")
    media_at, entry = _media(document, body_at, _json_media(content) or _form_media(content))
    schema_at = _schema_at(entry, media_at)
    declared = tuple(p for p in _parameters(document, at_item, pointer) if _has_place(p, path))
    responses = tuple(_responses(document, pointer))
    name = method.upper()
    if "additionalOperations" in split(pointer)[-2:]:
        name = method
    return Operation(
        str(node.get("operationId") or f"{method}_{path}"),
        name,
        path,
        pointer,
        (*declared, *_undeclared(path, pointer, declared), *_revalidated(name, declared, responses)),
        responses,
        _secured(document, node),
        _reference(schema_at),
        schema_at,
        isinstance(body, dict) and bool(body.get("required")),
        tuple(_contents(document, body_at, content)),
        form_type(content),
        dict(_examples(document, entry, media_at, _json_media(content) or "")),
        bases=base_paths(node, document.at(at_item), document.data),
    )


def _contents(document: Document, at: Pointer, content: Schema) -> Iterator[Content]:
    """What is said of each media type of a body."""
    for name in content:
        place, entry = _media(document, at, name)
        schema_at = _schema_at(entry, place)
        item_at = None
        if "itemSchema" in entry and sequential(name):
            item_at = join(place, "itemSchema")
        yield Content(name, place, _reference(schema_at), schema_at, mapping(entry, "encoding"), item_at)


def _schema_at(entry: Schema, media_at: Pointer) -> Pointer | None:
    """Where the schema of a media type stands."""
    if "schema" not in entry:
        return None
    return join(media_at, "schema")


def _reference(pointer: Pointer | None) -> Schema | None:
    if pointer is None:
        return None
    return reference(pointer)


def _json_media(content: Schema) -> str | None:
    """The media type that is JSON, or a range that includes it."""
    single = [name for name in content if not sequential(name)]
    single.sort(key=lambda name: name.startswith(JSON_PATCH))  # it says nothing of what is patched
    for name in single:
        if "json" in name.lower():
            return name
    for name in single:
        if name.partition(";")[0].strip() in ("*/*", "application/*"):
            return name
    return None


def _form_media(content: Schema) -> str | None:
    """The media type that is an HTML form, where that is all that is taken."""
    wanted = form_type(content)
    if wanted is None:
        return None
    return next((name for name in content if name.lower().startswith(wanted)), None)


def sequential(media_type: str) -> bool:
    """Whether a body of this type is one item after another (``application/jsonl``, server-sent events)."""
    name = media_type.partition(";")[0].strip().lower()
    return name.endswith(("jsonl", "ndjson", "json-seq")) or name == "text/event-stream"


def _media(document: Document, at: Pointer, media: str | None) -> tuple[Pointer, Schema]:
    """What is said of a media type, and where; OpenAPI 3.2 may refer to ``components/mediaTypes``."""
    if media is None:
        return at, {}
    place, node = document.resolve(join(at, "content", media))
    if not isinstance(node, dict):
        node = {}
    return place, node


def _secured(document: Document, node: Schema) -> bool:
    security = node.get("security", document.data.get("security", []))
    return bool(security) and {} not in security


def _parameters(document: Document, at: Pointer, pointer: Pointer) -> Iterator[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for base in (at, pointer):
        for index in range(len(listing(document.at(base), "parameters"))):
            place, node = document.resolve(join(base, "parameters", index))
            if not _is_parameter(node):
                continue  # it was left out
            found[node["in"], node["name"]] = _parameter(document, place, node)
    yield from (parameter for parameter in found.values() if not _is_ignored(parameter))


def _has_place(parameter: Parameter, path: str) -> bool:
    """Whether a parameter can be sent: one of the path only where that has its name."""
    return parameter.place != "path" or "{" + parameter.name + "}" in path


def _undeclared(path: str, pointer: Pointer, declared: tuple[Parameter, ...]) -> Iterator[Parameter]:
    """The parameters that a path has and nobody describes: any text will do."""
    known = {parameter.name for parameter in declared if parameter.place == "path"}
    for name in dict.fromkeys(_TEMPLATED.findall(path)):
        if name not in known:
            yield Parameter(name, "path", True, {}, pointer, style="simple", explode=False)


def _revalidated(
    method: str, declared: tuple[Parameter, ...], responses: tuple[Response, ...]
) -> Iterator[Parameter]:
    """The header that caches send by themselves, where answers bear entity tags and may be 304 (RFC 9110)."""
    at = {response.key: response.pointer for response in responses}.get("304")
    if at is None:
        return
    told = {name.lower() for response in responses for name in response.headers}
    taken = {parameter.name.lower() for parameter in declared if parameter.place == "header"}
    if all([method in ("GET", "HEAD"), "etag" in told, "if-none-match" not in taken]):
        yield Parameter("If-None-Match", "header", False, {}, at, style="simple", explode=False)


def _is_parameter(node: Node) -> bool:
    return isinstance(node, dict) and isinstance(node.get("name"), str) and "in" in node


def _is_ignored(parameter: Parameter) -> bool:
    """Whether a definition "SHALL be ignored" (Parameter Object, ``name``): other parts say these."""
    return parameter.place == "header" and parameter.name.lower() in SAID_ELSEWHERE


def _parameter(document: Document, place: Pointer, node: Schema) -> Parameter:
    at, media = "", next(iter(mapping(node, "content")), None)
    if "schema" in node:
        at, media = join(place, "schema"), None
    elif media is not None:
        media_at, entry = _media(document, place, media)
        at = _schema_at(entry, media_at) or ""
    schema: Schema = {}
    if at:
        schema = _resolved(document, at)
    style = str(node.get("style") or _USUAL_STYLES.get(node["in"], "form"))
    return Parameter(
        node["name"],
        node["in"],
        bool(node.get("required")),
        schema,
        place,
        at,
        style,
        bool(node.get("explode", style in ("form", "cookie"))),
        media,
        node.get("allowReserved") is True,
        node.get("allowEmptyValue") is True,
    )


def _resolved(document: Document, pointer: Pointer) -> Schema:
    """A parameter's schema, and that of its items, with references followed: texts are cast by it."""
    schema: Node = document.schemas.resolve(document.schemas.at(pointer))
    if not isinstance(schema, dict):
        return {}
    if "$ref" in mapping(schema, "items"):
        return {**schema, "items": document.schemas.resolve(schema["items"])}
    return schema


def _responses(document: Document, pointer: Pointer) -> Iterator[Response]:
    for key in mapping(document.at(pointer), "responses"):
        if _STATUS.fullmatch(str(key)) is None:
            continue  # nothing is answered so
        at, node = document.resolve(join(pointer, "responses", key))
        if not isinstance(node, dict):
            node = {}
        yield _response(document, str(key), at, node)


def _response(document: Document, key: str, at: Pointer, node: Schema) -> Response:
    content = mapping(node, "content")
    headers = tuple(mapping(node, "headers"))
    usual = _json_media(content)
    if usual is None:
        usual = next(iter(content), None)
    if usual is None:
        return Response(key, at, None, None, headers=headers)
    found = {name: _in_media(document, key, at, name, headers) for name in content}
    first = found.pop(usual)
    return replace(first, others=tuple(found.values()))


def _in_media(document: Document, key: str, at: Pointer, name: str, headers: tuple[str, ...]) -> Response:
    """A response in one of its media types."""
    place, entry = _media(document, at, name)
    schema_at, schema = _schema_at(entry, place), None
    if _has_parts(name):
        schema = _reference(schema_at)
    elif schema_at is None and "itemSchema" in entry:
        schema_at = join(place, "itemSchema")
    examples = dict(_examples(document, entry, place, name))
    return Response(key, at, schema, schema_at, examples, media_type=name, headers=headers)


def _has_parts(name: str) -> bool:
    """Whether bodies of a type are made of properties, as their schema says."""
    if sequential(name):
        return False
    if _json_media({name: None}) is not None:
        return True
    return is_xml(name) or is_yaml(name) or is_form(name)


def _examples(document: Document, entry: Schema, place: Pointer, media: str) -> Iterator[tuple[str, Node]]:
    """Every example of a body."""
    if "example" in entry:
        yield "example", entry["example"]
    for name in mapping(entry, "examples"):
        body = _named_example(document, join(place, "examples", name), media)
        if body is not ABSENT:
            yield name, body


def _named_example(document: Document, pointer: Pointer, media: str) -> Node:
    at, node = document.resolve(pointer)
    if not isinstance(node, dict):
        return ABSENT
    for key in ("value", "dataValue"):
        if key in node:
            return node[key]
    if isinstance(node.get("serializedValue"), str):
        return _read_back(node["serializedValue"], media)
    if isinstance(node.get("externalValue"), str):
        return external_value(document, node["externalValue"], at)
    return ABSENT


def _read_back(text: str, media: str) -> Node:
    """What an example says that is written as it goes over the wire; of types other than JSON, its text."""
    if _json_media({media: None}) is None:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
