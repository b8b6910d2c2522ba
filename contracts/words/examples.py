"""Standard ``example`` and ``examples`` of a request body: what is documented is tried. No word of its own.

Every example is sent on a record that accepts it, and before each operation whose own rules ask for what it
writes: an author leads the check to a corner by writing it down. Values that name things of the author's
account (what ``links`` says, unique properties, keys of stored objects) are replaced by the tester's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.links import linked
from troth.contracts.contract.word_values import Write, effects_of, rules_of, writes_of
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
    valid = not contract.document.schemas.violations(pointer, body)
    needs = None if valid else "the example breaks its schema"
    return Promise(id, operation.id, says, pointer, probes if valid else (), needs=needs)


def _sent(contract: Contract, operation: Operation, body: Json) -> Iterator[tuple[Given | None, PlannedCall]]:
    """The example below every kind of parent, where there are kinds."""
    given, planned = accepted_start(operation), documented(contract, operation, body)
    above = contract.acting(operation.parent.resource, "create") if operation.parent else None
    kinds = kinds_of(contract, above) if above is not None and operation.verb == "create" else []
    if given is None or not kinds:
        yield given, planned
        return
    for name, value in kinds:
        yield replace(given, where=(*given.where, (f"self.{name} == {value!r}", True))), planned


def documented(contract: Contract, operation: Operation, body: Json) -> PlannedCall:
    """A call with a documented body, less what names things of the author's account."""
    if not isinstance(body, Mapping):
        return PlannedCall(operation.id, body, fill=False)
    resource = contract.resource_of(operation)
    unique = {u.field for u in resource.unique} & body.keys() if resource else set()
    left = {name for place, name in _linked(contract, operation) if place == "body"} | unique
    writes: Mapping[str, Write] = writes_of(operation)
    left |= {n for n, write in writes.items() if (write.keyed or write.column) and body.get(n)}
    kept = {name: value for name, value in body.items() if name not in left}
    return PlannedCall(operation.id, kept, draws=tuple(sorted(unique)), fill=False)


def _linked(contract: Contract, operation: Operation) -> set[tuple[str, str]]:
    return {key for link in linked(contract, operation).values() for key in link}


def _writers(contract: Contract, operation: Operation) -> Iterator[tuple[Operation, str, Json]]:
    """Examples of other operations that write what the operation's own rules ask of the record alone."""
    known = [cel.reads(rule.text) for rule in rules_of(operation)]
    of_record = [names.get("self") or () for names in known if names.keys() <= {"self", "hidden"}]
    read = frozenset[str]().union(*of_record)
    for writer in contract.operations.values() if read and operation.resource else ():
        if (
            writer.resource == operation.resource
            and writer.id != operation.id
            and writer.verb in ("update", "action")
        ):
            for name, body in writer.examples.items():
                if isinstance(body, Mapping) and _written(writer, body) & read:
                    yield writer, name, body


def _written(writer: Operation, body: Mapping[str, Json]) -> set[str]:
    """The properties of the record that a call with a body sets."""
    writes = writes_of(writer)
    sent = {(writes[name].place if name in writes else (name,))[0] for name in body}
    caused = {name for effect in effects_of(writer) for name in effect.set}
    return caused | (sent if writer.verb == "update" else set())
