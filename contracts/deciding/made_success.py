"""Made-up bodies of successes: they say nothing of troubles, nor of more than the page that they show."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.document import Document
from troth.contracts.document.known_names import tells_trouble
from troth.contracts.document.list_dialects import members_told
from troth.contracts.document.pointers import mapping
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.shapes import lists_shown
from troth.contracts.model import Json, Node, Pointer

DEEPEST = 2
"""Levels of a body that are searched for troubles."""

_ONE_PAGE: Mapping[str, Json] = {
    "pages": 1,
    "page": 1,
    "offset": 0,
    "first-place": 1,
    "more": False,
    "last": True,
    "first": True,
    "before": False,
    "empty": False,
    **dict.fromkeys(("cursor", "next-url", "next-page", "previous-url", "previous-page")),
}
"""What is said of a list by the role of what says it, where it has one page."""


def plain_success(document: Document, pointer: Pointer, body: Json) -> Json:
    """A made-up body in which nothing went wrong, and whose list is all there is, as its schema lets it."""
    schema = document.schemas.at(pointer)
    body = _untroubled(document.schemas, schema, body, 0)
    for place in lists_shown(document, pointer):
        if place.at:
            return _one_page(document.schemas, schema, body, place.at)
    return body


def _untroubled(schemas: Schemas, schema: Node, body: Json, depth: int) -> Json:
    """A body without members that say what went wrong."""
    if not isinstance(body, dict) or depth > DEEPEST:
        return body
    known = mapping(schemas.whole(schema), "properties")
    found = {name: _untroubled(schemas, known.get(name), one, depth + 1) for name, one in body.items()}
    for name in filter(tells_trouble, body):
        nothing: Json = [] if isinstance(found[name], list) else None
        without = {other: one for other, one in found.items() if other != name}
        ways = (way for way in (without, {**found, name: nothing}) if schemas.fits(schema, way))
        found = next(ways, found)
    return found


def _one_page(schemas: Schemas, schema: Node, body: Json, at: tuple[str, ...]) -> Json:
    """A body that says of its list what holds where there is no other page."""
    items = body
    for token in at:
        items = mapping({"": items}, "").get(token)
    if not isinstance(items, list):
        return body
    says = {**_ONE_PAGE, **dict.fromkeys(("total", "items", "size", "last-place"), len(items))}
    for path, role in members_told(schemas, schema, at).items():
        ways = [taken_out(body, path)]
        if says.get(role) is not None:
            ways = [put(body, path, says[role])]
        elif role in says:
            ways.insert(0, put(body, path, None))
        body = next((way for way in ways if role in says and schemas.fits(schema, way)), body)
    return body


def put(body: Json, path: tuple[str, ...], value: Json) -> Json:
    """A body with a value at a path; objects and lists on the way are made where they are missing."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if head.isdigit() and not isinstance(body, Mapping):
        items = list(body) if isinstance(body, list) else []
        items += [None] * (int(head) + 1 - len(items))
        items[int(head)] = put(items[int(head)], rest, value)
        return items
    base = dict(body) if isinstance(body, Mapping) else {}
    return {**base, head: put(base.get(head), rest, value)}


def taken_out(body: Json, path: tuple[str, ...]) -> Json:
    """A body without a member at a path."""
    if not isinstance(body, dict):
        return body
    if path[0] not in body:
        return body
    if len(path) == 1:
        return {name: value for name, value in body.items() if name != path[0]}
    return {**body, path[0]: taken_out(body[path[0]], path[1:])}
