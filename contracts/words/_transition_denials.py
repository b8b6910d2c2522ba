"""What denies that an operation moves records as it says, or refuses them by their state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import RefusalText, Transition
from troth.contracts.model import Json, Operation, Resource
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.promise import PlannedCall
from troth.contracts.words._leading import deciding_properties, leading_bodies, possible_targets

OTHER_STATUS = 418
"""A status that no document gives to a refusal."""

OTHER_TEXT = "troth: a text that no document has"

BODIES = 8
"""So many bodies that decide where a transition leads are tried from each state."""


def elsewhere(
    operation: Operation, transition: Transition, resource: Resource, start: str | None
) -> Iterator[Denial]:
    """It leads to each other state; of several targets always to one of them, of those to which it may lead
    from where it starts."""
    named = [state for state, _ in transition.targets]
    if start is not None:
        named = [*possible_targets(transition, resource, start)]
    for state in resource.states:
        if named == [state]:
            continue
        says = f"it leads to {state}"
        if state in named:
            says = f"it always leads to {state}"
        other = replace(transition, targets=((state, None),), assumed=False)
        allowed = _may_have_led(resource, named, state)
        yield Denial(says, with_words(operation, transition=other), stores=True, allowed=allowed)


def misled(
    contract: Contract, operation: Operation, transition: Transition, resource: Resource, start: str
) -> Iterator[tuple[PlannedCall, Denial]]:
    """With each body that decides where it leads, as far as schemas name its values: it leads elsewhere."""
    names = {*deciding_properties(transition)}
    for body in islice(leading_bodies(contract, operation, names) if names else (), BODIES):
        led = possible_targets(transition, resource, start, body)
        other = next((state for state in resource.states if state not in led), None)
        if other is None or body.keys() != names:
            return
        where = _says(body)
        targets = [
            (target, None if guard is None else f"({guard}) && !({where})")
            for target, guard in transition.targets
        ]
        if any(len(guard or "") > cel.LIMIT for _, guard in targets):
            return
        moved = replace(transition, targets=((other, where), *targets), assumed=False)
        denied, allowed = with_words(operation, transition=moved), _may_have_led(resource, led, other)
        says = f"it leads to {other} where `{where}`"
        yield PlannedCall(operation.id, body), Denial(says, denied, stores=True, allowed=allowed)


def _may_have_led(resource: Resource, targets: Iterable[str], state: str) -> str | None:
    """Why a state may be seen after a call that leads to others."""
    if any(_moves_on(resource, target, (state,)) for target in targets):
        return "an automatic move may have led there"
    return None


def _says(body: Mapping[str, Json]) -> str:
    """That a request's body says just this."""
    return " && ".join(f"request.body.{name} == {json.dumps(value)}" for name, value in body.items())


def unrefused(
    contract: Contract, operation: Operation, transition: Transition, state: str
) -> Iterator[Denial]:
    """It may be called in a state as well; or it is refused there with another status, or in other words."""
    starts = transition.states or ()
    moving = replace(transition, states=(*starts, state), assumed=False)
    allowed, resource = None, contract.resource_of(operation)
    if resource is not None and _moves_on(resource, state, starts):
        allowed = "an automatic move may have led to a state in which it is not"
    says = f"a record that is {state} is not refused"
    yield Denial(says, with_words(operation, transition=moving), allowed=allowed)
    said, usual = transition.refused(state), contract.errors.kind("refused")
    if said.assumed or operation.assumed:
        return
    if said.status is not None or (usual.status is not None and not usual.assumed):
        other = replace(said, status=OTHER_STATUS)
        yield Denial(
            "the refusal has another status",
            with_words(operation, transition=_said(transition, state, other)),
        )
    if said.message is not None or said.names_state:
        other = replace(said, message=OTHER_TEXT, names_state=False)
        yield Denial(
            "the refusal says something else",
            with_words(operation, transition=_said(transition, state, other)),
        )


def _moves_on(resource: Resource, state: str, to: tuple[str, ...]) -> bool:
    """Whether automatic moves may lead from a state to one of others at any time."""
    reached, found = [state], False
    for one in reached:  # which grows
        for auto in resource.auto:
            if one not in auto.source or auto.to in reached:
                continue
            if auto.within is not None or auto.assumed or auto.after is None:
                reached.append(auto.to)
                found = found or auto.to in to
    return found


def _said(transition: Transition, state: str, said: RefusalText) -> Transition:
    """A transition that is refused otherwise in one state."""
    return replace(transition, elsewhere={**transition.elsewhere, state: said})
