"""``resources.<Schema>.parent``: a nested resource, whose records belong to one of another resource.

``{resource: Campaign, by: id}``: ``by`` is the path parameter that names the parent, ``field`` the property
that holds the parent's id, if one does. Expressions of its operations may speak of ``parent``; with the
parent its records vanish, and those that belong to them. An id names one record of a resource, whatever that
belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.identity import id_of, typed, with_value
from troth.contracts.contract.scopes import own_id
from troth.contracts.contract.selection import Listing
from troth.contracts.document import did_you_mean
from troth.contracts.document.pointers import listing
from troth.contracts.frozen import replace
from troth.contracts.model import Delete, Finding, Operation, Parent, Record, Refusal, Resource, Unknown
from troth.contracts.promises.denial import Denial, never_missing, with_words
from troth.contracts.promises.promise import (
    Another,
    Aspect,
    Given,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Subject,
)
from troth.contracts.words._binding import Binding
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start, parent_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class Parents(Word):
    """Refuses parents that nobody knows, keeps apart what belongs to different ones."""

    refuses_at = RefusalStage.PARENT
    applies_at = ApplyStage.PARENT

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for resource in contract.resources.values():
            if resource.parent is not None:
                yield from _resource_errors(contract, resource.name, resource.parent)
                yield from _parameter_errors(contract, resource.name, resource.parent)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        resource = contract.resource_of(operation)
        if operation.parent is not None:
            return self
        if resource is None:
            return None
        if operation.verb == "create" and contract.document.guessed:
            return _Named() if _field(resource) else None
        if operation.verb == "delete" and any(_resources_below(contract, resource)):
            return self
        return None

    def refusals(self, step: Step) -> Iterator[Refusal]:
        parent = step.operation.parent
        if parent is not None and step.parent is None:
            named = step.call.path.get(parent.by)
            yield Refusal("missing", parent.pointer, detail=f"there is no {parent.resource} {named!r}")

    def apply(self, step: Step) -> Step:
        resource, before = step.resource, step.before
        if resource is None:
            return step
        if step.parent is not None:
            step = _below(step, step.parent)
        if step.operation.verb == "delete" and before is not None:
            orphans = _orphans(step, resource, before)
            step = replace(step, changes=(*step.changes, *orphans))
        return step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        parent = operation.parent
        if parent is None:
            return
        says = f"{operation.id} refuses a {parent.resource} that nobody knows"
        given = None
        if operation.names_record:
            given = accepted_start(operation)
        elif contract.resources[parent.resource].parent is not None:
            given = parent_start(operation)  # what stands above it in the path is there
        probe = Probe((PlannedCall(operation.id, path={parent.by: Unknown()}),), given)
        id, denials = f"{operation.id}/parent/missing", (never_missing(operation, "any parent will do"),)
        yield Promise(id, operation.id, says, parent.pointer, (probe,), operation.assumed, denials=denials)
        if operation.names_record:
            says = f"{operation.id} does not find the {operation.resource} of another {parent.resource}"
            elsewhere = PlannedCall(operation.id, path={parent.by: Another(parent.resource)})
            id, probe = f"{operation.id}/parent/other", Probe((elsewhere,), given)
            yield Promise(
                id, operation.id, says, parent.pointer, (probe,), operation.assumed, denials=denials
            )

        if operation.verb == "list":
            yield _shows_its_own(operation, parent)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        parent = operation.parent
        if parent is not None:
            yield Sentence(f"Of the {parent.resource} that `{{{parent.by}}}` names.", parent.pointer)


def _shows_its_own(operation: Operation, parent: Parent) -> Promise:
    """Asked for what belongs to one record while something belongs to another."""
    assert operation.resource is not None
    says = f"{operation.id} shows what belongs to the {parent.resource} that is named, and nothing else"
    elsewhere = PlannedCall(operation.id, path={parent.by: Another(parent.resource)})
    id, probe = f"{operation.id}/parent/own", Probe((elsewhere,), Given(operation.resource))
    everything = Denial(
        "it shows what belongs to any", with_words(operation, **{_OF_ALL: True}), judged=False
    )
    subject = Subject(operation.id, Aspect.OF_PARENT)
    return Promise(
        id,
        operation.id,
        says,
        parent.pointer,
        (probe,),
        operation.assumed,
        subject=subject,
        denials=(everything,),
    )


def _resource_errors(contract: Contract, name: str, parent: Parent) -> Iterator[Finding]:
    if parent.resource in contract.resources.keys() - {name}:
        return
    hint = did_you_mean(parent.resource, contract.resources)
    message = f"{parent.resource!r} is not another one declared under `resources`{hint}"
    yield contract.document.finding("C03", message, f"{parent.pointer}/resource")


def _parameter_errors(contract: Contract, name: str, parent: Parent) -> Iterator[Finding]:
    operations = [o for o in contract.operations.values() if o.resource == name]
    known = {p.name for o in operations for p in o.parameters if p.place == "path"}
    if not operations:
        return
    if parent.by not in known:
        hint = did_you_mean(parent.by, known)
        message = f"no operation on a {name} has a path parameter {parent.by!r}{hint}"
        yield contract.document.finding("C03", message, f"{parent.pointer}/by")


class _Named(Binding):
    """What is made by a path that names no parent, where all is a guess: it belongs to the one that its body
    names; where nothing is said, and the parent is shown, to the first one."""

    def apply(self, step: Step) -> Step:
        if step.resource is None or step.resource.parent is None or step.after is None:
            return step
        field, above = _field(step.resource), step.resource.parent.resource
        said = id_of(field, step.body)
        if said is not None:
            parent = step.world.get(above, str(said))
            return step if parent is None else _below(step, parent)
        if not _is_shown(step, step.resource, field, step.after):
            return step
        for parent in step.world.of(above)[:1]:
            shown = typed(step.contract.field_schema(step.resource, field), own_id(step.contract, parent))
            data = with_value(field, step.after.data, shown)  # nobody has said so: it is no promise
            return replace(step, after=replace(step.after, parent=parent.id, data=data))
        return step


def _is_shown(step: Step, resource: Resource, field: str, record: Record) -> bool:
    """Whether a parent is shown though none is said: a value is made up, or there must be one."""
    if isinstance(id_of(field, record.data), str | int):
        return True
    return field in listing(step.contract.document.schemas.whole(resource.schema), "required")


def _field(resource: Resource) -> str:
    """The property that holds a parent's id; empty where none does."""
    if resource.parent is None:
        return ""
    return resource.parent.field or ""


def _below(step: Step, parent: Record) -> Step:
    """Only what belongs to the parent is listed; what is new belongs to it."""
    if isinstance(step.records, Listing) and _OF_ALL not in step.operation.words:
        step = replace(step, records=step.records.narrowed(parent=parent.id))
    if step.before is None and step.after is not None:
        step = replace(step, after=replace(step.after, parent=parent.id))
        return _naming(step, parent)
    return step


def _naming(step: Step, parent: Record) -> Step:
    """What is new with its parent's id in the property that holds it, if one does."""
    declared = step.resource.parent if step.resource else None
    if step.resource is None or declared is None or not declared.field:
        return step
    schema = step.contract.field_schema(step.resource, declared.field)
    return step.put(declared.pointer, **{declared.field: typed(schema, own_id(step.contract, parent))})


_OF_ALL = "of all"
"""What a denied contract says of a list that is not narrowed."""


def _orphans(step: Step, resource: Resource, gone: Record) -> Iterator[Delete]:
    """The records that belong to one that goes, and those that belong to them."""
    seen: set[tuple[str, str]] = {(gone.resource, gone.id)}
    above = [(resource, gone)]
    while above:
        resource, gone = above.pop()
        for below in _resources_below(step.contract, resource):
            for record in step.world.children(below, gone.id) or ():
                if (below, record.id) not in seen:
                    seen.add((below, record.id))
                    yield Delete(record)
                    above.append((step.contract.resources[below], record))


def _resources_below(contract: Contract, resource: Resource) -> Iterator[str]:
    """The names of the resources whose records belong to one of another."""
    for below in contract.resources.values():
        if below.parent is None:
            continue
        if below.parent.resource == resource.name:
            yield below.name
