"""How the limits of a body's schema are tried: each from inside and from outside, of the record and of what
stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.targets import Column
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document.pointers import mapping, spread
from troth.contracts.document.samples import sample
from troth.contracts.model import Json, Node, Operation, Pointer
from troth.contracts.promises.bounds import MISSING, NUMBERS, SIZES, Bound, beside_null, bounds
from troth.contracts.promises.denial import Denial, never_refused
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Stored, Subject, Turn
from troth.contracts.words._scoped_rules import invariants, occurrences
from troth.contracts.words._starts import accepted_start, unconditional_property, writable_call


def bound_promises(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Both sides of every limit of a body."""
    schemas = contract.document.schemas
    for bound in bounds(schemas, contract.record_schema(operation)):
        yield from _bound_promises(contract, operation, bound)
    yield from _least_promise(contract, operation)
    if operation.inside:
        for bound in bounds(schemas, operation.body):
            yield from _envelope_promises(contract, operation, bound)


def _least_promise(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Where a body must have some property, whichever: that an empty one is refused."""
    schema, at = contract.record_schema(operation), operation.body_pointer
    if at is None:
        return
    if any([operation.inside, not schema.get("minProperties"), schema.get("required")]):
        return
    says = f"{operation.id} refuses a body without any property"
    probe = Probe((PlannedCall(operation.id, {}, whole=True),), accepted_start(operation))
    denial = never_refused(operation, at, "what breaks the schema is taken")
    id = f"{operation.id}/schema/minProperties/outside"
    yield Promise(id, operation.id, says, at, (probe,), turn=Turn.EDGES, denials=(denial,))


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
    size, value = bound.keyword in SIZES, bound.good
    rules = _rules_met(contract, operation)
    if outside and _is_broken_as_a_whole(contract, operation, bound):
        return never_refused(operation, operation.body_pointer, "what breaks the schema is taken", *rules)
    says = f"the {bound.keyword} is one less"
    if bound.keyword == "characters":
        says = "bytes are counted, or halves of surrogate pairs"
    if bound.keyword in ("fraction", "order"):
        says = "such a value is refused"
    if outside:
        says, value = f"the {bound.keyword} is one more", bound.bad
    edge = MovedEdge((*operation.inside, *bound.path), value, size, outside)
    moved = replace(operation, words={**operation.words, _EDGE: edge})
    if not outside:
        return Denial(says, moved, refuses=True)
    return never_refused(moved, operation.body_pointer + "/moved", says, *rules)


def _is_broken_as_a_whole(contract: Contract, operation: Operation, bound: Bound) -> bool:
    """Whether what breaks a limit is not seen at its place: it is no number or size, or one of an object that
    may be null instead, and fits none of these."""
    if bound.keyword not in (*SIZES, *NUMBERS):
        return True
    schemas = contract.document.schemas
    schema = schemas.resolve(contract.body_properties(operation).get(bound.path[0], {}))
    return beside_null(schemas, schema) is not schema


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


_ONLY_INSIDE = ("null", "characters", "fraction", "order")
_INSIDE_UNTRIED = (
    "required",
    "type",
    "integer",
    "boolean",
    "pattern",
    "case",
    "space",
    "uniqueItems",
    "multipleOf",
    "additionalProperties",
)
"""Keywords whose inside is any valid value: nothing is learnt from one more."""


def _bound_promises(contract: Contract, operation: Operation, bound: Bound) -> Iterator[Promise]:
    assert operation.body_pointer is not None
    if operation.resource is None and len(bound.path) > 1:
        return
    name = bound.path[0]
    if bound.keyword == "order" and name in writes_of(operation):
        return  # a word says what becomes of its items
    given, besides, link = writable_call(contract, operation, name)
    inside, outside = _told_bound(operation, bound)
    if _is_tried_inside(bound):
        planned = _planned(contract, operation, bound, bound.good)
        if planned is not None:
            probe = Probe((_with(planned, besides, link),), given)
            yield _bound_promise(contract, operation, bound, inside, probe, outside=False)
    if bound.keyword in _ONLY_INSIDE and bound.bad is MISSING:
        return  # whether it may be left out is another matter
    planned = _planned(contract, operation, bound, bound.bad, different=True)
    if planned is not None:
        free = unconditional_property(contract, operation, name)
        probe = Probe((replace(_with(planned, besides, link), draws=free),), given)
        yield _bound_promise(contract, operation, bound, outside, probe, outside=True)


def _envelope_promises(contract: Contract, operation: Operation, bound: Bound) -> Iterator[Promise]:
    """What stands around the record: that it is there, and is an object."""
    depth = len(bound.path)
    if bound.path != operation.inside[:depth] or bound.keyword not in ("required", "type", "null"):
        return
    if bound.bad is MISSING and bound.keyword != "required":
        return
    body = _instead(sample(contract.document.schemas, operation.body), bound.path, bound.bad)
    probe = Probe((PlannedCall(operation.id, body, whole=True),), accepted_start(operation))
    _, says = _told_bound(operation, bound)
    denial = never_refused(operation, operation.body_pointer or "", "what breaks the schema is taken")
    yield Promise(
        f"{operation.id}/schema/{'/'.join(bound.path)}/{bound.keyword}/outside",
        operation.id,
        says,
        operation.body_pointer or operation.pointer,
        (probe,),
        turn=Turn.EDGES,
        denials=(denial,),
    )


def _instead(body: Node, path: tuple[str, ...], value: Node) -> Node:
    """A body with another value at a place; without one where the value is missing."""
    name, *rest = path
    found = dict(body) if isinstance(body, Mapping) else {}
    if rest:
        value = _instead(found.get(name), tuple(rest), value)
    found[name] = value
    return {key: kept for key, kept in found.items() if kept is not MISSING}


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
        f"{operation.id}/schema/{'/'.join((*operation.inside, *bound.path))}/{bound.keyword}/{side}",
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
        "characters": (f"counts the characters of {place}, whatever they are, and leaves them", ""),
        "fraction": (f"takes {place} with a fraction, and leaves it", ""),
        "order": (f"takes items of {place} in any order, and leaves it", ""),
        "multipleOf": ("", f"refuses {place} between two multiples"),
        "case": ("", f"refuses {place} in another case than its enum has"),
        "space": ("", f"refuses {place} with a space behind what its enum has"),
        "uniqueItems": ("", f"refuses {place} with one item twice"),
        "additionalProperties": ("", f"refuses {place}, which its schema does not know"),
    }
    usual = (
        f"takes {place} just inside its {bound.keyword}",
        f"refuses {place} just outside its {bound.keyword}",
    )
    inside, outside = special.get(bound.keyword, usual)
    return f"{operation.id} {inside}", f"{operation.id} {outside}"


def _planned(
    contract: Contract, operation: Operation, bound: Bound, value: Node, *, different: bool = False
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
        case (name, member) if member != "*":
            return _with_member(contract, operation, name, member, bound, value)
        case (name, "*", *inner):
            return _with_item(operation, name, tuple(inner), bound, value)
    return None


def _with_item(
    operation: Operation, name: str, inner: tuple[str, ...], bound: Bound, value: Node
) -> PlannedCall | None:
    """A call that sends a list of one item, with a member on either side of a limit, or as a plain value;
    None where that stands deeper, or a word says what becomes of the items."""
    if len(inner) > 1:
        return None
    if inner:
        part = {inner[0]: value}
        if value is not MISSING:
            part = {**_item(operation, name), **part}
        return PlannedCall(operation.id, arrays={name: (part,)})
    if value is MISSING or bound.keyword in SIZES[2:]:
        return None
    if name in writes_of(operation):
        return None
    return PlannedCall(operation.id, {name: [value]})


def _with_member(
    contract: Contract, operation: Operation, name: str, member: str, bound: Bound, value: Node
) -> PlannedCall | None:
    """A call that sends an object with one member on either side of a limit; its others are the plainest."""
    schemas, known = contract.document.schemas, contract.body_properties(operation)
    if name not in known:
        return None  # it stands in another alternative
    schema = beside_null(schemas, schemas.resolve(known[name]))
    whole: Node = sample(schemas, schema)
    if not isinstance(whole, Mapping):
        return None
    if bound.keyword in ("minItems", "maxItems"):
        items = schemas.resolve(mapping(schema, "properties").get(member)).get("items", {})
        value = [sample(schemas, items)] * value
    return PlannedCall(operation.id, {name: _instead(whole, (member,), value)})


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
