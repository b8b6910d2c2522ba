"""``order``: how a list is sorted: CEL keys about the listed records, the most important first.

``order: ["self.status in ['active', 'paused'] ? 0 : 1"]`` puts the active and the paused ones first. What the
keys leave open keeps its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from troth.contracts.contract import Contract, cel
from troth.contracts.document import join
from troth.contracts.errors import ContractFault
from troth.contracts.model import Finding, Json, Operation, Pointer, Unknown
from troth.contracts.promises.facts import MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject
from troth.contracts.words._findings import expression_findings, uses
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


@dataclass(frozen=True)
class Order:
    """The word's value: expressions over one record, and where they stand."""

    keys: tuple[str, ...]
    pointer: Pointer


class OrderWord(Word):
    """Sorts lists."""

    name = "order"
    schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/cel"}}
    applies_at = ApplyStage.ORDER

    def parse(self, value: list[str], site: Site) -> Order:
        return Order(tuple(value), site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, order in uses(contract, self.name):
            if operation.verb != "list":
                message = f"`order` is for lists; {operation.id} is none"
                yield contract.document.finding("C03", message, order.pointer)
            resource = contract.resource_of(operation)
            for index, text in enumerate(order.keys):
                at = join(order.pointer, index)
                yield from expression_findings(contract, text, at, resource, names=("self",))

    def apply(self, step: Step) -> Step:
        order: Order | None = step.operation.words.get(self.name)
        if order is None or step.records is None:
            return step
        keys = {id(record): sort_key(order, record.data) for record in step.records}
        if any(key is None for key in keys.values()):
            return step
        return replace(step, records=tuple(sorted(step.records, key=lambda r: _typed(keys[id(r)]))))

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        order: Order | None = operation.words.get(self.name)
        if order is not None:
            says = f"{operation.id} is sorted by {', then '.join(order.keys)}"
            probe = Probe((PlannedCall(operation.id, fill=False),), accepted_start(operation))
            subject = Subject(operation.id, Aspect.ORDER)
            yield Promise(
                f"{operation.id}/order", operation.id, says, order.pointer, (probe,), subject=subject
            )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        order: Order | None = operation.words.get(self.name) if operation else None
        if order is not None:
            yield Sentence(f"Sorted by {', then '.join(f'`{key}`' for key in order.keys)}.", order.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        order: Order | None = operation.words.get(self.name) if operation else None
        if order is not None:
            says = f"is by {', then '.join(f'`{key}`' for key in order.keys)}"
            yield Fact((), order.keys, says, order.pointer, about="the order of the list")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return (SAFE, "the order is said now") if old is None else (MAYBE, "clients may count on the order")


def sort_key(order: Order, data: Json) -> tuple[Json, ...] | None:
    """What a listed item is sorted by; None where that cannot be said."""
    try:
        found = [cel.evaluate(text, {"self": data}) for text in order.keys]
    except ContractFault:
        return None
    return None if any(isinstance(value, Unknown) for value in found) else tuple(found)


def _typed(key: tuple[Json, ...] | None) -> tuple[tuple[str, Json], ...]:
    """Values of different types are kept apart, so that they can be compared at all."""
    return tuple((type(value).__name__, value) for value in key or ())


def sorted_pair(order: Order, first: Json, second: Json) -> bool:
    """Whether one listed item may stand before another."""
    one, other = sort_key(order, first), sort_key(order, second)
    return one is None or other is None or _typed(one) <= _typed(other)
