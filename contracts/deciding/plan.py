"""What every word has to do on one operation, in the order of the decision: worked out once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.selection import Trait
from troth.contracts.document.list_dialects import letters
from troth.contracts.model import Operation, Resource
from troth.contracts.words import APPLYING, WORDS
from troth.contracts.words._binding import Binding
from troth.contracts.words._step import is_about_one, says_otherwise
from troth.contracts.words._word import Word


@dataclass(frozen=True)
class Plan:
    """The steps of a decision about one operation: whom to ask what, and which record the path names."""

    operation: Operation
    resource: Resource | None
    named: str | None
    """The resource whose record the path names."""
    item: str | None
    """The path parameter that names it."""
    keys: tuple[Trait, ...]
    """Other properties by which it may name it: only where all of it is a guess."""
    ignores: Sequence[Binding]
    looks: Sequence[Binding]
    counts: Sequence[Binding]
    applies: Sequence[Binding]
    objects: Sequence[Binding]
    settles: Sequence[Binding]


@remembered
def plan_of(contract: Contract, operation: Operation) -> Plan:
    """How a call of an operation is decided."""
    bound = {word: word.bind(contract, operation) for word in WORDS}
    resource, named = contract.resource_of(operation), None
    keys: tuple[Trait, ...] = ()
    if resource is not None and is_about_one(operation, resource):
        named = resource.name
        keys = tuple(_other_keys(contract, resource, operation))
    if says_otherwise(contract, operation):
        named = operation.resource
    return Plan(
        operation,
        resource,
        named,
        operation.item_parameter,
        keys,
        ignores=_asked(WORDS, bound, "ignores"),
        looks=_asked(WORDS, bound, "refusals", "replay"),
        counts=_asked(WORDS, bound, "counts"),
        applies=_asked(APPLYING, bound, "apply"),
        objects=_asked(WORDS, bound, "objections"),
        settles=_asked(WORDS, bound, "settle"),
    )


def _other_keys(contract: Contract, resource: Resource, operation: Operation) -> Iterator[Trait]:
    """The properties besides the id that a path parameter is called by (``{username}``, ``{uid_or_key}``)."""
    if not contract.document.guessed or operation.item_parameter is None:
        return
    properties = contract.properties(resource)
    known = {letters(name): name for name in properties}
    for part in (operation.item_parameter, *re.split(r"_?[oO]r_?", operation.item_parameter)):
        name = known.get(letters(part))
        if name is None:
            ends = [end for end in _ENDS if letters(part).endswith(end)]
            name = next((known[end] for end in ends if end in known), None)
        if name is not None and name != resource.id:
            yield Trait((name,))


_ENDS = ("uuid", "id", "slug", "code", "key", "name")
"""How parameters end that name a thing by a property (`{plan_slug}`)."""


def _asked(order: Iterable[Word], bound: dict[Word, Binding | None], *questions: str) -> tuple[Binding, ...]:
    """Who has an answer of its own to one of the questions, in this order."""
    found = []
    for word in order:
        speaker = bound[word]
        if speaker is None:
            continue
        if any(getattr(type(speaker), name) is not getattr(Binding, name) for name in questions):
            found.append(speaker)
    return tuple(found)
