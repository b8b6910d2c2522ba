"""Values that a server is likely to take where only names and schemas tell what it wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from random import Random

from troth.contracts.check.records import Pool
from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import new_identifiers
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Operation

_OWN = re.compile(
    r"(name|title|slug|login|handle|label|subject|sku|key|code|reference|identifier|email|mail)$",
    re.IGNORECASE,
)
"""Properties by which things are told apart: no two of many servers' records share them."""

_NO_NAMES = re.compile(
    r"(country|currency|language|postal|zip|area|status|first|last|type|time)_?\w*$", re.IGNORECASE
)
"""What ends like one of those, and is shared."""


def new_texts(
    contract: Contract, pool: Pool, operation: Operation, names: Set[str], unique: Set[str], number: int
) -> Mapping[str, list[Json]]:
    """For some properties of a body values that no other record has, the likeliest first."""
    if contract.guessed:
        return dict(_likely_values(contract, pool, operation, names, number))
    return {name: _new_values(contract, operation, name, number) for name in sorted(unique & names)}


def _new_values(contract: Contract, operation: Operation, name: str, number: int) -> list[Json]:
    """Values that nobody else has: plain texts, what a pattern or a format asks for, a number."""
    schema = contract.document.schemas.resolve(contract.body_properties(operation).get(name))
    if not isinstance(schema, Mapping):
        return [*_texts(number), number]
    return [*_texts(number), *new_identifiers(schema, Random(number)), number]


def _likely_values(
    contract: Contract, pool: Pool, operation: Operation, names: Iterable[str], number: int
) -> Iterator[tuple[str, list[Json]]]:
    """For some properties of a body the values to try, the likeliest first."""
    known = _known(contract, operation, number)
    for name in sorted(names):
        ids = _ids_of(contract, pool, name)
        if ids:
            schema = contract.document.schemas.resolve(contract.body_properties(operation).get(name))
            yield name, [int(id) for id in ids if _counts(schema) and id.isdigit()] + list(ids)
            continue
        value = known.get(name)
        if isinstance(value, str):
            yield name, [*_own_values(name, value, number), value]
        if isinstance(value, Mapping):
            yield name, [_told_apart(value, number)]


def _told_apart(value: Mapping[str, Json], number: int) -> Json:
    """An object with texts of its own where it looks as if that was asked for, and no id: it is given one."""
    found = {name: inner for name, inner in value.items() if letters(name) != "id"}
    for name, inner in found.items():
        if isinstance(inner, Mapping):
            found[name] = _told_apart(inner, number)
        if isinstance(inner, str):
            found[name] = next(iter(_own_values(name, inner, number)), inner)
    return found


def _texts(number: int) -> list[Json]:
    """Texts that nobody else has, in the ways in which they are taken: most names may have a hyphen."""
    return [f"troth-{number:08x}", f"troth {number:08x}", f"troth{number:08x}"]


def has_one_value(contract: Contract, operation: Operation, name: str) -> bool:
    """Whether there is only one value of a property of a body."""
    schema = contract.document.schemas.resolve(contract.body_properties(operation).get(name))
    if not isinstance(schema, Mapping):
        return False
    return "const" in schema or len(listing(schema, "enum")) == 1


def _own_values(name: str, value: str, number: int) -> list[Json]:
    """Values that no other record has, where a property looks as if that was asked for."""
    if _NO_NAMES.search(name):
        return []
    if not _OWN.search(name):
        return []
    if "@" in value:
        return [f"troth-{number:08x}@example.com"]
    return [*_texts(number), f"{number:08x}"]


def _counts(schema: Json) -> bool:
    return types_of(schema)[:1] == ("integer",)


def _ids_of(contract: Contract, pool: Pool, name: str) -> list[str]:
    """The ids of records that a property may name: ``customer`` and ``customer_id`` those of customers."""
    plain = letters(name)
    for resource in contract.resources:
        called = letters(resource)
        if plain in (called, f"{called}id", f"{called}uuid"):
            return [record.id for record in pool.own(resource)][:1]
    return []


def _known(contract: Contract, operation: Operation, number: int) -> Mapping[str, Json]:
    """A record as it would be sent in real life, each time another one."""
    pointer = contract.record_pointer(operation)
    if pointer is None:
        return {}
    return mapping({"": plausible(contract.document.schemas, pointer, Random(number), first=False)}, "")
