"""What is done to each item of a body: what the operation on one thing does, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.identity import id_of
from troth.contracts.contract.word_values import Each, each_of
from troth.contracts.deciding.statuses import refusal_status
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping, spread
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Call, Change, Json, Operation, Outcome, Record

Decided = Callable[[Operation, Call], Outcome]
"""How a call of an operation on one thing is decided."""


def with_each(
    contract: Contract, operation: Operation, call: Call, outcome: Outcome, one: Decided
) -> Outcome:
    """The outcome of an accepted call together with what it does to each item of its body."""
    each = each_of(operation)
    on_one = on_one_thing(contract, operation)
    if each is None:
        return outcome
    if on_one is None:
        return outcome
    changes: dict[object, Change] = {}
    records: list[Record] = []
    for item in _items(call.body, each):
        found = one(on_one, _call_of(contract, on_one, call, each, item))
        if found.kind == "missing":
            continue
        if not found.succeeded:
            return replace(found, status=refusal_status(operation, found.kind, None), changes=outcome.changes)
        record = found.before if found.after is None else found.after
        if record is not None:
            records.append(record)
        changes |= {
            _about(change, number): change for number, change in enumerate(found.changes, len(changes))
        }
    shows = {**outcome.shows, **dict.fromkeys(_counts(contract, operation), len(records))}
    found = replace(outcome, records=tuple(records), total=len(records), shows=shows)
    return replace(found, changes=(*outcome.changes, *changes.values()))


_COUNTS = re.compile(
    "(?:(?:num|total|number(?:of)?)?(?:deleted|removed|updated|modified|created|inserted|affected|processed|"
    "succeeded|success|successful|archived)(?:count|total|items|records|rows)?|count|total)"
)
"""What an answer calls the number of things that something was done to."""


@remembered
def _counts(contract: Contract, operation: Operation) -> tuple[tuple[str, ...], ...]:
    """Where an answer says to how many things something was done: only where all of it is a guess."""
    success, schemas = operation.success, contract.document.schemas
    if success is None:
        return ()
    if not contract.document.guessed:
        return ()
    known = mapping(schemas.whole(success.schema), "properties")
    numbers = [name for name, one in known.items() if "integer" in types_of(schemas.resolve(one))]
    return tuple((name,) for name in numbers if _COUNTS.fullmatch(letters(name)))


@remembered
def on_one_thing(contract: Contract, operation: Operation) -> Operation | None:
    """The operation that does to one thing what this one does to many: the one whose path is most like it."""
    each = each_of(operation)
    if each is None:
        return None
    acting = [
        one for one in contract.operations.values() if (one.resource, one.verb) == (each.resource, each.verb)
    ]
    return max(acting, key=lambda one: _alike(one.path, operation.path), default=None)


def _alike(one: str, other: str) -> int:
    """How many parts two paths begin with together."""
    count = 0
    for first, second in zip(one.split("/"), other.replace(":", "/").split("/"), strict=False):
        if first != second:
            break
        count += 1
    return count


def _about(change: Change, number: int) -> object:
    """What a change is of: a record is changed once."""
    record = getattr(change, "record", None)
    if record is None:
        return number
    return record.resource, record.id


def _items(body: object, each: Each) -> Iterator[Json]:
    """The items of a body."""
    star = each.at.index("*")
    for token in each.at[:star]:
        body = body.get(token) if isinstance(body, Mapping) else None
    if isinstance(body, list):
        for item in body:
            yield from (value for _, value in spread(item, each.at[star + 1 :]))


def _call_of(contract: Contract, operation: Operation, call: Call, each: Each, item: Json) -> Call:
    """The call that does with one item what is done with each."""
    path, named = dict(call.path), item
    if isinstance(item, Mapping):
        named = id_of(contract.resources[each.resource].id, item)
    if operation.item_parameter is not None and each.verb != "create":
        path[operation.item_parameter] = named
    body = item
    for token in reversed(operation.inside):
        body = {token: body}
    return replace(call, operation=operation.id, path=path, query={}, body=body, media_type=None)
