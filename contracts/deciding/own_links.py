"""What a record says of where it is itself: ``_links.self.href`` (HAL), ``links.self`` (JSON:API), ``self``.

Only where all of it is a guess, and what stands there does not name the record already: the author's own
example does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.scopes import own_id
from troth.contracts.deciding.headers import place_of_record
from troth.contracts.deciding.made_success import put
from troth.contracts.document.casting import kinds_of
from troth.contracts.document.pointers import mapping, reference, walk
from troth.contracts.model import Json, Node, Pointer, Record

_AROUND = ("_links", "links")
_SELF, _ADDRESS = "self", "href"


def with_own_link(contract: Contract, record: Record, seen: Json, pointer: Pointer, root: str) -> Json:
    """A record as it is shown by the schema at a pointer, with the address under which it can be read."""
    if not contract.document.guessed:
        return seen
    if not isinstance(seen, dict):
        return seen
    places = _places(contract, pointer)
    if not places:
        return seen
    path = place_of_record(contract, record)
    if path is None:
        return seen
    found: Json = seen
    for at, open_ in places:
        if own_id(contract, record) in str(_value(found, at)):
            continue
        told = put(put(found, at[:1], {}) if open_ else found, at, root + path)
        if contract.document.schemas.valid_answer(pointer, told):
            found = told
    return found


def _value(seen: Json, at: tuple[str, ...]) -> Json:
    try:
        found: Json = walk(seen, at)
    except (LookupError, TypeError):
        return None
    return found


@remembered
def _places(contract: Contract, pointer: Pointer) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Where a schema has the address of what it shows, and whether nothing else is known to be beside it."""
    return tuple(_found(contract, pointer))


def _found(contract: Contract, pointer: Pointer) -> Iterator[tuple[tuple[str, ...], bool]]:
    schemas = contract.document.schemas
    known = mapping(schemas.whole(reference(pointer)), "properties")
    if _is_text(contract, known.get(_SELF)):
        yield (_SELF,), False
    for outer in _AROUND:
        links = schemas.whole(known.get(outer))
        inside = mapping(links, "properties")
        open_ = not inside and isinstance(mapping({"": links}, "").get("additionalProperties"), Mapping)
        link = mapping(links, "additionalProperties") if open_ else inside.get(_SELF)
        if _is_text(contract, link):
            yield (outer, _SELF), open_
        elif _ADDRESS in mapping(schemas.whole(link), "properties"):
            yield (outer, _SELF, _ADDRESS), open_


def _is_text(contract: Contract, schema: Node) -> bool:
    return "string" in kinds_of(contract.document.schemas, schema)
