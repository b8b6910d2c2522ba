"""``resources.<Schema>.parent``: a nested resource, whose records belong to one of another resource.

``{resource: Campaign, by: id}``: ``by`` is the path parameter that names the parent. Expressions of its
operations may speak of ``parent``; with the parent its records vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from troth.contracts.contract import Contract
from troth.contracts.document import did_you_mean
from troth.contracts.model import Delete, Finding, Operation, Refusal, Unknown
from troth.contracts.promises.promise import Another, PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class Parents(Word):
    """Refuses parents that nobody knows, keeps apart what belongs to different ones."""

    refuses_at = RefusalStage.PARENT
    applies_at = ApplyStage.PARENT

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for resource in contract.resources.values():
            parent = resource.parent
            if parent is None:
                continue
            if parent.resource not in contract.resources or parent.resource == resource.name:
                hint = did_you_mean(parent.resource, contract.resources)
                message = f"{parent.resource!r} is not another one declared under `resources`{hint}"
                yield contract.document.finding("C03", message, f"{parent.pointer}/resource")
            operations = [o for o in contract.operations.values() if o.resource == resource.name]
            known = {p.name for o in operations for p in o.parameters if p.place == "path"}
            if operations and parent.by not in known:
                hint = did_you_mean(parent.by, known)
                message = f"no operation on a {resource.name} has a path parameter {parent.by!r}{hint}"
                yield contract.document.finding("C03", message, f"{parent.pointer}/by")

    def refusals(self, step: Step) -> Iterator[Refusal]:
        parent = step.operation.parent
        if parent is not None and step.parent is None:
            yield Refusal("missing", parent.pointer)

    def apply(self, step: Step) -> Step:
        resource = step.resource
        if resource is None:
            return step
        if step.parent is not None and step.records is not None:
            own = tuple(record for record in step.records if record.parent == step.parent.id)
            step = replace(step, records=own)
        if step.parent is not None and step.before is None and step.after is not None:
            step = replace(step, after=replace(step.after, parent=step.parent.id))
        if step.operation.verb == "delete" and step.before is not None:
            step = replace(step, changes=(*step.changes, *_orphans(step)))
        return step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        parent = operation.parent
        if parent is None:
            return
        says = f"{operation.id} refuses a {parent.resource} that nobody knows"
        given = accepted_start(operation) if operation.names_record else None
        probe = Probe((PlannedCall(operation.id, path={parent.by: Unknown()}, fill=False),), given)
        id = f"{operation.id}/parent/missing"
        yield Promise(id, operation.id, says, parent.pointer, (probe,), operation.assumed)
        if operation.names_record:
            says = f"{operation.id} does not find the {operation.resource} of another {parent.resource}"
            elsewhere = PlannedCall(operation.id, path={parent.by: Another(parent.resource)}, fill=False)
            id, probe = f"{operation.id}/parent/other", Probe((elsewhere,), given)
            yield Promise(id, operation.id, says, parent.pointer, (probe,), operation.assumed)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        parent = operation.parent if operation else None
        if parent is not None:
            yield Sentence(f"Of the {parent.resource} that `{{{parent.by}}}` names.", parent.pointer)


def _orphans(step: Step) -> Iterator[Delete]:
    """The records that belong to one that goes."""
    assert step.before is not None
    assert step.resource is not None
    for below in step.contract.resources.values():
        if below.parent is not None and below.parent.resource == step.resource.name:
            for record in step.world.children(below.name, step.before.id) or ():
                yield Delete(record)
