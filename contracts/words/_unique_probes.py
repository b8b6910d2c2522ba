"""How it is tried that no two records have the same value of a property."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, computed
from troth.contracts.model import Operation, Resource, Unique
from troth.contracts.promises.denial import always_refused, never_refused
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise, Stored
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_call


def unique_on_create(
    contract: Contract, operation: Operation, resource: Resource, unique: Unique, *, sent: bool
) -> Promise:
    """A new record with the value of another one; ``sent``: clients give it."""
    id = f"{operation.id}/unique/{unique.field}"
    says = f"{operation.id} refuses a {unique.field} that another {resource.name} has"
    inputs = computed.sources(resource.computed, unique.field) if unique.field in resource.computed else None
    if inputs and inputs <= set(contract.body_properties(operation)):
        planned = PlannedCall(operation.id, {name: Stored((name,)) for name in sorted(inputs)})
    elif not sent:
        needs = "no client gives it a value"
        return Promise(id, operation.id, says, unique.pointer, assumed=unique.assumed, needs=needs)
    else:
        planned = PlannedCall(operation.id, {unique.field: Stored((unique.field,))})
    probe = Probe((planned,), Given(resource.name))
    denials = (never_refused(operation, unique.pointer, "two records may share it"),)
    return Promise(id, operation.id, says, unique.pointer, (probe,), denials=denials)


def unique_on_update(
    contract: Contract, operation: Operation, resource: Resource, unique: Unique
) -> Iterator[Promise]:
    """Changing a record to the value of another one is no way around, and writes nothing else either; the
    value that it has itself is not taken."""
    name, free = unique.field, unconditional_property(contract, operation, unique.field)
    another = PlannedCall(operation.id, {name: Stored((name,), elsewhere=True)}, draws=free)
    yield Promise(
        f"{operation.id}/unique/{name}",
        operation.id,
        f"{operation.id} refuses a {name} that another {resource.name} has",
        unique.pointer,
        (Probe((another,), accepted_start(operation), beside=2, differing=name),),
        unique.assumed,
        denials=(never_refused(operation, unique.pointer, "two records may share it"),),
    )
    given, besides, link = writable_call(contract, operation, name)
    own = PlannedCall(operation.id, {**besides, name: Stored((name,))}, draws=free, link=link)
    yield Promise(
        f"{operation.id}/unique/{name}/own",
        operation.id,
        f"{operation.id} takes the {name} that the {resource.name} has itself",
        unique.pointer,
        (Probe((own,), given),),
        unique.assumed,
        denials=(always_refused(operation),),
    )
