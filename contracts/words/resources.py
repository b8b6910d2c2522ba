"""``resources``: which component schemas are stored things; their id, states, managed and hidden fields.

``auto`` moves happen by themselves (:mod:`troth.contracts.words.automatic`). ``managed`` names the
fields that the server sets and when (``create``, ``write``, ``anytime``); a key may be a pointer pattern
(``/sequence_nodes/*/id``), and ``index`` then numbers the items of a list from 0. ``hidden`` are variables
that no response shows, ``computed`` properties that are always derived from the record, ``unique`` properties
that no two records share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.document.pointers import spread
from troth.contracts.document.samples import sample
from troth.contracts.model import (
    Auto,
    Bag,
    Finding,
    Fixture,
    Json,
    Operation,
    Parent,
    Refusal,
    Resource,
    Unique,
    Unknown,
)
from troth.contracts.promises.facts import Compatibility, Fact
from troth.contracts.promises.promise import (
    Aspect,
    Given,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Stored,
    Subject,
)
from troth.contracts.words._findings import expression_findings, state_findings
from troth.contracts.words._phrases import answered
from troth.contracts.words._resource_facts import judged, resource_facts
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start, always
from troth.contracts.words._step import Step
from troth.contracts.words._values import seconds, states_of, status_of
from troth.contracts.words._word import Site, Word

_STATE: Json = {
    "type": "object",
    "required": ["field", "initial"],
    "additionalProperties": False,
    "properties": {
        "field": {"type": "string"},
        "initial": {"type": "string"},
        "final": {"$ref": "#/$defs/states"},
        "auto": {
            "type": "object",
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {
                "type": "object",
                "required": ["from", "to"],
                "anyOf": [{"required": ["when"]}, {"required": ["after"]}],
                "dependentRequired": {"within": ["after"]},
                "additionalProperties": False,
                "properties": {
                    "from": {"$ref": "#/$defs/states"},
                    "to": {"type": "string"},
                    "when": {"$ref": "#/$defs/cel"},
                    "after": {"$ref": "#/$defs/duration"},
                    "within": {"$ref": "#/$defs/duration"},
                    "assumed": {"type": "boolean"},
                },
            },
        },
    },
}


class Resources(Word):
    """Sets what the server manages, makes automatic moves, keeps unique what is unique."""

    name = "resources"
    places = ("document",)
    schema = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "parent": {
                    "type": "object",
                    "required": ["resource", "by"],
                    "additionalProperties": False,
                    "properties": {"resource": {"type": "string"}, "by": {"type": "string"}},
                },
                "state": _STATE,
                "managed": {
                    "type": "object",
                    "additionalProperties": {"enum": ["create", "write", "anytime", "index"]},
                },
                "hidden": {"type": "object", "propertyNames": {"$ref": "#/$defs/name"}},
                "computed": {"type": "object", "additionalProperties": {"$ref": "#/$defs/cel"}},
                "unique": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "status": {"$ref": "#/$defs/status"},
                            "message": {"type": "string"},
                            "assumed": {"type": "boolean"},
                        },
                    },
                },
                "fixtures": {
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": {"type": "object"},
                },
            },
        },
    }
    refuses_at = RefusalStage.UNIQUENESS
    applies_at = ApplyStage.MANAGED

    def parse(self, value: Json, site: Site) -> dict[str, Resource]:
        schemas = site.document.data.get("components", {}).get("schemas", {})
        return {
            name: _resource(name, entry, site, f"{site.pointer}/{name}")
            for name, entry in value.items()
            if name in schemas
        }

    def errors(self, contract: Contract) -> Iterator[Finding]:
        declared = contract.document.data.get("x-contract", {}).get("resources", {})
        for name in declared:
            if name not in contract.resources:
                known = contract.document.data.get("components", {}).get("schemas", {})
                message = f"there is no component schema {name!r}{did_you_mean(name, known)}"
                yield contract.document.finding("C03", message, join("/x-contract/resources", name))
        for resource in contract.resources.values():
            yield from _field_errors(contract, resource)
            yield from _state_errors(contract, resource)
            for name, text in resource.computed.items():
                at = f"{resource.pointer}/computed/{name}"
                yield from expression_findings(contract, text, at, resource, names=("self", "hidden"))

    def refusals(self, step: Step) -> Iterator[Refusal]:
        resource, body = step.resource, step.body
        if resource is None or step.operation.verb not in ("create", "update"):
            return
        for unique in resource.unique:
            value = body.get(unique.field)
            others = (r for r in step.world.of(resource.name) if not step.before or r.id != step.before.id)
            if value is not None and any(r.data.get(unique.field) == value for r in others):
                certain = step.operation.verb == "create"
                yield Refusal(
                    "conflict",
                    unique.pointer,
                    unique.status,
                    unique.message,
                    unique.assumed,
                    certain=certain,
                    preferred=certain,
                )

    def apply(self, step: Step) -> Step:
        if step.resource is None or step.after is None or step.operation.verb == "read":
            return step
        return _manage(step, step.resource)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        resource = contract.resource_of(operation)
        if resource is None:
            return
        yield from _unique_promises(operation, resource)
        yield from _managed_promises(contract, operation, resource)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        resource = contract.resource_of(operation) if operation else None
        if operation is None or resource is None or operation.verb not in ("create", "update", "action"):
            return
        if operation.verb in ("update", "action"):
            for name in (n for n, when in resource.managed.items() if when == "write"):
                at = f"{resource.pointer}/managed/{name}"
                yield Sentence(f"`{name}` is set anew when something changes.", at)
        for unique in resource.unique if operation.verb == "create" else ():
            how = answered(contract, "conflict", unique.status, unique.message)
            says = f"A `{unique.field}` that another {resource.name} has is refused {how}."
            yield Sentence(says, unique.pointer, unique.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for resource in contract.resources.values() if operation is None else ():
            yield from resource_facts(contract, resource)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return judged(old, new)


def _managed_promises(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    written = [
        name for name, when in resource.managed.items() if when == "write" and not name.startswith("/")
    ]
    if operation.verb not in ("update", "action") or operation.method == "GET":
        return
    for name in written:
        at = f"{resource.pointer}/managed/{name}"
        says = f"{operation.id} sets {name} when it changes something, and leaves it when it is refused"
        planned = PlannedCall(operation.id, draws=always(contract, operation, name))
        probe = Probe((planned,), accepted_start(operation), settle=2.5)
        subject = Subject(operation.id, Aspect.MANAGED, name)
        yield Promise(f"{operation.id}/managed/{name}", operation.id, says, at, (probe,), subject=subject)


def _unique_promises(operation: Operation, resource: Resource) -> Iterator[Promise]:
    if operation.verb != "create":
        return
    for unique in resource.unique:
        says = f"{operation.id} refuses a {unique.field} that another {resource.name} has"
        planned = PlannedCall(operation.id, {unique.field: Stored((unique.field,))}, fill=False)
        probe = Probe((planned,), Given(resource.name))
        yield Promise(f"{operation.id}/unique/{unique.field}", operation.id, says, unique.pointer, (probe,))


def _resource(name: str, entry: Mapping[str, Any], site: Site, pointer: str) -> Resource:
    at, schema = site.document.resolve(join("/components/schemas", name))
    schema = site.document.schemas.resolve(site.document.schemas.at(at))
    state = entry.get("state", {})
    field = state.get("field")
    values = site.document.schemas.resolve(schema.get("properties", {}).get(field, {}))
    example = schema.get("example", (schema.get("examples") or [{}])[0])
    return Resource(
        name,
        pointer,
        {"$ref": "#" + at},
        entry["id"],
        field,
        tuple(v for v in values.get("enum", ()) if isinstance(v, str)),
        state.get("initial"),
        states_of(state.get("final")) or (),
        tuple(_auto(key, value, pointer) for key, value in state.get("auto", {}).items()),
        entry.get("managed", {}),
        entry.get("hidden", {}),
        entry.get("computed", {}),
        tuple(_unique(key, value, pointer) for key, value in entry.get("unique", {}).items()),
        tuple(_fixture(key, value, entry) for key, value in entry.get("fixtures", {}).items()),
        example if isinstance(example, Mapping) else {},
        Parent(**entry["parent"], pointer=f"{pointer}/parent") if "parent" in entry else None,
    )


def _unique(name: str, value: Mapping[str, Any], pointer: str) -> Unique:
    return Unique(
        name,
        status_of(value.get("status")),
        value.get("message"),
        f"{pointer}/unique/{name}",
        value.get("assumed", False),
    )


def _fixture(name: str, value: Mapping[str, Any], entry: Mapping[str, Any]) -> Fixture:
    beside = ("hidden", "parent") if "parent" in entry else ("hidden",)
    data = {key: item for key, item in value.items() if key not in beside}
    above = value.get("parent") if "parent" in entry else None
    return Fixture(name, data, {**entry.get("hidden", {}), **value.get("hidden", {})}, above)


def _auto(name: str, value: Mapping[str, Any], pointer: str) -> Auto:
    at = f"{pointer}/state/auto/{name}"
    return Auto(
        name,
        states_of(value["from"]) or (),
        value["to"],
        value.get("when"),
        at,
        value.get("assumed", False),
        seconds(value["after"]) if "after" in value else None,
        seconds(value["within"]) if "within" in value else None,
    )


def _field_errors(contract: Contract, resource: Resource) -> Iterator[Finding]:
    properties = contract.document.schemas.resolve(resource.schema).get("properties", {})
    named = {"id": resource.id} | {f"computed/{k}": k for k in resource.computed}
    named |= {f"managed/{k}": k for k in resource.managed if not k.startswith("/")}
    named |= {f"unique/{u.field}": u.field for u in resource.unique}
    named |= {join("fixtures", f.name, k): k for f in resource.fixtures for k in f.data}
    for place, name in named.items():
        if name not in properties:
            message = f"{resource.name} has no property {name!r}{did_you_mean(name, properties)}"
            yield contract.document.finding("C08", message, f"{resource.pointer}/{place}")
    for pattern in resource.managed:
        if pattern.startswith("/"):
            yield from _pattern_errors(contract, resource, pattern)
    for fixture in resource.fixtures:
        for name in fixture.hidden:
            if name not in resource.hidden:
                message = f"{name!r} is not declared under `hidden`{did_you_mean(name, resource.hidden)}"
                at = f"{resource.pointer}/fixtures/{fixture.name}/hidden/{name}"
                yield contract.document.finding("C08", message, at)


def _pattern_errors(contract: Contract, resource: Resource, pattern: str) -> Iterator[Finding]:
    schemas, schema = contract.document.schemas, contract.document.schemas.resolve(resource.schema)
    where = resource.name
    for part in split(pattern):
        known = {"*": schema["items"]} if "items" in schema else schema.get("properties", {})
        if part not in known:
            message = f"{where} has no property {part!r}{did_you_mean(part, known)}"
            at = join(f"{resource.pointer}/managed", pattern)
            yield contract.document.finding("C08", message, at)
            return
        schema, where = schemas.resolve(known[part]), f"{where}/{part}"


def _state_errors(contract: Contract, resource: Resource) -> Iterator[Finding]:
    if resource.state is None:
        return
    properties = contract.document.schemas.resolve(resource.schema).get("properties", {})
    at = f"{resource.pointer}/state"
    if resource.state not in properties:
        hint = did_you_mean(resource.state, properties)
        message = f"{resource.name} has no property {resource.state!r}{hint}"
        yield contract.document.finding("C08", message, f"{at}/field")
        return
    if not resource.states:
        message = f"the states are the enum of {resource.name}.{resource.state}, but it has none"
        yield contract.document.finding("C04", message, f"{at}/field")
        return
    yield from state_findings(contract, (resource.initial or "",), f"{at}/initial", resource)
    yield from state_findings(contract, resource.final, f"{at}/final", resource)
    for auto in resource.auto:
        yield from state_findings(contract, (*auto.source, auto.to), auto.pointer, resource)
        if auto.when:
            at_when, names = f"{auto.pointer}/when", ("self", "hidden", "now")
            yield from expression_findings(contract, auto.when, at_when, resource, names=names)


def _manage(step: Step, resource: Resource) -> Step:
    before, after = step.before, step.after
    assert after is not None
    changed = before is not None and after.data != before.data
    for name, when in resource.managed.items():
        if when == "index":
            step = _number(step, split(name))
        elif name.startswith("/"):
            step = _fill(step, resource, split(name))
        elif when == "anytime" and before is None and name not in after.data:
            plain = sample(step.contract.document.schemas, step.contract.field_schema(resource, name))
            step = step.put(f"{resource.pointer}/managed/{name}", **{name: plain})
        elif when == "write" and before is not None and step.operation.method == "GET":
            continue  # an action that is only asked for is no write
        elif when == "write" or (before is None and name not in after.data):
            old = before.data.get(name) if before else None
            value = step.world.fresh(step.contract.field_schema(resource, name), old)
            if isinstance(value, Unknown):
                value = Unknown(old, touched=changed and when == "write")
            step = step.put(f"{resource.pointer}/managed/{name}", **{name: value})
    return step


def _number(step: Step, pattern: tuple[str, ...]) -> Step:
    """Set a member of a list's items to their place in it."""
    assert step.after is not None
    items = step.after.data.get(pattern[0])
    if not isinstance(items, list):
        return step
    numbered = [
        {**item, pattern[-1]: place} if isinstance(item, Mapping) else item
        for place, item in enumerate(items)
    ]
    if numbered == items:
        return step
    return replace(
        step, after=replace(step.after, data={**step.after.data, pattern[0]: _like(items, numbered)})
    )


def _fill(step: Step, resource: Resource, pattern: tuple[str, ...]) -> Step:
    """Set a managed member of nested objects where the client gave none."""
    assert step.after is not None
    field, schemas = pattern[0], step.contract.document.schemas
    schema = step.contract.field_schema(resource, field)
    for part in pattern[1:]:
        inner = schema.get("items") if part == "*" else schema.get("properties", {}).get(part)
        schema = schemas.resolve(inner or {})
    value = step.after.data.get(field)
    for path, parent in list(spread(value, pattern[1:-1])):
        if isinstance(parent, Mapping) and pattern[-1] not in parent:
            value = _with(value, (*path, pattern[-1]), step.world.fresh(schema, None))
    if value is step.after.data.get(field):
        return step
    after = replace(step.after, data={**step.after.data, field: value})
    return replace(step, after=after)


def _with(value: Json, path: tuple[str, ...], new: Json) -> Json:
    if not path:
        return new
    if isinstance(value, list):
        index = int(path[0])
        items = [_with(v, path[1:], new) if i == index else v for i, v in enumerate(value)]
        return _like(value, items)
    return {**value, path[0]: _with(value.get(path[0]), path[1:], new)}


def _like(old: list[Json], items: list[Json]) -> list[Json]:
    return Bag(items, old.key) if isinstance(old, Bag) else items
