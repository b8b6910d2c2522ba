"""Records that belong into others: an owner's `pets`, which `POST /owners/{id}/pets` makes, and how many.

Only where all of it is a guess that a mock makes: nobody has said that the two are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.contract.identity import id_of
from troth.contracts.contract.selection import Trait, having
from troth.contracts.document.equality import equal
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Change, Delete, Put, Record, Resource, World

_MOST = 1000
"""Records of one such list."""


class Belonging(NamedTuple):
    """A resource whose records belong to those of another, and what says of each to which."""

    resource: str
    field: str | None
    """The property that holds the id of the record around; None: they are below it."""


class Embedded(NamedTuple):
    """A property that lists records of another resource."""

    property: str
    of: Belonging


class Counted(NamedTuple):
    """A property that says how many there are: of what belongs to the record, or of a list of its own."""

    property: str
    of: Belonging | None
    list: str | None


@remembered
def embedded(contract: Contract, name: str) -> tuple[Embedded, ...]:
    """The lists of a resource's records that other records are."""
    if not contract.document.guessed:
        return ()
    lists: dict[str, list[str]] = {}
    for property, schema in contract.properties(contract.resources[name]).items():
        items = mapping(contract.document.schemas.resolve(schema), "items")
        lists.setdefault(str(items.get("$ref")), []).append(property)
    found = []
    for other in contract.resources.values():
        for property in _of_all(lists.get(str(other.schema["$ref"]), [])):
            found += [Embedded(property, link) for link in _links(contract, name, other)]
    return tuple(found)


def _of_all(lists: Sequence[str]) -> list[str]:
    """The list that has all of some things, where several have such (`users`, `federatedUsers`): one as the
    others end; of `owners` and `members` neither."""
    return [one for one in lists if all(letters(other).endswith(letters(one)) for other in lists)]


@remembered
def counted(contract: Contract, name: str) -> tuple[Counted, ...]:
    """The properties of a resource's records that say how many there are of something."""
    if not contract.document.guessed:
        return ()
    resolve = contract.document.schemas.resolve
    known = {one: resolve(schema) for one, schema in contract.properties(contract.resources[name]).items()}
    lists = [one for one, schema in known.items() if types_of(schema)[:1] == ("array",)]
    belong = [link for other in contract.resources.values() for link in _links(contract, name, other)]
    found = []
    for property, schema in known.items():
        if "integer" not in types_of(schema):
            continue
        called = letters(property)
        own = [one for one in lists if called in _counts_of(letters(one))]
        of = [link for link in belong if called in _says_how_many(link.resource)]
        if [*own, *of]:
            found.append(Counted(property, next(iter(of), None), next(iter(own), None)))
    return tuple(found)


def belonging(
    contract: Contract, world: World, link: Belonging, record: Record, changes: Iterable[Change] = ()
) -> Sequence[Record]:
    """The records of another resource that belong to one, once some changes are made."""
    id = id_of(contract.resources[record.resource].id, record.data)
    if link.field is None:
        found = world.children(link.resource, record.id) or ()
    else:
        found = having(world, link.resource, Trait((link.field,)), (id,), _MOST)
    there = {one.id: one for one in found}
    for change in changes:
        if not isinstance(change, (Put, Delete)):
            continue
        if change.record.resource != link.resource:
            continue
        there.pop(change.record.id, None)
        belongs = change.record.parent == record.id
        if link.field is not None:
            belongs = equal(change.record.data.get(link.field), id)
        if belongs and isinstance(change, Put):
            there[change.record.id] = change.record
    return tuple(there.values())


def _links(contract: Contract, name: str, other: Resource) -> Iterator[Belonging]:
    """How records of another resource say to which record of this one they belong."""
    above = other.parent
    if getattr(above, "resource", None) == name:
        yield Belonging(other.name, None)
        return
    for field in contract.properties(other):
        if letters(field) == letters(f"{name}_id"):
            yield Belonging(other.name, field)
            return


def _plural(name: str) -> str:
    """What some of a resource are called, by letters."""
    plain = letters(name)
    if plain.endswith("y"):
        return f"{plain[:-1]}ies"
    return plain.removesuffix("s") + "s"


def _says_how_many(name: str) -> set[str]:
    """What says how many records of a resource belong to another, by letters: also their own name, as that of
    a number, and the last word of it (an `IssueComment` is a comment)."""
    last = re.split(r"(?<=[a-z])(?=[A-Z])|_", name)[-1]
    return {form for things in (_plural(name), _plural(last)) for form in (*_counts_of(things), things)}


def _counts_of(things: str) -> set[str]:
    """What says how many of some things there are, by letters: ``commentscount``, ``numcomments``."""
    ends = ("{}count", "{}total", "count{}", "total{}", "num{}", "numberof{}")
    return {form.format(name) for name in (things, things.removesuffix("s")) for form in ends}
