"""What OpenAPI demands of documents in words, and its official schemas do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from troth.contracts.document import Document, did_you_mean, split
from troth.contracts.document.references import schemas_of
from troth.contracts.lint.schema_errors import Problem
from troth.contracts.model import Node

Path = tuple[str | int, ...]

_NAME = re.compile(r"[a-zA-Z0-9._-]+")
_MEDIA_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+(\s*;.*)?|\$ref|x-.*")
_NO_PARTS = re.compile(r"x-.*|examples?|schemas?|default")
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
    yield from _contents_and_links(data, (), _operation_ids(data))
    for pointer, schema in schemas_of(data):
        yield from _schema(document.version, schema, tuple(split(pointer)))


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


def _operation_ids(data: Node) -> frozenset[str]:
    found = set()
    for value in _values(data, "operationId"):
        if isinstance(value, str):
            found.add(value)
    return frozenset(found)


def _values(value: Node, key: str) -> Iterator[Node]:
    """What stands under a key, in operations: links have it, too, and these are left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key and "responses" in value:
                yield inner
            elif name not in ("example", "examples", "schema", "schemas"):
                yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, key)


def _contents_and_links(value: Node, path: Path, operations: frozenset[str]) -> Iterator[Problem]:
    """Keys of `content` that are no media types; links to operations that there are not."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _contents_and_links(item, (*path, index), operations)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        at = (*path, key)
        if _NO_PARTS.fullmatch(str(key)):
            continue
        if key == "content" and isinstance(inner, dict):
            yield from _media_types(inner, at)
        if key == "links" and isinstance(inner, dict):
            yield from _links(inner, at, operations)
        yield from _contents_and_links(inner, at, operations)


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
