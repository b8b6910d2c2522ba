"""Standard JSON Schema of parameters and bodies: what breaks it is refused. No word of its own.

A value that breaks nothing but a ``format`` is open: JSON Schema calls formats annotations. A property
that would be ignored may be validated or not: documents rarely say; the mock validates.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document import join
from troth.contracts.model import ABSENT, MALFORMED, Json, Operation, Parameter, Refusal
from troth.contracts.promises.edges import MISSING, Bound, bounds
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence, Stored
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, always, settled
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
            bad = _broken_text(contract, parameter)
            if parameter.place == "path" and bad is not None:
                says = f"{operation.id} refuses a {parameter.name} that breaks its schema"
                probe = Probe((PlannedCall(operation.id, path={parameter.name: bad}),))
                id = f"{operation.id}/schema/path/{parameter.name}"
                yield Promise(id, operation.id, says, parameter.pointer, (probe,))
        if operation.body is None:
            return
        assert operation.body_pointer is not None
        if operation.form is None and (operation.body_required or operation.verb == "update"):
            raw = Probe((PlannedCall(operation.id, raw="{"),), accepted_start(operation))
            id = f"{operation.id}/schema/json"
            yield Promise(
                id,
                operation.id,
                f"{operation.id} refuses a body that is not JSON",
                operation.body_pointer,
                (raw,),
            )
        for bound in bounds(contract.document.schemas, operation.body):
            yield from _bound_promises(contract, operation, bound)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is not None and operation.body_pointer is not None:
            says = f"A body that breaks its schema is refused {answered(contract, 'invalid')}."
            yield Sentence(says, operation.body_pointer, contract.errors.kind("invalid").assumed)


def _parameter(step: Step, parameter: Parameter) -> Iterator[Refusal]:
    sent = {"path": step.call.path, "query": step.call.query, "header": step.call.headers}
    values = sent.get(parameter.place)
    if values is None:
        return
    if parameter.name not in values:
        if parameter.required:
            detail = f"{parameter.place} parameter {parameter.name!r} is required"
            yield Refusal("invalid", parameter.pointer, detail=detail)
        return
    schemas = step.contract.document.schemas
    broken = schemas.violations(f"{parameter.pointer}/schema", values[parameter.name])
    for violation in broken[:1]:
        detail = f"{parameter.place} parameter {parameter.name!r}: {violation.message}"
        yield Refusal("invalid", parameter.pointer, detail=detail, certain=not violation.soft)


def _body(step: Step) -> Iterator[Refusal]:
    operation, body = step.operation, step.call.body
    if operation.body is None or operation.body_pointer is None:
        return
    if body is MALFORMED:
        detail = f"the body is not {operation.form or 'JSON'}"
        yield Refusal("invalid", operation.body_pointer, detail=detail)
        return
    if body is ABSENT:
        if operation.body_required:
            yield Refusal("invalid", operation.body_pointer, detail="a body is required")
        return
    strange = sorted(step.body.keys() - step.contract.body_properties(operation).keys())
    if strange and operation.verb in ("create", "update"):  # to refuse or to ignore: documents rarely say
        detail = f"the body declares no property {strange[0]!r}"
        yield Refusal("invalid", operation.body_pointer, detail=detail, certain=False, preferred=False)
    for violation in step.contract.document.schemas.broken_by_request(operation.body_pointer, body):
        ignored = bool(violation.path) and violation.path[0] in step.ignored
        place = join("", *violation.path) or "the body"
        detail = f"{place}: {violation.message}"
        yield Refusal(
            "invalid",
            operation.body_pointer,
            detail=detail,
            certain=not (violation.soft or ignored),
        )


def _broken_text(contract: Contract, parameter: Parameter) -> str | None:
    """A path segment that breaks a parameter's schema for certain."""
    for text in ("not-an-id", "0", "~"):
        value: Json = int(text) if text.isdigit() and parameter.schema.get("type") == "integer" else text
        broken = contract.document.schemas.violations(f"{parameter.pointer}/schema", value)
        if any(not violation.soft for violation in broken):
            return text
    return None


def _bound_promises(contract: Contract, operation: Operation, bound: Bound) -> Iterator[Promise]:
    name = bound.path[0]
    if operation.resource is None and len(bound.path) > 1:
        return
    given, place = settled(operation, name), "/".join(bound.path)
    assert operation.body_pointer is not None
    for side, value in (("inside", bound.good), ("outside", bound.bad)):
        if side == "inside" and bound.keyword in ("required", "type", "integer", "boolean", "pattern"):
            continue
        planned = _bound_shot(contract, operation, bound, value, side)
        if planned is None:
            continue
        verb = "takes" if side == "inside" else "refuses"
        says = f"{operation.id} {verb} {place} just {side} its {bound.keyword}"
        id = f"{operation.id}/schema/{place}/{bound.keyword}/{side}"
        yield Promise(id, operation.id, says, operation.body_pointer, (Probe((planned,), given),))


def _bound_shot(
    contract: Contract, operation: Operation, bound: Bound, value: Json, side: str
) -> PlannedCall | None:
    name, path = bound.path[0], bound.path
    also = always(contract, operation, name) if side == "outside" else ()
    if bound.keyword in ("minItems", "maxItems") and len(path) == 1:
        items = tuple(_item(operation, name, side) for _ in range(value))
        return PlannedCall(operation.id, arrays={name: items}, draws=also)
    if value is MISSING:
        if len(path) == 1:
            return PlannedCall(operation.id, omit=path, draws=also)
        is_item = len(path) == 3 and path[1] == "*"
        return (
            PlannedCall(operation.id, arrays={name: ({path[2]: MISSING},)}, draws=also) if is_item else None
        )
    if len(path) == 1:
        return PlannedCall(operation.id, {name: value}, draws=also)
    if path[1] == "*" and len(path) == 3:
        item = _item(operation, name, "inside") | {path[2]: value}
        return PlannedCall(operation.id, arrays={name: (item,)}, draws=also)
    return None


def _item(operation: Operation, name: str, side: str) -> dict[str, Json]:
    """Keyed items: inside a bound they name what exists, outside they are all different."""
    write = writes_of(operation).get(name)
    if not isinstance(write, Write) or write.column is None:
        return {}
    key, sent = write.column
    return {sent: Stored((write.to[0], "0", key), other=side == "outside")}
