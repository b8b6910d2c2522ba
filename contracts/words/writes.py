"""``writes``: which request property may be written in which states, on which condition, and where it lands.

``in``/``outside``: states, and what happens in the others; ``when``/``otherwise``: a condition on the stored
record, and what happens when it does not hold. Outcomes are ``applied``, ``ignored``, ``rejected``, or a list
of those that the document leaves open; unsaid means ``[ignored, rejected]``. ``as`` is where the value lands
when not under its own name: ``/x``, ``/list/*/key`` (scalars become objects; with ``same: type`` they must
name objects whose ``type`` is that of the record, as far as others show it), ``/list/[key=field]/column``,
``/list/[key={parameter}]/member`` (of the item that a path parameter names). ``number`` renumbers items in
order, ``last-by`` keeps the last of items with the same key, in whatever place, ``merge`` (or a body of type
``application/merge-patch+json``) merges objects as RFC 7396 does. Of an action's body only what ``writes``
names is stored. A new record has the ``default`` of what
its body leaves out, if that is simply stored; checks ask for it where the resource's schema requires it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.targets import Keyed, target_of
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.model import Finding, Node, Operation, Resource, Schema
from troth.contracts.promises.facts import BREAKS, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings, state_findings
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._values import states_of
from troth.contracts.words._word import Site, Word
from troth.contracts.words._write_facts import judged_treatment, treatment
from troth.contracts.words._write_probes import write_promises
from troth.contracts.words._write_targets import write_of
from troth.contracts.words._writing import Writing


class Writes(Word):
    """Stores, ignores or rejects what a body says, property by property."""

    name = "writes"
    schema = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "dependentRequired": {"outside": ["in"], "otherwise": ["when"], "same": ["as"]},
            "properties": {
                "in": {"$ref": "#/$defs/states"},
                "outside": {"$ref": "#/$defs/outcome"},
                "when": {"$ref": "#/$defs/cel"},
                "otherwise": {"$ref": "#/$defs/outcome"},
                "as": {"$ref": "#/$defs/pointer"},
                "number": {
                    "oneOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "required": ["field", "from"],
                            "additionalProperties": False,
                            "properties": {
                                "field": {"type": "string"},
                                "from": {"type": "integer"},
                            },
                        },
                    ]
                },
                "last-by": {"type": "string"},
                "merge": {"type": "boolean"},
                "same": {"type": "string"},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.FIELDS
    applies_at = ApplyStage.FIELDS

    def parse(self, value: Node, site: Site) -> Mapping[str, Write]:
        return {name: _write(name, entry, join(site.pointer, name)) for name, entry in value.items()}

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            if operation.verb not in ("create", "update", "action") and writes_of(operation):
                message = f"`writes` is for what is stored; {operation.id} stores nothing"
                yield contract.document.finding("C03", message, f"{operation.word_pointer}/writes")
                continue
            for write in writes_of(operation).values():
                yield from _errors(contract, operation, write)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C08, C10, C17, C19: no such place; an update with states without ``writes``; two fields in one
        place; managed fields."""
        for operation in contract.operations.values():
            resource, writes = contract.resource_of(operation), writes_of(operation)
            if resource is None:
                continue
            if operation.verb == "update" and resource.state and not writes:
                message = (
                    f"{operation.id} updates a thing with states, but does not say what may be written when"
                )
                yield contract.document.finding("C10", message, operation.word_pointer, "note")
            yield from _overlaps(contract, writes)
            yield from _unshown(contract, resource, writes)
            yield from _managed_taken(contract, operation, resource)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if operation.verb in ("create", "update") or contract.stored_properties(operation):
            return Writing(contract, operation)
        return None

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        return write_promises(contract, operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        for write in writes_of(operation).values():
            for text in _told(write):
                yield Sentence(text, write.pointer, write.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        resource = contract.resource_of(operation)
        if resource is None:
            return
        for name in contract.stored_properties(operation):
            write = write_of(operation, name)
            yield from _treatments(operation, resource, write)
            lands = (write.to, write.number, write.start, write.last_by, write.merge, write.same)
            says = " ".join(_told(write)) or "is stored under its own name, as it is sent."
            yield Fact((name, "lands", ""), lands, says, write.pointer, write.assumed, about=f"`{name}`")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None  # the property or the state is new or gone: that is reported as such
        if len(old.key) > 2:
            return BREAKS, "what is stored differs for the same request"
        return judged_treatment(old.value, new.value)


def _errors(contract: Contract, operation: Operation, write: Write) -> Iterator[Finding]:
    document, resource = contract.document, contract.resource_of(operation)
    known = contract.body_properties(operation)
    if write.field not in known:
        hint = did_you_mean(write.field, known)
        message = f"the body of {operation.id} has no property {write.field!r}{hint}"
        yield document.finding("C09", message, write.pointer)
    if write.states:
        yield from state_findings(contract, write.states, f"{write.pointer}/in", resource)
    if write.same and not isinstance(write.target, Keyed):
        message = "`same` is for what lands in `/list/*/key`: nothing else names objects"
        yield document.finding("C04", message, f"{write.pointer}/same")
    if write.when:
        at = f"{write.pointer}/when"
        yield from expression_findings(contract, write.when, at, resource, operation=operation)


def _managed_taken(contract: Contract, operation: Operation, resource: Resource) -> Iterator[Finding]:
    writes, at = writes_of(operation), f"{operation.pointer}/requestBody"
    unsaid = [name for name in contract.stored_properties(operation) if name not in writes]
    for name in unsaid:
        if name in resource.managed:
            message = f"{operation.id} takes {name!r}, which only the server sets (`managed`)"
            yield contract.document.finding("C19", message, at, "warning")


def _treatments(operation: Operation, resource: Resource, write: Write) -> Iterator[Fact]:
    """What becomes of a property in each state in which the operation may find the record."""
    about = f"`{write.field}`"
    if operation.verb == "create" or not resource.states:
        value = treatment(write, resource.initial)
        yield Fact((write.field, ""), value, str(value), write.pointer, write.assumed, about=about)
        return
    for state in resource.states:
        value = treatment(write, state)
        yield Fact((write.field, state), value, str(value), write.pointer, write.assumed, state, about)


def _write(name: str, entry: Schema, pointer: str) -> Write:
    named = number = start = None
    if "as" in entry:
        named = target_of(entry["as"])
    if isinstance(entry.get("number"), Mapping):
        number, start = entry["number"]["field"], entry["number"]["from"]
    else:
        number = entry.get("number")
    return Write(
        name,
        pointer,
        states_of(entry.get("in")),
        _outcomes(entry.get("outside")),
        entry.get("when"),
        _outcomes(entry.get("otherwise")),
        named,
        number,
        start,
        entry.get("last-by"),
        entry.get("merge", False),
        entry.get("assumed", False),
        entry.get("same"),
    )


def _outcomes(value: Node) -> tuple[str, ...]:
    """The outcomes that are written down; unsaid, the property may be ignored, and the call refused."""
    return states_of(value) or ("ignored", "rejected")


def _unshown(contract: Contract, resource: Resource, writes: Mapping[str, Write]) -> Iterator[Finding]:
    """C08: what is sent lands in a property that the resource does not have."""
    known = contract.properties(resource)
    if not known:
        return
    for write in writes.values():
        place = write.place[0]
        if place not in known:
            hint = did_you_mean(place, known)
            message = f"{write.field!r} lands in {place!r}, which no {resource.name} shows{hint}"
            yield contract.document.finding("C08", message, write.pointer, "warning")


def _overlaps(contract: Contract, writes: Mapping[str, Write]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Write] = {}
    for write in writes.values():
        other = first.setdefault(write.place, write)
        if other is not write:
            message = (
                f"{write.field!r} and {other.field!r} both end in {write.place[0]!r}: "
                "who wins when both are sent is open, either order is accepted"
            )
            yield contract.document.finding("C17", message, write.pointer, "note")


def _told(write: Write) -> Iterator[str]:
    """Where a property lands and what becomes of it; when it may be written, the matrix shows."""
    if write.to:
        yield f"`{write.field}` is stored in `{join('', *write.to)}`."
    if write.same:
        yield f"Values of `{write.field}` that name something of another `{write.same}` are refused."
    if write.merge:
        yield f"An object sent as `{write.field}` is merged into the stored one."
    if write.number:
        start = ""
        if write.start is not None:
            start = f" from {write.start}"
        yield f"Items of `{write.field}` are numbered{start} in array order as `{write.number}`."
    if write.last_by:
        yield f"Of items of `{write.field}` with the same `{write.last_by}` the last one wins."
