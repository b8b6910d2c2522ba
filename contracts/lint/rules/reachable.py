"""C05: a state that no fixture has and no operation leads to: nothing promised of it can ever be tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.model import Finding, Operation, Resource

Move: TypeAlias = tuple[tuple[str, ...] | None, str]
"""From which states to which; None: from any, and from no record at all."""


def check(contract: Contract) -> Iterator[Finding]:
    """The states of each resource, less those of fixtures and everything that can be reached from them."""
    for resource in contract.resources.values():
        if resource.state is None:
            continue
        reached = _reached(contract, resource)
        for state in resource.states:
            if state not in reached:
                message = (
                    f"nothing leads to the state {state!r} of {resource.name}: "
                    "no fixture, no create, no transition, no automatic move"
                )
                at = f"{resource.pointer}/state/field"
                yield contract.document.finding("C05", message, at, "warning")


def _reached(contract: Contract, resource: Resource) -> set[str]:
    """The states that records have from the start, and all that moves lead to from there."""
    merged = ({**resource.example, **fixture.data} for fixture in resource.fixtures)
    reached = {str(data.get(resource.state or "")) for data in merged}
    moves: list[Move] = [(auto.source, auto.to) for auto in resource.auto]
    for operation in contract.operations.values():
        if operation.resource == resource.name:
            moves += _moves(operation, resource)
    reached |= {target for sources, target in moves if sources is None}
    while new := {target for sources, target in moves if reached & set(sources or ())} - reached:
        reached |= new
    return reached


def _moves(operation: Operation, resource: Resource) -> Iterator[Move]:
    transition = transition_of(operation)
    if transition is not None:
        yield from ((transition.states, target) for target, _ in transition.targets)
    elif operation.verb == "create" and resource.initial:
        yield None, resource.initial
