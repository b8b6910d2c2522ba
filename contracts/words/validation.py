"""Standard JSON Schema of parameters and bodies: what breaks it is refused. No word of its own.

A value that breaks nothing but a ``format`` is open: JSON Schema calls formats annotations. A property
that would be ignored may be validated or not: documents rarely say; the mock validates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.contract import Contract
from troth.contracts.contract.targets import Column
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document import join
from troth.contracts.document.media_types import is_json
from troth.contracts.model import ABSENT, MALFORMED, Json, Node, Operation, Parameter, Pointer, Refusal
from troth.contracts.promises.edges import MISSING, Bound, bounds
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence, Stored
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class Validation(Word):
    """The check of parameters and body."""

    refuses_at = RefusalStage.SHAPE

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for parameter in step.operation.parameters:
            yield from _parameter(step, parameter)
        yield from _body(step)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for parameter in operation.parameters:
            if parameter.place != "path":
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


def _parameter(step: Step, parameter: Parameter) -> Iterator[Refusal]:
    call, name, place = step.call, parameter.name, parameter.place
    if place == "querystring":
        yield from _querystring(step, parameter)
        return
    values = {"path": call.path, "query": call.query, "header": call.headers, "cookie": call.cookies}.get(
        place
    )
    if values is None:
        return
    if name not in values:
        if parameter.required:
            detail = f"{place} parameter {name!r} is required"
            yield Refusal("invalid", parameter.pointer, detail=detail)
        return
    yield from _value(step, parameter, values[name])


def _querystring(step: Step, parameter: Parameter) -> Iterator[Refusal]:
    """The query as a whole."""
    if step.call.querystring is not ABSENT:
        yield from _value(step, parameter, step.call.querystring)
    elif parameter.required:
        yield Refusal("invalid", parameter.pointer, detail="a query is required")


def _value(step: Step, parameter: Parameter, value: Json) -> Iterator[Refusal]:
    name, place = parameter.name, parameter.place
    problem = step.call.broken.get((place, name))
    if problem is not None:
        yield Refusal("invalid", parameter.pointer, detail=f"{place} parameter {name!r}: {problem}")
        return
    if parameter.may_be_empty and value == "":
        return
    broken = step.contract.document.schemas.violations(parameter.schema_pointer, value)
    for violation in broken[:1]:
        detail = f"{place} parameter {name!r}: {violation.message}"
        yield Refusal("invalid", parameter.pointer, detail=detail, certain=not violation.soft)


def _body(step: Step) -> Iterator[Refusal]:
    operation, body = step.operation, step.call.body
    pointer, media = _schema_of_body(step)
    if body is MALFORMED:
        if pointer is None and step.call.media_type is None:
            return
        yield Refusal("invalid", pointer or operation.pointer, detail=f"the body is not {media}")
        return
    if body is ABSENT:
        if operation.body_required and operation.body_pointer is not None:
            yield Refusal("invalid", operation.body_pointer, detail="a body is required")
        return
    if pointer is None:
        return
    yield from _undeclared(step, pointer)
    for violation in step.contract.document.schemas.broken_by_request(pointer, body):
        place = join("", *violation.path) or "the body"
        detail = f"{place}: {violation.message}"
        certain = not violation.soft
        if violation.path and violation.path[0] in step.ignored:
            certain = False
        yield Refusal("invalid", pointer, detail=detail, certain=certain)


def _schema_of_body(step: Step) -> tuple[Pointer | None, str]:
    """Where the schema of the body stands, by the media type that was sent; and what that is called."""
    operation = step.operation
    content = operation.content(step.call.media_type)
    if content is None:
        return operation.body_pointer, operation.form or "JSON"
    name = content.media_type
    if is_json(name):
        name = "JSON"
    return content.schema_pointer, name


def _undeclared(step: Step, pointer: Pointer) -> Iterator[Refusal]:
    """A property that nobody declares, to refuse or to ignore: documents rarely say."""
    if step.operation.verb not in ("create", "update"):
        return
    names = sorted(step.body.keys() - step.contract.body_properties(step.operation).keys())
    for name in names[:1]:
        detail = f"the body declares no property {name!r}"
        yield Refusal("invalid", pointer, detail=detail, certain=False, preferred=False)


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
