"""What becomes of each property that a call writes: one operation's side of ``writes``."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from types import MappingProxyType

from troth.contracts.contract import Contract
from troth.contracts.contract.defaults import defaults_of
from troth.contracts.contract.identity import id_of, id_path, typed, with_id
from troth.contracts.contract.scopes import own_id, told_by_path, where_it_was
from troth.contracts.contract.selection import Trait, having
from troth.contracts.contract.targets import Keyed, Property
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document.json_patch import MEDIA_TYPE as JSON_PATCH
from troth.contracts.document.scim_patch import OPERATIONS
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Operation, Pointer, Refusal, Resource, Unknown
from troth.contracts.words._binding import Binding
from troth.contracts.words._step import Step
from troth.contracts.words._write_targets import in_state, is_simply_stored, landed, stored, write_of

NO_DATA: Mapping[str, Json] = MappingProxyType({})


class Writing(Binding):
    """Where each property of one operation's body lands, and whether it may."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._said = writes_of(operation)
        resource = contract.resource_of(operation)
        kept: Mapping[str, object] = {}
        if resource is not None:
            kept = contract.properties(resource)
        self._declared = contract.stored_properties(operation).keys()
        if contract.document.guessed and operation.body is not None and not self._declared:
            self._declared = kept.keys()  # a body of which nothing is said (`type: object`) has what is kept
        self._replaced = _replaced_by(contract, operation, self._declared)
        known = [*self._declared, *(name for name in self._said if name not in self._declared)]
        self._known = dict.fromkeys(known)
        self._patched: dict[str, None] = {}
        if OPERATIONS in self._declared or any(one.startswith(JSON_PATCH) for one in operation.media_types):
            self._patched = dict.fromkeys(kept)  # such a body says of no property that it may be there
        self._writes: dict[str, Write] = {}
        by_path = {scope.property for scope in told_by_path(contract, operation)}
        for name in {**self._known, **self._patched}:
            if name in by_path:
                continue
            if name in self._said or _is_stored(resource, name, kept):
                self._writes[name] = write_of(operation, name)
        self._defaults = _at_first_of(contract, operation, self._writes)
        self._unsure = _not_required(contract, resource, self._defaults)

    def ignores(self, step: Step) -> frozenset[str]:
        return frozenset(write.field for write in self._sent(step) if "ignored" in _outcomes(write, step))

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for write in self._sent(step):
            allowed = _outcomes(write, step)
            strange = _strange(write, step)
            if strange is not None:
                detail, ignored = f"{strange!r} is of another {write.same}", "ignored" in allowed
                yield Refusal(
                    "refused",
                    write.pointer,
                    assumed=write.assumed,
                    certain=not ignored,
                    detail=detail,
                )
            if "rejected" in allowed:
                yield _rejected(write, step, allowed)

    def apply(self, step: Step) -> Step:
        if step.after is None:
            return step
        left_out = self._left_out(step)
        if left_out:
            step = step.choose(*_replaced(step, left_out))
        return _with_its_id(self._with_defaults(self._written(step)))

    def _with_defaults(self, step: Step) -> Step:
        """A new record with the defaults of what its body leaves out, or says for nothing; of what answers
        may lack nobody knows whether it is there."""
        if step.after is None:
            return step
        data = dict(step.after.data)
        left_out = self._defaults.keys() - data.keys()
        if not left_out:
            return step
        unsure = self._unsure & left_out
        if unsure:
            shown = step.choose(True, False)
            if shown:
                unsure = frozenset()
        touched: dict[str, Pointer] = {}
        for name in sorted(left_out):
            if name in unsure:
                data[name] = Unknown()
                continue
            data[name], touched[name] = self._defaults[name], self._writes[name].pointer
        return step.stored(data, touched)

    def _written(self, step: Step) -> Step:
        """The step with every property written that may be."""
        assert step.after is not None
        body, data = step.body, dict(step.after.data)
        touched: dict[str, Pointer] = {}
        unstored: dict[str, Json] = {}
        known = self._patched if step.patch else self._known
        names = [name for name in body if name in known]
        for name in step.choose(*_orders(names, self._said)):
            write = self._writes.get(name)
            if write is None:
                continue
            if _applies(write, step, data):
                place, value = landed(write, body[name], data, step)
                data[place], touched[place] = value, write.pointer
                if value is None and self._may_go(step, write, place) and step.choose(True, False):
                    del data[place]  # many store the null all the same
            elif step.before is None and name not in self._defaults:
                unstored[name] = body[name]
        if unstored:
            step = replace(step, unstored={**step.unstored, **unstored})
        if not touched:
            return step
        return step.stored(data, touched)

    def _may_go(self, step: Step, write: Write, name: str) -> bool:
        """Whether a null removes a property (RFC 7396, section 2)."""
        resource = step.resource
        if resource is None or not step.patches:
            return False
        if write.target != Property((name,)):
            return False
        return name not in (resource.state, id_path(resource.id)[0])

    def _sent(self, step: Step) -> list[Write]:
        """What is said of the properties that the call writes, to a record that is there (or will be)."""
        if step.operation.verb != "create" and step.before is None:
            return []
        body = step.body
        return [write for name, write in self._said.items() if name in body]

    def _left_out(self, step: Step) -> list[str]:
        """What a PUT does not say of a record, and could: the body is all that is to be there."""
        if step.operation.method != "PUT" or step.operation.verb != "update" or self._said:
            return []
        resource, before = step.resource, step.before
        if resource is None or before is None or not isinstance(step.call.body, Mapping):
            return []
        kept = {id_path(resource.id)[0], resource.state, *resource.managed, *step.body}
        return [name for name in before.data if name in self._replaced and name not in kept]


def _at_first_of(contract: Contract, operation: Operation, writes: Mapping[str, Write]) -> Mapping[str, Json]:
    """The defaults that a new record has; where all is a guess, that is one more (`first_data`)."""
    resource = contract.resource_of(operation)
    if resource is None:
        return NO_DATA
    if operation.verb != "create":
        return NO_DATA
    if contract.document.guessed:
        return NO_DATA
    found = {}
    for name, default in defaults_of(contract, operation).items():
        write = writes.get(name)
        if write is not None and is_simply_stored(resource, write):
            found[name] = default
    return found


def _replaced_by(contract: Contract, operation: Operation, declared: Container[str]) -> Container[str]:
    """What of a record a PUT may leave out: of what its body may say, where all of it is a guess, that which
    clients give a new record; the rest is the server's."""
    creating = contract.acting(str(operation.resource), "create")
    if creating is None:
        return declared
    if not contract.document.guessed:
        return declared
    return [name for name in contract.body_properties(creating) if name in declared] or declared


def _is_stored(resource: Resource | None, name: str, properties: Container[str]) -> bool:
    """Whether a resource has a property of this name that clients set."""
    if resource is None or name in resource.managed:
        return False
    return name in properties and name != resource.id


def _applies(write: Write, step: Step, data: Mapping[str, Json]) -> bool:
    """Whether a property is written, or ignored, as is allowed; ``data``: the record so far."""
    allowed = [outcome for outcome in _outcomes(write, step, data) if outcome != "rejected"]
    if not allowed:
        allowed = ["ignored"]
    if not step.valid:
        if "ignored" in allowed:
            allowed = ["ignored"]  # a value that breaks its schema passes only where it is ignored
        elif step.body[write.field] is None:
            allowed = ["applied", "ignored"]  # a null that its schema does not take is stored, or for nothing
    return step.choose(*allowed) == "applied"


def _outcomes(write: Write, step: Step, data: Mapping[str, Json] = NO_DATA) -> tuple[str, ...]:
    """What may happen to a property here: the first is what the mock does."""
    key = (Writing, id(write))
    remembered: tuple[str, ...] | None = step.made.get(key)
    if remembered is not None:
        return remembered
    holds: Json = True
    if write.when is not None:
        holds = _condition(write.when, step, data)
    stays = step.before is not None and not isinstance(holds, Unknown)
    if isinstance(holds, Unknown):
        holds = step.choose(True, False)
    found: dict[str, None] = {}
    if not in_state(write, _state(step)):
        found |= dict.fromkeys(write.outside)
    if holds is not True:
        found |= dict.fromkeys(write.otherwise)
    allowed = tuple(found) or ("applied",)
    if stays:
        step.made[key] = allowed
    return allowed


def _rejected(write: Write, step: Step, allowed: tuple[str, ...]) -> Refusal:
    """That a property may not be written; whether the value that it has may be sent is left open."""
    if step.before is not None and stored(write, step.before) == step.body[write.field]:
        certain = preferred = False
    else:
        certain, preferred = allowed == ("rejected",), allowed[0] == "rejected"
    return Refusal(
        "refused",
        write.pointer,
        certain=certain,
        preferred=preferred,
        assumed=write.assumed,
        detail=_barred(write, step),
        at=("body", write.field),
    )


def _barred(write: Write, step: Step) -> str:
    """Which property cannot be written, and why: by the state of the record, or by a condition."""
    state = _state(step)
    if not in_state(write, state):
        return f"`{write.field}` cannot be written while the {step.operation.resource} is {state}"
    return f"`{write.field}` can be written only where `{write.when}`"


def _strange(write: Write, step: Step) -> Json:
    """A named object that is known, from some record, to differ where it must be the same; else None."""
    values, target = step.body[write.field], write.target
    if write.same is None:
        return None
    if step.resource is None or not isinstance(target, Keyed):
        return None
    if not isinstance(values, list):
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


def _without(step: Step, names: list[str]) -> Step:
    """The record without some of its properties."""
    assert step.after is not None
    data = {name: value for name, value in step.after.data.items() if name not in names}
    return replace(step, after=replace(step.after, data=data))


def _replaced(step: Step, names: list[str]) -> Iterator[Step]:
    """The record without what a PUT leaves out (RFC 9110, section 9.3.4); as it was, as many merge all the
    same; and with what such properties are at first."""
    assert step.resource is not None
    needed = step.contract.document.schemas.whole(step.resource.schema).get("required", ())
    gone = [name for name in names if name not in needed]
    if gone:
        yield _without(step, gone)
    yield step
    yield _at_first(step, names, needed)


def _at_first(step: Step, names: list[str], needed: Container[str]) -> Step:
    """The record with what some of its properties are where nobody says anything: their default, else null;
    of those that every record has, only the server knows."""
    assert step.after is not None
    assert step.resource is not None
    properties = step.contract.body_properties(step.operation)
    data = dict(step.after.data)
    for name in names:
        unsaid = Unknown() if name in needed else None
        written = step.contract.document.schemas.resolve(properties.get(name))
        shown = step.contract.field_schema(step.resource, name)
        known = [schema for schema in (written, shown) if isinstance(schema, Mapping)]
        data[name] = next((schema["default"] for schema in known if "default" in schema), unsaid)
    return replace(step, after=replace(step.after, data=data))


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


def _with_its_id(step: Step) -> Step:
    """The record with its id, where that stands in an object that was written, and where it belongs."""
    resource, after = step.resource, step.after
    if resource is None or after is None:
        return step
    kept, own = where_it_was(step.contract, after), own_id(step.contract, after)
    if resource.id.startswith("/") and str(id_of(resource.id, kept)) != own:
        kept = with_id(resource, kept, typed(step.contract.field_schema(resource, resource.id), own))
    if kept == after.data:
        return step
    return replace(step, after=replace(after, data=kept))


def _state(step: Step) -> Json:
    """The state before the call; that of a new record is the initial one."""
    assert step.resource is not None
    if step.before is None:
        return step.resource.initial
    return step.before.data.get(step.resource.state or "")


def _condition(text: str, step: Step, data: Mapping[str, Json]) -> Json:
    """On create the record is not there yet: the condition then reads what the body will make of it."""
    if step.before is not None:
        return step.value(text, step.before)
    return step.value(text, self={**data, **step.body})


def _not_required(
    contract: Contract, resource: Resource | None, defaults: Mapping[str, object]
) -> frozenset[str]:
    """The properties with a default that answers need not show."""
    if resource is None:
        return frozenset()
    return frozenset(defaults) - {*contract.document.schemas.whole(resource.schema).get("required", ())}
