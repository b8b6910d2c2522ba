"""What an operation does in each state, in words, and what it means for clients that this changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import RefusalText, Transition, transition_of
from troth.contracts.model import Operation, Resource
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.words._phrases import answered


@dataclass(frozen=True)
class Stays:
    """The operation leaves the state as it is."""


@dataclass(frozen=True)
class Moves:
    """The operation leads to these states, each with its guard (empty: otherwise)."""

    targets: frozenset[tuple[str, str]]

    @property
    def states(self) -> frozenset[str]:
        """The states without their guards."""
        return frozenset(state for state, _ in self.targets)


@dataclass(frozen=True)
class Refuses:
    """The operation is refused: how, and what of it (``own``) is said here and not under ``errors``."""

    status: int | None
    message: str | None
    names_state: bool
    own: frozenset[str]


Behaviour: TypeAlias = Stays | Moves | Refuses


def transition_facts(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Fact]:
    """What an operation does, state by state."""
    transition = transition_of(operation)
    if not resource.states:
        return
    pointer, assumed = f"{operation.word_pointer}/acts", operation.assumed
    if transition is not None:
        pointer, assumed = transition.pointer, transition.assumed
    if operation.verb == "create":
        value, says = _of_new(transition, resource)
        yield Fact(("new",), value, says, pointer, assumed, about="the new record")
        return
    for state in resource.states:
        if transition is None or transition.states is None:
            yield _fact(state, Stays(), "leaves the state as it is", pointer, False)
        elif state in transition.states:
            says = f"moves to {told_targets(transition)}"
            yield _fact(state, _moves(transition), says, pointer, transition.assumed)
        else:
            said = transition.refused(state)
            yield _fact(state, _refuses(contract, said), _told_refusal(contract, said), pointer, said.assumed)


def _fact(state: str, value: Behaviour, says: str, pointer: str, assumed: bool) -> Fact:
    return Fact((state,), value, says, pointer, assumed, state, "the call")


def _of_new(transition: Transition | None, resource: Resource) -> tuple[Moves, str]:
    """The state of a new record."""
    if transition is None:
        return Moves(frozenset({(str(resource.initial), "")})), f"is `{resource.initial}`"
    return _moves(transition), f"is {told_targets(transition)}"


def _moves(transition: Transition) -> Moves:
    return Moves(frozenset((state, " ".join((guard or "").split())) for state, guard in transition.targets))


def _refuses(contract: Contract, said: RefusalText) -> Refuses:
    usual, own = contract.errors.kind("refused"), set()
    if said.status is not None:
        own.add("status")
    if said.message is not None:
        own.add("message")
    status, message = said.status or usual.status, said.message or usual.message
    return Refuses(status, message, said.names_state, frozenset(own))


def _told_refusal(contract: Contract, said: RefusalText) -> str:
    says = f"is refused {answered(contract, 'refused', said.status, said.message)}"
    if said.names_state:
        says += ", naming the state"
    return says


def told_targets(transition: Transition) -> str:
    """Every target with its condition, in words."""
    guarded = [f"`{state}` when `{guard}`" for state, guard in transition.targets if guard]
    otherwise = [f"`{state}`" for state, guard in transition.targets if guard is None]
    if guarded:
        otherwise = [f"otherwise {state}" for state in otherwise]
    return ", ".join([*guarded, *otherwise])


def judged_behaviour(old: Behaviour, new: Behaviour) -> Compatibility:
    """Whether it breaks clients that an operation does something else in a state."""
    if isinstance(new, Refuses):
        if not isinstance(old, Refuses):
            return BREAKS, "calls that worked are refused"
        return _judged_refusals(old, new)
    if isinstance(old, Refuses):
        return SAFE, "calls that were refused work"
    if _named_states(old) != _named_states(new):
        return BREAKS, "clients find the record in another state"
    return MAYBE, "which calls lead where cannot be told from conditions"


def _named_states(behaviour: Stays | Moves) -> frozenset[str]:
    """The states in which clients may find the record, where that is said."""
    if isinstance(behaviour, Stays):
        return frozenset()
    return behaviour.states


def _judged_refusals(old: Refuses, new: Refuses) -> Compatibility:
    """Of what both leave to ``errors``, that word reports the change."""
    own = old.own | new.own
    if "status" in own and old.status != new.status:
        return BREAKS, "clients tell refusals by their status"
    if "message" in own and old.message != new.message:
        return MAYBE, "clients may read the text"
    if old.names_state != new.names_state:
        return MAYBE, "clients may read the text"
    return None
