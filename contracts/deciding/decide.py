"""``decide``: a call and the world in, every outcome that the contract allows out, the preferred one first.

No I/O, no clock, no chance: time and fresh values are asked of the world. What a document leaves open is a
choice; the function is run once for every combination of choices. The mock takes the first outcome, the
checks ask whether what they saw was one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from troth.contracts.contract import Contract
from troth.contracts.model import Call, Change, Operation, Outcome, Put, Record, Refusal, World
from troth.contracts.words import APPLYING, WORDS
from troth.contracts.words._step import Step
from troth.contracts.words.automatic import present

T = TypeVar("T")

DEFAULTS = {
    "invalid": 400,
    "refused": 400,
    "missing": 404,
    "unauthenticated": 401,
    "limited": 429,
    "conflict": 409,
    "precondition": 412,
    "failed": 500,
}
"""The status of each kind of refusal where the document declares none."""


def decide(contract: Contract, call: Call, world: World) -> Iterator[Outcome]:
    """Every allowed outcome of a call, lazily. Raises KeyError for an operation the contract lacks and
    ContractFault where an expression of the document fails."""
    operation, world = contract.operations[call.operation], present(contract, world)
    return _every(lambda script: _run(contract, operation, call, world, script))


class _Script:
    """Answers the choices of one run: those written down, then always the first."""

    def __init__(self, answers: tuple[int, ...]) -> None:
        self.answers = answers
        self.taken: list[tuple[int, int]] = []

    def __call__(self, *options: T) -> T:
        asked = len(self.taken)
        answer = self.answers[asked] if asked < len(self.answers) else 0
        self.taken.append((answer, len(options)))
        return options[answer]

    def next(self) -> tuple[int, ...] | None:
        """The answers of the next combination; None after the last."""
        taken = list(self.taken)
        while taken and taken[-1][0] + 1 >= taken[-1][1]:
            taken.pop()
        return (*(a for a, _ in taken[:-1]), taken[-1][0] + 1) if taken else None


def _every(run: Callable[[_Script], T]) -> Iterator[T]:
    answers: tuple[int, ...] | None = ()
    while answers is not None:
        script = _Script(answers)
        yield run(script)
        answers = script.next()


def _run(contract: Contract, operation: Operation, call: Call, world: World, choose: _Script) -> Outcome:
    resource = contract.resource_of(operation)
    item = operation.item_parameter or ""
    known = resource is not None and operation.names_record and item in call.path
    before = world.get(resource.name, str(call.path[item])) if resource and known else None
    above = _above(operation, call, world)
    if before is not None and operation.parent is not None and (above is None or before.parent != above.id):
        before = None  # it belongs to another
    source = _source(operation, call, world)
    step = Step(contract, operation, call, world, choose, resource, above, source, before=before)
    if step.body:
        unchecked = replace(step, valid=False)
        step = replace(step, ignored=frozenset().union(*(word.ignores(unchecked) for word in WORDS)))
    refusals: list[Refusal] = []
    for word in WORDS:
        refusals += word.refusals(step)
        again = word.replay(step)
        if again is not None:
            first = _chosen(refusals, choose) if refusals else None
            return again if first is None else _refused(step, first, ())
        if any(refusal.kind == "invalid" for refusal in refusals):
            step = replace(step, valid=False)
    counts: tuple[Change, ...] = tuple(hit for word in WORDS for hit in word.counts(step))
    refusal = _chosen(refusals, choose) if refusals else None
    if refusal is not None:
        kept = () if refusal.kind in ("unauthenticated", "limited") else counts
        return _refused(step, refusal, kept)
    start = step
    for word in APPLYING:
        step = word.apply(step)
    objections = [objection for word in WORDS for objection in word.objections(step)]
    objection = _chosen(objections, choose) if objections else None
    if objection is not None:
        return _refused(start, objection, counts)
    outcome = _succeeded(step, counts)
    for word in WORDS:
        outcome = word.settle(step, outcome)
    return outcome


def _source(operation: Operation, call: Call, world: World) -> Record | None:
    """The record that a create operation below it copies."""
    if operation.verb != "create" or operation.own is None or operation.own not in call.path:
        return None
    return world.get(operation.resource or "", str(call.path[operation.own]))


def _above(operation: Operation, call: Call, world: World) -> Record | None:
    """The record that the path names as the parent."""
    parent = operation.parent
    if parent is None or parent.by not in call.path:
        return None
    return world.get(parent.resource, str(call.path[parent.by]))


def _chosen(refusals: list[Refusal], choose: _Script) -> Refusal | None:
    """Which failing check answers is open; that one answers is not, unless all of them are."""
    options: list[Refusal | None] = [r for r in refusals if r.certain or r.preferred]
    if not any(r.certain for r in refusals):
        options.append(None)
    options += [r for r in refusals if not (r.certain or r.preferred)]
    return choose(*options) if len(options) > 1 else options[0]


def _refused(step: Step, refusal: Refusal, counts: tuple[Change, ...]) -> Outcome:
    kind = step.contract.errors.kind(refusal.kind)
    documented = refusal.status or kind.status
    assumed = step.operation.assumed or refusal.assumed or (kind.assumed and refusal.status is None)
    limited = refusal.kind == "limited"
    return Outcome(
        _status(documented, DEFAULTS[refusal.kind]),
        documented is not None and documented > 9 and not assumed,
        refusal.kind,
        refusal.cite,
        refusal.message or kind.message,
        None if limited else refusal.detail,
        before=step.before,
        after=step.before,
        changes=counts,
        naming=refusal.naming,
        retry_after=int(refusal.detail) if limited and refusal.detail else None,
        assumed=assumed,
    )


def _status(documented: int | None, usual: int) -> int:
    """What the mock answers where the document names a status, a class (4 or 5) or nothing."""
    if documented is None or documented == usual // 100:
        return usual
    return documented if documented > 9 else documented * 100


def _tagged(operation: Operation) -> bool:
    """Whether an answer bears an entity tag: to make one takes long."""
    return any(response.tags for response in operation.responses)


def _success_status(operation: Operation) -> int:
    """The first 2xx, else the first redirect that is documented; else 200."""
    keys = [response.key for response in operation.responses if response.key.isdigit()]
    for kind in "23":
        for key in keys:
            if key[0] == kind:
                return int(key)
    return 200


def _succeeded(step: Step, counts: tuple[Change, ...]) -> Outcome:
    status = _success_status(step.operation)
    changes = (*counts, *step.changes)
    above = _above(step.operation, step.call, step.world)
    if step.parent is not None and step.parent != above:
        changes = (*changes, Put(step.parent))
    after, before = step.after, step.before
    if after is not None and (before is None or (after.data, after.hidden) != (before.data, before.hidden)):
        changes = (*changes, Put(after))
    return Outcome(
        status,
        False,
        "ok",
        step.operation.word_pointer if step.operation.words else step.operation.pointer,
        before=before,
        after=after,
        records=step.records,
        changes=changes,
        emitted=step.emitted,
        departs=step.departs,
        unstored=step.unstored,
        touched=step.touched,
        shows=step.shows,
        answers=step.answers,
        tag=step.world.tag(after) if after is not None and _tagged(step.operation) else None,
        assumed=step.operation.assumed,
    )
