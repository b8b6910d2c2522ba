"""Standard JSON Schema of parameters and bodies: what breaks it is refused. No word of its own.

A value that breaks nothing but a ``format`` is open: JSON Schema calls formats annotations. A property
that would be ignored may be validated or not: documents rarely say; the mock validates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document import join
from troth.contracts.document.casting import kinds_of
from troth.contracts.document.list_dialects import member_name
from troth.contracts.document.media_types import is_json
from troth.contracts.document.pointers import listing, mapping, reference, walk
from troth.contracts.document.readings import readings
from troth.contracts.document.repairs import with_part
from troth.contracts.document.schemas import Violation
from troth.contracts.document.typing import types_of
from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Call,
    Content,
    Json,
    Operation,
    Parameter,
    Pointer,
    Refusal,
    Schema,
)
from troth.contracts.promises.bounds import NUMBERS, SIZES, Bound, bounds
from troth.contracts.promises.denial import Denial, always_refused, never_missing, never_refused
from troth.contracts.promises.promise import (
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Turn,
)
from troth.contracts.words._binding import Binding
from troth.contracts.words._bound_probes import bound_promises, moved_edge
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start
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
    may_lack: bool
    """Whether a call without a body may be one with a body that nobody can read."""

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
            if step.operation.body_required and not self.may_lack:
                at = self.body or step.operation.pointer
                yield Refusal("invalid", at, detail="a body is required", at=("body",))
        elif body is MALFORMED:
            yield from _malformed(step.operation, pointer, sent)
        elif pointer is not None and not _is_any_patch(step, pointer):
            yield from self._undeclared(step, pointer)
            yield from _broken_body(step, pointer, body)
        if sent is not None and sent.item_pointer is not None:
            yield from _broken_items(step, sent.item_pointer, body)
        if step.has_operations:
            yield from _broken_patch(step)

    def _undeclared(self, step: Step, pointer: Pointer) -> Iterator[Refusal]:
        """A property that nobody declares, to refuse or to ignore: documents rarely say."""
        if self.declared is None:
            return
        if step.body.keys() <= self.declared:
            return
        name = min(step.body.keys() - self.declared)
        detail = f"the body declares no property {name!r}"
        yield Refusal("invalid", pointer, detail=detail, certain=False, preferred=False, at=("body", name))


def _is_any_patch(step: Step, pointer: Pointer) -> bool:
    """Whether a body is a JSON Patch, and its schema says no more than that it is an object: many documents
    have one such schema for all kinds of patches, and a JSON Patch is a list (RFC 6902, section 3)."""
    if not isinstance(step.call.body, list):
        return False
    if not step.has_operations:
        return False
    said = step.contract.document.schemas.whole(reference(pointer))
    if types_of(said)[:1] != ("object",):
        return False
    return not mapping(said, "properties")


def _malformed(operation: Operation, pointer: Pointer | None, sent: Content | None) -> Iterator[Refusal]:
    """A body that is not of its media type."""
    media = operation.form or "JSON"
    if sent is not None and not is_json(sent.media_type):
        media = sent.media_type
    if pointer is not None or sent is not None:
        yield Refusal(
            "invalid", pointer or operation.pointer, detail=f"the body is not {media}", at=("body",)
        )


def _broken_body(step: Step, pointer: Pointer, body: Json) -> Iterator[Refusal]:
    found = _violations(step, pointer, body)
    for violation in found:
        place = join("", *violation.path) or "the body"
        detail = f"{place}: {_worded(violation, found)}"
        certain, at = not violation.soft, _at(violation)
        if violation.path and violation.path[0] in step.ignored:
            certain = False
        if step.contract.guessed and _is_read_as_right(step, pointer, body, violation):
            certain = False
        if body is None and not step.operation.body_required:
            certain = False  # many servers take a null for no body at all
        if violation.open or _removes(step, body, violation.path):
            yield Refusal("invalid", pointer, detail=detail, certain=False, preferred=False, at=at)
            continue
        yield Refusal("invalid", pointer, detail=detail, certain=certain, at=at)


def _at(violation: Violation) -> tuple[str, ...]:
    """What of a body a violation is about."""
    missing = () if violation.missing is None else (violation.missing,)
    return ("body", *map(str, violation.path), *missing)


def _broken_items(step: Step, pointer: Pointer, body: object) -> Iterator[Refusal]:
    """The items of a body that break the schema of each."""
    if not isinstance(body, list):
        return
    for item in body:
        yield from _broken_body(step, pointer, item)


def _broken_patch(step: Step) -> Iterator[Refusal]:
    """A JSON Patch that cannot be applied, or after which a record is none of its schema."""
    detail = step.patch_problem
    if step.patch is not None and step.resource is not None:
        whole = step.contract.document.schemas.whole(step.resource.schema)
        detail = next(_broken_by(step, whole, step.patch), None)
    if detail is not None:
        yield Refusal("invalid", step.operation.pointer, detail=detail)


def _broken_by(step: Step, whole: Schema, patch: Mapping[str, Json]) -> Iterator[str]:
    schemas, known = step.contract.document.schemas, mapping(whole, "properties")
    for name, value in patch.items():
        if step.operation.merges and isinstance(value, Mapping):
            continue  # it is what differs, and not all of it
        if value is None and name not in listing(whole, "required"):
            continue  # it goes
        if not schemas.fits(known.get(name, {}), value):
            yield f"{join('', name)} would break its schema, with {value!r}"


def _is_read_as_right(step: Step, pointer: Pointer, body: Json, violation: Violation) -> bool:
    """Whether what is wrong is only how a value is written: many servers read `"5"` for 5, and 1 for true."""
    if not violation.path:
        return False
    if moved_edge(step.operation) is not None:
        return False
    with suppress(LookupError, TypeError):
        for other in readings(walk(body, tuple(map(str, violation.path)))):
            changed = with_part(body, violation.path, other)
            found = step.contract.document.schemas.broken_by_request(pointer, changed)
            if all(one.path != violation.path for one in found):
                return True
    return False


def _removes(step: Step, body: Json, path: tuple[str | int, ...]) -> bool:
    """Whether what breaks a schema is a null that removes a member, however deep (RFC 7396, section 2)."""
    if not path:
        return False
    if not step.patches:
        return False
    found: object = body
    for token in path:
        if not isinstance(found, Mapping):
            return False
        if token not in found:
            return False
        found = found[token]
    return found is None


def _worded(violation: Violation, others: Sequence[Violation]) -> str:
    """What a violation says; of a text that breaks its format, too, that: no pattern is read as easily."""
    for other in others:
        if other.soft and other.path == violation.path:
            return other.message
    return violation.message


def _parameter(step: Step, parameter: Parameter) -> Iterator[Refusal]:
    values = _SENT[parameter.place](step.call)
    if parameter.name in values:
        yield from _value(step, parameter, values[parameter.name])
    elif parameter.required and not _is_written_as_nothing(step.contract, parameter):
        detail = f"{parameter.place} parameter {parameter.name!r} is required"
        at = (parameter.place, parameter.name)
        yield Refusal("invalid", parameter.pointer, detail=detail, at=at)


def _is_written_as_nothing(contract: Contract, parameter: Parameter) -> bool:
    """Whether to send nothing is to send an object without members, and the schema takes that: the members
    of an exploded object stand for it (OpenAPI 3.1, section 4.8.12.4)."""
    if parameter.place != "query":
        return False
    if member_name(parameter, "member") != "member":
        return False
    if kinds_of(contract.document.schemas, parameter.schema)[:1] != ("object",):
        return False
    return contract.document.schemas.valid(parameter.schema_pointer, {})


def _value(step: Step, parameter: Parameter, value: Json) -> Iterator[Refusal]:
    at = place, name = parameter.place, parameter.name
    problem = step.call.broken.get((place, name))
    if problem is not None:
        yield Refusal("invalid", parameter.pointer, detail=f"{place} parameter {name!r}: {problem}", at=at)
        return
    if not parameter.schema_pointer:
        return
    if parameter.may_be_empty and value == "":
        return
    broken = step.contract.document.schemas.violations(parameter.schema_pointer, value)
    if broken and all(violation.soft for violation in broken) and _is_known(step, parameter):
        return
    for violation in broken[:1]:
        detail = f"{place} parameter {name!r}: {_worded(violation, broken)}"
        yield Refusal("invalid", parameter.pointer, detail=detail, certain=not violation.soft, at=at)


def _is_known(step: Step, parameter: Parameter) -> bool:
    """Whether a path names something that is there, as lists show it: only where all of it is a guess."""
    if not step.contract.document.guessed:
        return False
    named = {step.operation.item_parameter: step.before}
    if step.operation.parent is not None:
        named[step.operation.parent.by] = step.parent
    if parameter.place != "path":
        return False
    return named.get(parameter.name) is not None


class Validation(Word):
    """The check of parameters and body."""

    refuses_at = RefusalStage.SHAPE

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        parameters = tuple(p for p in operation.parameters if p.place in _SENT)
        if not parameters and not operation.contents:
            return None
        declared = None
        if operation.verb in ("create", "update"):
            declared = frozenset({*contract.body_properties(operation), *writes_of(operation)})
        may_lack = operation.body_pointer is None and not _all_read(contract, operation)
        return Shape(parameters, operation.body_pointer, declared, may_lack)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for parameter in operation.parameters:
            if parameter.place != "path":
                continue
            if not parameter.schema_pointer:
                continue
            bad = _broken_text(contract, parameter)
            if bad is not None:
                says = f"{operation.id} refuses a {parameter.name} that breaks its schema"
                probe = Probe((PlannedCall(operation.id, path={parameter.name: bad}),))
                id = f"{operation.id}/schema/path/{parameter.name}"
                denial = never_missing(operation, f"any {parameter.name} names something", parameter.pointer)
                yield Promise(id, operation.id, says, parameter.pointer, (probe,), denials=(denial,))
        for parameter in operation.parameters:
            if parameter.place == "query":
                yield from _query_promises(contract, operation, parameter)
        if operation.body is None:
            return
        assert operation.body_pointer is not None
        if _needs_json(operation):
            says = f"{operation.id} refuses a body that is not JSON"
            probe = Probe((PlannedCall(operation.id, raw="{"),), accepted_start(operation))
            id, at = f"{operation.id}/schema/json", operation.body_pointer
            denial = never_refused(operation, at, "what is not JSON is taken")
            yield Promise(id, operation.id, says, at, (probe,), denials=(denial,))
        yield from bound_promises(contract, operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        if operation.body_pointer is not None:
            says = f"A body that breaks its schema is refused {answered(contract, 'invalid')}."
            yield Sentence(says, operation.body_pointer, contract.errors.kind("invalid").assumed)


def _query_promises(contract: Contract, operation: Operation, parameter: Parameter) -> Iterator[Promise]:
    """The limits of a query parameter from inside; from outside, where the operation documents that it
    refuses: else many servers pass over what they cannot read."""
    schemas, name = contract.document.schemas, parameter.name
    refuses = _documents_refusal(contract, operation)
    for bound in bounds(schemas, {"properties": {name: parameter.schema}}):
        if len(bound.path) > 1:
            continue
        if bound.keyword in (*SIZES[:2], *NUMBERS, "enum"):
            says = f"takes {name} just inside its {bound.keyword}"
            yield _query_promise(operation, parameter, bound, says, always_refused(operation))
        if not refuses:
            continue
        if bound.bad == "":
            continue
        if bound.keyword in _OUTSIDE_OF_QUERY:
            says = f"refuses {name} just outside its {bound.keyword}"
            denial = never_refused(operation, parameter.pointer, "what breaks the schema is taken")
            yield _query_promise(operation, parameter, bound, says, denial)


_OUTSIDE_OF_QUERY = (*SIZES[:2], *NUMBERS, "enum", "case", "pattern")
"""What a text in a query can break."""


def _query_promise(
    operation: Operation, parameter: Parameter, bound: Bound, says: str, denial: Denial
) -> Promise:
    """One side of a limit of a query parameter: the inside where the denial refuses."""
    side, value = "outside", bound.bad
    if denial.refuses:
        side, value = "inside", bound.good
    probe = Probe((PlannedCall(operation.id, query={parameter.name: value}),), accepted_start(operation))
    return Promise(
        f"{operation.id}/schema/query/{parameter.name}/{bound.keyword}/{side}",
        operation.id,
        f"{operation.id} {says}",
        parameter.pointer,
        (probe,),
        turn=Turn.EDGES,
        denials=(denial,),
    )


def _documents_refusal(contract: Contract, operation: Operation) -> bool:
    """Whether an operation documents with which status it refuses what breaks a schema, as no guess."""
    invalid = contract.errors.kind("invalid")
    if contract.guessed:
        return False
    if invalid.status is None:
        return False
    if invalid.assumed:
        return False
    known = {str(invalid.status), f"{str(invalid.status)[0]}XX"}
    return any(response.key.upper() in known for response in operation.responses)


def _all_read(contract: Contract, operation: Operation) -> bool:
    """Whether every body is known to be there: bytes are read as texts, unless a schema means none."""
    kinds = [kinds_of(contract.document.schemas, content.schema) for content in operation.contents]
    return all(not some or "string" in some for some in kinds)


def _needs_json(operation: Operation) -> bool:
    """Whether a call without a body, or with another one than JSON, is refused for certain."""
    if operation.form is not None:
        return False
    return operation.body_required or operation.verb == "update"


def _violations(step: Step, pointer: Pointer, body: Json) -> list[Violation]:
    """How a body breaks its schema; in a denied contract one limit of that is another one."""
    found = step.contract.document.schemas.broken_by_request(pointer, body)
    edge = moved_edge(step.operation)
    if edge is None:
        return found
    places = edge.at(body)
    if edge.taken:
        return [violation for violation in found if violation.path not in places]
    return found + [Violation(place, "the limit is another one") for place in places]


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
