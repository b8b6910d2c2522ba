"""Standard JSON Schema of parameters and bodies: what breaks it is refused. No word of its own.

A value that breaks nothing but a ``format`` is open: JSON Schema calls formats annotations. A property
that would be ignored may be validated or not: documents rarely say; the mock validates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from troth.contracts.contract import Contract
from troth.contracts.contract.targets import Column
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document import join
from troth.contracts.document.media_types import is_json
from troth.contracts.frozen import replace
from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Call,
    Content,
    Json,
    Node,
    Operation,
    Parameter,
    Pointer,
    Refusal,
)
from troth.contracts.promises.edges import MISSING, Bound, bounds
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence, Stored
from troth.contracts.words._binding import Binding
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word

_SENT: Mapping[str, Callable[[Call], Mapping[str, Json]]] = {
    "path": attrgetter("path"),
    "query": attrgetter("query"),
    "header": attrgetter("headers"),
    "cookie": attrgetter("cookies"),
    "querystring": attrgetter("querystring"),
}
"""Where a call has the parameters of a place."""


@dataclass(frozen=True)
class Shape(Binding):
    """The parameters and the body that an operation declares."""

    parameters: tuple[Parameter, ...]
    body: Pointer | None
    declared: frozenset[str] | None
    """The properties of a body that is stored; None: nothing of it is."""

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for parameter in self.parameters:
            yield from _parameter(step, parameter)
        yield from self._body(step)

    def _body(self, step: Step) -> Iterator[Refusal]:
        body, sent = step.call.body, step.operation.content(step.call.media_type)
        pointer = self.body
        if sent is not None:
            pointer = sent.schema_pointer
        if body is ABSENT:
            if step.operation.body_required and self.body is not None:
                yield Refusal("invalid", self.body, detail="a body is required")
        elif body is MALFORMED:
            yield from _malformed(step.operation, pointer, sent)
        elif pointer is not None:
            yield from self._undeclared(step, pointer)
            yield from _broken_body(step, pointer, body)

    def _undeclared(self, step: Step, pointer: Pointer) -> Iterator[Refusal]:
        """A property that nobody declares, to refuse or to ignore: documents rarely say."""
        if self.declared is None or step.body.keys() <= self.declared:
            return
        name = min(step.body.keys() - self.declared)
        detail = f"the body declares no property {name!r}"
        yield Refusal("invalid", pointer, detail=detail, certain=False, preferred=False)


def _malformed(operation: Operation, pointer: Pointer | None, sent: Content | None) -> Iterator[Refusal]:
    """A body that is not of its media type."""
    media = operation.form or "JSON"
    if sent is not None and not is_json(sent.media_type):
        media = sent.media_type
    if pointer is not None or sent is not None:
        yield Refusal("invalid", pointer or operation.pointer, detail=f"the body is not {media}")


def _broken_body(step: Step, pointer: Pointer, body: Json) -> Iterator[Refusal]:
    for violation in step.contract.document.schemas.broken_by_request(pointer, body):
        place = join("", *violation.path) or "the body"
        detail = f"{place}: {violation.message}"
        certain = not violation.soft
        if violation.path and violation.path[0] in step.ignored:
            certain = False
        yield Refusal("invalid", pointer, detail=detail, certain=certain)


def _parameter(step: Step, parameter: Parameter) -> Iterator[Refusal]:
    values = _SENT[parameter.place](step.call)
    if parameter.name in values:
        yield from _value(step, parameter, values[parameter.name])
    elif parameter.required:
        detail = f"{parameter.place} parameter {parameter.name!r} is required"
        yield Refusal("invalid", parameter.pointer, detail=detail)


def _value(step: Step, parameter: Parameter, value: Json) -> Iterator[Refusal]:
    name, place = parameter.name, parameter.place
    problem = step.call.broken.get((place, name))
    if problem is not None:
        yield Refusal("invalid", parameter.pointer, detail=f"{place} parameter {name!r}: {problem}")
        return
    if not parameter.schema_pointer or (parameter.may_be_empty and value == ""):
        return
    broken = step.contract.document.schemas.violations(parameter.schema_pointer, value)
    for violation in broken[:1]:
        detail = f"{place} parameter {name!r}: {violation.message}"
        yield Refusal("invalid", parameter.pointer, detail=detail, certain=not violation.soft)


class Validation(Word):
    """The check of parameters and body."""

    refuses_at = RefusalStage.SHAPE

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        parameters = tuple(p for p in operation.parameters if p.place in _SENT)
        if not parameters and not operation.contents:
            return None
        declared = None
        if operation.verb in ("create", "update"):
            declared = frozenset(contract.body_properties(operation))
        return Shape(parameters, operation.body_pointer, declared)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for parameter in operation.parameters:
            if parameter.place != "path" or not parameter.schema_pointer:
                continue
            bad = _broken_text(contract, parameter)
            if bad is not None:
                says = f"{operation.id} refuses a {parameter.name} that breaks its schema"
                probe = Probe((PlannedCall(operation.id, path={parameter.name: bad}),))
                id = f"{operation.id}/schema/path/{parameter.name}"
                yield Promise(id, operation.id, says, parameter.pointer, (probe,))
        if operation.body is None:
            return
        assert operation.body_pointer is not None
        if _needs_json(operation):
            says = f"{operation.id} refuses a body that is not JSON"
            probe = Probe((PlannedCall(operation.id, raw="{"),), accepted_start(operation))
            yield Promise(f"{operation.id}/schema/json", operation.id, says, operation.body_pointer, (probe,))
        for bound in bounds(contract.document.schemas, operation.body):
            yield from _bound_promises(contract, operation, bound)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        if operation.body_pointer is not None:
            says = f"A body that breaks its schema is refused {answered(contract, 'invalid')}."
            yield Sentence(says, operation.body_pointer, contract.errors.kind("invalid").assumed)


def _needs_json(operation: Operation) -> bool:
    """Whether a call without a body, or with another one than JSON, is refused for certain."""
    if operation.form is not None:
        return False
    return operation.body_required or operation.verb == "update"


def _broken_text(contract: Contract, parameter: Parameter) -> str | None:
    """A path segment that breaks a parameter's schema for certain."""
    for text in ("not-an-id", "0", "~"):
        value: Json = text
        if text.isdigit() and parameter.schema.get("type") == "integer":
            value = int(text)
        broken = contract.document.schemas.violations(parameter.schema_pointer, value)
        if any(not violation.soft for violation in broken):
            return text
    return None


_INSIDE_UNTRIED = ("required", "type", "integer", "boolean", "pattern")
"""Keywords whose inside is any valid value: nothing is learnt from one more."""


def _bound_promises(contract: Contract, operation: Operation, bound: Bound) -> Iterator[Promise]:
    assert operation.body_pointer is not None
    if operation.resource is None and len(bound.path) > 1:
        return
    name, place = bound.path[0], "/".join(bound.path)
    given, base = writable_start(operation, name), f"{operation.id}/schema/{place}/{bound.keyword}"
    if bound.keyword not in _INSIDE_UNTRIED:
        inside = _planned(operation, bound, bound.good)
        if inside is not None:
            says = f"{operation.id} takes {place} just inside its {bound.keyword}"
            probe = Probe((inside,), given)
            yield Promise(f"{base}/inside", operation.id, says, operation.body_pointer, (probe,))
    outside = _planned(operation, bound, bound.bad, different=True)
    if outside is not None:
        says = f"{operation.id} refuses {place} just outside its {bound.keyword}"
        probe = Probe((replace(outside, draws=unconditional_property(contract, operation, name)),), given)
        yield Promise(f"{base}/outside", operation.id, says, operation.body_pointer, (probe,))


def _planned(
    operation: Operation, bound: Bound, value: Node, *, different: bool = False
) -> PlannedCall | None:
    """The call that sends a value in the place of a bound; None where that stands too deep in the body."""
    match bound.path:
        case (name,) if bound.keyword in ("minItems", "maxItems"):
            item = _item(operation, name, different=different)
            return PlannedCall(operation.id, arrays={name: (item,) * value})
        case (name,) if value is MISSING:
            return PlannedCall(operation.id, omit=(name,))
        case (name,):
            return PlannedCall(operation.id, {name: value})
        case (name, "*", member) if value is MISSING:
            return PlannedCall(operation.id, arrays={name: ({member: MISSING},)})
        case (name, "*", member):
            part = {**_item(operation, name), member: value}
            return PlannedCall(operation.id, arrays={name: (part,)})
    return None


def _item(operation: Operation, name: str, *, different: bool = False) -> Mapping[str, Stored]:
    """Keyed items: inside a bound they name what exists, outside they are all different."""
    write = writes_of(operation).get(name)
    if write is None:
        return {}
    target = write.target
    if not isinstance(target, Column):
        return {}
    return {target.sent: Stored((target.list, "0", target.key), other=different)}
