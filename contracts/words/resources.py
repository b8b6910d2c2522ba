"""``resources``: which component schemas are stored things; their id, states, managed and hidden fields.

``auto`` moves happen by themselves, by time or by a condition. ``managed`` names the
fields that the server sets and when (``create``, ``write``, ``anytime``); a key may be a pointer pattern
(``/sequence_nodes/*/id``), and ``index`` then numbers the items of a list from 0. ``hidden`` are variables
that no response shows, ``computed`` properties that are always derived from the record, ``unique`` properties
that no two records share, on create and on update (``update: [applied, rejected]`` leaves open what becomes
of an update; the first is what the mock does). An ``id`` may stand in an object of the record
(``/metadata/name``); ``single: true`` instead of it: there is one record only, which no path names
(``/settings``). The first fixture without an id has that of the schema's example, further ones have one that
is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.contract import Contract, computed
from troth.contracts.contract.selection import Trait, having
from troth.contracts.contract.targets import Property, Target
from troth.contracts.contract.word_values import effects_of, transition_of, writes_of
from troth.contracts.document import Document, did_you_mean, join
from troth.contracts.document.equality import equal
from troth.contracts.document.pointers import listing, mapping, reference
from troth.contracts.model import (
    Auto,
    Finding,
    Fixture,
    Json,
    Node,
    Operation,
    Parent,
    Pointer,
    Record,
    Refusal,
    Resource,
    Schema,
    Unique,
    Unknown,
)
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.facts import Compatibility, Fact
from troth.contracts.promises.promise import (
    Aspect,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Subject,
)
from troth.contracts.words._binding import Binding
from troth.contracts.words._managed import manage, managed_properties
from troth.contracts.words._phrases import answered
from troth.contracts.words._resource_errors import resource_errors
from troth.contracts.words._resource_facts import judged, resource_facts
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_call
from troth.contracts.words._step import Step
from troth.contracts.words._unique_probes import unique_on_create, unique_on_update
from troth.contracts.words._values import seconds, states_of, status_of
from troth.contracts.words._word import Site, Word

_STATE: Schema = {
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


_NAMED_PARENTS: Schema = {
    "properties": {"fixtures": {"additionalProperties": {"properties": {"parent": {"type": "string"}}}}}
}
"""Where records belong to others, a fixture names the one that it belongs to."""


class Resources(Word):
    """Sets what the server manages, makes automatic moves, keeps unique what is unique."""

    name = "resources"
    places = ("document",)
    schema = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "if": {"required": ["single"]},
            "else": {"required": ["id"]},
            "dependentSchemas": {"parent": _NAMED_PARENTS},
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "single": {"const": True},
                "parent": {
                    "type": "object",
                    "required": ["resource", "by"],
                    "additionalProperties": False,
                    "properties": {
                        "resource": {"type": "string"},
                        "by": {"type": "string"},
                        "field": {"type": "string"},
                    },
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
                            "update": {
                                "type": "array",
                                "items": {"enum": ["applied", "rejected"]},
                                "minItems": 1,
                                "uniqueItems": True,
                            },
                        },
                    },
                },
                "fixtures": {
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": {
                        "type": "object",
                        "properties": {"hidden": {"type": "object"}},
                    },
                },
            },
        },
    }
    refuses_at = RefusalStage.UNIQUENESS
    applies_at = ApplyStage.MANAGED

    def parse(self, value: Node, site: Site) -> dict[str, Resource]:
        schemas, found = _component_schemas(site.document), {}
        for name, entry in value.items():
            if name in schemas:
                found[name] = _resource(name, entry, site, f"{site.pointer}/{name}")
        return found

    def errors(self, contract: Contract) -> Iterator[Finding]:
        document = contract.document
        for name in document.data.get("x-contract", {}).get("resources", {}):
            if name not in contract.resources:
                hint = did_you_mean(name, _component_schemas(document))
                message = f"there is no component schema {name!r}{hint}"
                yield document.finding("C03", message, join("/x-contract/resources", name))
        for resource in contract.resources.values():
            yield from resource_errors(contract, resource)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        resource = contract.resource_of(operation)
        if resource is None or operation.verb in ("read", "list"):
            return None
        return self

    def refusals(self, step: Step) -> Iterator[Refusal]:
        resource, verb = step.resource, step.operation.verb
        if resource is None or verb not in ("create", "update"):
            return
        for unique in resource.unique:
            certain = preferred = unique.field not in step.ignored
            if verb == "update":
                allowed = _on_update(step.contract, step.operation, unique)
                certain = certain and allowed == ("rejected",)
                preferred = preferred and allowed[0] == "rejected"
            if _is_taken(step, resource, unique):
                yield Refusal(
                    "conflict",
                    unique.pointer,
                    unique.status,
                    unique.message,
                    unique.assumed,
                    certain=certain,
                    preferred=preferred,
                    detail=f"another {resource.name} has this {unique.field}",
                    at=("body", unique.field),
                )

    def objections(self, step: Step) -> Iterator[Refusal]:
        resource, after = step.resource, step.after
        if resource is None or after is None:
            return
        for unique in resource.unique:
            if _is_sent(step.contract, step.operation, resource, unique):
                continue  # that was asked of the request already
            if _is_held(step, resource, after, unique.field):
                detail = f"another {resource.name} has this {unique.field}"
                told = (unique.pointer, unique.status, unique.message, unique.assumed)
                yield Refusal("conflict", *told, detail=detail, at=("body", unique.field))

    def apply(self, step: Step) -> Step:
        if step.resource is None or step.after is None:
            return step
        return manage(step, step.resource)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        resource = contract.resource_of(operation)
        if resource is None:
            return
        for unique in resource.unique:
            if operation.verb == "create":
                said = _is_sent(contract, operation, resource, unique)
                yield unique_on_create(contract, operation, resource, unique, sent=said)
            elif _is_kept_by(contract, operation, resource, unique):
                yield from unique_on_update(contract, operation, resource, unique)
        if operation.verb == "update":
            yield from _computed_promises(contract, operation, resource)
        if operation.verb in ("update", "action") and operation.method != "GET":
            for name in managed_properties(resource, "write"):
                yield _managed_promise(contract, operation, resource, name)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        resource = contract.resource_of(operation)
        if resource is None:
            return
        if operation.verb in ("update", "action"):
            for name, when in resource.managed.items():
                if when == "write":
                    at = f"{resource.pointer}/managed/{name}"
                    yield Sentence(f"`{name}` is set anew when something changes.", at)
        for unique in resource.unique:
            if operation.verb == "create" or _is_kept_by(contract, operation, resource, unique):
                how = answered(contract, "conflict", unique.status, unique.message)
                says = f"A `{unique.field}` that another {resource.name} has is refused {how}."
                yield Sentence(says, unique.pointer, unique.assumed)
            elif operation.verb == "update" and _is_sent(contract, operation, resource, unique):
                yield Sentence(_open_on_update(contract, operation, resource, unique), unique.pointer, True)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is not None:
            return
        for resource in contract.resources.values():
            yield from resource_facts(contract, resource)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return judged(old, new)


def _component_schemas(document: Document) -> Schema:
    schemas: Schema = document.data.get("components", {}).get("schemas", {})
    return schemas


def _is_taken(step: Step, resource: Resource, unique: Unique) -> bool:
    """Whether another record has the value that the body sends."""
    value = step.body.get(unique.field)
    if value is None or not _is_sent(step.contract, step.operation, resource, unique):
        return False
    own = None
    if step.before is not None:
        own = step.before.id
    return any(
        record.id != own for record in having(step.world, resource.name, Trait((unique.field,)), (value,))
    )


def _is_held(step: Step, resource: Resource, after: Record, name: str) -> bool:
    """Whether another record has the value that a property of this one gets, by whatever way."""
    value = computed.value(resource, after, name)
    if value is None or isinstance(value, Unknown):
        return False
    if step.before is not None and equal(computed.value(resource, step.before, name), value):
        return False
    others = (record for record in step.world.of(resource.name) if record.id != after.id)
    return any(equal(computed.value(resource, other, name), value) for other in others)


def _is_sent(contract: Contract, operation: Operation, resource: Resource, unique: Unique) -> bool:
    """Whether clients give a unique property its value: the body declares it, and not the server sets it."""
    if unique.field not in contract.body_properties(operation):
        return False
    return unique.field in writes_of(operation) or unique.field not in resource.managed


def _managed_promise(contract: Contract, operation: Operation, resource: Resource, name: str) -> Promise:
    at = f"{resource.pointer}/managed/{name}"
    says = f"{operation.id} sets {name} when it changes something, and leaves it when it is refused"
    given, planned = accepted_start(operation), PlannedCall(operation.id)
    changed = unconditional_property(contract, operation, name)
    if not changed and operation.verb == "update":
        changed = _written_property(contract, operation)
        for other in changed:
            given, body, link = writable_call(contract, operation, other)
            planned = replace(planned, body=body, link=link)
    planned = replace(planned, draws=changed)
    probe = Probe((planned,), given, settle=2.5)
    probes: tuple[Probe, ...] = (probe,)
    allowed = None
    if operation.verb == "action":
        transition = transition_of(operation)
        if transition is not None and len(transition.targets) > 1:
            probes = (probe,) * 3  # what is drawn may decide whether it changes anything
        if not _shows_a_change(operation):
            allowed = "the call need not change anything that is shown"
    id, subject = f"{operation.id}/managed/{name}", Subject(operation.id, Aspect.MANAGED, name)
    managed = {key: when for key, when in resource.managed.items() if key != name}
    unmanaged = replace(resource, managed=managed)
    denials = (Denial(f"{name} stays", resource=unmanaged, stores=True, allowed=allowed),)
    return Promise(id, operation.id, says, at, probes, subject=subject, denials=denials)


def _written_property(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """One property of the body, best one that lands in a property of the record itself; none: it has none."""
    known = list(contract.body_properties(operation))
    plain = [name for name in known if isinstance(write_target(operation, name), Property)]
    return tuple((plain or known)[:1])


def _computed_promises(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    """A computed property follows when what it is computed from is written."""
    for name in resource.computed:
        read = computed.sources(resource.computed, name)
        for written in contract.body_properties(operation):
            target = write_target(operation, written)
            if not isinstance(target, Property) or target.place[0] not in read:
                continue
            given, body, link = writable_call(contract, operation, written)
            planned = PlannedCall(operation.id, body, draws=(written,), link=link)
            others = {key: value for key, value in resource.computed.items() if key != name}
            denials = (Denial(f"{name} stays", resource=replace(resource, computed=others), stores=True),)
            says = f"{name} follows from {written} that {operation.id} writes"
            id, at = f"{operation.id}/computed/{name}/{written}", f"{resource.pointer}/computed/{name}"
            yield Promise(id, operation.id, says, at, (Probe((planned,), given),), denials=denials)


def write_target(operation: Operation, name: str) -> Target:
    """Where a property of the body lands."""
    write = writes_of(operation).get(name)
    if write is None:
        return Property((name,))
    return write.target


def _shows_a_change(operation: Operation) -> bool:
    """Whether an action is known to change something that is shown."""
    transition = transition_of(operation)
    if transition is not None:
        return any(state not in (transition.states or ()) for state, _ in transition.targets)
    names = [name for effect in effects_of(operation) for name in effect.set]
    return any("hidden." not in name and not name.startswith("parent.") for name in names)


def _is_kept_by(contract: Contract, operation: Operation, resource: Resource, unique: Unique) -> bool:
    """Whether an update takes a unique property, and says that it refuses a value that another has."""
    if operation.verb != "update" or not _is_sent(contract, operation, resource, unique):
        return False
    return _on_update(contract, operation, unique) == ("rejected",)


def _open_on_update(contract: Contract, operation: Operation, resource: Resource, unique: Unique) -> str:
    does = "takes"
    if _on_update(contract, operation, unique)[0] == "rejected":
        does = "refuses"
    return (
        f"Whether a `{unique.field}` that another {resource.name} has is refused is open; the mock {does} it."
    )


def _on_update(contract: Contract, operation: Operation, unique: Unique) -> tuple[str, ...]:
    """What may become of an update to a value that another record has: the first is what the mock does."""
    if unique.update:
        return unique.update
    if unique.status or _says_conflict(contract, operation, unique):
        return ("rejected",)
    return ("rejected", "applied")


def _says_conflict(contract: Contract, operation: Operation, unique: Unique) -> bool:
    """Whether an update documents the status of the refusal."""
    status = unique.status or contract.errors.kind("conflict").status or 409
    return any(response.key == str(status) for response in operation.responses)


def _resource(name: str, entry: Schema, site: Site, pointer: Pointer) -> Resource:
    schemas = site.document.schemas
    at, _ = site.document.resolve(join("/components/schemas", name))
    schema = schemas.resolve(schemas.at(at))
    state = entry.get("state", {})
    values = listing(schemas.resolve(mapping(schema, "properties").get(state.get("field"))), "enum")
    parent = None
    if "parent" in entry:
        told = entry["parent"]
        parent = Parent(told["resource"], told["by"], f"{pointer}/parent", told.get("field"))
    return Resource(
        name,
        pointer,
        reference(at),
        entry.get("id", ""),
        state=state.get("field"),
        states=tuple(value for value in values if isinstance(value, str)),
        initial=state.get("initial"),
        final=states_of(state.get("final")) or (),
        auto=tuple(_auto(key, value, pointer) for key, value in state.get("auto", {}).items()),
        managed=entry.get("managed", {}),
        hidden=entry.get("hidden", {}),
        computed=computed.in_order(entry.get("computed", {})),
        unique=tuple(_unique(key, value, pointer) for key, value in entry.get("unique", {}).items()),
        empty=entry.get("fixtures") == {},
        fixtures=tuple(_fixture(key, value, entry) for key, value in entry.get("fixtures", {}).items()),
        example=_example(schema),
        parent=parent,
        single=entry.get("single", False),
    )


def _example(schema: Node) -> Mapping[str, Json]:
    """The example of a schema, where that is an object."""
    if not isinstance(schema, dict):
        return {}
    examples = listing(schema, "examples") or [{}]
    example = schema.get("example", examples[0])
    if not isinstance(example, Mapping):
        return {}
    return example


def _unique(name: str, value: Schema, pointer: Pointer) -> Unique:
    return Unique(
        name,
        status_of(value.get("status")),
        value.get("message"),
        f"{pointer}/unique/{name}",
        value.get("assumed", False),
        tuple(value.get("update", ())),
    )


def _fixture(name: str, value: Schema, entry: Schema) -> Fixture:
    data = dict(value)
    hidden, parent = data.pop("hidden", {}), None
    if "parent" in entry:
        parent = data.pop("parent", None)
    return Fixture(name, data, {**entry.get("hidden", {}), **hidden}, parent)


def _auto(name: str, value: Schema, pointer: Pointer) -> Auto:
    after = within = None
    if "after" in value:
        after = seconds(value["after"])
    if "within" in value:
        within = seconds(value["within"])
    return Auto(
        name,
        states_of(value["from"]) or (),
        value["to"],
        value.get("when"),
        f"{pointer}/state/auto/{name}",
        value.get("assumed", False),
        after,
        within,
    )
