"""What the words of an operation say, where more than the word itself reads it: frozen values, and access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from troth.contracts.contract.targets import Column, Keyed, Property, Target
from troth.contracts.model import Json, Operation, Pointer


@dataclass(frozen=True)
class Write:
    """How one request property may be written (``writes.<property>``)."""

    field: str
    pointer: Pointer
    states: tuple[str, ...] | None = None
    outside: tuple[str, ...] = ("ignored", "rejected")
    when: str | None = None
    otherwise: tuple[str, ...] = ("ignored", "rejected")
    named: Target | None = None
    """Where it lands, when not under its own name."""
    number: str | None = None
    start: int | None = None
    last_by: str | None = None
    merge: bool = False
    assumed: bool = False
    same: str | None = None
    first: bool = False
    """In denied contracts only: of items with the same key the first wins."""
    whole: bool = False
    """In denied contracts only: an object replaces the stored one, whatever else is said."""

    @cached_property
    def target(self) -> Target:
        """Where the value lands."""
        return self.named or Property((self.field,))

    @property
    def to(self) -> tuple[str, ...]:
        """The tokens of ``as``; none where it is not said."""
        if self.named is None:
            return ()
        return self.named.tokens

    @property
    def place(self) -> tuple[str, ...]:
        """What the property is written to: two that share a place get in each other's way."""
        return self.target.place

    @property
    def keyed(self) -> tuple[str, str] | None:
        """Of ``/list/*/key``: the list, and the key of its objects, which the values sent name."""
        if isinstance(self.named, Keyed):
            return self.named.list, self.named.key
        return None

    @property
    def column(self) -> tuple[str, str] | None:
        """Of ``/list/[key=sent]/member``: the key of the stored items and the one of the sent items."""
        if isinstance(self.named, Column):
            return self.named.key, self.named.sent
        return None


@dataclass(frozen=True)
class RefusalText:
    """How an operation is refused: status (None: not said) and text."""

    status: int | None = None
    message: str | None = None
    assumed: bool = False
    names_state: bool = False


@dataclass(frozen=True)
class Transition:
    """From which states, to which; ``targets`` pairs a state with its guard (None: otherwise)."""

    pointer: Pointer
    states: tuple[str, ...] | None
    targets: tuple[tuple[str, str | None], ...]
    usual: RefusalText = RefusalText()
    assumed: bool = False
    elsewhere: Mapping[str, RefusalText] = field(default_factory=dict)

    def refused(self, state: Json) -> RefusalText:
        """How the operation is refused in a state that it does not start from."""
        if not isinstance(state, str):
            return self.usual
        return self.elsewhere.get(state, self.usual)


@dataclass(frozen=True)
class Rule:
    """One condition; ``path`` is the pattern of body places it is scoped to (None: the operation's own)."""

    name: str
    text: str
    pointer: Pointer
    message: str | None = None
    status: int | None = None
    assumed: bool = False
    path: tuple[str, ...] | None = None
    schema: Pointer | None = None


@dataclass(frozen=True)
class Effect:
    """One effect; ``set`` keeps the order of writing, each expression sees the ones before."""

    name: str
    pointer: Pointer
    set: Mapping[str, str]
    when: str | None
    payload: Json
    best_effort: bool
    assumed: bool


@dataclass(frozen=True)
class Repeat:
    """The word's value and where it stands; ``key`` and what follows: of a keyed one."""

    kind: str
    pointer: Pointer
    key: str | None = None
    keep: float | None = None
    other: int | None = 422
    pending: int | None = 409
    loose: bool = False
    """In denied contracts only: another request gets the first answer, too."""


LETS_PASS = "lets pass"  # noqa: S105 (no password)
"""Where an operation of a denied contract says which refusals it does not make; no document says that."""


def lets_pass(operation: Operation) -> frozenset[Pointer]:
    """What an operation of a denied contract does not refuse, by the places that say so."""
    found: frozenset[Pointer] = operation.words.get(LETS_PASS, frozenset())
    return found


def transition_of(operation: Operation) -> Transition | None:
    """What ``transition`` says on an operation."""
    found: Transition | None = operation.words.get("transition")
    return found


def writes_of(operation: Operation) -> Mapping[str, Write]:
    """What ``writes`` says on an operation, by property."""
    found: Mapping[str, Write] = operation.words.get("writes", {})
    return found


def rules_of(operation: Operation) -> tuple[Rule, ...]:
    """The ``rules`` that stand on an operation itself."""
    found: tuple[Rule, ...] = operation.words.get("rules", ())
    return found


def effects_of(operation: Operation) -> tuple[Effect, ...]:
    """The ``effects`` of an operation, in order."""
    found: tuple[Effect, ...] = operation.words.get("effects", ())
    return found


def repeat_of(operation: Operation) -> Repeat | None:
    """What ``repeat`` says on an operation."""
    found: Repeat | None = operation.words.get("repeat")
    return found


@dataclass(frozen=True)
class Each:
    """What an operation does to each item of a list in its body (``each``)."""

    at: tuple[str, ...]
    """The way to an item, ``*`` for the list."""
    resource: str
    verb: str
    pointer: Pointer


def each_of(operation: Operation) -> Each | None:
    """What an operation does to each item of its body; None where it is about one thing."""
    found: Each | None = operation.words.get("each")
    return found
