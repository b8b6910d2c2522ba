"""``order``: how a list is sorted: CEL keys about the listed records, the most important first.

``order: ["self.status in ['active', 'paused'] ? 0 : 1"]`` puts the active and the paused ones first. What the
keys leave open keeps its order; what lacks one of them (or has null there) comes last.
``{by: […], assumed: true}`` says of an order that it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.computed import read_by
from troth.contracts.contract.selection import Listing, may_precede, sort_key
from troth.contracts.document import join
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Pointer, Schema
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.facts import MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import filled_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


@dataclass(frozen=True)
class Order:
    """The word's value: expressions over one record, and where they stand."""

    keys: tuple[str, ...]
    pointer: Pointer
    assumed: bool = False
    backwards: bool = False
    """In denied contracts only."""
    made: int = 0
    """The same: 1, as they were made, whatever the keys say; -1, the newest first."""


_KEYS: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/cel"}}


class OrderWord(Word):
    """Sorts lists."""

    name = "order"
    schema = {
        "oneOf": [
            _KEYS,
            {
                "type": "object",
                "required": ["by"],
                "additionalProperties": False,
                "properties": {"by": _KEYS, "assumed": {"type": "boolean"}},
            },
        ]
    }
    applies_at = ApplyStage.ORDER

    def parse(self, value: Node, site: Site) -> Order:
        if isinstance(value, dict):
            return Order(tuple(value["by"]), site.pointer, value.get("assumed", False))
        return Order(tuple(value), site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            order = order_of(operation)
            if order is not None:
                yield from _errors(contract, operation, order)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if order_of(operation) is None:
            return None
        return self

    def apply(self, step: Step) -> Step:
        order = order_of(step.operation)
        if order is None or not isinstance(step.records, Listing):
            return step
        if order.made:
            return replace(step, records=tuple(step.records)[:: order.made])
        computed = step.records.selection.computed
        known = step.resource.computed if step.resource is not None else {}
        if any(not known.keys().isdisjoint(read_by(key)) for key in order.keys):
            computed = tuple(known.items())
        return replace(
            step,
            records=step.records.narrowed(keys=order.keys, backwards=order.backwards, computed=computed),
        )

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        order = order_of(operation)
        if order is None:
            return
        id, says = f"{operation.id}/order", f"{operation.id} is sorted by {', then '.join(order.keys)}"
        probe = Probe((PlannedCall(operation.id),), filled_start(contract, operation), beside=3)
        subject, sent = Subject(operation.id, Aspect.ORDER), _sent_key(contract, operation, order)
        denials = [_otherwise(operation, replace(order, backwards=True), "it is sorted the other way")]
        if sent is not None:  # records can be made in another order
            probe = replace(probe, differing=sent)
            for made, told in ((1, "it shows them as they were made"), (-1, "it shows the newest first")):
                denials.append(_otherwise(operation, replace(order, made=made), told))
        yield Promise(
            id,
            operation.id,
            says,
            order.pointer,
            (probe,),
            order.assumed,
            subject=subject,
            denials=tuple(denials),
        )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        order = order_of(operation)
        if order is not None:
            yield Sentence(f"Sorted by {_quoted(order)}.", order.pointer, order.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        order = order_of(operation)
        if order is not None:
            says = f"is by {_quoted(order)}"
            yield Fact((), order.keys, says, order.pointer, order.assumed, about="the order of the list")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return SAFE, "the order is said now"
        return MAYBE, "clients may count on the order"


def order_of(operation: Operation | None) -> Order | None:
    """How the list of an operation is sorted, where that is said."""
    if operation is None:
        return None
    order: Order | None = operation.words.get(OrderWord.name)
    return order


def _otherwise(operation: Operation, order: Order, says: str) -> Denial:
    """Denied: that a list is sorted so."""
    return Denial(says, with_words(operation, order=order))


def _sent_key(contract: Contract, operation: Operation, order: Order) -> str | None:
    """The first property that a list is sorted by, of those that are said when a record is made."""
    creating = contract.acting(str(operation.resource), "create")
    if creating is None:
        return None
    said = contract.body_properties(creating)
    return next((name for key in order.keys for name in sorted(read_by(key)) if name in said), None)


def _errors(contract: Contract, operation: Operation, order: Order) -> Iterator[Finding]:
    if operation.verb != "list":
        message = f"`order` is for lists; {operation.id} is none"
        yield contract.document.finding("C03", message, order.pointer)
    resource = contract.resource_of(operation)
    for index, text in enumerate(order.keys):
        at = join(order.pointer, index)
        if isinstance(contract.document.at(order.pointer), dict):
            at = join(order.pointer, "by", index)
        yield from expression_findings(contract, text, at, resource, names=("self",))


def _quoted(order: Order) -> str:
    return ", then ".join(f"`{key}`" for key in order.keys)


def as_made(order: Order, made: Sequence[Json], listed: Sequence[Json]) -> bool:
    """Whether ids stand in the order in which records were made, or the other way round."""
    known = [id for id in listed if id in made]
    return known == [id for id in made if id in known][:: order.made]


def sorted_pair(order: Order, first: Json, second: Json) -> bool:
    """Whether one listed item may stand before another."""
    one, other = sort_key(order.keys, first), sort_key(order.keys, second)
    if one is None or other is None:
        return True
    return may_precede(one, other, backwards=order.backwards)
