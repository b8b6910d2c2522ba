"""Things that no component schema describes: what their paths show gets a name of its own.

A component schema that refers to the place (``Booking: {$ref: '#/paths/…/schema'}``) stands for it; whatever
is inferred of things is then inferred of these, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from troth.contracts.document import Document, join, split
from troth.contracts.document.known_names import singular
from troth.contracts.document.pointers import listing, mapping, reference
from troth.contracts.document.shapes import lists_shown, objects_shown
from troth.contracts.loading.filing import files
from troth.contracts.loading.naming import identifier
from troth.contracts.loading.placing import body_of, by_place, items
from troth.contracts.loading.single import singles
from troth.contracts.model import Node, Operation, Pointer

_READING = ("GET", "PATCH", "PUT")
_CHANGING = ("PUT", "PATCH", "DELETE")
_COMPONENTS = "/components/schemas"


class Unnamed(NamedTuple):
    """A schema that an item's path shows, and what it is called from now on."""

    name: str
    pointer: Pointer


def with_names(document: Document) -> Document:
    """The document with a component schema for each thing that has none; itself where each has one."""
    schemas = mapping(mapping(document.data, "components"), "schemas")
    added: dict[str, Node] = {one.name: {"$ref": as_fragment(one.pointer)} for one in unnamed(document)}
    for match in files(document, by_place(document)):
        name = _new_name(match["collection"], {*schemas, *added})
        added[name] = {"type": "object", "title": _TITLE.format(match["collection"])}
    if not added:
        return document
    components = {**mapping(document.data, "components"), "schemas": {**schemas, **added}}
    found = Document(document.name, {**document.data, "components": components}, document.sources)
    found.faults, found.runs_below = document.faults, document.runs_below
    return found


_TITLE = "a file of {}"
"""What the schema of files says that no schema describes."""


def name_of_files(document: Document, collection: str) -> str | None:
    """The component schema that stands for the files of a collection."""
    schemas = mapping(mapping(document.data, "components"), "schemas")
    title = _TITLE.format(collection)
    return next((name for name, one in schemas.items() if mapping({"": one}, "").get("title") == title), None)


def unnamed(document: Document) -> list[Unnamed]:
    """The things that paths show and no component schema describes, each once."""
    operations = by_place(document)
    taken = set(mapping(mapping(document.data, "components"), "schemas"))
    found: dict[Pointer, Unnamed] = {}
    standing = stand_ins(document)
    for where, place in _things(document, operations):
        if place is None or place in found:
            continue
        if named(document, place, standing) is not None:
            continue
        name = _new_name(where, taken)
        taken.add(name)
        found[place] = Unnamed(name, place)
    return list(found.values())


def _things(
    document: Document, operations: Mapping[tuple[str, str], Operation]
) -> Iterator[tuple[str, Pointer | None]]:
    """Each thing of a document: the path of its collection, or its own, and where its schema stands."""
    for match in items(document, operations).values():
        yield match["collection"], place_shown(document, operations, match)
    for single in singles(document, operations):
        yield single.operations[0].path, single.place


def place_shown(
    document: Document, operations: Mapping[tuple[str, str], Operation], match: re.Match[str]
) -> Pointer | None:
    """Where the schema of an item stands that its path, its list or its create shows; None: nowhere.

    What can only be looked up is no thing that is kept.
    """
    collection = match["collection"] + (match["end"] or "")
    kept = [(method, match[0]) for method in _CHANGING] + [("GET", collection), ("POST", collection)]
    if operations.keys().isdisjoint(kept):
        return None
    for place in _places(document, operations, match):
        for part in (*_components_of(document, place), place):
            known = mapping(document.schemas.whole(reference(part)), "properties")
            if identifier(document, known, match["id"], match["collection"]) is not None:
                return part
    return None


def _components_of(document: Document, place: Pointer) -> Iterator[Pointer]:
    """The parts of a schema that are component schemas: a thing, and what an answer adds to it."""
    for index, part in enumerate(listing(document.schemas.at(place), "allOf")):
        if str(mapping({"": part}, "").get("$ref", "")).startswith(f"#{_COMPONENTS}/"):
            yield join(place, "allOf", index)


def as_fragment(place: Pointer) -> str:
    """A place as a reference to it: braces of paths may not stand in a URI (RFC 3986, section 3.5)."""
    return "#" + quote(place, safe="/~:@!$&'()*+,;=")


def stand_ins(document: Document) -> dict[str, str]:
    """The component schemas that are references, by what they refer to."""
    schemas = mapping(mapping(document.data, "components"), "schemas")
    return {str(schema["$ref"]): name for name, schema in schemas.items() if _is_reference(schema)}


def _is_reference(schema: Node) -> bool:
    return isinstance(schema, dict) and schema.keys() == {"$ref"}


def named(document: Document, place: Pointer, standing: Mapping[str, str]) -> str | None:
    """The component schema that stands in a place, or stands for it."""
    at = split(place)
    if at[:2] == ("components", "schemas") and len(at) == 3:
        return at[2]
    node = mapping({"": document.schemas.at(place)}, "")
    if str(node.get("$ref", "")).startswith(f"#{_COMPONENTS}/"):
        return split(str(node["$ref"])[1:])[2]
    return standing.get(as_fragment(place))


def _places(
    document: Document, operations: Mapping[tuple[str, str], Operation], match: re.Match[str]
) -> Iterator[Pointer]:
    collection = match["collection"] + (match["end"] or "")
    reading = [operations[method, match[0]] for method in _READING if (method, match[0]) in operations]
    for operation in reading:
        yield from (shown.pointer for shown in objects_shown(document, body_of(operation)))
    if ("GET", collection) in operations:
        yield from (s.pointer for s in lists_shown(document, body_of(operations["GET", collection])))
    if ("POST", collection) in operations:
        yield from (s.pointer for s in objects_shown(document, body_of(operations["POST", collection])))


def _new_name(collection: str, taken: set[str]) -> str:
    """What things of a collection are called: ``/user-groups`` has a ``UserGroup``."""
    words = [part for part in collection.split("/") if part and "{" not in part]
    parts = [_camel(word) for word in words] or ["Thing"]
    parts[-1] = singular(parts[-1])
    name = parts.pop()
    while name in taken and parts:
        name = singular(parts.pop()) + name
    number = 2
    plain = name
    while name in taken:
        name, number = f"{plain}{number}", number + 1
    return name


def _camel(word: str) -> str:
    found = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", word))
    if found[:1].isalpha():
        return found
    return f"Thing{found}"
