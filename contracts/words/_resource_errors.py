"""What makes the declaration of a resource unusable: names and states that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, computed
from troth.contracts.contract.identity import id_path
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.model import Finding, Fixture, Resource, Schema
from troth.contracts.words._findings import expression_findings, state_findings
from troth.contracts.words._managed import is_pattern


def resource_errors(contract: Contract, resource: Resource) -> Iterator[Finding]:
    """Everything that is wrong with one resource."""
    properties = contract.properties(resource)
    for place, name in _named_properties(resource).items():
        if name == resource.id and contract.document.guessed:
            continue  # no answer need show it
        if name not in properties:
            yield _no_property(contract, resource.name, name, properties, f"{resource.pointer}/{place}")
    for name in resource.managed:
        if is_pattern(name):
            yield from _pattern_errors(contract, resource, name)
    for fixture in resource.fixtures:
        yield from _fixture_errors(contract, resource, fixture)
    if resource.state is not None:
        yield from _state_errors(contract, resource, resource.state)
    for name, text in resource.computed.items():
        at = f"{resource.pointer}/computed/{name}"
        yield from expression_findings(contract, text, at, resource, names=("self", "hidden"))
        if name in computed.sources(resource.computed, name):
            message = f"{name!r} is computed from itself{_by_way_of(resource, name)}"
            yield contract.document.finding("C07", message, at)


def _by_way_of(resource: Resource, name: str) -> str:
    """The other computed properties that a circle goes through."""
    read = computed.sources(resource.computed, name) & resource.computed.keys()
    others = sorted(other for other in read - {name} if name in computed.sources(resource.computed, other))
    if not others:
        return ""
    return f", by way of {', '.join(map(repr, others))}"


def _named_properties(resource: Resource) -> dict[str, str]:
    """The properties that a resource names, by the places where it does."""
    found: dict[str, str] = {}
    if not resource.single:
        found["id"] = id_path(resource.id)[0]
    if resource.parent is not None and resource.parent.field:
        found["parent/field"] = resource.parent.field
    for name in resource.computed:
        found[f"computed/{name}"] = name
    for name in resource.managed:
        if not is_pattern(name):
            found[f"managed/{name}"] = name
    for unique in resource.unique:
        found[f"unique/{unique.field}"] = unique.field
    for fixture in resource.fixtures:
        for name in fixture.data:
            found[join("fixtures", fixture.name, name)] = name
    return found


def _no_property(contract: Contract, owner: str, name: str, known: Schema, pointer: str) -> Finding:
    message = f"{owner} has no property {name!r}{did_you_mean(name, known)}"
    return contract.document.finding("C08", message, pointer)


def _fixture_errors(contract: Contract, resource: Resource, fixture: Fixture) -> Iterator[Finding]:
    for name in fixture.hidden:
        if name not in resource.hidden:
            message = f"{name!r} is not declared under `hidden`{did_you_mean(name, resource.hidden)}"
            at = f"{resource.pointer}/fixtures/{fixture.name}/hidden/{name}"
            yield contract.document.finding("C08", message, at)


def _pattern_errors(contract: Contract, resource: Resource, pattern: str) -> Iterator[Finding]:
    """The first token of a pattern that names nothing."""
    schemas, owner = contract.document.schemas, resource.name
    schema = schemas.whole(resource.schema)
    for token in split(pattern):
        known = schema.get("properties", {})
        if "items" in schema:
            known = {"*": schema["items"]}
        if token not in known:
            at = join(f"{resource.pointer}/managed", pattern)
            yield _no_property(contract, owner, token, known, at)
            return
        schema, owner = schemas.resolve(known[token]), f"{owner}/{token}"


def _state_errors(contract: Contract, resource: Resource, field: str) -> Iterator[Finding]:
    properties, at = contract.properties(resource), f"{resource.pointer}/state"
    if field not in properties:
        yield _no_property(contract, resource.name, field, properties, f"{at}/field")
        return
    if not resource.states and properties[field] == {} and contract.document.faults:
        return  # its schema was left out: that is told, and this would follow from it
    if not resource.states:
        message = f"the states are the enum of {resource.name}.{field}, but it has none"
        yield contract.document.finding("C04", message, f"{at}/field")
        return
    yield from state_findings(contract, (resource.initial or "",), f"{at}/initial", resource)
    yield from state_findings(contract, resource.final, f"{at}/final", resource)
    for auto in resource.auto:
        yield from state_findings(contract, (*auto.source, auto.to), auto.pointer, resource)
        if auto.when:
            at_when, names = f"{auto.pointer}/when", ("self", "hidden", "now")
            yield from expression_findings(contract, auto.when, at_when, resource, names=names)
