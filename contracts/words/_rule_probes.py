"""How rules are tried: on the edge of each, on records with which they do not hold, and by writing what
they read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Rule, rules_of, transition_of
from troth.contracts.document.pointers import listing
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Operation, Resource, Schema, Unknown
from troth.contracts.promises.asked_by_rules import breaking_values
from troth.contracts.promises.denial import Denial, always_refused, never_refused, with_words
from troth.contracts.promises.edges import Edge
from troth.contracts.promises.promise import AtEdge, Given, PlannedCall, Probe, Promise
from troth.contracts.words._scoped_rules import invariants, occurrences, rule_edges
from troth.contracts.words._starts import accepted_start, as_own, unconditional_property, writable_start

IN_A_ROW = 4
"""Writes in a row: of drawn values one is likely to break what holds between the old and the new."""


def rule_promises(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """What is promised of every rule that an operation's calls may break."""
    resource = contract.resource_of(operation)
    if resource is not None:
        yield from _invariant_promises(contract, operation, resource)
    for rule in occurrences(contract, operation):
        if rule.path is None:
            yield _own_promise(contract, operation, rule)
            yield from _stored_edges(contract, operation, rule)
        else:
            yield from _edge_promises(contract, operation, rule, rule.path)


def _invariant_promises(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    if operation.verb not in ("update", "create"):
        return
    for rule in invariants(contract, resource):
        if operation.verb == "create" and "oldSelf" in cel.reads(rule.text):
            continue  # there is nothing to compare a new one with
        yield _invariant_promise(contract, operation, resource, rule)


def _invariant_promise(contract: Contract, operation: Operation, resource: Resource, rule: Rule) -> Promise:
    """Writing the properties that an invariant reads."""
    read = set()
    for path in cel.names(rule.text):
        match path:
            case ("self" | "oldSelf", name, *_):
                read.add(name)
    probes = []
    for name in sorted(read & set(contract.body_properties(operation))):
        planned = PlannedCall(operation.id, draws=(name,))
        probes.append(Probe((planned,) * IN_A_ROW, accepted_start(operation)))
    says = f"no {operation.id} makes a {resource.name} that breaks `{rule.text}`"
    untried = "its body has nothing that the rule reads"
    return _promise(operation, rule, "/invariant", says, probes, (_dropped(operation, rule),), untried)


def _own_promise(contract: Contract, operation: Operation, rule: Rule) -> Promise:
    """A rule of the operation itself: with what it reads of the body drawn, and where it does not hold."""
    sent = set()
    for path in cel.names(rule.text):
        match path:
            case ("request", "body", *place):
                sent |= {*(operation.path_in_record(tuple(place)) or ())[:1]}
    given = accepted_start(operation)
    planned = PlannedCall(operation.id, draws=tuple(sorted(sent)))
    probes = [Probe((planned,), given)]
    for path in sorted(cel.names(rule.text)):
        match path:
            case ("request", "path", name, *_):
                probes.append(Probe((replace(planned, path={name: Unknown()}),), given))
    for parameter, value in breaking_values(contract, operation, rule):
        with_it = {parameter.name: value}
        breaking = replace(planned, query=with_it)
        if parameter.place == "header":
            breaking = replace(planned, headers=with_it)
        probes.append(Probe((breaking,), given))
    for start in _breaking_starts(contract, rule.text, given):
        probes.append(Probe((planned,), start))
    for start in _other_starts(operation, given):
        for unfit in _breaking_starts(contract, rule.text, start):
            probes.append(Probe((planned,), unfit, spare=True))
    hanging = [*_named_probes(contract, operation, rule), *_edge_probes(contract, operation, rule)]
    probes += [replace(probe, spare=True) for probe in hanging]
    says = f"{operation.id} refuses what breaks `{rule.text}`"
    return _promise(operation, rule, "", says, probes, (_dropped(operation, rule),))


FAR = 1_000_000
"""As far as an edge is looked for where a schema has no limit."""


def _stored_edges(contract: Contract, operation: Operation, rule: Rule) -> Iterator[Promise]:
    """Both sides of the edge that a rule draws through the values of a number, with the record as it is."""
    found, probes = _one_property(contract, operation, rule), list(_edge_probes(contract, operation, rule))
    if found is None or not probes:
        return
    _, path, _ = found
    denials = tuple(_shifted(operation, rule, path, step) for step in ("+ 1", "- 1"))
    says = f"{operation.id} draws the edge of `{rule.text}` where it says, with the values as they are"
    yield _promise(operation, rule, "/edge", says, probes, denials)


def _edge_probes(contract: Contract, operation: Operation, rule: Rule) -> Iterator[Probe]:
    """The last number that keeps a rule, and the first one that breaks it, where there are both."""
    found = _one_property(contract, operation, rule)
    if found is None:
        return
    given, path, schema = found
    if types_of(schema) != ("integer",):
        return
    low, high = schema.get("minimum", 0), schema.get("maximum", FAR)
    text = as_own(rule.text)
    for first in (True, False):  # it holds from somewhere on, or up to there
        near, far = _with_value(text, path, str(low)), _with_value(text, path, str(high))
        there = replace(given, where=(*given.where, (near, first), (far, not first)))
        for breaking in (False, True):
            edge = AtEdge(text, path[-1], low, high, breaking)
            yield Probe((PlannedCall(operation.id, {path[-1]: edge}),), there)


def _named_probes(contract: Contract, operation: Operation, rule: Rule) -> Iterator[Probe]:
    """Each value that a rule names and a schema knows, on a record for which that breaks the rule."""
    found = _one_property(contract, operation, rule)
    if found is None:
        return
    given, path, schema = found
    for value in listing(schema, "enum"):
        quoted = f"'{value}'"
        if quoted in rule.text:
            broken = (_with_value(as_own(rule.text), path, quoted), False)
            there = replace(given, where=(*given.where, broken))
            yield Probe((PlannedCall(operation.id, {path[-1]: value}),), there)


def _one_property(
    contract: Contract, operation: Operation, rule: Rule
) -> tuple[Given, tuple[str, ...], Schema] | None:
    """The record that a rule is held against, and the one property of the body that it reads with its schema;
    None where it reads more of the request, or nothing."""
    given = _held_against(operation, rule)
    sent = [path for path in cel.names(rule.text) if path[0] == "request"]
    if given is None or [path[:-1] for path in sent] != [("request", "body")]:
        return None
    (path,) = sent
    return given, path, contract.document.schemas.resolve(contract.body_properties(operation).get(path[-1]))


def _held_against(operation: Operation, rule: Rule) -> Given | None:
    """The record, or the parent, that a rule holds a body against; None where that is neither, or both."""
    given = accepted_start(operation)
    if given is None:
        return None
    about = {operation.resource: "self"}
    if operation.parent is not None:
        about = {operation.parent.resource: "parent", **about}
    if cel.reads(rule.text).keys() != {"request", about.get(given.resource)}:
        return None
    return given


def _shifted(operation: Operation, rule: Rule, path: tuple[str, ...], step: str) -> Denial:
    """Denied: that the edge is where it is, and not one further."""
    text = _with_sent(rule.text, path, f"({'.'.join(path)} {step})")
    others = [replace(one, text=text) if one is rule else one for one in rules_of(operation)]
    return Denial(f"its edge is at {path[-1]} {step}", with_words(operation, rules=tuple(others)))


def _with_value(text: str, path: tuple[str, ...], value: str) -> str:
    """A condition with a value in the place of a part of the body, which is there then."""
    return _with_sent(text, path, value, there="true")


def _with_sent(text: str, path: tuple[str, ...], instead: str, there: str | None = None) -> str:
    """A condition with something else in the place of a part of the body, and of the question whether that is
    there: ``has(…)`` asks for a name."""

    def changed(found: re.Match[str]) -> str:
        if not found["has"]:
            return instead
        if there is None:
            return found[0]
        return there

    name = r"\s*\.\s*".join(path)
    return re.sub(rf"(?P<has>\bhas\s*\(\s*{name}\s*\))|\b{name}\b", changed, text)


def _other_starts(operation: Operation, given: Given | None) -> Iterator[Given]:
    """The same in the other states that an operation starts from: not in each can every rule be broken."""
    transition = transition_of(operation)
    if transition is None or given is None:
        return
    for state in transition.states or ():
        if given.state not in (None, state):
            yield replace(given, state=state)


def _dropped(operation: Operation, rule: Rule) -> Denial:
    return never_refused(operation, rule.pointer, "what breaks it is not refused")


def _edge_promises(
    contract: Contract, operation: Operation, rule: Rule, path: tuple[str, ...]
) -> Iterator[Promise]:
    """Both sides of every edge of a rule on a schema."""
    assert rule.schema is not None
    found = rule_edges(contract, rule.text, rule.schema)
    place, name = operation.path_in_record(path), ""
    if place:
        name = place[0]
    given, untried = writable_start(operation, name), "no value on its edge was found"
    if found:
        untried = "it stands too deep in the body"
    where = f"{rule.name}, on the edge and spread over its parts"
    says = f"{operation.id} takes what keeps {where}"
    probes = [Probe((planned,), given) for planned in _keeping_calls(operation, place, found)]
    yield _promise(operation, rule, "/kept", says, probes, (always_refused(operation),), untried)
    says = f"{operation.id} refuses what breaks {where}"
    probes = [Probe((planned,), given) for planned in _breaking_calls(contract, operation, place, found)]
    yield _promise(operation, rule, "/broken", says, probes, (_dropped(operation, rule),), untried)


def _promise(
    operation: Operation,
    rule: Rule,
    suffix: str,
    says: str,
    probes: list[Probe],
    denials: tuple[Denial, ...],
    untried: str | None = None,
) -> Promise:
    id, needs = f"{operation.id}/rules/{rule.name}{suffix}", untried
    if probes:
        needs = None
    return Promise(id, operation.id, says, rule.pointer, tuple(probes), rule.assumed, needs, denials=denials)


def _keeping_calls(
    operation: Operation, path: tuple[str, ...] | None, found: tuple[Edge, ...]
) -> Iterator[PlannedCall]:
    """The keeping side of each edge in the body."""
    for edge in {repr(edge.good): edge for edge in found}.values():
        planned = _call_with(operation, path, edge.good)
        if planned is not None:
            yield planned


def _breaking_calls(
    contract: Contract, operation: Operation, path: tuple[str, ...] | None, found: tuple[Edge, ...]
) -> Iterator[PlannedCall]:
    """The breaking side of each edge in the body, beside a property that shows partial writes."""
    unique = {repr(edge.bad): edge for edge in found}
    for index, edge in enumerate(unique.values()):
        planned = _call_with(operation, path, edge.bad)
        if planned is None or path is None:
            continue
        if path[1:] == ("*",) and index % 2:  # behind a keeping item: only the first may be looked at
            planned = replace(planned, arrays={path[0]: (edge.good, edge.bad)})
        if path and path[0] != "*":
            planned = replace(planned, draws=unconditional_property(contract, operation, path[0]))
        yield planned


def _call_with(
    operation: Operation, path: tuple[str, ...] | None, node: Mapping[str, Json]
) -> PlannedCall | None:
    """The call that sends a node in the place of a rule; None where that stands too deep in the body."""
    if path is None:
        return None
    if not path:
        return PlannedCall(operation.id, node)
    if path == ("*",):
        return PlannedCall(operation.id, [node])
    if len(path) == 1:
        return PlannedCall(operation.id, {path[0]: node})
    if path[1:] == ("*",):
        return PlannedCall(operation.id, arrays={path[0]: (node,)})
    return None


def _breaking_starts(contract: Contract, text: str, given: Given | None) -> Iterator[Given]:
    """A record, or a parent, with which the rule does not hold."""
    while given is not None:
        where = _denied(given.where, text)
        if where != given.where:
            for state in _breaking_states(contract, text, given):
                yield replace(given, state=state, where=where)
        given = given.above


def _denied(where: tuple[tuple[str, bool], ...], text: str) -> tuple[tuple[str, bool], ...]:
    """Conditions, of which one is wanted not to hold."""
    found = []
    for condition, wanted in where:
        if condition in (text, as_own(text)):
            wanted = not wanted
        found.append((condition, wanted))
    return tuple(found)


def _breaking_states(contract: Contract, text: str, given: Given) -> list[str | None]:
    """Every state in which a condition about the state alone does not hold; else, whichever it be."""
    field, states = contract.resources[given.resource].state, contract.resources[given.resource].states
    if field is None or cel.names(as_own(text)) != {("self", field)}:
        return [given.state]
    found: list[str | None] = []
    for state in states:
        if cel.evaluate(as_own(text), {"self": {field: state}}) is False:
            found.append(state)
    return found
