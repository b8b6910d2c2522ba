"""Things whose id no answer shows: only a path names them (``GET /people/{id}`` shows ``{name, _links}``).

What is shown by the path of a thing is such a thing where it is listed, made or replaced, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from troth.contracts.document import Document
from troth.contracts.document.known_names import singular
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.shapes import Shown, lists_shown, objects_shown
from troth.contracts.document.typing import types_of
from troth.contracts.loading.naming import CALLED, letters_of, properties_of
from troth.contracts.loading.placing import Operations, body_of, last_of
from troth.contracts.loading.seeding import Seen
from troth.contracts.loading.unnamed import named, stand_ins
from troth.contracts.model import Node, Operation

_TELLS = ("_links", "links", "self", "href", "url")
"""Properties that say where a thing is, if it has no id."""

_ABOUT_PAGES = re.compile("pagination|paging|page|meta")


def without_id(document: Document, operations: Operations, match: re.Match[str]) -> Seen | None:
    """What a path names whose id is not shown; None where it is not kept, or nobody knows what it is."""
    standing, collection = stand_ins(document), match["collection"] + (match["end"] or "")
    reading = operations.get(("GET", match[0]))
    listing, making = operations.get(("GET", collection)), operations.get(("POST", collection))
    if reading is None:
        return None
    kept = {*_listed(document, listing, standing), *_shown(document, making, standing)}
    replacing = operations.get(("PUT", match[0]))
    for schema in _shown(document, reading, standing):
        known = properties_of(document, schema)
        if schema not in kept and not _is_sent(document, replacing, known):
            continue
        if match["id"] in known:
            return None  # it is around the thing, or something that is not told
        if _has_ids(document, reading):
            return None  # it is around the thing, or something that is not told
        key = match["id"]
        if known.keys().isdisjoint(_TELLS):
            key = _own_name(document, known, match["collection"]) or key
        return Seen(schema, key, match["id"], reading, listing, making, reading)
    return None


def _own_name(document: Document, known: Mapping[str, Node], collection: str) -> str | None:
    """The property by which people call a thing: after itself (`collection` of /collections), or its name."""
    own = singular(last_of(collection))
    for name in (own, *CALLED):
        if types_of(document.schemas.resolve(known.get(name)))[:1] == ("string",):
            return name
    return None


def _has_ids(document: Document, reading: Operation) -> bool:
    """Whether some object of an answer has an id, or tells of pages: what names the thing stands there."""
    for place in objects_shown(document, body_of(reading)):
        if any(_ABOUT_PAGES.fullmatch(token.lower()) for token in place.at):
            return True
        known = mapping(document.schemas.whole(reference(place.pointer)), "properties")
        if any(letters_of(name).endswith(("id", "uuid")) for name in known):
            return True
    return False


def _shown(document: Document, operation: Operation | None, standing: Mapping[str, str]) -> Iterator[str]:
    """The component schemas of what an operation shows, the nearest first."""
    if operation is not None:
        yield from _names(document, objects_shown(document, body_of(operation)), standing)


def _listed(document: Document, operation: Operation | None, standing: Mapping[str, str]) -> Iterator[str]:
    """The component schemas of what an operation lists, the nearest first."""
    if operation is not None:
        yield from _names(document, lists_shown(document, body_of(operation)), standing)


def _names(document: Document, places: Iterable[Shown], standing: Mapping[str, str]) -> Iterator[str]:
    for place in places:
        schema = named(document, place.pointer, standing)
        if schema is not None:
            yield schema


def _is_sent(document: Document, operation: Operation | None, known: Mapping[str, Node]) -> bool:
    """Whether a body is what a thing is, but for what the server knows."""
    if operation is None:
        return False
    pointer = operation.body_pointer
    if pointer is None:
        return False
    sent = mapping(document.schemas.whole(reference(pointer)), "properties")
    if not bool(sent):
        return False
    return 2 * len(sent.keys() & known.keys()) >= len(sent)
