"""``acts``: what an operation does to which resource (``Campaign.update``).

``read`` and ``list`` change nothing, ``update`` stores the body property by property, ``action`` stores
nothing of it, ``create`` and ``delete`` are what they say; ``create`` below a record
(``/campaigns/{id}/duplicate``) makes a copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.asked import question_of
from troth.contracts.contract.defaults import defaults_of
from troth.contracts.contract.identity import id_of, typed, with_id, with_value
from troth.contracts.contract.linked import kept_by
from troth.contracts.contract.scopes import Scope, placed, scopes, told_by_path
from troth.contracts.contract.selection import Listing, Selection
from troth.contracts.contract.targets import Property
from troth.contracts.contract.word_values import lets_pass, transition_of, writes_of
from troth.contracts.document import did_you_mean
from troth.contracts.document.equality import equal
from troth.contracts.document.samples import sample
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Delete, Finding, Json, Node, Operation, Record, Refusal, Resource, Unknown
from troth.contracts.promises.denial import (
    Denial,
    always_refused,
    never_missing,
    never_refused,
    undeclared_stored,
    with_words,
)
from troth.contracts.promises.facts import Compatibility, Fact, of_what_it_does
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
from troth.contracts.words._first_data import first_data
from troth.contracts.words._given_ids import (
    fresh_id,
    given_id,
    named_after,
    taken_by,
    upserts,
    version_before,
    where_made,
)
from troth.contracts.words._phrases import answered, listed
from troth.contracts.words._query_probes import selecting_probes
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start, kinds_of, parent_start
from troth.contracts.words._step import Step, says_otherwise
from troth.contracts.words._word import Site, Word

_OTHER_REASONS = (402, 403, 404, 405, 409, 410, 412, 423, 424, 428, 429)
"""Statuses of refusals for what is not in the request itself."""

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

    def parse(self, value: Node, site: Site) -> tuple[str, str]:
        resource, _, verb = value.rpartition(".")
        return resource, verb

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            at = f"{operation.word_pointer}/acts"
            if operation.resource is None:
                continue
            if operation.resource not in contract.resources:
                hint = did_you_mean(operation.resource, contract.resources)
                message = f"{operation.resource!r} is not declared under `resources`{hint}"
                yield contract.document.finding("C03", message, at)
            elif contract.resources[operation.resource].single or contract.document.guessed:
                continue
            elif _names_nothing(operation) and not _handled(contract, operation):
                message = f"`{operation.verb}` needs a path parameter that names the {operation.resource}"
                yield contract.document.finding("C03", message, at)

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
        operation = step.operation
        at = f"{operation.word_pointer}/acts"
        if operation.resource is None:
            yield from _open_refusals(operation)
        if _lacks_its_record(step):
            open_ = step.contract.guessed and operation.verb == "delete"  # what is gone may be deleted again
            yield Refusal("missing", at, detail=_unknown(step), certain=not open_)
        if taken_by(step, given_id(step)) is not None:
            yield Refusal(
                "conflict", at, detail=f"there is a {operation.resource} {given_id(step)!r} already"
            )

    def apply(self, step: Step) -> Step:
        resource, verb = step.resource, step.operation.verb
        if resource is None or verb is None:
            return step
        if verb == "list":
            listing = Listing(step.world, _selection(step, resource))
            if _LACKING in step.operation.words:
                return replace(step, records=tuple(listing[1:]))
            return replace(step, records=listing)
        if verb == "delete":
            return _deleted(step)
        if verb == "create" or step.lost:
            return _created(step)
        return replace(step, after=step.before)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        resource = contract.resource_of(operation)
        if resource is None:
            return
        if operation.verb == "create":
            yield _creates(contract, operation, resource)
            yield from _undeclared_state(contract, operation, resource)
            return
        if operation.verb in ("read", "list"):
            yield _shows(contract, operation, resource)
            yield from _filtered(contract, operation)
        if operation.verb == "delete":
            yield _removes(operation)
        if operation.verb == "update":
            yield from _undeclared(contract, operation, resource)
        if operation.names_record:
            yield _refuses_strangers(operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None or operation.resource is None or operation.verb is None:
            return
        at, name = f"{operation.word_pointer}/acts", operation.resource
        says = _SAYS[operation.verb].format(name, operation.item_parameter)
        yield Sentence(says, at, operation.assumed)
        if operation.verb == "list":
            filters = _filters(contract, operation)
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
        return of_what_it_does(old, new)


def _open_refusals(operation: Operation) -> Iterator[Refusal]:
    """What it needs to succeed, nobody has said.

    Where the request itself is denied to be wrong, a status that says that it is means what it says (RFC
    9110, 15.5.1, 15.5.2, 15.5.16, 15.5.21); a documented 403, too, where anybody may call it.
    """
    statuses, passed = [4], lets_pass(operation)
    if passed:
        statuses = [*_OTHER_REASONS]
    if f"{operation.pointer}/security" in passed and operation.response(403) is not None:
        statuses.remove(403)
    for status in statuses:
        yield Refusal("refused", operation.pointer, status, certain=False, preferred=False)


def _lacks_its_record(step: Step) -> bool:
    """Whether what a call is about is not there, nor made by it."""
    if step.resource is not None and step.resource.single:
        return step.before is None
    if _copies(step.operation):
        return step.source is None
    if step.resource is not None and says_otherwise(step.contract, step.operation):
        return step.before is None
    return step.lost and not upserts(step.contract, step.operation)


def _unknown(step: Step) -> str:
    """Which record is not there."""
    operation = step.operation
    named = operation.item_parameter or operation.own
    id = step.call.path.get(named or "")
    if id is None:
        return f"there is no {operation.resource}"
    return f"there is no {operation.resource} {id!r}"


def _names_nothing(operation: Operation) -> bool:
    """Whether an operation acts on one record, but its path names none."""
    if operation.verb is None or operation.verb in ("create", "list"):
        return False
    return not operation.names_record


def _copies(operation: Operation) -> bool:
    """Whether an operation makes a copy of the record that its path names."""
    return operation.verb == "create" and operation.own is not None


def _handled(contract: Contract, operation: Operation) -> bool:
    """Whether a handler says which records the operation is about."""
    handlers = contract.words.get("handlers")
    return handlers is not None and operation.id in handlers.functions


def _creates(contract: Contract, operation: Operation, resource: Resource) -> Promise:
    """Making a record of every kind, and a copy of one in every state."""
    start = accepted_start(operation)
    probes: list[Probe] = []
    for name, value in kinds_of(contract, operation):
        probes.append(Probe((PlannedCall(operation.id, {name: value}),), start))
    if not probes:
        probes.append(Probe((PlannedCall(operation.id),), start))
    does = "creates"
    if operation.own is not None:
        does = "copies"
        for state in resource.states:  # what is copied may be in any state
            probes.append(Probe((PlannedCall(operation.id),), Given(resource.name, state)))
    says = f"{operation.id} {does} a {resource.name}"
    id, at = f"{operation.id}/acts/create", f"{operation.word_pointer}/acts"
    turn, denials = Turn.FIRST_RECORDS, (always_refused(operation),)
    return Promise(
        id,
        operation.id,
        says,
        at,
        tuple(probes),
        operation.assumed,
        turn=turn,
        denials=denials,
        read=True,
    )


def _shows(contract: Contract, operation: Operation, resource: Resource) -> Promise:
    """Reading twice, and right after something has changed."""
    planned = PlannedCall(operation.id)
    beside = 2 if operation.verb == "list" else 0
    twice = Probe((planned, replace(planned, again=True)), Given(resource.name), beside=beside)
    probes = (twice, *_after_write(contract, operation))
    subject, denials = None, [always_refused(operation)]
    if operation.verb == "list":
        subject = Subject(operation.id, Aspect.LIST)
        lacking = with_words(operation, **{_LACKING: True})
        denials.append(Denial("the list lacks a record", lacking, judged=False))
    says = f"{operation.id} shows every {resource.name} as it is and changes nothing"
    id, at = f"{operation.id}/acts/{operation.verb}", f"{operation.word_pointer}/acts"
    return Promise(
        id, operation.id, says, at, probes, operation.assumed, subject=subject, denials=tuple(denials)
    )


def _removes(operation: Operation) -> Promise:
    """Removing a record, and once more when it is gone."""
    planned = PlannedCall(operation.id)
    probe = Probe((planned, PlannedCall(operation.id, again=True)), accepted_start(operation))
    says = f"{operation.id} removes the {operation.resource}"
    id, at = f"{operation.id}/acts/delete", f"{operation.word_pointer}/acts"
    denials = (Denial("it stays", replace(operation, verb="action")),)
    return Promise(id, operation.id, says, at, (probe,), operation.assumed, denials=denials)


def _refuses_strangers(operation: Operation) -> Promise:
    """Naming a record that is not there, below a parent that is."""
    says = f"an id that nobody knows is refused by {operation.id}"
    item = operation.item_parameter or ""
    probe = Probe((PlannedCall(operation.id, path={item: Unknown()}),), parent_start(operation))
    id, at = f"{operation.id}/acts/missing", f"{operation.word_pointer}/acts"
    denials = (never_missing(operation, "any id names something"),)
    return Promise(id, operation.id, says, at, (probe,), operation.assumed, denials=denials)


def _after_write(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """Reading right after something has changed."""
    for moving in contract.operations.values():
        if moving.resource == operation.resource and moving.verb == "action" and transition_of(moving):
            planned = (PlannedCall(moving.id), PlannedCall(operation.id))
            yield Probe(planned, accepted_start(moving))
            return


def _filters(contract: Contract, operation: Operation) -> list[str]:
    """The query parameters of a list that bear the name of a property."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb != "list":
        return []
    queries = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
    question = question_of(operation)
    if question is not None:
        queries = [name for name in queries if name not in question.plain_filters()]
    return [name for name in queries if _selects_whole(contract, operation, resource, name)]


def _selects_whole(contract: Contract, operation: Operation, resource: Resource, name: str) -> bool:
    """Whether a parameter takes what the property of its name is: of a list it may only take an item, and of
    an object it may name members."""
    schema, parameter = contract.field_schema(resource, name), operation.parameter("query", name)
    if not schema or parameter is None:
        return False
    kind = types_of(schema)[:1]
    if kind not in (("array",), ("object",)):
        return True
    return types_of(contract.document.schemas.resolve(parameter.schema))[:1] == kind


def _filtered(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Lists with each query parameter that bears the name of a property."""
    at, names = f"{operation.word_pointer}/acts", _filters(contract, operation)
    for name in names:
        resource, company = (
            contract.resources[str(operation.resource)],
            _other_state(contract, operation, name),
        )
        partner = next(((other, other) for other in names if other != name), None)
        probes = selecting_probes(contract, operation, resource, name, (name,), partner, company)
        others = tuple(p for p in operation.parameters if (p.place, p.name) != ("query", name))
        ignored = replace(operation, parameters=others)
        denials = (Denial(f"{name} is ignored", ignored, judged=False),)
        subject = Subject(operation.id, Aspect.QUERY, name)
        says = f"{operation.id} shows what has the {name} that the query asks for"
        id = f"{operation.id}/query/{name}"
        yield Promise(id, operation.id, says, at, probes, operation.assumed, denials=denials, subject=subject)


def _other_state(contract: Contract, operation: Operation, name: str) -> Given | None:
    """A record in another state than the first one; None where it is not the state that is asked for."""
    resource = contract.resource_of(operation)
    if resource is None or name != resource.state:
        return None
    for moving in contract.operations.values():
        transition = transition_of(moving)
        if moving.resource != resource.name or transition is None or transition.states is None:
            continue
        for state, _ in transition.targets:
            if state != resource.initial:
                return Given(resource.name, state)
    return None


def _undeclared(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    """Plain properties of the resource that the body does not declare: sending them changes nothing."""
    declared = contract.body_properties(operation)
    if declared and not any(_lands_in_a_property(operation, name) for name in declared):
        return  # the body is not about the record, but about something in it
    at = f"{operation.word_pointer}/acts"
    for name in contract.properties(resource):
        if name in declared or resource.managed.get(name) == "anytime":
            continue
        schema = contract.field_schema(resource, name)
        if "enum" in schema or types_of(schema)[:1] in _PLAIN:
            planned = PlannedCall(operation.id, {name: Stored((name,), other=True)})
            says = f"{operation.id} does not change {name}, which its body does not declare"
            probe = Probe((planned,), accepted_start(operation))
            id = f"{operation.id}/acts/undeclared/{name}"
            denials = (_undeclared_taken(contract, operation, resource, name),)
            yield Promise(id, operation.id, says, at, (probe,), denials=denials)


def _undeclared_state(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    """A new record begins in its initial state, also where the body says another and does not declare it."""
    name = resource.state
    if name is None or resource.initial is None or not contract.body_properties(operation):
        return
    if name in contract.body_properties(operation) or operation.own or transition_of(operation) is not None:
        return
    other = next((state for state in resource.states if state != resource.initial), None)
    if other is None:
        return
    says = f"{operation.id} does not take {name}, which its body does not declare"
    probe = Probe((PlannedCall(operation.id, {name: other}),), accepted_start(operation))
    id = f"{operation.id}/acts/undeclared/{name}"
    denials = (_undeclared_taken(contract, operation, resource, name),)
    yield Promise(id, operation.id, says, f"{operation.word_pointer}/acts", (probe,), denials=denials)


def _undeclared_taken(contract: Contract, operation: Operation, resource: Resource, name: str) -> Denial:
    """Denied: that a property which a body does not declare is left alone, or refused by a closed schema."""
    if _breaks_with(contract, operation, name):
        return never_refused(operation, str(operation.body_pointer), "what breaks the schema is taken")
    return undeclared_stored(operation, resource, name)


def _breaks_with(contract: Contract, operation: Operation, name: str) -> bool:
    """Whether a body breaks its schema by a property that it does not declare."""
    pointer, schemas = contract.record_pointer(operation), contract.document.schemas
    if pointer is None:
        return False
    declared = {key: sample(schemas, schema) for key, schema in contract.body_properties(operation).items()}
    with_it = schemas.violations(pointer, {**declared, name: None})
    return len(with_it) > len(schemas.violations(pointer, declared))


def _lands_in_a_property(operation: Operation, name: str) -> bool:
    """Whether what is sent under a name becomes a property of the record."""
    write = writes_of(operation).get(name)
    return write is None or isinstance(write.target, Property)


_ANY = ("all", "any")
"""What asks for no value, where all is a guess."""

_LACKING = "lacks one"
"""In denied contracts: the list leaves out a record."""


def _selection(step: Step, resource: Resource) -> Selection:
    """The records that a list shows: of what its query asks for by equality, and where its path leads."""
    asked, computed = _asked(step), tuple[tuple[str, str], ...]()
    if any(name in resource.computed for name, _ in asked):
        computed = tuple(resource.computed.items())
    told = (*_scopes(step, resource), *told_by_path(step.contract, step.operation))
    within = [(scope.property, step.call.path.get(scope.parameter)) for scope in told]
    places = tuple((at, str(value)) for at, value in within if value is not None)
    lacking = frozenset(name for name, value in asked if _may_be_lacking(step, resource, name, value))
    return Selection(resource.name, asked, computed=computed, within=places, lacking=lacking)


def _may_be_lacking(step: Step, resource: Resource, name: str, value: Json) -> bool:
    """Whether a record without a value is asked for, too: the name is that of no property, or its default is
    that value."""
    resolve = step.contract.document.schemas.resolve
    properties = step.contract.properties(resource)
    if name not in properties:
        return True
    schema = resolve(properties[name])
    return isinstance(schema, dict) and "default" in schema and equal(schema["default"], value)


def _scopes(step: Step, resource: Resource) -> tuple[Scope, ...]:
    return scopes(step.contract, resource.name)


def _asked(step: Step) -> tuple[tuple[str, Json], ...]:
    """What the declared parameters of a query ask for."""
    declared = {parameter.name for parameter in step.operation.parameters if parameter.place == "query"}
    asked = [(name, value) for name, value in step.call.query.items() if name in declared]
    if step.contract.document.guessed:  # `state=all`, `created[gte]=5`
        asked = [(name, value) for name, value in asked if value not in _ANY]
        asked = [(name, value) for name, value in asked if not isinstance(value, Mapping)]
    return tuple(asked)


def _copied(step: Step) -> dict[str, Json]:
    """What a copy takes over: everything that the document knows of and the server does not set."""
    resource, source = step.resource, step.source
    if resource is None or source is None:
        return {}
    own = {resource.id, resource.state, *resource.managed}
    known = step.contract.properties(resource)
    return {name: value for name, value in source.data.items() if name in known and name not in own}


def _deleted(step: Step) -> Step:
    """Without the record; what is gone already stays so."""
    if step.before is None:
        return step
    return replace(step, after=None, changes=(*step.changes, Delete(step.before)))


def _created(step: Step) -> Step:
    resource = step.resource
    assert resource is not None
    given = given_id(step)
    identity: Json = _as_shown(step, resource, given)
    if identity is None:
        identity = named_after(step)
    if identity is None:
        identity = fresh_id(step, resource)
    made = first_data(step, resource, identity)
    data = {**with_id(resource, {}, identity), **made, **_copied(step)}
    for scope in told_by_path(step.contract, step.operation):
        data = with_value(scope.property, data, step.call.path.get(scope.parameter))
    data = with_id(resource, data, identity)
    if resource.state and resource.initial:
        data[resource.state] = resource.initial
    version = 0
    if given is not None:
        version = version_before(step, given)
    initial = {**step.world.initial(resource), **{kept: [] for kept in kept_by(step.contract, resource.name)}}
    after = Record(resource.name, str(identity), data, initial, version, since=step.world.now)
    after = placed(step.contract, after, where_made(step, resource))
    cite = f"{step.operation.word_pointer}/acts"
    open_ = made.keys() - defaults_of(step.contract, step.operation).keys()
    told = [name for name in after.data if name not in open_]  # the rest is made up: nobody promises it
    return replace(step, after=after, touched=dict.fromkeys(told, cite))


def _as_shown(step: Step, resource: Resource, given: Json) -> Json:
    """An id that the client gives as answers show it: as its body says it, else in the property's type."""
    said = id_of(resource.id, step.body)
    if said is not None and str(said) == given:
        return said
    if not isinstance(given, str):
        return given
    return typed(step.contract.field_schema(resource, resource.id), given)
