"""The properties of a record, as an answer or a reading shows them, held against those of an outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from troth.contracts.check.comparing import later, same, short
from troth.contracts.check.leeway import may_change, may_keep, may_show
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.contract import Contract
from troth.contracts.contract.defaults import defaults_of
from troth.contracts.contract.word_values import effects_of
from troth.contracts.model import Json, Operation, Outcome, Unknown
from troth.contracts.promises.promise import Aspect, Subject

RESPONSE = "the response"
"""Where a property is shown: in the answer itself."""

READ_BACK = "read back"
"""Where a property is shown: in what is read afterwards."""

RECENT = 2.0
"""Seconds in which two writes may bear the same timestamp: some APIs keep whole seconds."""


def fields(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    expected: Mapping[str, Json],
    got: Mapping[str, Json],
    where: str,
) -> Iterator[Mismatch]:
    """How the properties that were found differ from the expected ones."""
    assert outcome.after is not None
    managed = contract.resources[outcome.after.resource].managed
    unheard = unheard_of(contract, operation, seen, outcome.after.resource)
    effects = {effect.pointer for effect in effects_of(operation)}
    for name, value in expected.items():
        if managed.get(name) == "anytime" and outcome.touched.get(name) not in effects:
            continue
        if name in unheard and name not in outcome.touched:
            continue
        found = got.get(name)
        mismatch = _field(operation, seen, outcome, name, value, found, where)
        if mismatch is not None and _is_open(contract, seen, outcome, name, value, found):
            continue
        if mismatch is None and isinstance(value, Unknown):
            mismatch = _taken_over(contract, operation, seen, outcome, name, value, found, where)
        if mismatch is None:
            continue
        if mismatch.cite not in effects and _is_left_out(contract, operation, seen, name):
            mismatch = replace(mismatch, promise=Subject(operation.id, Aspect.DEFAULT, name))
        yield mismatch


def _is_left_out(contract: Contract, operation: Operation, seen: Observation, name: str) -> bool:
    """Whether a new record has a default there, because its body does not say it."""
    if operation.verb != "create":
        return False
    if name in operation.record_in(seen.call.body):
        return False
    return name in defaults_of(contract, operation)


def _is_open(
    contract: Contract,
    seen: Observation,
    outcome: Outcome,
    name: str,
    value: Json | Unknown,
    found: Json,
) -> bool:
    """Whether a guess leaves open what a property shows."""
    if isinstance(value, Unknown):
        return may_keep(contract, seen, outcome, value, found)
    if name in outcome.touched:
        return may_show(contract, seen, outcome, name, value, found)
    return may_change(contract, seen, outcome, name, found)


def unheard_of(contract: Contract, operation: Operation, seen: Observation, resource: str) -> Set[str]:
    """Properties that are shown, and of which neither the schema nor the request says anything: nobody has
    promised what becomes of them."""
    stored = contract.resources[resource]
    declared: Mapping[str, Json] = contract.document.schemas.resolve(stored.schema).get("properties", {})
    if not declared:
        return frozenset()
    shown: set[str] = set()
    if seen.before is not None:
        shown |= seen.before.data.keys()
    if isinstance(seen.after, Mapping):
        shown |= seen.after.keys()
    told = {*declared, *stored.managed, *stored.computed}
    told |= contract.stored_properties(operation).keys()
    if operation.verb in ("create", "update"):
        told |= operation.record_in(seen.call.body).keys()
    return frozenset(shown - told)


def _field(
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    name: str,
    value: Json,
    found: Json,
    where: str,
) -> Mismatch | None:
    """What is wrong with one property: one that the server sets, one that a word sets, or any other."""
    if isinstance(value, Unknown):
        return _managed(operation, seen, outcome, name, value, found, where)
    if name in outcome.touched:
        old = seen.before.data.get(name) if seen.before else None
        if same(value, found, old):
            return None
        return Mismatch(f"{name}, {where}", short(value), short(found), outcome.touched[name])
    if value == found:
        return None
    if where == RESPONSE and same(value, found):
        return None
    return undeclared(operation, outcome, name, short(value), short(found), where)


def _taken_over(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    name: str,
    value: Unknown,
    found: Json,
    where: str,
) -> Mismatch | None:
    """A text that only the server sets is not the one that was sent, although no body declares it."""
    sent = operation.record_in(seen.call.body)
    if not isinstance(found, str) or sent.get(name) != found:
        return None
    if found == value.old or name in contract.body_properties(operation):
        return None
    return undeclared(operation, outcome, name, "a value of the server's own", short(found), where)


def undeclared(
    operation: Operation, outcome: Outcome, name: str, expected: str, got: str, where: str
) -> Mismatch:
    """A change that nobody declared."""
    promise = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
    return Mismatch(f"{name}, {where}", expected, got, outcome.cite, promise)


def _managed(
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    name: str,
    value: Unknown,
    found: Json,
    where: str,
) -> Mismatch | None:
    """What is wrong with a value that only the server knows: it must not go back, nor stay after a write."""
    old = value.old
    if value.touched and old is None and found is None and where == READ_BACK:
        promise = Subject(operation.id, Aspect.MANAGED, name)
        return Mismatch(f"{name}, {where}", "a value", "none", outcome.cite, promise)
    if not isinstance(found, str) or not isinstance(old, str):
        return None
    if later(old, found):
        expected = f"not before {old!r}"
    elif value.touched and found == old and seen.age > RECENT:
        expected = f"another value than {old!r}"
    else:
        return None
    promise = Subject(operation.id, Aspect.MANAGED, name)
    return Mismatch(f"{name}, {where}", expected, short(found), outcome.cite, promise)
