"""``acts``: what an operation does to which resource (``Campaign.update``).

``read`` and ``list`` change nothing, ``update`` stores the body property by property, ``action`` stores
nothing of it, ``create`` and ``delete`` are what they say; ``create`` below a record
(``/campaigns/{id}/duplicate``) makes a copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.contract import Contract
from troth.contracts.document import did_you_mean
from troth.contracts.document.schemas import types_of
from troth.contracts.model import Delete, Finding, Json, Operation, Record, Refusal, Unknown
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import (
    Aspect,
    Given,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Stored,
    Subject,
    Turn,
)
from troth.contracts.words._phrases import answered, listed
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start, kinds_of
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_PLAIN = {("string",), ("integer",), ("number",), ("boolean",)}
VERBS = ("create", "read", "list", "update", "delete", "action")
_SAYS = {
    "create": "Creates a {0}.",
    "read": "Shows the {0} that `{1}` names, and changes nothing.",
    "list": "Lists every {0}, and changes nothing.",
    "update": "Changes what the body names of the {0} that `{1}` names, and leaves the rest.",
    "delete": "Removes the {0} that `{1}` names.",
    "action": "Acts on the {0} that `{1}` names; nothing of the body is stored.",
}


class Acts(Word):
    """Creates, finds and lists records; refuses ids that nobody knows."""

    name = "acts"
    schema = {
        "type": "string",
        "pattern": rf"^[A-Za-z_][\w.-]*\.({'|'.join(VERBS)})$",
        "description": f"<Schema>.<verb>, the verb one of {', '.join(VERBS)}",
    }
    refuses_at = RefusalStage.EXISTENCE
    applies_at = ApplyStage.RECORD

    def parse(self, value: Json, site: Site) -> tuple[str, str]:
        resource, _, verb = value.rpartition(".")
        return resource, verb

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            if operation.resource is not None and operation.resource not in contract.resources:
                hint = did_you_mean(operation.resource, contract.resources)
                message = f"{operation.resource!r} is not declared under `resources`{hint}"
                yield contract.document.finding("C03", message, f"{operation.word_pointer}/acts")
            elif operation.verb not in ("create", "list", None) and not operation.names_record:
                if _handled(contract, operation):
                    continue
                message = f"`{operation.verb}` needs a path parameter that names the {operation.resource}"
                yield contract.document.finding("C03", message, f"{operation.word_pointer}/acts")

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C00: an operation without ``acts``; C15: no place in the response shows the record."""
        for operation in contract.operations.values():
            if operation.resource is None and contract.resources:
                message = f"{operation.id} does not say what it `acts` on: it is tested by its schemas only"
                yield contract.document.finding("C00", message, operation.pointer, "note")
            success = operation.success
            if operation.verb in ("read", "list") and success and success.envelope is None:
                message = f"no $ref to #/components/schemas/{operation.resource} in the {success.key} body"
                yield contract.document.finding("C15", message, success.pointer, "warning")

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if step.operation.resource is None:  # what it needs to succeed, nobody has said
            yield Refusal("refused", step.operation.pointer, 4, certain=False, preferred=False)
        copies = step.operation.verb == "create" and step.operation.own is not None
        if (step.operation.names_record and step.before is None) or (copies and step.source is None):
            yield Refusal("missing", f"{step.operation.word_pointer}/acts")
        given = _given_id(step)
        if given is not None and step.resource and step.world.get(step.resource.name, given):
            yield Refusal("conflict", f"{step.operation.word_pointer}/acts")

    def apply(self, step: Step) -> Step:
        resource, verb = step.resource, step.operation.verb
        if resource is None or verb is None:
            return step
        if verb == "list":
            return replace(step, records=tuple(r for r in step.world.of(resource.name) if _selected(r, step)))
        if verb == "create":
            return _created(step)
        if verb == "delete" and step.before is not None:
            return replace(step, after=None, changes=(*step.changes, Delete(step.before)))
        return replace(step, after=step.before)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        if operation.resource is None:
            return
        base, at = f"{operation.id}/acts", f"{operation.word_pointer}/acts"
        given = Given(operation.resource)
        if operation.verb == "create":
            start = accepted_start(operation)
            probes = tuple(
                Probe((PlannedCall(operation.id, {name: value}, fill=fill),), start)
                for name, value in kinds_of(contract, operation)
                for fill in (False, True)
            ) or (Probe((PlannedCall(operation.id),), start),)
            resource = contract.resource_of(operation)
            if operation.own is not None and resource is not None:  # what is copied may be in any state
                probes += tuple(
                    Probe((PlannedCall(operation.id),), Given(resource.name, state))
                    for state in resource.states
                )
            says = f"{operation.id} {'copies' if operation.own else 'creates'} a {operation.resource}"
            turn = Turn.FIRST_RECORDS
            yield Promise(f"{base}/create", operation.id, says, at, probes, operation.assumed, turn=turn)
            return
        planned = PlannedCall(operation.id, fill=False)
        if operation.verb in ("read", "list"):
            says = f"{operation.id} shows every {operation.resource} as it is and changes nothing"
            twice = Probe((planned, PlannedCall(operation.id, fill=False, again=True)), given)
            probes = (twice, *_after_write(contract, operation), *_filtered(contract, operation))
            subject = Subject(operation.id, Aspect.LIST) if operation.verb == "list" else None
            id = f"{base}/{operation.verb}"
            yield Promise(id, operation.id, says, at, probes, operation.assumed, subject=subject)
        if operation.verb == "delete":
            probe = Probe((planned, PlannedCall(operation.id, again=True)), accepted_start(operation))
            says = f"{operation.id} removes the {operation.resource}"
            yield Promise(f"{base}/delete", operation.id, says, at, (probe,), operation.assumed)
        if operation.verb == "update":
            yield from _undeclared(contract, operation)
        if operation.names_record:
            says = f"an id that nobody knows is refused by {operation.id}"
            item = operation.item_parameter or ""
            probe = Probe((PlannedCall(operation.id, path={item: Unknown()}),))
            assumed = operation.assumed
            yield Promise(f"{base}/missing", operation.id, says, at, (probe,), assumed)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None or operation.resource is None or operation.verb is None:
            return
        at, name = f"{operation.word_pointer}/acts", operation.resource
        says = _SAYS[operation.verb].format(name, operation.item_parameter)
        yield Sentence(says, at, operation.assumed)
        if operation.verb == "list":
            resource = contract.resource_of(operation)
            queries = [p.name for p in operation.parameters if p.place == "query"]
            filters = [n for n in queries if resource and contract.field_schema(resource, n)]
            if filters:
                yield Sentence(f"{listed(filters, 'and')} selects by equality.", at, operation.assumed)
        if operation.verb not in ("create", "list"):
            assumed = operation.assumed or contract.errors.kind("missing").assumed
            yield Sentence(f"An unknown id is refused {answered(contract, 'missing')}.", at, assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is not None and operation.resource is not None:
            value, at = (operation.resource, operation.verb), f"{operation.word_pointer}/acts"
            says = f"acts as `{operation.resource}.{operation.verb}`"
            yield Fact((), value, says, at, operation.assumed)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return SAFE, "what the call does is said now"
        return (
            (BREAKS, "the call does something else") if new else (MAYBE, "what the call does is not said now")
        )


def _handled(contract: Contract, operation: Operation) -> bool:
    """Whether a handler says which records the operation is about."""
    handlers = contract.words.get("handlers")
    return handlers is not None and operation.id in handlers.functions


def _after_write(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """Reading right after something has changed."""
    acting = (o for o in contract.operations.values() if o.resource == operation.resource)
    moving = next((o for o in acting if o.verb == "action" and "transition" in o.words), None)
    if moving is not None:
        yield Probe((PlannedCall(moving.id), PlannedCall(operation.id, fill=False)), accepted_start(moving))


def _filtered(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """Lists with each query parameter that bears the name of a property."""
    resource = contract.resource_of(operation)
    names = [p.name for p in operation.parameters if p.place == "query"] if operation.verb == "list" else []
    for name in names:
        if resource and contract.field_schema(resource, name):
            planned = PlannedCall(operation.id, query={name: Stored((name,))}, fill=False)
            yield Probe((planned,), Given(resource.name))


def _undeclared(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Plain properties of the resource that the body does not declare: sending them changes nothing."""
    resource = contract.resource_of(operation)
    if resource is None:
        return
    declared = contract.body_properties(operation)
    for name in contract.document.schemas.resolve(resource.schema).get("properties", {}):
        schema = contract.field_schema(resource, name)
        plain = "enum" in schema or types_of(schema)[:1] in _PLAIN
        if plain and name not in declared and resource.managed.get(name) != "anytime":
            planned = PlannedCall(operation.id, {name: Stored((name,), other=True)})
            says = f"{operation.id} does not change {name}, which its body does not declare"
            probe = Probe((planned,), accepted_start(operation))
            at = f"{operation.word_pointer}/acts"
            yield Promise(f"{operation.id}/acts/undeclared/{name}", operation.id, says, at, (probe,))


def _selected(record: Record, step: Step) -> bool:
    """Query parameters that bear the name of a property filter by equality; an object equals no text."""
    plain = {name: value for name, value in record.data.items() if not isinstance(value, Mapping)}
    return all(plain[name] == value for name, value in step.call.query.items() if name in plain)


def _given_id(step: Step) -> str | None:
    """The id of a new record where the client is the one who gives it."""
    resource = step.resource
    if resource is None or step.operation.verb != "create" or resource.id in resource.managed:
        return None
    if resource.id not in step.contract.body_properties(step.operation):
        return None
    given = step.body.get(resource.id)
    return None if given is None else str(given)


def _copied(step: Step) -> dict[str, Json]:
    """What a copy takes over: everything that the document knows of and the server does not set."""
    resource, source = step.resource, step.source
    if resource is None or source is None:
        return {}
    own = {resource.id, resource.state, *resource.managed}
    known = step.contract.document.schemas.resolve(resource.schema).get("properties", {})
    return {name: value for name, value in source.data.items() if name in known and name not in own}


def _created(step: Step) -> Step:
    resource = step.resource
    assert resource is not None
    identity: Json = _given_id(step)
    if identity is None:
        identity = step.world.fresh(step.contract.field_schema(resource, resource.id), None)
    data: dict[str, Json] = {resource.id: identity, **_copied(step)}
    if resource.state and resource.initial:
        data[resource.state] = resource.initial
    after = Record(resource.name, str(identity), data, step.world.initial(resource), since=step.world.now)
    cite = f"{step.operation.word_pointer}/acts"
    return replace(step, after=after, touched=dict.fromkeys(data, cite))
