"""What OpenAPI demands of documents in words, and its official schemas do not say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from troth.contracts.document import Document, did_you_mean, split
from troth.contracts.document.references import schemas_of
from troth.contracts.lint.schema_errors import Problem
from troth.contracts.model import Node

Path = tuple[str | int, ...]

_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_MEDIA_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+(\s*;.*)?|\$ref|x-.*")
_NO_PARTS = frozenset({"example", "examples", "schema", "schemas", "default", "x-contract"})
_EXCLUSIVE = ("exclusiveMinimum", "exclusiveMaximum")
_DIALECT = ("discriminator", "externalDocs", "xml", "enum")
_SAID = {"3.0": _EXCLUSIVE, "3.1": _DIALECT, "3.2": _DIALECT}
_INNER = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_LISTS, _MAPS = ("allOf", "anyOf", "oneOf", "prefixItems"), ("properties", "patternProperties", "$defs")


def beyond(document: Document) -> Iterator[Problem]:
    """Mistakes that the official schema of the document's version lets pass."""
    data = document.data
    components = data.get("components")
    if isinstance(components, dict) and document.version == "3.0":
        yield from _names(components)
    for place in ("paths", "servers"):
        yield from _unclosed(data.get(place), place)
    yield from _contents_and_links(data)
    if not _may_say_more(document):
        return
    for pointer, schema in schemas_of(data):
        yield from _schema(document.version, schema, tuple(split(pointer)))


def _may_say_more(document: Document) -> bool:
    """Whether any schema can have what is looked for: looking at the texts spares a walk."""
    texts = [source.text for source in document.sources.values()]
    return any(word in text for word in _SAID[document.version] for text in texts)


def _contents_and_links(data: Node) -> Iterator[Problem]:
    """Mistakes in the keys of `content`, and in links to operations."""
    links: list[tuple[Path, Mapping[str, Node]]] = []
    for path, key, value in _parts(data):
        if key == "content":
            yield from _media_types(value, path)
        else:
            links.append((path, value))
    if links:
        operations = frozenset(_operation_ids(data))
        for path, value in links:
            yield from _links(value, path, operations)


def _names(components: Mapping[str, Node]) -> Iterator[Problem]:
    """OpenAPI 3.0.3, section 4.7.7."""
    for kind, entries in components.items():
        if kind.startswith("x-"):
            continue
        if not isinstance(entries, dict):
            continue
        for name in entries:
            if not _NAME.fullmatch(str(name)):
                valid = "letters, digits, '.', '-' and '_' are valid"
                yield Problem(
                    ("components", kind, name), f"{name!r} is no name of a component: {valid}", "name"
                )


def _unclosed(value: Node, place: str) -> Iterator[Problem]:
    """A template whose braces do not come in pairs (OpenAPI 3.0.3, sections 4.7.5 and 4.7.8)."""
    texts: list[tuple[Path, str]] = []
    if isinstance(value, dict):
        texts = [((place, key), str(key)) for key in value]
    elif isinstance(value, list):
        urls = [(index, entry.get("url")) for index, entry in enumerate(value) if isinstance(entry, dict)]
        texts = [((place, index, "url"), url) for index, url in urls if isinstance(url, str)]
    for path, text in texts:
        if re.sub(r"\{[^{}]*\}", "", text).strip("/").count("{"):
            yield Problem(path, "a { is not closed", "template")


def _operation_ids(value: Node) -> Iterator[str]:
    """The names of operations; links have such a key, too, and these are left out."""
    if isinstance(value, dict):
        id = value.get("operationId")
        if isinstance(id, str) and "responses" in value:
            yield id
        for name, inner in value.items():
            if isinstance(inner, (dict, list)) and name not in _NO_PARTS:
                yield from _operation_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _operation_ids(inner)


def _parts(data: Node) -> Iterator[tuple[Path, str, Mapping[str, Node]]]:
    """Every `content` and `links`, wherever parts of a document may stand."""
    todo: list[tuple[Path, Node]] = [((), data)]
    while todo:
        path, value = todo.pop()
        for key, inner in _members(value):
            if not isinstance(inner, (dict, list)) or key in _NO_PARTS:
                continue
            at = (*path, key)
            if key in ("content", "links") and isinstance(inner, dict):
                yield at, key, inner
            todo.append((at, inner))


def _members(value: Any) -> Iterable[tuple[Any, Node]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value)


def _media_types(content: Mapping[str, Node], path: Path) -> Iterator[Problem]:
    """OpenAPI 3.0.3, section 4.7.14.1: a key is a media type, or a range of them."""
    for key in content:
        if not _MEDIA_TYPE.fullmatch(str(key)):
            yield Problem((*path, key), f"{key!r} is no media type, such as application/json", "media type")


def _links(links: Mapping[str, Node], path: Path, operations: frozenset[str]) -> Iterator[Problem]:
    """OpenAPI 3.0.3, section 4.7.20.1: the name of an operation that exists."""
    for name, link in links.items():
        if not isinstance(link, dict):
            continue
        id = link.get("operationId")
        if isinstance(id, str) and id not in operations:
            hint = did_you_mean(id, sorted(operations))
            yield Problem((*path, name, "operationId"), f"there is no operation {id!r}{hint}", "link")


def _schema(version: str, schema: Node, path: Path) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        return
    yield from _own(version, schema, path)
    for key in _INNER:
        yield from _schema(version, schema.get(key), (*path, key))
    for key in _LISTS:
        parts: Any = schema.get(key)
        if isinstance(parts, list):
            for index, part in enumerate(parts):
                yield from _schema(version, part, (*path, key, index))
    for key in _MAPS:
        members: Any = schema.get(key)
        if isinstance(members, dict):
            for name, member in members.items():
                yield from _schema(version, member, (*path, key, name))


def _own(version: str, schema: Mapping[str, Node], path: Path) -> Iterator[Problem]:
    if version == "3.0":
        for edge, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if schema.get(edge) is True and bound not in schema:
                message = f"`{edge}: true` says something of `{bound}` only, which is missing"
                yield Problem((*path, edge), message, "bound")
        return
    if schema.get("enum") == []:
        yield Problem((*path, "enum"), "an empty `enum` allows no value", "enum")
    for key, needs in (("discriminator", "propertyName"), ("externalDocs", "url"), ("xml", None)):
        value = schema.get(key, {needs: None})
        if not isinstance(value, dict):
            yield Problem((*path, key), f"found {value!r}, expected a mapping", "type")
        elif needs is not None and needs not in value:
            yield Problem((*path, key), f"{needs!r} is missing", "required")
