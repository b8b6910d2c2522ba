"""What every word has to do on one operation, in the order of the decision: worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract, remembered
from troth.contracts.model import Operation, Resource
from troth.contracts.words import APPLYING, WORDS
from troth.contracts.words._binding import Binding
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
    if resource is not None and operation.names_record:
        named = resource.name
    return Plan(
        operation,
        resource,
        named,
        operation.item_parameter,
        ignores=_asked(WORDS, bound, "ignores"),
        looks=_asked(WORDS, bound, "refusals", "replay"),
        counts=_asked(WORDS, bound, "counts"),
        applies=_asked(APPLYING, bound, "apply"),
        objects=_asked(WORDS, bound, "objections"),
        settles=_asked(WORDS, bound, "settle"),
    )


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
