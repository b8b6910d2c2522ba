"""``writes``: which request property may be written in which states, on which condition, and where it lands.

``in``/``outside``: states, and what happens in the others; ``when``/``otherwise``: a condition on the stored
record, and what happens when it does not hold. Outcomes are ``applied``, ``ignored``, ``rejected``, or a list
of those that the document leaves open; unsaid means ``[ignored, rejected]``. ``as`` is where the value lands
when not under its own name: ``/x``, ``/list/*/key`` (scalars become objects; with ``same: type`` they must
name objects whose ``type`` is that of the record, as far as others show it), ``/list/[key=field]/column``,
``/list/[key={parameter}]/member`` (of the item that a path parameter names). ``number`` renumbers items in
order, ``last-by`` keeps the last of items with the same key, ``merge`` (or a body of type
``application/merge-patch+json``) merges objects as RFC 7396 does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.identity import id_of, id_path, with_id
from troth.contracts.contract.selection import Trait, having
from troth.contracts.contract.targets import Keyed, target_of
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Refusal, Resource, Schema, Unknown
from troth.contracts.promises.facts import BREAKS, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings, state_findings
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._values import states_of
from troth.contracts.words._word import Site, Word
from troth.contracts.words._write_facts import judged_treatment, treatment
from troth.contracts.words._write_probes import write_promises
from troth.contracts.words._write_targets import in_state, store, stored, write_of


class Writes(Word):
    """Stores, ignores or rejects what a body says, property by property."""

    name = "writes"
    schema = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "dependentRequired": {"outside": ["in"], "otherwise": ["when"], "same": ["as"]},
            "properties": {
                "in": {"$ref": "#/$defs/states"},
                "outside": {"$ref": "#/$defs/outcome"},
                "when": {"$ref": "#/$defs/cel"},
                "otherwise": {"$ref": "#/$defs/outcome"},
                "as": {"$ref": "#/$defs/pointer"},
                "number": {
                    "oneOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "required": ["field", "from"],
                            "additionalProperties": False,
                            "properties": {
                                "field": {"type": "string"},
                                "from": {"type": "integer"},
                            },
                        },
                    ]
                },
                "last-by": {"type": "string"},
                "merge": {"type": "boolean"},
                "same": {"type": "string"},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.FIELDS
    applies_at = ApplyStage.FIELDS

    def parse(self, value: Node, site: Site) -> Mapping[str, Write]:
        return {name: _write(name, entry, join(site.pointer, name)) for name, entry in value.items()}

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            for write in writes_of(operation).values():
                yield from _errors(contract, operation, write)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C08, C10, C17, C19: no such place; an update with states without ``writes``; two fields in one
        place; managed fields."""
        for operation in contract.operations.values():
            resource, writes = contract.resource_of(operation), writes_of(operation)
            if resource is None or operation.verb not in ("create", "update"):
                continue
            if operation.verb == "update" and resource.state and not writes:
                message = (
                    f"{operation.id} updates a thing with states, but does not say what may be written when"
                )
                yield contract.document.finding("C10", message, operation.word_pointer, "note")
            yield from _overlaps(contract, writes)
            yield from _unshown(contract, resource, writes)
            yield from _managed_taken(contract, operation, resource)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if operation.verb not in ("create", "update"):
            return None
        return self

    def ignores(self, step: Step) -> frozenset[str]:
        return frozenset(write.field for write in _sent(step) if "ignored" in outcomes(write, step))

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for write in _sent(step):
            allowed = outcomes(write, step)
            strange = _strange(write, step)
            if strange is not None:
                detail, certain = f"{strange!r} is of another {write.same}", "ignored" not in allowed
                yield Refusal("refused", write.pointer, None, None, write.assumed, certain, detail=detail)
            if "rejected" in allowed:
                yield _rejected(write, step, allowed)

    def apply(self, step: Step) -> Step:
        if step.after is None:
            return step
        writes = writes_of(step.operation)
        declared = step.contract.body_properties(step.operation)
        left_out = _left_out(step, declared)
        if left_out:
            replaces: bool = step.choose(True, False)  # RFC 9110, section 9.3.4; many merge all the same
            if replaces:
                step = _without(step, left_out)
        known = declared.keys() | writes.keys()
        fields = [name for name in step.body if name in known]
        for name in step.choose(*_orders(fields, writes)):
            if _is_writable(step, name):
                step = _written(write_of(step.operation, name), step)
        return _with_its_id(step)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        return write_promises(contract, operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        for write in writes_of(operation).values():
            for text in _told(write):
                yield Sentence(text, write.pointer, write.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        resource = contract.resource_of(operation)
        if resource is None or operation.verb not in ("create", "update"):
            return
        for name in contract.body_properties(operation):
            write = write_of(operation, name)
            yield from _treatments(operation, resource, write)
            lands = (write.to, write.number, write.start, write.last_by, write.merge, write.same)
            says = " ".join(_told(write)) or "is stored under its own name, as it is sent."
            yield Fact((name, "lands", ""), lands, says, write.pointer, write.assumed, about=f"`{name}`")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None  # the property or the state is new or gone: that is reported as such
        if len(old.key) > 2:
            return BREAKS, "what is stored differs for the same request"
        return judged_treatment(old.value, new.value)


def _with_its_id(step: Step) -> Step:
    """The record with its id, where that stands in an object that was written."""
    resource, after = step.resource, step.after
    if resource is None or after is None or not resource.id.startswith("/"):
        return step
    if str(id_of(resource.id, after.data)) == after.id:
        return step
    return replace(step, after=replace(after, data=with_id(resource, after.data, after.id)))


def _left_out(step: Step, declared: Mapping[str, Node]) -> list[str]:
    """What a PUT does not say of a record, and could: the body is all that is to be there."""
    if step.operation.method != "PUT" or step.operation.verb != "update" or writes_of(step.operation):
        return []
    resource, before = step.resource, step.before
    if resource is None or before is None or not isinstance(step.call.body, Mapping):
        return []
    needed = step.contract.document.schemas.resolve(resource.schema).get("required", ())
    kept = {id_path(resource.id)[0], resource.state, *resource.managed, *needed, *step.body}
    return [name for name in before.data if name in declared and name not in kept]


def _without(step: Step, names: list[str]) -> Step:
    """The record without some of its properties."""
    assert step.after is not None
    data = {name: value for name, value in step.after.data.items() if name not in names}
    return replace(step, after=replace(step.after, data=data))


def _errors(contract: Contract, operation: Operation, write: Write) -> Iterator[Finding]:
    document, resource = contract.document, contract.resource_of(operation)
    known = contract.body_properties(operation)
    if write.field not in known:
        hint = did_you_mean(write.field, known)
        message = f"the body of {operation.id} has no property {write.field!r}{hint}"
        yield document.finding("C09", message, write.pointer)
    if write.states:
        yield from state_findings(contract, write.states, f"{write.pointer}/in", resource)
    if write.same and not isinstance(write.target, Keyed):
        message = "`same` is for what lands in `/list/*/key`: nothing else names objects"
        yield document.finding("C04", message, f"{write.pointer}/same")
    if write.when:
        at = f"{write.pointer}/when"
        yield from expression_findings(contract, write.when, at, resource, operation=operation)


def _managed_taken(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Finding]:
    writes, at = writes_of(operation), f"{operation.pointer}/requestBody"
    unsaid = [name for name in contract.body_properties(operation) if name not in writes]
    for name in unsaid:
        if name in resource.managed:
            message = f"{operation.id} takes {name!r}, which only the server sets (`managed`)"
            yield contract.document.finding("C19", message, at, "warning")


def _treatments(operation: Operation, resource: Resource, write: Write) -> Iterator[Fact]:
    """What becomes of a property in each state in which the operation may find the record."""
    about = f"`{write.field}`"
    if operation.verb == "create" or not resource.states:
        value = treatment(write, resource.initial)
        yield Fact((write.field, ""), value, str(value), write.pointer, write.assumed, about=about)
        return
    for state in resource.states:
        value = treatment(write, state)
        yield Fact((write.field, state), value, str(value), write.pointer, write.assumed, state, about)


def _sent(step: Step) -> list[Write]:
    """What is said of the properties that the call writes, to a record that is there (or will be)."""
    if step.operation.verb == "update" and step.before is None:
        return []
    return [write for write in writes_of(step.operation).values() if write.field in step.body]


def _rejected(write: Write, step: Step, allowed: tuple[str, ...]) -> Refusal:
    """That a property may not be written; whether the value that it has may be sent is left open."""
    if step.before is not None and stored(write, step.before) == step.body[write.field]:
        certain = preferred = False
    else:
        certain, preferred = allowed == ("rejected",), allowed[0] == "rejected"
    return Refusal("refused", write.pointer, certain=certain, preferred=preferred, assumed=write.assumed)


def _strange(write: Write, step: Step) -> Json:
    """A named object that is known, from some record, to differ where it must be the same; else None."""
    values, target = step.body[write.field], write.target
    if write.same is None or step.resource is None:
        return None
    if not isinstance(target, Keyed) or not isinstance(values, list):
        return None
    record = step.body
    if step.before is not None:
        record = step.before.data
    own = record.get(write.same)
    if own is None:
        return None
    named: list[Json] = values
    for value in named:
        if _known_otherwise(step, step.resource, target, write.same, value, own):
            return value
    return None


def _known_otherwise(step: Step, resource: Resource, target: Keyed, name: str, key: Json, own: Json) -> bool:
    """Whether an object that a key names is known to have another member: what none shows may be right."""
    if having(step.world, resource.name, Trait((target.key, name), target.list), (key, own), most=1):
        return False
    known = Trait((target.key,), target.list, besides=(name,))
    return bool(having(step.world, resource.name, known, (key,), most=1))


def _written(write: Write, step: Step) -> Step:
    """The step with one property written, or not, as is allowed."""
    value = step.body[write.field]
    allowed = [outcome for outcome in outcomes(write, step) if outcome != "rejected"]
    if not allowed:
        allowed = ["ignored"]
    if not step.valid and "ignored" in allowed:
        allowed = ["ignored"]  # a value that breaks its schema passes only where it is ignored
    if not step.valid and value is None and allowed == ["applied"]:
        allowed = ["applied", "ignored"]  # a null that its schema does not take is stored, or for nothing
    if step.choose(*allowed) == "applied":
        return store(write, value, step)
    if step.before is None:
        return replace(step, unstored={**step.unstored, write.field: value})
    return step


def _is_writable(step: Step, name: str) -> bool:
    """Whether a rule says where a property lands, or the resource has one of its name that clients set."""
    if name in writes_of(step.operation):
        return True
    resource = step.resource
    assert resource is not None
    properties = step.contract.document.schemas.resolve(resource.schema).get("properties", {})
    if name in resource.managed:
        return False
    return name in properties and name != resource.id


def _write(name: str, entry: Schema, pointer: str) -> Write:
    named = number = start = None
    if "as" in entry:
        named = target_of(entry["as"])
    if isinstance(entry.get("number"), Mapping):
        number, start = entry["number"]["field"], entry["number"]["from"]
    else:
        number = entry.get("number")
    return Write(
        name,
        pointer,
        states_of(entry.get("in")),
        _outcomes(entry.get("outside")),
        entry.get("when"),
        _outcomes(entry.get("otherwise")),
        named,
        number,
        start,
        entry.get("last-by"),
        entry.get("merge", False),
        entry.get("assumed", False),
        entry.get("same"),
    )


def _outcomes(value: Node) -> tuple[str, ...]:
    """The outcomes that are written down; unsaid, the property may be ignored, and the call refused."""
    return states_of(value) or ("ignored", "rejected")


def outcomes(write: Write, step: Step) -> tuple[str, ...]:
    """What may happen to a property here: the first is what the mock does."""
    found: dict[str, None] = {}
    if not in_state(write, _state(step)):
        found |= dict.fromkeys(write.outside)
    if write.when is not None and not _condition(write.when, step):
        found |= dict.fromkeys(write.otherwise)
    return tuple(found) or ("applied",)


def _state(step: Step) -> Json:
    """The state before the call; that of a new record is the initial one."""
    assert step.resource is not None
    if step.before is None:
        return step.resource.initial
    return step.before.data.get(step.resource.state or "")


def _condition(text: str, step: Step) -> bool:
    """On create the record is not there yet: the condition then reads what the body will make of it."""
    if step.before is not None:
        value = step.value(text, step.before)
    elif step.after is not None:
        value = step.value(text, self={**step.after.data, **step.body})
    else:
        value = step.value(text, self=step.body)
    if isinstance(value, Unknown):
        return step.choose(True, False)
    return value is True


def _orders(fields: list[str], writes: Mapping[str, Write]) -> list[list[str]]:
    """The order of writing is open only where two properties end in one place."""
    places = set()
    for name in fields:
        place: tuple[str, ...] = (name,)
        if name in writes:
            place = writes[name].place
        places.add(place)
    if len(places) == len(fields):
        return [fields]
    return [fields, fields[::-1]]


def _unshown(contract: Contract, resource: Resource, writes: Mapping[str, Write]) -> Iterator[Finding]:
    """C08: what is sent lands in a property that the resource does not have."""
    known = contract.document.schemas.resolve(resource.schema).get("properties", {})
    if not known:
        return
    for write in writes.values():
        place = write.place[0]
        if place not in known:
            hint = did_you_mean(place, known)
            message = f"{write.field!r} lands in {place!r}, which no {resource.name} shows{hint}"
            yield contract.document.finding("C08", message, write.pointer, "warning")


def _overlaps(contract: Contract, writes: Mapping[str, Write]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Write] = {}
    for write in writes.values():
        other = first.setdefault(write.place, write)
        if other is not write:
            message = (
                f"{write.field!r} and {other.field!r} both end in {write.place[0]!r}: "
                "who wins when both are sent is open, either order is accepted"
            )
            yield contract.document.finding("C17", message, write.pointer, "note")


def _told(write: Write) -> Iterator[str]:
    """Where a property lands and what becomes of it; when it may be written, the matrix shows."""
    if write.to:
        yield f"`{write.field}` is stored in `{join('', *write.to)}`."
    if write.same:
        yield f"Values of `{write.field}` that name something of another `{write.same}` are refused."
    if write.merge:
        yield f"An object sent as `{write.field}` is merged into the stored one."
    if write.number:
        start = ""
        if write.start is not None:
            start = f" from {write.start}"
        yield f"Items of `{write.field}` are numbered{start} in array order as `{write.number}`."
    if write.last_by:
        yield f"Of items of `{write.field}` with the same `{write.last_by}` the last one wins."
