"""Which promises a contract makes, and in which order they are tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.check.leeway import spare_properties
from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import effects_of, writes_of
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Operation
from troth.contracts.promises.denial import always_refused, never_refused
from troth.contracts.promises.promise import Aspect, Given, PlannedCall, Probe, Promise, Subject, Turn
from troth.contracts.words import WORDS
from troth.contracts.words._starts import accepted_start, barriers, kinds_of, unconditional_property
from troth.contracts.words._write_targets import in_state
from troth.contracts.words.handlers import handlers_of
from troth.contracts.words.paging import cut_of

NEGATIVE = 6
"""Broken bodies drawn for each operation, beside those on the edges of its schema."""

LARGE = 50
"""Records on one page, on which an order is looked for."""

RICH = 2
"""Properties that a record has besides the one that is changed."""

DRAWN = 3
"""Bodies drawn for each operation of what its schema takes."""


def promises(contract: Contract) -> list[Promise]:
    """Every promise: what the words say, and what holds for every operation without a word."""
    found: dict[str, Promise] = {}
    for operation in contract.operations.values():
        for promise in _of(contract, operation):
            found.setdefault(promise.id, promise)
    return list(found.values())


def _of(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """What is promised of an operation."""
    for word in WORDS:
        for promise in word.promises(contract, operation):
            yield _on_one_page(contract, operation, _handled(contract, promise))
    for promise in _always(contract, operation):
        yield _handled(contract, promise)


def _on_one_page(contract: Contract, operation: Operation, promise: Promise) -> Promise:
    """The promise of an order, tried on a page that is large enough to show one."""
    paging = cut_of(contract, operation)
    if promise.subject is None or promise.subject.aspect is not Aspect.ORDER or paging is None:
        return promise
    parameter = operation.parameter("query", paging.size)
    if parameter is None:
        return promise
    (probe,) = promise.probes
    size, most = LARGE, parameter.schema.get("maximum")
    if isinstance(most, int):
        size = min(size, most)
    planned = replace(probe.calls[0], query={str(paging.size): size})
    return replace(promise, probes=(probe, replace(probe, calls=(planned,))))


def _handled(contract: Contract, promise: Promise) -> Promise:
    """A promise of an operation with a handler: only that says what is stored, and it may refuse besides what
    a denial lets pass."""
    handlers = handlers_of(contract)
    if handlers is None or promise.operation not in handlers.functions:
        return promise
    others = {name: one for name, one in handlers.functions.items() if name != promise.operation}
    unhandled = {"handlers": replace(handlers, functions=others)}
    denials = []
    for denial in promise.denials:
        if not denial.stores and not denial.refuses:
            denials.append(replace(denial, words={**denial.words, **unhandled}))
    return replace(promise, denials=tuple(denials), read=promise.read or len(denials) < len(promise.denials))


def ordered(all_promises: list[Promise], contract: Contract) -> list[Promise]:
    """Making records first, then reading; what uses a record up, and quotas, last.

    Of the edges of a body one of each property in turn: what is done to different ones can be read together.
    """
    operations = {id: number for number, id in enumerate(contract.operations)}
    met: Counter[tuple[str, str]] = Counter()
    places: dict[str, tuple[int, int, int]] = {}
    for promise in all_promises:
        turn = turn_of(promise, contract)
        places[promise.id] = turn, 0, 0
        if turn is Turn.EDGES:
            about = promise.operation, "/".join(promise.id.split("/")[1:3])
            places[promise.id] = turn, operations[promise.operation], met[about]
            met[about] += 1
    return sorted(all_promises, key=lambda promise: places[promise.id])


def turn_of(promise: Promise, contract: Contract) -> Turn:
    """When a promise is tried: as its word says, else by what its probes and its operation need."""
    if promise.turn is not None:
        return promise.turn
    if any(probe.quota for probe in promise.probes):
        return Turn.QUOTAS
    if any(_asks_hidden(probe) for probe in promise.probes):
        return Turn.SCARCE_RECORDS
    return _TURNS.get(contract.operations[promise.operation].verb, Turn.WRITES)


_TURNS: dict[str | None, Turn] = {
    "create": Turn.MORE_RECORDS,
    "read": Turn.READS,
    "list": Turn.READS,
    "delete": Turn.DELETES,
}


def _asks_hidden(probe: Probe) -> bool:
    """Whether it needs a record of which something is true that no answer shows: few are known to be so."""
    if probe.given is None:
        return False
    return any("hidden" in cel.reads(text) for text, _ in probe.given.where)


def _always(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """The defaults: schemas are kept, refusals change nothing, successes only what is declared."""
    at, base = operation.pointer, operation.id
    probes: tuple[Probe, ...] = ()
    if operation.resource is None:  # no other promise calls it
        probes = (Probe((PlannedCall(base),)),)
    says = f"every answer of {base} fits its documented response"
    yield Promise(f"{base}/response", base, says, at, probes, subject=Subject(base, Aspect.RESPONSE))
    if operation.body is not None and operation.body_pointer is not None:
        planned = PlannedCall(base, negative=True)
        probes = (Probe((planned,), accepted_start(operation)),) * NEGATIVE
        says = f"{base} refuses bodies that break its schema"
        denials = (never_refused(operation, operation.body_pointer, "any body is taken"),)
        yield Promise(f"{base}/schema/broken", base, says, operation.body_pointer, probes, denials=denials)
    if operation.resource is not None:
        yield from _unsaid(contract, operation)
        if operation.body is not None and operation.verb in ("create", "update"):
            yield _accepts(contract, operation)


def _accepts(contract: Contract, operation: Operation) -> Promise:
    """Bodies that keep the schema, and what may be sent besides."""
    start = accepted_start(operation)
    bodies: list[dict[str, Json]] = [{name: kind} for name, kind in kinds_of(contract, operation)]
    planned = [PlannedCall(operation.id, body, fill=True) for body in bodies or [{}]]
    probes = [Probe((call,), start) for call in planned]
    while len(probes) < DRAWN:
        probes.append(probes[0])
    says = f"{operation.id} takes any body that keeps its schema and its rules, and does what is said of it"
    id, at = f"{operation.id}/accepts/any", operation.body_pointer or operation.pointer
    return Promise(
        id,
        operation.id,
        says,
        at,
        tuple(probes),
        operation.assumed,
        turn=Turn.DRAWN,
        reduced=True,
        denials=(always_refused(operation),),
    )


def _of_the_rest(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """Where all words are guesses: one property is changed of a record that has others, which may be lost."""
    if not contract.guessed:
        return
    if operation.method == "PUT":
        return
    left = spare_properties(contract, operation)
    given = {name: _has(contract.body_properties(operation)[name], name) for name in left}
    where = tuple((text, True) for text in given.values() if text)[:RICH]
    others = [name for name in contract.body_properties(operation) if name not in left]
    if all((len(where) == RICH, others)):
        yield Probe(
            (PlannedCall(operation.id, draws=(others[0],)),), Given(str(operation.resource), where=where)
        )


def _of_a_barred_one(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """A call that is refused for one property, with another one that would be written."""
    resource = contract.resource_of(operation)
    if resource is None:
        return
    for write in writes_of(operation).values():
        free = unconditional_property(contract, operation, write.field)
        if not free or write.outside != ("rejected",):
            continue
        for state in resource.states:
            if not any([in_state(write, state), barriers(contract, operation, resource, state)]):
                yield Probe(
                    (PlannedCall(operation.id, draws=(write.field, *free)),), Given(resource.name, state)
                )
                return


def _of_a_rich_one(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """A call on a record of which all is said that can be said: of what it lacks, nothing can be lost."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb not in ("action", "update"):
        return
    if any([resource.single, contract.guessed, operation.method == "PUT", handlers_of(contract)]):
        return
    written = writes_of(operation)
    named = [name for name in contract.body_properties(operation) if name not in written]
    draws = tuple(named[:1]) if operation.verb == "update" else ()
    planned = PlannedCall(operation.id, draws=draws)
    yield Probe((planned,), accepted_start(operation), rich=True)


def _with_a_witness(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """What a call sets of a parent it sets of no other one."""
    if operation.parent is None or contract.guessed:
        return
    if operation.verb not in ("create", "action"):
        return
    names = [name for effect in effects_of(operation) for name in effect.set]
    if any(name.startswith("parent.") for name in names):
        yield Probe(
            (PlannedCall(operation.id),), accepted_start(operation), witness=operation.parent.resource
        )


def _has(schema: Node, name: str) -> str | None:
    """The condition that a record has something under a name; None where that cannot be told by its type."""
    if not all((name.isidentifier(), isinstance(schema, Mapping))):
        return None
    kinds = types_of(schema)[:1]
    if kinds == ("array",):
        return f"has(self.{name}) && self.{name} != null && size(self.{name}) > 0"
    if kinds == ("string",):
        return f"has(self.{name}) && self.{name} != null && self.{name} != ''"
    return None


def _unsaid(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """What nobody says of an operation on a resource: what it leaves alone."""
    at, base = operation.pointer, operation.id
    if operation.verb not in ("read", "list"):
        says = f"a success of {base} changes nothing but what is declared"
        subject = Subject(base, Aspect.CHANGES_WHAT_IS_DECLARED)
        probes = (*_of_the_rest(contract, operation), *_of_a_rich_one(contract, operation))
        yield Promise(f"{base}/frame/declared", base, says, at, probes, subject=subject)
    if operation.verb != "list" and (operation.verb != "read" or operation.secured):
        subject = Subject(base, Aspect.CHANGES_NOTHING_WHEN_REFUSED)
        says, probes = f"a refused {base} changes nothing", tuple(_of_a_barred_one(contract, operation))
        yield Promise(f"{base}/frame/refused", base, says, at, probes, subject=subject)
    resource = contract.resource_of(operation)
    if resource is not None and resource.single:
        return
    subject, probes = Subject(base, Aspect.LEAVES_OTHERS_ALONE), tuple(_with_a_witness(contract, operation))
    says = f"{base} leaves other records alone"
    yield Promise(f"{base}/frame/others", base, says, at, probes, subject=subject)
