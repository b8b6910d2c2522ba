"""Every ``$ref`` of a document, and where it leads; what is data (an example) refers to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote, urljoin

from troth.contracts.document.pointers import join, split
from troth.contracts.model import Node, Pointer

EMBEDDED = "x-troth-files"
"""Where the files that a document refers to stand in the bundled one."""

_DATA = frozenset({"example", "default", "const", "enum", "value"})
"""Keys whose values are data, wherever a name is not expected."""

NAMED = frozenset(
    {
        "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "examples", "headers",
        "links", "mapping", "parameters", "pathItems", "paths", "patternProperties", "properties",
        "requestBodies", "responses", "schemas", "securitySchemes", "variables", "webhooks", "mediaTypes",
    }
)  # fmt: skip
"""Keys below which the author's own names stand, and no keywords."""


def is_data(parent: str | int | None, key: str, value: Node) -> bool:
    """Whether what stands under a key is data, in which a ``$ref`` is a member like any other."""
    if parent in NAMED:
        return False
    if key.startswith("x-"):
        return key != EMBEDDED
    if key == "examples":
        return not isinstance(value, dict)
    return key in _DATA


def references(value: Node, keyword: str = "$ref") -> list[tuple[Pointer, str]]:
    """Every ``$ref`` of a value, or every ``$dynamicRef``, with the pointer of the object that carries it."""
    found: list[tuple[Pointer, str]] = []
    stack: list[tuple[_Way, Node]] = [((None, ""), value)]
    while stack:
        way, node = stack.pop()
        if isinstance(node, dict):
            parent = way[1]
            if isinstance(node.get(keyword), str):  # a property of this name is a schema, and no text
                found.append((_pointer(way), node[keyword]))
            for key, item in node.items():
                if isinstance(item, (dict, list)) and not is_data(parent, str(key), item):
                    stack.append(((way, key), item))
        elif isinstance(node, list):
            stack += [((way, i), item) for i, item in enumerate(node) if isinstance(item, (dict, list))]
    return found


_Way: TypeAlias = tuple[Any, str | int]
"""The way before, and a key: pointers are written only for what is found (most values are no references)."""


def _pointer(way: _Way) -> Pointer:
    keys = []
    while way[0] is not None:
        keys.append(way[1])
        way = way[0]
    return join("", *reversed(keys))


def target(reference: str) -> tuple[str, ...]:
    """The tokens of the place that a local reference names (RFC 6901, section 6)."""
    return split(unquote(reference.removeprefix("#")))


def schemas_of(node: Node, pointer: Pointer = "") -> Iterator[tuple[Pointer, Node]]:
    """Every schema that is not part of another one, with its pointer."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas_of(item, join(pointer, index))
    if not isinstance(node, dict):
        return
    parent = split(pointer)[-1:]
    last = parent[0] if parent else None
    for key, item in node.items():
        at = join(pointer, key)
        if key in ("schema", "itemSchema") and last not in NAMED:
            yield at, item
        elif key == "schemas" and last == "components":
            if isinstance(item, dict):
                yield from ((join(at, name), schema) for name, schema in item.items())
        elif not is_data(last, str(key), item):
            yield from schemas_of(item, at)


def identified(data: Node) -> Mapping[str, Pointer]:
    """Where a ``$id`` or a ``#anchor`` of JSON Schema 2020-12 stands, by how it is referred to."""
    found: dict[str, Pointer] = {}
    for pointer, schema in schemas_of(data):
        _identify(schema, pointer, "", found)
    if not isinstance(data, dict):
        return found
    if "openapi" not in data:
        _identify(data, "", "", found)
    for name, file in _files(data):
        inside: dict[str, Pointer] = {}
        home = join("", EMBEDDED, name)
        _identify(file, home, "", inside)
        for known, pointer in inside.items():
            found.setdefault(known, pointer)
            found.setdefault(f"#{home}#{known.rpartition('#')[2]}", pointer)
    return found


def _files(data: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """The files in a bundled document that are no documents themselves."""
    files = data.get(EMBEDDED)
    if not isinstance(files, dict):
        return
    for name, file in files.items():
        if isinstance(file, dict) and "openapi" not in file:
            yield name, file


def own_ids(names: Mapping[str, Pointer]) -> Mapping[Pointer, str]:
    """The ``$id`` of each schema that has one, in full."""
    return {pointer: name for name, pointer in names.items() if "#" not in name}


def base_of(own: Mapping[Pointer, str], at: Pointer) -> str:
    """The ``$id`` of the schema that a place is within, the nearest one."""
    inside = [pointer for pointer in own if f"{at}/".startswith(f"{pointer}/")]
    if not inside:
        return ""
    return own[max(inside, key=len)]


def resolved(base: str, ref: str) -> str:
    """A reference as seen from a ``$id`` (RFC 3986, section 5.2)."""
    if ref.startswith("#"):
        return base.partition("#")[0] + ref
    try:
        return urljoin(base, ref)
    except ValueError:  # no host is written so
        return ref


def _identify(schema: Node, pointer: Pointer, base: str, found: dict[str, Pointer]) -> None:
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            _identify(item, join(pointer, index), base, found)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("$id"), str):
        base = resolved(base, schema["$id"].removesuffix("#"))
        found.setdefault(base, pointer)
    for keyword in ("$anchor", "$dynamicAnchor"):
        if isinstance(schema.get(keyword), str):
            found.setdefault(f"{base}#{schema[keyword]}", pointer)
            found.setdefault(f"#{schema[keyword]}", pointer)
    last = pointer.rpartition("/")[2]
    for key, item in schema.items():
        if isinstance(item, (dict, list)) and not is_data(last, str(key), item):
            _identify(item, join(pointer, key), base, found)
