"""What proves that a promise is kept: the contracts in which just this does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import LETS_PASS, Rule, Write, lets_pass, rules_of, writes_of
from troth.contracts.model import Operation, Pointer, Resource


@dataclass(frozen=True)
class Denial:
    """One way in which a promise may not hold: a contract with an operation, a resource or words replaced.

    What was seen proves the promise where the contract allows it and none of its denials does.
    """

    says: str
    operation: Operation | None = None
    resource: Resource | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    """Words of the document that are others."""
    allowed: str | None = None
    """Why the contract allows this as well, at least at times: then no probe can show it broken."""
    stores: bool = False
    """Whether it is about what is stored: of an operation with a handler nobody else says that."""
    refuses: bool = False
    """Whether it is that a call is accepted: a handler may leave that open."""
    judged: bool = True
    """Whether one observation can tell it apart; else the promise's own probe makes several."""

    def of(self, contract: Contract) -> Contract:
        """The denied contract; document and schemas are the same objects."""
        operations, resources, words = contract.operations, contract.resources, contract.words
        if self.operation is not None:
            operations = {**operations, self.operation.id: self.operation}
        if self.resource is not None:
            resources = {**resources, self.resource.name: self.resource}
        if self.words:
            words = {**words, **self.words}
        return replace(contract, operations=operations, resources=resources, words=words)

    @property
    def changes_resource(self) -> bool:
        """Whether it says something else of records, and not of one operation alone."""
        return self.operation is None


def with_words(operation: Operation, **words: Any) -> Operation:
    """An operation of which some words say something else."""
    return replace(operation, words={**operation.words, **words})


def without_word(operation: Operation, name: str) -> Operation:
    """An operation without one of its words."""
    return replace(operation, words={key: value for key, value in operation.words.items() if key != name})


def never_refused(operation: Operation, cite: Pointer, says: str, *cites: Pointer) -> Denial:
    """Denied: that a call is refused for what stands in some places of the document."""
    passed = lets_pass(operation) | {cite, *cites}
    return Denial(says, replace(operation, words={**operation.words, LETS_PASS: passed}))


def never_missing(operation: Operation, says: str, *cites: Pointer) -> Denial:
    """Denied: that a call which names nothing is refused."""
    above: tuple[Pointer, ...] = ()
    if operation.parent is not None:
        above = (operation.parent.pointer,)
    rules = [rule.pointer for rule in rules_of(operation)]
    return never_refused(operation, f"{operation.word_pointer}/acts", says, *above, *rules, *cites)


def always_refused(operation: Operation) -> Denial:
    """Denied: that a call is accepted."""
    rule = Rule("denied", "false", operation.pointer)
    refused = with_words(operation, rules=(*rules_of(operation), rule))
    return Denial("the call is refused", refused, refuses=True)


def undeclared_stored(operation: Operation, resource: Resource, name: str) -> Denial:
    """Denied: that a property which the body does not declare is left alone."""
    write = Write(name, f"{operation.word_pointer}/acts")
    stored = with_words(operation, writes={**writes_of(operation), name: write})
    managed = {key: when for key, when in resource.managed.items() if key != name}
    computed = {key: text for key, text in resource.computed.items() if key != name}
    other = replace(resource, managed=managed, computed=computed)
    return Denial(f"{name} is stored", stored, other, stores=True)
