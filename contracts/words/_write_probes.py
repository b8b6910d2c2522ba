"""How what ``writes`` says is tried: one promise for each cell of the field × state × type matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.defaults import OTHER_DEFAULTS, defaults_of
from troth.contracts.contract.links import linked
from troth.contracts.contract.targets import Column, Keyed, Property
from troth.contracts.contract.word_values import Write, transition_of, writes_of
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.samples import sample
from troth.contracts.document.texts import fits
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Node, Operation, Pointer, Resource
from troth.contracts.promises.denial import Denial, never_refused, with_words
from troth.contracts.promises.promise import (
    Aspect,
    Given,
    PlannedCall,
    Probe,
    Promise,
    Seen,
    Stored,
    Strange,
    Subject,
)
from troth.contracts.words._starts import (
    accepted_start,
    barriers,
    kinds_of,
    of_record,
    writable_call,
    writable_start,
)
from troth.contracts.words._write_denials import denied_shapes, denied_writes, either_way, outcomes_in
from troth.contracts.words._write_targets import in_state, is_simply_stored, write_of


def write_promises(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """What is promised of every property of a body, said or not."""
    resource = contract.resource_of(operation)
    if resource is None:
        return
    if operation.verb == "create":
        yield from _create_promises(contract, operation, resource)
    if operation.verb in ("update", "action"):
        yield from _update_promises(contract, operation, resource)


def _promise(
    operation: Operation,
    write: Write,
    name: str,
    says: str,
    probe: Probe,
    denials: tuple[Denial, ...],
    *,
    open: bool = False,
) -> Promise:
    id = f"{operation.id}/writes/{write.field}/{name}"
    return Promise(
        id,
        operation.id,
        says,
        write.pointer,
        (probe,),
        write.assumed,
        property=write.field,
        denials=denials,
        open=open,
    )


def _create_promises(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    """Each property in each kind of record that can be created."""
    kinds = kinds_of(contract, operation)
    deciding = {kind for kind, _ in kinds}
    for name in contract.body_properties(operation):
        write = write_of(operation, name)
        if write.same:
            for kind, value in kinds:
                yield _strange_promise(operation, write, None, {kind: value})
        if name in deciding or not isinstance(write.target, Property):
            continue
        if name == resource.state and transition_of(operation) is not None:
            continue  # which state the new record has is what its transition says
        if not kinds:
            created = _created(operation, write, resource.initial, "any", "", {})
            yield _unshown(resource, contract, created, write)
        for kind, value in kinds:
            where = f" in a {value} one"
            created = _created(operation, write, resource.initial, f"{kind}={value}", where, {kind: value})
            yield _unshown(resource, contract, created, write)
        if name in defaults_of(contract, operation) and is_simply_stored(resource, write):
            yield from _default_promise(contract, operation, resource, write)


def _default_promise(
    contract: Contract, operation: Operation, resource: Resource, write: Write
) -> Iterator[Promise]:
    """That a new record has the default of what its body leaves out, where every answer shows it."""
    name = write.field
    if name not in contract.document.schemas.whole(resource.schema).get("required", ()):
        return
    default = defaults_of(contract, operation)[name]
    denied = with_words(operation, **{OTHER_DEFAULTS: name})
    yield Promise(
        f"{operation.id}/writes/{name}/default",
        operation.id,
        f"{operation.id} without {name} makes what has {default!r} there, its default",
        write.pointer,
        (Probe((PlannedCall(operation.id, omit=(name,)),), accepted_start(operation)),),
        property=name,
        subject=Subject(operation.id, Aspect.DEFAULT, name),
        denials=(Denial("something else is there", denied, stores=True),),
    )


def _created(
    operation: Operation,
    write: Write,
    initial: str | None,
    name: str,
    where: str,
    body: Mapping[str, Json],
) -> Promise:
    says = f"{operation.id} stores {write.field}{where}, or not, as its rule says"
    planned = PlannedCall(operation.id, body, draws=(write.field,))
    denials = either_way(operation, write)
    if write.when is None:
        allowed = outcomes_in(write, in_state=in_state(write, initial), holds=True)
        denials = denied_writes(operation, write, allowed)
    return _promise(
        operation,
        write,
        name,
        says,
        Probe((planned,), accepted_start(operation)),
        denials,
        open=write.when is not None,
    )


def _update_promises(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Promise]:
    conditions = _record_conditions(operation)
    barred = {state: barriers(contract, operation, resource, state) for state in resource.states}
    for name in contract.stored_properties(operation):
        write = write_of(operation, name)
        for state in resource.states or (None,):
            given = Given(resource.name, state)
            cells = list(_linked_cells(contract, operation, write, given))
            if not cells:
                cells = list(_cells(operation, write, given, conditions))
            for cell in cells:
                cell = _unshown(resource, contract, cell, write)
                yield _barred(contract, cell, operation, barred.get(given.state or "", ()))
        yield from _shapes(contract, operation, write, resource)
        if write.same:
            yield _strange_promise(operation, write, writable_start(operation, name), {})
        if write.merge or operation.merges:
            yield from _merge_promises(contract, operation, write)


def _unshown(resource: Resource, contract: Contract, promise: Promise, write: Write) -> Promise:
    """Of a property that lands in one which the resource does not have."""
    known = contract.properties(resource)
    if not known or write.place[0] in known:
        return promise
    allowed = f"no answer shows it: {resource.name} has no {write.place[0]!r}"
    return replace(promise, denials=tuple(replace(d, allowed=allowed) for d in promise.denials if d.stores))


def _barred(
    contract: Contract, promise: Promise, operation: Operation, barriers: tuple[Pointer, ...]
) -> Promise:
    """In a state in which the operation is refused anyway: that it is not is all that can be denied. Best
    where nothing else would refuse it."""
    if not barriers or promise.property is None:
        return promise
    first, *others = barriers
    denial = never_refused(operation, first, "the call is taken all the same", *others)
    start, _, link = writable_call(contract, operation, promise.property)
    (probe,) = promise.probes
    probes = [probe]
    if start is not None and link is not None and probe.given is not None:
        given = replace(probe.given, where=start.where)
        probes.append(Probe((replace(probe.calls[0], link=link),), given, spare=True))
    return replace(promise, probes=tuple(probes), denials=(denial,), open=False)


def _record_conditions(operation: Operation) -> list[str]:
    """The conditions of all properties that a record alone decides."""
    found = dict.fromkeys(write.when for write in writes_of(operation).values() if write.when)
    return [text for text in found if "request" not in cel.reads(text)]


def _cells(operation: Operation, write: Write, given: Given, conditions: list[str]) -> Iterator[Promise]:
    """The columns of a property: its own condition both ways, or every condition that others have."""
    if not write.when:
        for condition in conditions:
            yield _cell(operation, write, given, condition)
        if not conditions:
            yield _cell(operation, write, given)
    elif "request" in cel.reads(write.when):  # no record alone decides it
        yield _cell(operation, write, given)
    else:
        yield _cell(operation, write, given, write.when)
        yield _cell(operation, write, given, write.when, holds=False)


def _cell(
    operation: Operation, write: Write, given: Given, condition: str | None = None, *, holds: bool = True
) -> Promise:
    """One cell of the field × state × type matrix."""
    applies = holds and in_state(write, given.state)
    name, says = "any", f"{write.field} is not simply stored"
    if applies:
        says = f"{write.field} is stored"
    if given.state:
        name = f"in={given.state}"
        says += f" while {given.state}"
    if condition:
        given = replace(given, where=((condition, holds),))
        if holds:
            name, says = f"{name},when={condition}", f"{says}, {condition}"
        else:
            name, says = f"{name},unless={condition}", f"{says}, not {condition}"
    probe = Probe((_drawn(operation, write),), given)
    allowed = outcomes_in(write, in_state=in_state(write, given.state), holds=holds)
    denials, open = denied_writes(operation, write, allowed), False
    if write.when is not None and "request" in cel.reads(write.when):
        denials, open = either_way(operation, write), True
    return _promise(operation, write, name.replace(" ", ""), says, probe, denials, open=open)


def _linked_cells(contract: Contract, operation: Operation, write: Write, given: Given) -> Iterator[Promise]:
    """A condition on what a path parameter names, for everything that a link says it may name."""
    transition = transition_of(operation)
    if not write.when:
        return
    if transition is not None and given.state not in (transition.states or ()):
        return  # refused whatever the parameter names
    for name, link in linked(contract, operation).items():
        condition = of_record(write.when, link)
        if "request" in cel.reads(condition):
            continue
        state = ""
        if given.state:
            state = f"in={given.state},"
        calls = (replace(_drawn(operation, write), link=name),)
        says = f"{write.field} is stored where the link {name} leads"
        probe = Probe(calls, replace(given, where=((condition, True),)))
        allowed = outcomes_in(write, in_state=in_state(write, given.state), holds=True)
        denials = denied_writes(operation, write, allowed)
        yield _promise(operation, write, f"{state}{name}", says, probe, denials)
        says = f"{write.field} is not simply stored where the link {name} leads"
        probe = Probe(calls, replace(given, where=((condition, False),)))
        allowed = outcomes_in(write, in_state=in_state(write, given.state), holds=False)
        denials = denied_writes(operation, write, allowed)
        yield _promise(operation, write, f"{state}not-{name}", says, probe, denials)


def _strange_promise(
    operation: Operation, write: Write, given: Given | None, body: Mapping[str, Json]
) -> Promise:
    """Naming what is of another kind."""
    assert write.same is not None
    assert operation.resource is not None
    strange = Strange(operation.resource, write.target.tokens, write.same)
    planned = PlannedCall(operation.id, {**body, write.field: strange})
    name = "/".join(["same", *map(str, body.values())])
    says = f"{operation.id} refuses {write.field} of another {write.same}"
    denials = denied_shapes(operation, write, "same")
    return _promise(operation, write, name, says, Probe((planned,), given), denials)


_FIRST_PATCH: Json = {"troth": {"kept": 1, "gone": 2}}
_SECOND_PATCH: Json = {"troth": {"gone": None, "new": 3}}


def _merge_promises(contract: Contract, operation: Operation, write: Write) -> Iterator[Promise]:
    """Objects in objects: what the second patch does not name stays, null removes (RFC 7396)."""
    schemas, pointer = contract.document.schemas, contract.record_pointer(operation)
    assert pointer is not None
    for patches in ((_FIRST_PATCH, _SECOND_PATCH), *_own_patches(contract, operation, write)):
        bodies = [{write.field: patch} for patch in patches]
        if any(schemas.violations(pointer, body) for body in bodies):
            continue
        calls = tuple(PlannedCall(operation.id, body) for body in bodies)
        says = f"an object sent as {write.field} is merged in depth"
        if _removes(patches[1]):
            says += ", and null removes"
        probe = Probe(calls, writable_start(operation, write.field))
        yield _promise(operation, write, "merge", says, probe, denied_shapes(operation, write, "merge"))
        return


def _removes(patch: Json) -> bool:
    """Whether a null stands in a patch."""
    if isinstance(patch, Mapping):
        return any(map(_removes, patch.values()))
    return patch is None


def _own_patches(
    contract: Contract, operation: Operation, write: Write
) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
    """Two members that the schema has, of which the second patch names one: as null where one may be that."""
    schemas = contract.document.schemas
    written = schemas.resolve(contract.body_properties(operation).get(write.field))
    members = mapping(written, "properties")
    if len(members) < 2:
        return
    plain = {name: sample(schemas, schema) for name, schema in members.items()}
    for named, kept in pairwise([*plain, *plain][: len(plain) + 1]):
        yield {kept: plain[kept], named: plain[named]}, {named: None}
    kept, named = [*plain][:2]
    yield {kept: plain[kept], named: plain[named]}, {named: plain[named]}


def _shapes(contract: Contract, operation: Operation, write: Write, resource: Resource) -> Iterator[Promise]:
    """What a list becomes: numbered in order, the last of duplicates kept."""
    field, given = write.field, writable_start(operation, write.field)
    if write.number:
        mixed = tuple({write.number: position} for position in (7, 3, 5))
        probe = Probe((PlannedCall(operation.id, arrays={field: mixed}),), given)
        says = f"items of {field} are numbered in array order, whatever {write.number} the client sends"
        yield _promise(
            operation, write, "number", says, probe, denied_shapes(operation, write, "number", resource)
        )
    if write.last_by:
        yield from _last_wins(contract, operation, write, write.last_by)


def _last_wins(contract: Contract, operation: Operation, write: Write, name: str) -> Iterator[Promise]:
    """Of items with the same key the last one is kept."""
    field, target, keys = write.field, write.target, list[Node]()
    if isinstance(target, Column):
        keys = [Stored((target.list, index, target.key)) for index in ("0", "1")]
    elif target == Property((field,)):
        keys = _two_keys(contract, operation, write, name)
    if len(keys) < 2:
        return
    same, other = keys
    call = PlannedCall(operation.id, arrays={field: ({name: same}, {name: other}, {name: same})})
    says = f"of items of {field} with the same {name} the last wins"
    probe, denials = (
        Probe((call,), writable_start(operation, field)),
        denied_shapes(operation, write, "last-by"),
    )
    yield _promise(operation, write, "last-by", says, probe, denials)


def _two_keys(contract: Contract, operation: Operation, write: Write, name: str) -> list[Node]:
    """Two texts by which items can be told apart, where these have more than that, and room for three."""
    schemas = contract.document.schemas
    written = schemas.resolve(contract.body_properties(operation).get(write.field))
    item = schemas.resolve(mapping(written, "items"))
    members = mapping(item, "properties")
    key = schemas.resolve(members.get(name))
    if not members.keys() - {name, write.number}:
        return []
    if written.get("maxItems", 3) < 3 or types_of(key) != ("string",):
        return []
    named = listing(key, "enum") or [str(sample(schemas, key))[:-1] + end for end in "ab"]
    return [value for value in named if fits(key, value)][:2]


def _drawn(operation: Operation, write: Write) -> PlannedCall:
    """A call with a value of the property that is drawn, or names what there is."""
    target = write.target
    if isinstance(target, Keyed):
        return PlannedCall(operation.id, {write.field: Seen(target.tokens)})
    if isinstance(target, Column):
        item = {target.sent: Stored((target.list, "0", target.key))}
        return PlannedCall(operation.id, arrays={write.field: (item,)})
    return PlannedCall(operation.id, draws=(write.field,))
