"""Which record a call is about: the one that its path names, by whichever key, or the only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.filter_words import by_prefix
from troth.contracts.contract.identity import SINGLE, id_of, says_which
from troth.contracts.contract.narrowing import Test, compared
from troth.contracts.contract.scopes import is_in, known_as
from troth.contracts.contract.selection import Trait, having
from troth.contracts.deciding.plan import Plan
from troth.contracts.document.list_dialects import letters
from troth.contracts.model import Call, Json, Operation, Record, World


def meant(contract: Contract, world: World, plan: Plan, resource: str, call: Call) -> Record | None:
    """The record that a call is about: the one that its path names, or the only one; the one that its body
    names (`PUT /pet`), and the first one where a path says which one by a word (`/users/me`)."""
    if plan.resource is not None and plan.resource.single:
        return world.get(resource, SINGLE)
    if plan.item is None:
        return _without_a_name(contract, world, plan, resource, call)
    found = known(contract, world, resource, call, plan.item)
    if found is not None:
        return found
    if plan.item not in call.path:
        return found
    for key in plan.keys:
        for record in having(world, resource, key, (call.path[plan.item],)):
            if is_in(contract, record, call.path):
                return record
    return None


def _without_a_name(contract: Contract, world: World, plan: Plan, resource: str, call: Call) -> Record | None:
    """The one that the body names; the first one, where a path says by a word which one."""
    asked = _keys_asked(contract, plan.operation, resource)
    if plan.operation.method != "GET" and any(name in call.query for name, _, _ in asked):
        return _by_its_query(world, resource, call, asked)
    told = _told(contract, plan.operation, resource, call)
    if told is not None:
        return world.get(resource, str(told))
    if not _reads_there(contract, plan.operation.path):
        return None
    first = next(iter(world.of(resource)[:1]), None)
    for name, key, needed in asked:
        if name in call.query:
            found = next(iter(having(world, resource, Trait((key,)), (call.query[name],))), None)
            first = found if needed else found or first
    return first


def _by_its_query(
    world: World, resource: str, call: Call, asked: Sequence[tuple[str, str, bool]]
) -> Record | None:
    """The first record that has what a query says of it, also with a comparison before (``?id=eq.5``)."""
    tests: list[Test] = []
    for name, key, _ in asked:
        if name in call.query:
            tests += [*by_prefix((key,), call.query[name])] or [compared((key,), "=", call.query[name])]
    return next((record for record in world.of(resource) if all(test(record.data) for test in tests)), None)


@remembered
def _keys_asked(contract: Contract, operation: Operation, resource: str) -> tuple[tuple[str, str, bool], ...]:
    """The parameters of a query that are called like a property, and whether each must be sent
    (``/users/by-email?email=…``)."""
    known = {letters(name): name for name in contract.properties(contract.resources[resource])}
    asked = [p for p in operation.parameters if p.place == "query" and letters(p.name) in known]
    return tuple((p.name, known[letters(p.name)], p.required) for p in asked)


def _told(contract: Contract, operation: Operation, resource: str, call: Call) -> Json:
    """The id that a body says, or a query where the path tells what is done only."""
    body: Mapping[str, Json] = call.body if isinstance(call.body, Mapping) else {}
    own = id_of(contract.resources[resource].id, body)
    if own is not None:
        return own
    said, own = {**call.query, **body}, letters(resource)
    for name, value in said.items():
        if says_which(operation.path, name):
            return value
        if letters(name) in (own, f"{own}id"):
            return value
    return None


@remembered
def _reads_there(contract: Contract, path: str) -> bool:
    """Whether what a path means can be read there."""
    return "read" in {one.verb for one in contract.operations.values() if one.path == path}


def known(
    contract: Contract, world: World, resource: str, call: Call, parameter: str | None
) -> Record | None:
    """The record that a path parameter names, where the call has it."""
    if parameter is None:
        return None
    if parameter not in call.path:
        return None
    return world.get(resource, known_as(contract, resource, call.path, call.path[parameter]))
