"""What every word answers, and the step of a decision that words look at and change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Transition, Write, rules_of, transition_of, writes_of
from troth.contracts.document import Document, did_you_mean
from troth.contracts.errors import ContractFault
from troth.contracts.model import (
    ABSENT,
    Call,
    Change,
    Consequence,
    Finding,
    Json,
    Operation,
    Outcome,
    Pointer,
    Record,
    Refusal,
    Resource,
    Unknown,
    World,
)
from troth.contracts.promises.facts import MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import Given, Promise, Sentence

T = TypeVar("T")


class Choose(Protocol):
    """Takes one of several allowed ways; the mock takes the first, the oracle walks them all."""

    def __call__(self, *options: T) -> T: ...


@dataclass(frozen=True)
class Step(Consequence):
    """A call on its way through the contract, with what it has done so far."""

    contract: Contract
    operation: Operation
    call: Call
    world: World
    choose: Choose
    resource: Resource | None = None
    parent: Record | None = None
    source: Record | None = None
    """The record that a new one is a copy of."""
    ignored: frozenset[str] = frozenset()
    valid: bool = True

    @property
    def lost(self) -> bool:
        """Whether the call is about a record that is not there."""
        return self.before is None and self.operation.names_record

    @property
    def body(self) -> Mapping[str, Json]:
        """The body's properties; empty where there is no object."""
        return self.call.body if isinstance(self.call.body, Mapping) else {}

    @cached_property
    def request(self) -> Mapping[str, Json]:
        """What expressions call ``request``."""
        call, schemas = self.call, self.contract.document.schemas
        body = schemas.typed(self.operation.body, {} if call.body is ABSENT else call.body, fill=False)
        return {"path": call.path, "query": call.query, "headers": call.headers, "body": body}

    def made(self, text: str) -> Json:
        """The value that an expression makes of the record as it is: no ``default`` is filled in."""
        record = self.after or self.before
        return self.value(text, record, self=record.data if record else None)

    def value(self, text: str, record: Record | None = None, /, **names: Json) -> Json:
        """The value of an expression about a record (the new one where none is given)."""
        record, read = record or self.after or self.before, cel.reads(text)
        known: dict[str, Json] = {"hidden": record.hidden if record else {}, "now": self.world.moment}
        if "self" in read:
            known["self"] = self._typed(record, read["self"])
        if "oldSelf" in read:
            known["oldSelf"] = self._typed(self.before, read["oldSelf"])
        if "request" in read:
            known["request"] = self.request
        if "parent" in read and self.parent is not None:
            above = self.contract.resources[self.parent.resource]
            data = self.contract.document.schemas.typed(above.schema, self.parent.data)
            known["parent"] = {"hidden": self.parent.hidden, **data}
        try:
            return cel.evaluate(text, known | names)
        except ContractFault:
            if self.valid and not self.lost and (self.parent or "parent" not in read):
                raise
            return cel.UNKNOWN  # of a body that breaks its schema, of no record, nothing can be said

    def _typed(self, record: Record | None, properties: frozenset[str] | None) -> Json:
        if record is None or self.resource is None:
            return None
        data = {**cel.narrowed(record.data, properties), **self._computed(record, properties)}
        return self.contract.document.schemas.typed(self.resource.schema, data)

    def _computed(self, record: Record, properties: frozenset[str] | None) -> dict[str, Json]:
        """Those of the resource's computed properties that are read, as far as they can be computed."""
        found: dict[str, Json] = {}
        for name, text in self.resource.computed.items() if self.resource else ():
            if properties is None or name in properties:
                with suppress(ContractFault):
                    known = {"self": record.data, "hidden": record.hidden}
                    found[name] = cel.evaluate(text, known)
        return found

    def holds(self, text: str, record: Record | None = None, /, **names: Json) -> bool:
        """Whether a condition holds; both ways where it hangs on something not known."""
        result = self.value(text, record, **names)
        return self.choose(False, True) if isinstance(result, Unknown) else result is True

    def put(self, cite: Pointer, **fields: Json) -> Step:
        """The step with properties of the record set, and who said so."""
        assert self.after is not None
        after = replace(self.after, data={**self.after.data, **fields})
        state = self.resource.state if self.resource else None
        if state in fields and fields[state] != self.after.data.get(state):
            after = replace(after, since=self.world.now)
        return replace(self, after=after, touched={**self.touched, **dict.fromkeys(fields, cite)})


@dataclass(frozen=True)
class Site:
    """Where a word is being read: the document, the place, and what is known of it so far."""

    document: Document
    pointer: Pointer
    resources: Mapping[str, Resource]
    operation: Operation | None = None


class Word:
    """One word of ``x-contract``: everything the project knows of it. Defaults to nothing to say."""

    name: ClassVar[str] = ""
    """Its key in ``x-contract``; empty for what standard OpenAPI says already."""
    places: ClassVar[tuple[str, ...]] = ("operation",)
    schema: ClassVar[Json] = {}
    refuses_at: ClassVar[int] = 100
    applies_at: ClassVar[int] = 100

    def parse(self, value: Json, site: Site) -> Any:
        """The typed value; the shape has been checked by ``schema`` already."""
        return value

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """What makes the document unusable: names that do not exist, expressions that do not compile."""
        yield from ()

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """What an author should know besides; asked by ``troth lint`` only, so it may take its time."""
        yield from ()

    def ignores(self, step: Step) -> frozenset[str]:
        """Properties of the body that will be ignored for certain."""
        return frozenset()

    def refusals(self, step: Step) -> Iterator[Refusal]:
        """The reasons for which this call must or may be refused."""
        yield from ()

    def counts(self, step: Step) -> tuple[Change, ...]:
        """What is recorded of the call even when it is refused."""
        return ()

    def apply(self, step: Step) -> Step:
        """What an accepted call changes."""
        return step

    def replay(self, step: Step) -> Outcome | None:
        """The answer to an earlier call that this one gets again; nothing is looked at after that."""
        return None

    def objections(self, step: Step) -> Iterator[Refusal]:
        """The reasons for which what would come out must or may be refused."""
        yield from ()

    def settle(self, step: Step, outcome: Outcome) -> Outcome:
        """The outcome with what is to be remembered of it."""
        return outcome

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        """What this word promises of an operation, each with the calls that show whether it is kept."""
        yield from ()

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        """What this word says of an operation (None: of the whole API) in plain words, for the docs."""
        yield from ()

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        """What this word makes true of an operation (None: of the API), piece by piece, for the diff."""
        yield from ()

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        """Whether the change of one fact breaks clients; None on a side: it is not there."""
        return MAYBE, "what this does to clients is not told apart"


def answered(contract: Contract, kind: str, status: int | None = None, message: str | None = None) -> str:
    """How a kind of refusal is answered, in words: ``with 400 and “No.”``."""
    known = contract.errors.kind(kind)
    status, text = status or known.status, message or known.message
    shown = "an error" if status is None else f"{status}XX" if status < 10 else str(status)
    return f"with {shown}" + (f" and “{text}”" if text else "")


def listed(names: Iterable[str], last: str = "or") -> str:
    """``a, b or c``, each in backticks."""
    shown = [f"`{name}`" for name in names]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def status_of(value: Json) -> int | None:
    """A status as written; ``4XX`` and ``5XX`` are 4 and 5."""
    return int(value[0]) if isinstance(value, str) else value


def seconds(text: str) -> float:
    """The seconds of an ISO 8601 duration of days, hours, minutes and seconds (``P1DT12H``)."""
    units = {"D": 86_400, "H": 3600, "M": 60, "S": 1}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([DHMS])", text))


def states_of(value: str | list[str] | None) -> tuple[str, ...] | None:
    """One state or a list of them, as a tuple."""
    return None if value is None else (value,) if isinstance(value, str) else tuple(value)


def accepted_start(operation: Operation) -> Given | None:
    """A record on which an operation is refused neither by its state nor by a rule of its own; its parent
    where it makes or lists nested ones; None for those that need no record."""
    above = _parent(operation)
    if operation.resource and operation.verb == "create" and operation.own:
        return Given(operation.resource, None, (), above)
    if operation.resource is None or operation.verb in ("create", "list"):
        return above
    transition = transition_of(operation)
    states = transition.states if isinstance(transition, Transition) else None
    state = states[0] if states else None
    return Given(operation.resource, state, _conditions(operation, "self", "hidden"), above)


def _parent(operation: Operation) -> Given | None:
    """The parent with which an operation's rules are kept."""
    if operation.parent is None:
        return None
    texts = tuple((as_own(text), wanted) for text, wanted in _conditions(operation, "parent"))
    return Given(operation.parent.resource, None, texts)


def as_own(text: str) -> str:
    """A condition about the parent as the parent's own."""
    return re.sub(r"\bparent\.(hidden\b)?", lambda match: match[1] or "self.", text)


def _conditions(operation: Operation, *variables: str) -> tuple[tuple[str, bool], ...]:
    """The rules of an operation that speak of nothing but these."""
    rules = rules_of(operation)
    read = [(rule.text, frozenset(cel.reads(rule.text))) for rule in rules]
    return tuple((text, True) for text, names in read if names and names <= {*variables})


def refused_start(contract: Contract, operation: Operation) -> Given | None:
    """A record on which an operation is refused by its state; None where there is no such state."""
    transition, resource = transition_of(operation), contract.resource_of(operation)
    if resource is None or not isinstance(transition, Transition) or transition.states is None:
        return None
    state = next((s for s in resource.states if s not in (transition.states or ())), None)
    return Given(resource.name, state) if state else None


def settled(operation: Operation, name: str) -> Given | None:
    """A record on which a body property is neither ignored nor rejected."""
    given = accepted_start(operation)
    write = writes_of(operation).get(name)
    if given is None or not isinstance(write, Write):
        return given
    state = write.states[0] if write.states else given.state
    of_record = write.when is not None and "request" not in cel.reads(write.when)
    where = ((write.when, True),) if write.when and of_record else ()
    return replace(given, state=state, where=(*given.where, *where))


def always(contract: Contract, operation: Operation, but: str) -> tuple[str, ...]:
    """One property beside ``but`` that every state and type takes: it shows partial writes."""
    if operation.verb != "update":
        return ()
    writes = writes_of(operation)
    free = [name for name in contract.body_properties(operation) if name not in writes and name != but]
    return tuple(free[:1])


def kinds_of(contract: Contract, operation: Operation) -> list[tuple[str, Json]]:
    """The first required enum of the body with each of its values: the kinds that can be created."""
    schemas = contract.document.schemas
    body = schemas.resolve(operation.body) if operation.body else {}
    for name in body.get("required", ()):
        schema = schemas.resolve(body.get("properties", {}).get(name, {}))
        if len(schema.get("enum", ())) > 1:
            return [(name, value) for value in schema["enum"]]
    return []


def uses(contract: Contract, name: str) -> Iterator[tuple[Operation, Any]]:
    """The operations that carry a word, with its value."""
    for operation in contract.operations.values():
        if name in operation.words:
            yield operation, operation.words[name]


def expression_findings(
    contract: Contract,
    text: str,
    pointer: Pointer,
    resource: Resource | None,
    *,
    operation: Operation | None = None,
    names: tuple[str, ...] = cel.NAMES,
) -> Iterator[Finding]:
    """C07 and C08: an expression that does not compile, or names what is not there.

    ``operation``: whose request it may speak of; ``names``: what it may speak of at all.
    """
    document = contract.document
    try:
        cel.compile(text)
    except cel.ExpressionError as error:
        message = f"`{text}` does not compile: {error} (at character {error.offset + 1})"
        yield expression_finding(document, "C07", message, pointer, text, error.offset)
        return
    for path in sorted(cel.names(text)):
        if path[0] not in names:
            message = f"`{text}`: there is no {path[0]!r} here; valid: {', '.join(names)}"
            yield expression_finding(document, "C08", message, pointer, text, _offset(text, path[0]))
        elif operation and path[0] == "request" and len(path) > 2:
            problem = _request_problem(contract, operation, path[1], path[2])
            if problem:
                at = _offset(text, ".".join(path[:3]))
                yield expression_finding(document, "C08", f"`{text}`: {problem}", pointer, text, at)
    if resource is None:
        return
    known = {
        "self": set(document.schemas.resolve(resource.schema).get("properties", {})),
        "hidden": set(resource.hidden),
        "request": {"path", "query", "headers", "body"},
    }
    known["oldSelf"] = known["self"]
    above = contract.resources.get(resource.parent.resource) if resource.parent else None
    shown = document.schemas.resolve(above.schema).get("properties", {}) if above else {}
    known["parent"] = {*shown, "hidden"} if above else set()
    for path in sorted(cel.names(text)):
        if path[0] in names and len(path) > 1 and path[1] not in known[path[0]]:
            hint = did_you_mean(path[1], known[path[0]])
            message = f"`{text}`: {path[0]} has no property {path[1]!r}{hint}"
            yield expression_finding(
                document, "C08", message, pointer, text, _offset(text, f"{path[0]}.{path[1]}")
            )


def _request_problem(contract: Contract, operation: Operation, part: str, name: str) -> str | None:
    """What is wrong with ``request.<part>.<name>`` in an expression about an operation."""
    if part in ("query", "path"):
        known = [p.name for p in operation.parameters if p.place == part]
        if name not in known:
            return f"{operation.id} has no {part} parameter {name!r}{did_you_mean(name, known)}"
    if part == "body":
        schema = contract.document.schemas.resolve(operation.body or {"properties": {}})
        free = "properties" not in schema or "oneOf" in schema or "anyOf" in schema
        if not free and name not in schema["properties"]:
            hint = did_you_mean(name, schema["properties"])
            return f"the body of {operation.id} has no property {name!r}{hint}"
    return None


def expression_finding(
    document: Document, code: str, message: str, pointer: Pointer, text: str, offset: int
) -> Finding:
    """A finding at a character of an expression, where the file shows it on one line."""
    return Finding(code, message, pointer, document.inside(pointer, text, max(offset, 0)))


def _offset(text: str, name: str) -> int:
    """Where a dotted name stands in an expression, and not the beginning of a longer one; -1: nowhere."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)
    return found.start() if found else -1


def state_findings(
    contract: Contract, states: tuple[str, ...], pointer: Pointer, resource: Resource | None
) -> Iterator[Finding]:
    """C04: a state that the enum of the state property does not have."""
    if resource is None or resource.state is None:
        message = "a state is named, but the resource declares no state field"
        yield contract.document.finding("C04", message, pointer)
        return
    for state in states if resource.states else ():  # that there are none is said once, at the resource
        if state not in resource.states:
            hint = did_you_mean(state, resource.states)
            message = f"{state!r} is not in the enum of {resource.name}.{resource.state}{hint}"
            yield contract.document.finding("C04", message, pointer)
