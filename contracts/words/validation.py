"""Standard JSON Schema of parameters and bodies: what breaks it is refused. No word of its own.

A value that breaks nothing but a ``format`` is open: JSON Schema calls formats annotations. A property
that would be ignored may be validated or not: documents rarely say; the mock validates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.targets import Column
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document import join
from troth.contracts.document.media_types import is_json
from troth.contracts.document.pointers import spread
from troth.contracts.document.schemas import Violation
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
from troth.contracts.promises.denial import Denial, always_refused, never_missing, never_refused
from troth.contracts.promises.edges import MISSING, Bound, bounds
from troth.contracts.promises.promise import (
    Aspect,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Stored,
    Subject,
    Turn,
)
from troth.contracts.words._binding import Binding
from troth.contracts.words._phrases import answered
from troth.contracts.words._scoped_rules import invariants, occurrences
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_call
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
    for violation in _violations(step, pointer, body):
        place = join("", *violation.path) or "the body"
        detail = f"{place}: {violation.message}"
        certain = not violation.soft
        if violation.path and violation.path[0] in step.ignored:
            certain = False
        if body is None and not step.operation.body_required:
            certain = False  # many servers take a null for no body at all
        if _removes(step, body, violation.path):
            yield Refusal("invalid", pointer, detail=detail, certain=False, preferred=False)
            continue
        yield Refusal("invalid", pointer, detail=detail, certain=certain)


def _removes(step: Step, body: Json, path: tuple[str | int, ...]) -> bool:
    """Whether what breaks a schema is a null that removes a property (RFC 7396, section 2)."""
    if len(path) != 1 or not isinstance(body, Mapping):
        return False
    if not step.patches:
        return False
    return body.get(str(path[0]), "") is None


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
    if broken and all(violation.soft for violation in broken) and _is_known(step, parameter):
        return
    for violation in broken[:1]:
        detail = f"{place} parameter {name!r}: {violation.message}"
        yield Refusal("invalid", parameter.pointer, detail=detail, certain=not violation.soft)


def _is_known(step: Step, parameter: Parameter) -> bool:
    """Whether a path names something that is there, as lists show it: only where all of it is a guess."""
    if not step.contract.document.guessed:
        return False
    named = {step.operation.item_parameter: step.before}
    if step.operation.parent is not None:
        named[step.operation.parent.by] = step.parent
    return parameter.place == "path" and named.get(parameter.name) is not None


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
        for bound in bounds(contract.document.schemas, operation.body):
            yield from _bound_promises(contract, operation, bound)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        if operation.body_pointer is not None:
            says = f"A body that breaks its schema is refused {answered(contract, 'invalid')}."
            yield Sentence(says, operation.body_pointer, contract.errors.kind("invalid").assumed)


@dataclass(frozen=True)
class MovedEdge:
    """In denied contracts: a limit that is one step off, so that a value beside it is taken, or is not."""

    path: tuple[str, ...]
    value: Json
    size: bool
    """Whether it is a limit of the length of a text or a list: any of that length counts."""
    taken: bool

    def at(self, body: Json) -> list[tuple[str | int, ...]]:
        """Where a body has such a value."""
        found: list[tuple[str | int, ...]] = []
        for path, value in spread(body, self.path):
            if self._is_meant(value):
                found.append(tuple(int(token) if token.isdigit() else token for token in path))
        return found

    def _is_meant(self, value: Json) -> bool:
        if isinstance(value, str | list) and self.size:
            return len(value) == (len(self.value) if isinstance(self.value, str) else self.value)
        return value == self.value and isinstance(value, bool) is isinstance(self.value, bool)


_EDGE = "moved edge"


def moved_edge(operation: Operation) -> MovedEdge | None:
    """The limit that is another one in a denied contract."""
    found: MovedEdge | None = operation.words.get(_EDGE)
    return found


def _moved(contract: Contract, operation: Operation, bound: Bound, *, outside: bool) -> Denial:
    """Denied: what is said of one side of a bound."""
    assert operation.body_pointer is not None
    size, value = bound.keyword in _SIZES, bound.good
    rules = _rules_met(contract, operation)
    if outside and bound.keyword not in (*_SIZES, *_NUMBERS):
        return never_refused(operation, operation.body_pointer, "what breaks the schema is taken", *rules)
    says = f"the {bound.keyword} is one less"
    if bound.keyword == "characters":
        says = "bytes are counted, or halves of surrogate pairs"
    if outside:
        says, value = f"the {bound.keyword} is one more", bound.bad
    edge = MovedEdge(bound.path, value, size, outside)
    moved = replace(operation, words={**operation.words, _EDGE: edge})
    if not outside:
        return Denial(says, moved, refuses=True)
    return never_refused(moved, operation.body_pointer + "/moved", says, *rules)


def _rules_met(contract: Contract, operation: Operation) -> list[Pointer]:
    """The rules that a body meets, and those that its result must keep: they may refuse the same value."""
    found = []
    for rule in occurrences(contract, operation):
        if rule.path is not None or any(path[:2] == ("request", "body") for path in cel.names(rule.text)):
            found.append(rule.pointer)
    resource = contract.resource_of(operation)
    if resource is not None:
        found += [rule.pointer for rule in invariants(contract, resource)]
    return found


def _query_promises(contract: Contract, operation: Operation, parameter: Parameter) -> Iterator[Promise]:
    """The limits of a query parameter, from inside; what lies outside, many servers pass over."""
    schemas, name = contract.document.schemas, parameter.name
    for bound in bounds(schemas, {"properties": {name: parameter.schema}}):
        if len(bound.path) > 1 or bound.keyword not in (*_SIZES[:2], *_NUMBERS, "enum"):
            continue
        id = f"{operation.id}/schema/query/{name}/{bound.keyword}/inside"
        says = f"{operation.id} takes {name} just inside its {bound.keyword}"
        probe = Probe((PlannedCall(operation.id, query={name: bound.good}),), accepted_start(operation))
        yield Promise(
            id,
            operation.id,
            says,
            parameter.pointer,
            (probe,),
            turn=Turn.EDGES,
            denials=(always_refused(operation),),
        )


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


_ONLY_INSIDE = ("null", "characters")
_SIZES = ("minLength", "maxLength", "minItems", "maxItems")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_INSIDE_UNTRIED = ("required", "type", "integer", "boolean", "pattern", "case")
"""Keywords whose inside is any valid value: nothing is learnt from one more."""


def _bound_promises(contract: Contract, operation: Operation, bound: Bound) -> Iterator[Promise]:
    assert operation.body_pointer is not None
    if operation.resource is None and len(bound.path) > 1:
        return
    name = bound.path[0]
    given, besides, link = writable_call(contract, operation, name)
    inside, outside = _told_bound(operation, bound)
    if _is_tried_inside(bound):
        planned = _planned(operation, bound, bound.good)
        if planned is not None:
            probe = Probe((_with(planned, besides, link),), given)
            yield _bound_promise(contract, operation, bound, inside, probe, outside=False)
    if bound.keyword in _ONLY_INSIDE and bound.bad is MISSING:
        return  # whether it may be left out is another matter
    planned = _planned(operation, bound, bound.bad, different=True)
    if planned is not None:
        free = unconditional_property(contract, operation, name)
        probe = Probe((replace(_with(planned, besides, link), draws=free),), given)
        yield _bound_promise(contract, operation, bound, outside, probe, outside=True)


def _is_tried_inside(bound: Bound) -> bool:
    """Whether something is learnt from a value inside a bound."""
    if bound.keyword in _ONLY_INSIDE:
        return bound.bad is MISSING
    return bound.keyword not in _INSIDE_UNTRIED


def _bound_promise(
    contract: Contract, operation: Operation, bound: Bound, says: str, probe: Probe, *, outside: bool
) -> Promise:
    side, subject = "outside" if outside else "inside", None
    if bound.keyword == "null" and not outside and len(bound.path) == 1:
        subject = Subject(operation.id, Aspect.NULL, bound.path[0])
    turn: Turn | None = Turn.EDGES
    write = writes_of(operation).get(bound.path[0])
    if write is not None and isinstance(write.target, Column):
        turn = None  # before writes that may leave nothing which its items could name
    assert operation.body_pointer is not None
    return Promise(
        f"{operation.id}/schema/{'/'.join(bound.path)}/{bound.keyword}/{side}",
        operation.id,
        says,
        operation.body_pointer,
        (probe,),
        subject=subject,
        turn=turn,
        denials=(_moved(contract, operation, bound, outside=outside),),
    )


def _told_bound(operation: Operation, bound: Bound) -> tuple[str, str]:
    """What is promised of the values inside a bound, and of those outside."""
    place = "/".join(bound.path)
    special = {
        "null": (f"takes null for {place}", f"refuses null for {place}"),
        "characters": (f"counts the characters of {place}, whatever they are", ""),
        "case": ("", f"refuses {place} in another case than its enum has"),
    }
    usual = (
        f"takes {place} just inside its {bound.keyword}",
        f"refuses {place} just outside its {bound.keyword}",
    )
    inside, outside = special.get(bound.keyword, usual)
    return f"{operation.id} {inside}", f"{operation.id} {outside}"


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


def _with(planned: PlannedCall, besides: Mapping[str, Json], link: str | None) -> PlannedCall:
    """A planned call with what else its body has, and the link that says what its path names."""
    if not besides and link is None:
        return planned
    return replace(planned, body={**besides, **planned.body}, link=link)


def _item(operation: Operation, name: str, *, different: bool = False) -> Mapping[str, Stored]:
    """Keyed items: inside a bound they name what exists, outside they are all different."""
    write = writes_of(operation).get(name)
    if write is None:
        return {}
    target = write.target
    if not isinstance(target, Column):
        return {}
    return {target.sent: Stored((target.list, "0", target.key), other=different)}
