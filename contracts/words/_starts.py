"""The records that promises start from: those on which an operation is accepted, or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.links import Link, linked
from troth.contracts.contract.word_values import rules_of, transition_of, writes_of
from troth.contracts.document.typing import types_of
from troth.contracts.errors import ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Operation, Pointer, Resource
from troth.contracts.promises.promise import Given


def accepted_start(operation: Operation) -> Given | None:
    """A record on which an operation is refused neither by its state nor by a rule of its own; its parent
    where it makes or lists nested ones; None for those that need no record."""
    above = parent_start(operation)
    if operation.resource is None or operation.verb == "list":
        return above
    if operation.verb == "create":
        if operation.own:
            return Given(operation.resource, None, (), above)
        return above
    return Given(operation.resource, _first_state(operation), _kept(operation, "self", "hidden"), above)


def filled_start(contract: Contract, operation: Operation) -> Given | None:
    """What a list of several records starts from: where it is one of nested records, a parent below which
    records can be made."""
    start = accepted_start(operation)
    if operation.parent is None or operation.resource is None:
        return start
    creating = contract.acting(operation.resource, "create")
    if creating is None or creating.own or creating.parent is None:
        return start
    if creating.parent.resource != operation.parent.resource:
        return start
    return accepted_start(creating)


def _first_state(operation: Operation) -> str | None:
    """The first state that an operation starts from; None: any will do."""
    transition = transition_of(operation)
    if transition is None or not transition.states:
        return None
    return transition.states[0]


def parent_start(operation: Operation) -> Given | None:
    """The parent with which an operation's rules are kept."""
    if operation.parent is None:
        return None
    texts = tuple((as_own(text), wanted) for text, wanted in _kept(operation, "parent"))
    return Given(operation.parent.resource, None, texts)


def as_own(text: str) -> str:
    """A condition about the parent as the parent's own."""
    return re.sub(r"\bparent\.(hidden\b)?", lambda match: match[1] or "self.", text)


def _kept(operation: Operation, *variables: str) -> tuple[tuple[str, bool], ...]:
    """The rules of an operation that speak of nothing but these, as conditions that hold."""
    found: list[tuple[str, bool]] = []
    for rule in rules_of(operation):
        names = cel.reads(rule.text).keys()
        if names and names <= {*variables}:
            found.append((rule.text, True))
    return tuple(found)


def barriers(contract: Contract, operation: Operation, resource: Resource, state: str) -> tuple[Pointer, ...]:
    """What refuses an operation on every record in a state: its transition, rules about the state alone."""
    found: list[Pointer] = []
    transition = transition_of(operation)
    if transition is not None and transition.states is not None and state not in transition.states:
        found.append(transition.pointer)
    for rule in rules_of(operation):
        if resource.state is None or cel.names(rule.text) != {("self", resource.state)}:
            continue
        if cel.evaluate(rule.text, {"self": {resource.state: state}}) is False:
            found.append(rule.pointer)
    return tuple(found)


def refused_start(contract: Contract, operation: Operation) -> Given | None:
    """A record on which an operation is refused by its state; None where there is no such state."""
    transition, resource = transition_of(operation), contract.resource_of(operation)
    if resource is None or transition is None or transition.states is None:
        return None
    for state in resource.states:
        if state not in transition.states:
            return Given(resource.name, state)
    return None


def writable_start(operation: Operation, name: str) -> Given | None:
    """A record on which a body property is neither ignored nor rejected."""
    given = accepted_start(operation)
    write = writes_of(operation).get(name)
    if given is None or write is None:
        return given
    if write.states:
        given = replace(given, state=write.states[0])
    if write.when and "request" not in cel.reads(write.when):
        given = replace(given, where=(*given.where, (write.when, True)))
    return given


def writable_call(
    contract: Contract, operation: Operation, name: str
) -> tuple[Given | None, dict[str, Json], str | None]:
    """A record on which a body property is simply stored, what else of the body asks for that, and the link
    that leads there."""
    given, write = writable_start(operation, name), writes_of(operation).get(name)
    if write is None or write.when is None:
        return given, {}, None
    if operation.verb == "create":
        for kind, value in kinds_of(contract, operation):
            if kind != name and _holds_of(write.when, {kind: value}):
                return given, {kind: value}, None
        return given, {}, None
    for link, named in linked(contract, operation).items():
        condition = of_record(write.when, named)
        if given is not None and "request" not in cel.reads(condition):
            return replace(given, where=(*given.where, (condition, True))), {}, link
    return given, {}, None


def _holds_of(condition: str, body: Mapping[str, Json]) -> bool:
    """Whether a condition about a new record holds, as far as this part of its body decides it."""
    try:
        return cel.evaluate(condition, {"self": body, "hidden": {}}) is True
    except ContractFault:
        return False


def of_record(condition: str, link: Link) -> str:
    """A condition with what a link fills in read from the record that the link starts from."""
    for (place, parameter), path in link.items():
        where = "self"
        for part in path:
            if part.isdigit():
                where += f"[{part}]"
            else:
                where += f".{part}"
        condition = condition.replace(f"request.{place}.{parameter}", where)
    return condition


def unconditional_property(contract: Contract, operation: Operation, but: str) -> tuple[str, ...]:
    """One property beside ``but`` that every state and type takes: it shows partial writes."""
    if operation.verb != "update":
        return ()
    writes = writes_of(operation)
    for name in contract.body_properties(operation):
        if name not in writes and name != but:
            return (name,)
    return ()


def having_property(contract: Contract, resource: Resource, name: str) -> Given:
    """A record that has a property, where records may lack it, or have null there."""
    schema = contract.document.schemas.whole(resource.schema)
    if not name.isidentifier():
        return Given(resource.name)
    has = f"has(self.{name}) && self.{name} != null"
    if all((contract.guessed, types_of(contract.field_schema(resource, name))[:1] == ("string",))):
        return Given(resource.name, where=((f"{has} && self.{name} != ''", True),))
    if name in schema.get("required", ()) and "null" not in types_of(contract.field_schema(resource, name)):
        return Given(resource.name)
    return Given(resource.name, where=((has, True),))


def kinds_of(contract: Contract, operation: Operation) -> list[tuple[str, Json]]:
    """The first required enum of the body with each of its values: the kinds that can be created."""
    schemas, declared = contract.document.schemas, contract.body_properties(operation)
    for name in contract.body_required(operation):
        schema = schemas.resolve(declared.get(name, {}))
        if len(schema.get("enum", ())) > 1:
            return [(name, value) for value in schema["enum"]]
    return []
