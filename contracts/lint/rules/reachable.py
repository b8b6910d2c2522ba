"""C05: a state that no fixture has and no operation leads to: nothing promised of it can ever be tried."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Transition, transition_of
from troth.contracts.model import Finding, Resource


def check(contract: Contract) -> Iterator[Finding]:
    """The states of each resource, less those of fixtures and everything that can be reached from them."""
    for resource in contract.resources.values():
        if resource.state is None:
            continue
        for state in resource.states:
            if state not in _reached(contract, resource):
                message = (
                    f"nothing leads to the state {state!r} of {resource.name}: "
                    "no fixture, no create, no transition, no automatic move"
                )
                at = f"{resource.pointer}/state/field"
                yield contract.document.finding("C05", message, at, "warning")


def _reached(contract: Contract, resource: Resource) -> set[str]:
    merged = ({**resource.example, **fixture.data} for fixture in resource.fixtures)
    reached = {str(data.get(resource.state or "")) for data in merged}
    moves: list[tuple[tuple[str, ...], str]] = [(auto.source, auto.to) for auto in resource.auto]
    for operation in contract.operations.values():
        transition = transition_of(operation)
        if operation.resource != resource.name:
            continue
        if isinstance(transition, Transition):
            targets = [state for state, _ in transition.targets]
            reached |= set(targets) if transition.states is None else set()
            moves += [(transition.states, target) for target in targets if transition.states]
        elif operation.verb == "create" and resource.initial:
            reached.add(resource.initial)
    while new := {to for source, to in moves if reached & set(source)} - reached:
        reached |= new
    return reached
