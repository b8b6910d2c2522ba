"""Standard ``example`` and ``examples`` of a request body: what is documented is tried. No word of its own.

Every example is sent on a record that accepts it, and before each operation whose own rules ask for what it
writes: an author leads the check to a corner by writing it down. Values that name things of the author's
account (what ``links`` says, unique properties, keys of stored objects) are replaced by the tester's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.links import linked
from troth.contracts.contract.targets import Column, Keyed
from troth.contracts.contract.word_values import effects_of, rules_of, writes_of
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Operation
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise
from troth.contracts.words._starts import accepted_start, kinds_of
from troth.contracts.words._word import Word


class Examples(Word):
    """Has nothing to say of a call; it knows which calls are worth making."""

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for name, body in operation.examples.items():
            says = f"{operation.id} does with its example {name!r} what is said of it"
            probes = tuple(Probe((planned,), given) for given, planned in _sent(contract, operation, body))
            id = f"{operation.id}/examples/{name}"
            yield _promise(contract, id, operation, says, operation, body, probes)
        for writer, name, body in _writers(contract, operation):
            says = f"{operation.id} does what is said of it after {writer.id} with its example {name!r}"
            planned_calls = (documented(contract, writer, body), PlannedCall(operation.id))
            id = f"{operation.id}/examples/{writer.id}.{name}"
            probes = (Probe(planned_calls, accepted_start(operation)),)
            yield _promise(contract, id, operation, says, writer, body, probes)


def _promise(
    contract: Contract,
    id: str,
    operation: Operation,
    says: str,
    of: Operation,
    body: Json,
    probes: tuple[Probe, ...],
) -> Promise:
    pointer = of.body_pointer or of.pointer
    if contract.document.schemas.violations(pointer, body):
        return Promise(id, operation.id, says, pointer, needs="the example breaks its schema")
    return Promise(id, operation.id, says, pointer, probes)


def _sent(contract: Contract, operation: Operation, body: Json) -> Iterator[tuple[Given | None, PlannedCall]]:
    """The example below every kind of parent, where there are kinds."""
    given, planned = accepted_start(operation), documented(contract, operation, body)
    kinds = _kinds_above(contract, operation)
    if given is None or not kinds:
        yield given, planned
        return
    for name, value in kinds:
        yield replace(given, where=(*given.where, (f"self.{name} == {value!r}", True))), planned


def _kinds_above(contract: Contract, operation: Operation) -> list[tuple[str, Json]]:
    """The kinds of parents below which an operation makes records."""
    if operation.parent is None or operation.verb != "create":
        return []
    above = contract.acting(operation.parent.resource, "create")
    if above is None:
        return []
    return kinds_of(contract, above)


def documented(contract: Contract, operation: Operation, body: Json) -> PlannedCall:
    """A call with a documented body, less what names things of the author's account."""
    if not isinstance(body, Mapping):
        return PlannedCall(operation.id, body)
    body = operation.record_in(body)
    unique = _unique(contract, operation) & body.keys()
    left = unique | _linked(contract, operation)
    for name, write in writes_of(operation).items():
        if isinstance(write.named, (Keyed, Column)) and body.get(name):
            left.add(name)
    kept = {name: value for name, value in body.items() if name not in left}
    return PlannedCall(operation.id, kept, draws=tuple(sorted(unique)))


def _unique(contract: Contract, operation: Operation) -> set[str]:
    """The properties that no two records share."""
    resource = contract.resource_of(operation)
    if resource is None:
        return set()
    return {unique.field for unique in resource.unique}


def _linked(contract: Contract, operation: Operation) -> set[str]:
    """The properties of the body that links name the values of."""
    found: set[str] = set()
    for link in linked(contract, operation).values():
        found |= {name for place, name in link if place == "body"}
    return found


def _writers(contract: Contract, operation: Operation) -> Iterator[tuple[Operation, str, Json]]:
    """Examples of other operations that write what the operation's own rules ask of the record alone."""
    read = _asked(operation)
    if not read or operation.resource is None:
        return
    for writer in contract.operations.values():
        if writer.resource != operation.resource or writer is operation:
            continue
        if writer.verb not in ("update", "action"):
            continue
        for name, body in writer.examples.items():
            if isinstance(body, Mapping) and _written(writer, body) & read:
                yield writer, name, body


def _asked(operation: Operation) -> set[str]:
    """The properties that an operation's own rules read, of those that speak of the record alone."""
    found: set[str] = set()
    for rule in rules_of(operation):
        names = cel.reads(rule.text)
        if names.keys() <= {"self", "hidden"}:
            found |= names.get("self") or set()
    return found


def _written(writer: Operation, body: Mapping[str, Json]) -> set[str]:
    """The properties of the record that a call with a body sets."""
    caused = {name for effect in effects_of(writer) for name in effect.set}
    if writer.verb != "update":
        return caused
    writes = writes_of(writer)
    for name in writer.record_in(body):
        if name in writes:
            caused.add(writes[name].place[0])
        else:
            caused.add(name)
    return caused
