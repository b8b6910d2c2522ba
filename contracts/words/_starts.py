"""The records that promises start from: those on which an operation is accepted, or refused."""

from __future__ import annotations

import re
from dataclasses import replace

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Transition, Write, rules_of, transition_of, writes_of
from troth.contracts.model import (
    Json,
    Operation,
)
from troth.contracts.promises.promise import Given


def accepted_start(operation: Operation) -> Given | None:
    """A record on which an operation is refused neither by its state nor by a rule of its own; its parent
    where it makes or lists nested ones; None for those that need no record."""
    above = _parent(operation)
    if operation.resource and operation.verb == "create" and operation.own:
        return Given(operation.resource, None, (), above)
    if operation.resource is None or operation.verb in ("create", "list"):
        return above
    transition = transition_of(operation)
    states = transition.states if isinstance(transition, Transition) else None
    state = states[0] if states else None
    return Given(operation.resource, state, _conditions(operation, "self", "hidden"), above)


def _parent(operation: Operation) -> Given | None:
    """The parent with which an operation's rules are kept."""
    if operation.parent is None:
        return None
    texts = tuple((as_own(text), wanted) for text, wanted in _conditions(operation, "parent"))
    return Given(operation.parent.resource, None, texts)


def as_own(text: str) -> str:
    """A condition about the parent as the parent's own."""
    return re.sub(r"\bparent\.(hidden\b)?", lambda match: match[1] or "self.", text)


def _conditions(operation: Operation, *variables: str) -> tuple[tuple[str, bool], ...]:
    """The rules of an operation that speak of nothing but these."""
    rules = rules_of(operation)
    read = [(rule.text, frozenset(cel.reads(rule.text))) for rule in rules]
    return tuple((text, True) for text, names in read if names and names <= {*variables})


def refused_start(contract: Contract, operation: Operation) -> Given | None:
    """A record on which an operation is refused by its state; None where there is no such state."""
    transition, resource = transition_of(operation), contract.resource_of(operation)
    if resource is None or not isinstance(transition, Transition) or transition.states is None:
        return None
    state = next((s for s in resource.states if s not in (transition.states or ())), None)
    return Given(resource.name, state) if state else None


def settled(operation: Operation, name: str) -> Given | None:
    """A record on which a body property is neither ignored nor rejected."""
    given = accepted_start(operation)
    write = writes_of(operation).get(name)
    if given is None or not isinstance(write, Write):
        return given
    state = write.states[0] if write.states else given.state
    of_record = write.when is not None and "request" not in cel.reads(write.when)
    where = ((write.when, True),) if write.when and of_record else ()
    return replace(given, state=state, where=(*given.where, *where))


def always(contract: Contract, operation: Operation, but: str) -> tuple[str, ...]:
    """One property beside ``but`` that every state and type takes: it shows partial writes."""
    if operation.verb != "update":
        return ()
    writes = writes_of(operation)
    free = [name for name in contract.body_properties(operation) if name not in writes and name != but]
    return tuple(free[:1])


def kinds_of(contract: Contract, operation: Operation) -> list[tuple[str, Json]]:
    """The first required enum of the body with each of its values: the kinds that can be created."""
    schemas = contract.document.schemas
    body = schemas.resolve(operation.body) if operation.body else {}
    for name in body.get("required", ()):
        schema = schemas.resolve(body.get("properties", {}).get(name, {}))
        if len(schema.get("enum", ())) > 1:
            return [(name, value) for value in schema["enum"]]
    return []
