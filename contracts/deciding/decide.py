"""``decide``: a call and the world in, every outcome that the contract allows out, the preferred one first.

No I/O, no clock, no chance: time and fresh values are asked of the world. What a document leaves open is a
choice; the function is run once for every combination of choices. The mock takes the first outcome, the
checks ask whether what they saw was one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import lets_pass
from troth.contracts.deciding.answer_tags import tag_of
from troth.contracts.deciding.choices import Script, every
from troth.contracts.deciding.many import with_each
from troth.contracts.deciding.named import known, meant
from troth.contracts.deciding.plan import Plan, plan_of
from troth.contracts.deciding.statuses import as_declared, refusal_status, success_status
from troth.contracts.document.equality import alike
from troth.contracts.frozen import replace
from troth.contracts.model import Call, Change, Operation, Outcome, Put, Record, Refusal, World
from troth.contracts.words._step import Choose, Step
from troth.contracts.words.automatic import present

UNCOUNTED = ("unauthenticated", "limited")
"""Kinds of refusal that count against no quota."""


def decide(contract: Contract, call: Call, world: World) -> Iterator[Outcome]:
    """Every allowed outcome of a call, lazily. Raises KeyError for an operation the contract lacks and
    ContractFault where an expression of the document fails."""
    return decide_now(contract, call, present(contract, world))


def decide_now(contract: Contract, call: Call, world: World) -> Iterator[Outcome]:
    """The same of a world in which all that time makes due has happened already."""
    plan = plan_of(contract, contract.operations[call.operation])
    return every(lambda script: _run(contract, plan, call, world, script))


def _run(contract: Contract, plan: Plan, call: Call, world: World, choose: Script) -> Outcome:
    """One way through all words: is the call refused, what does it do, and may that be?"""
    step = _start(contract, plan, call, world, choose)
    refusals: list[Refusal] = []
    for bound in plan.looks:
        said = list(bound.refusals(step))
        refusals += _made(plan.operation, said)
        first_answer = bound.replay(step)
        if first_answer is not None:
            return _replayed(step, refusals, first_answer)
        if step.valid and _breaks_shape(said):
            step = replace(step, valid=False)
    counts: tuple[Change, ...] = tuple(hit for bound in plan.counts for hit in bound.counts(step))
    refusal = _chosen(as_declared(plan.operation, refusals), choose)
    if refusal is not None:
        return _refused(step, refusal, () if refusal.kind in UNCOUNTED else counts)
    if lets_pass(plan.operation) and _is_about_nothing(step):
        return _succeeded(step, counts)
    return _done(step, plan, counts, choose)


def _done(step: Step, plan: Plan, counts: tuple[Change, ...], choose: Script) -> Outcome:
    """What an accepted call does, unless what would come out may not be."""
    done = step
    for bound in plan.applies:
        done = bound.apply(done)
    objections = [found for bound in plan.objects for found in bound.objections(done)]
    objection = _chosen(_made(plan.operation, objections), choose)
    if objection is not None:
        return _refused(step, objection, counts)
    outcome = _succeeded(done, counts)
    if "each" in plan.operation.words:

        def one(operation: Operation, call: Call) -> Outcome:
            return _run(step.contract, plan_of(step.contract, operation), call, step.world, choose)

        outcome = with_each(step.contract, plan.operation, step.call, outcome, one)
    for bound in plan.settles:
        outcome = bound.settle(done, outcome)
    return outcome


def _is_about_nothing(step: Step) -> bool:
    """Whether a call that a denied contract lets pass names no record."""
    above = step.operation.parent is not None and step.parent is None
    copies = step.operation.verb == "create" and step.operation.own is not None
    return step.lost or above or (copies and step.source is None)


def _made(operation: Operation, refusals: list[Refusal]) -> list[Refusal]:
    """The refusals that an operation makes: all of them, but for one of a denied contract."""
    passed = lets_pass(operation)
    if not passed:
        return refusals
    return [refusal for refusal in refusals if refusal.cite not in passed]


def _breaks_shape(refusals: list[Refusal]) -> bool:
    """Whether the call breaks a schema or a rule: of what it says, nothing can be calculated then."""
    return any(refusal.kind == "invalid" for refusal in refusals)


def _start(contract: Contract, plan: Plan, call: Call, world: World, choose: Script) -> Step:
    """The call with the records that it is about, and what of its body will be ignored."""
    operation = plan.operation
    above = _parent(contract, operation, call, world)
    before = None
    if plan.named is not None:
        before = meant(contract, world, plan, plan.named, call)
    if before is not None and not _belongs(operation, before, above):
        before = None
    source = _source(contract, operation, call, world)
    step = Step(contract, operation, call, world, choose, plan.resource, above, source, before=before)
    if not plan.ignores or not step.body:
        return step
    unchecked = replace(step, valid=False)
    return replace(step, ignored=frozenset().union(*(bound.ignores(unchecked) for bound in plan.ignores)))


def _belongs(operation: Operation, record: Record, above: Record | None) -> bool:
    """Whether a record belongs to the parent that the path names, if it names one."""
    if operation.parent is None:
        return True
    return above is not None and record.parent == above.id


def _source(contract: Contract, operation: Operation, call: Call, world: World) -> Record | None:
    """The record that a create operation below it copies."""
    if operation.verb != "create" or operation.resource is None:
        return None
    return known(contract, world, operation.resource, call, operation.own)


def _parent(contract: Contract, operation: Operation, call: Call, world: World) -> Record | None:
    """The record that the path names as the parent."""
    parent = operation.parent
    if parent is None:
        return None
    found = known(contract, world, parent.resource, call, parent.by)
    above = contract.resources[parent.resource].parent
    child = found
    while child is not None and above is not None:
        if above.by not in call.path:
            break
        record = known(contract, world, above.resource, call, above.by)
        if record is None or record.id != child.parent:
            return None  # the path leads to another one
        child, above = record, contract.resources[above.resource].parent
    return found


def _replayed(step: Step, refusals: list[Refusal], first_answer: Outcome) -> Outcome:
    """The answer to an earlier call, unless this one is refused before anybody looks at its key."""
    refusal = _chosen(refusals, step.choose)
    if refusal is None:
        return first_answer
    return _refused(step, refusal, ())


def _chosen(refusals: list[Refusal], choose: Choose) -> Refusal | None:
    """Which failing check answers is open; that one answers is not, unless all of them are."""
    if not refusals:
        return None
    first: list[Refusal] = []
    last: list[Refusal] = []
    for refusal in refusals:
        if refusal.certain or refusal.preferred:
            first.append(refusal)
        else:
            last.append(refusal)
    accepted = [] if any(refusal.certain for refusal in refusals) else [None]
    options = [*first, *accepted, *last]
    if len(options) == 1:
        return options[0]
    return choose(*options)


def _refused(step: Step, refusal: Refusal, counts: tuple[Change, ...]) -> Outcome:
    kind = step.contract.errors.kind(refusal.kind)
    documented = refusal.status or kind.status
    assumed = _is_assumed(step, refusal)
    detail, retry_after = refusal.detail, None
    if refusal.kind == "limited":
        detail, retry_after = None, _seconds(detail)
    return Outcome(
        refusal_status(step.operation, refusal.kind, documented),
        _is_exact(documented) and not assumed,
        refusal.kind,
        refusal.cite,
        refusal.message or kind.message,
        detail,
        before=step.before,
        after=step.before,
        changes=counts,
        naming=refusal.naming,
        retry_after=retry_after,
        assumed=assumed,
        at=refusal.at,
    )


def _seconds(detail: str | None) -> int | None:
    """The wait that a quota's refusal tells."""
    return None if detail is None else int(detail)


def _is_assumed(step: Step, refusal: Refusal) -> bool:
    """Whether status and text are a guess: the operation is, the refusal is, or its kind is."""
    if refusal.status is None and step.contract.errors.kind(refusal.kind).assumed:
        return True
    return step.operation.assumed or refusal.assumed


def _is_exact(documented: int | None) -> bool:
    """Whether a document names a status, and not a class of them (4, 5) or nothing."""
    return documented is not None and documented > 9


def _succeeded(step: Step, counts: tuple[Change, ...]) -> Outcome:
    operation, after = step.operation, step.after
    records, total = _as_tuple(step.records), step.total
    if records is not None and total is None:
        total = len(records)
    return Outcome(
        success_status(operation, made=step.before is None),
        False,
        "ok",
        operation.word_pointer if operation.words else operation.pointer,
        before=step.before,
        after=after,
        records=records,
        total=total,
        changes=(*counts, *step.changes, *_stored(step)),
        emitted=step.emitted,
        departs=step.departs,
        unstored=step.unstored,
        touched=step.touched,
        shows=step.shows,
        answers=step.answers,
        tag=tag_of(step),
        assumed=operation.assumed,
    )


def _as_tuple(records: Sequence[Record] | None) -> tuple[Record, ...] | None:
    """What is shown of a list, found by now."""
    if records is None:
        return None
    return tuple(records)


def _stored(step: Step) -> Iterator[Change]:
    """The parent and the record, where the call has changed them."""
    if step.parent is not None:
        above = _parent(step.contract, step.operation, step.call, step.world)
        if above is None or _differ(step.parent, above):
            yield Put(step.parent)
    before, after = step.before, step.after
    if after is None:
        return
    if before is None or _differ(after, before):
        yield Put(after)


def _differ(one: Record, other: Record) -> bool:
    """Whether two versions of a record differ, if only in how a number is written."""
    if one is other:
        return False
    return not alike(one.data, other.data) or not alike(one.hidden, other.hidden)
