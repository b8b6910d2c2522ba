"""What a list shows where `query` says what its parameters mean: what is asked for, all of it, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from troth.contracts.check.comparing import dated, day, same, short
from troth.contracts.check.leeway import may_find
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.contract import Contract
from troth.contracts.contract.asked import Asked, Question, question_of
from troth.contracts.contract.identity import id_of
from troth.contracts.contract.narrowing import as_said, holds
from troth.contracts.model import Json, Operation, Outcome
from troth.contracts.promises.promise import Aspect, Subject
from troth.contracts.words.paging import cut_of

FEW = 10
"""A list of fewer items is no page that somebody forgot to document."""

_TEXTS = ("contains", "starts")
_JUDGED = ("=", "!=", ">", ">=", "<", "<=", *_TEXTS)


def special_parameters(operation: Operation) -> frozenset[str]:
    """The query parameters that are no filters by equality under a property's own name."""
    question = question_of(operation)
    if question is None:
        return frozenset()
    return question.plain_filters()


def asked_for(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome, got: Sequence[Json]
) -> Iterator[Mismatch]:
    """What is wrong with what a list shows of what its query asks for."""
    question = question_of(operation)
    if question is None:
        return
    items = [item for item in got if isinstance(item, Mapping)]
    for name in seen.call.query:
        yield from _of_parameter(contract, operation, seen, outcome, question, name, items)
    yield from _in_order(contract, operation, seen, outcome, question, items)


def _of_parameter(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    question: Question,
    name: str,
    items: Sequence[Mapping[str, Json]],
) -> Iterator[Mismatch]:
    """The first item that one parameter leaves out, and the first record of the tester's that it asks for."""
    promise = Subject(operation.id, Aspect.QUERY, name)
    asked, wanted = question.parameters.get(name), seen.call.query[name]
    if asked is None or name not in question.plain_filters() or asked.of is None:
        return
    told = f"{asked.of} {asked.by} {short(wanted)}"
    resource = contract.resource_of(operation)
    for item in items:
        value = id_of(asked.of, item)
        if satisfies(asked.by, value, wanted) is not False:
            continue
        if asked.by != "=" or not may_find(contract, resource, asked.of, value, wanted):
            yield Mismatch(f"{asked.of} of a listed item", told, short(value), outcome.cite, promise)
            return
    if not _is_all(contract, operation, seen, question, items):
        return
    assert resource is not None
    shown = {str(item.get(resource.id)) for item in items}
    for record in seen.own:
        if satisfies(asked.by, id_of(asked.of, record), wanted) and str(record.get(resource.id)) not in shown:
            label = f"the {resource.name} {short(record.get(resource.id))} in the list of {told}"
            yield Mismatch(label, "there", "missing", outcome.cite, promise)
            return


def _is_all(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    question: Question,
    items: Sequence[Mapping[str, Json]],
) -> bool:
    """Whether everything that one parameter asks for must be there: nothing else selects or cuts."""
    if len(seen.call.query) > 1 or len(items) >= FEW or contract.resource_of(operation) is None:
        return False
    sizes = [asked.default for asked in question.parameters.values() if asked.role == "size"]
    paging = cut_of(contract, operation)
    if paging is not None:
        sizes.append(paging.cut(seen.call.query)[1])
    return all(size is None or len(items) < size for size in sizes)


def satisfies(by: str, value: Json, wanted: Json) -> bool | None:
    """Whether a value is what a filter asks for; None where servers may see that in different ways."""
    if by not in _JUDGED or any(one is None or isinstance(one, Mapping | list) for one in (value, wanted)):
        return None
    if isinstance(wanted, str) and isinstance(value, int | float):
        wanted = as_said(wanted)  # the parameter is declared as a text
    if by in ("=", "!="):
        return same(wanted, value) is (by == "=")
    if by in _TEXTS:
        return _is_found(by, value, wanted)
    if (day(value) is None) is not (day(wanted) is None):
        return None  # a day begins, and ends
    rank, other = _rank(value), _rank(wanted)
    if rank is None or other is None:
        return None
    return holds(rank, by, other)


def _is_found(by: str, value: Json, wanted: Json) -> bool | None:
    """Whether a text is in another one; None where that hangs on how a server takes capitals."""
    if not isinstance(value, str) or not isinstance(wanted, str):
        return None
    exact = wanted in value if by == "contains" else value.startswith(wanted)
    if holds(value, by, wanted) is not exact:
        return None
    return exact


def _rank(value: Json) -> float | None:
    """What orders a value the same way everywhere: numbers and points in time; texts have their languages."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    moment = dated(value)
    if moment is None:
        return None
    return moment.timestamp()


def _in_order(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    question: Question,
    items: Sequence[Mapping[str, Json]],
) -> Iterator[Mismatch]:
    """The first two items that do not stand in the order that is asked for."""
    sorting = _sorting(contract, operation, question, seen.call.query)
    if sorting is None:
        return
    name, key, down = sorting
    for first, second in pairwise(item.get(key) for item in items):
        ranks = [_rank(first), _rank(second)]
        if None in ranks or ranks == sorted(ranks, key=_number, reverse=down):
            continue
        expected, found = f"{short(second)} before", f"{short(first)} before it"
        promise = Subject(operation.id, Aspect.QUERY, name)
        yield Mismatch(f"the order by {key}", expected, found, outcome.cite, promise)
        return


def _number(value: Any) -> float:
    return float(value)


def _sorting(
    contract: Contract, operation: Operation, question: Question, query: Mapping[str, Json]
) -> tuple[str, str, bool] | None:
    """The parameter that sorts, the first property that it names, and whether that goes down."""
    resource, name = contract.resource_of(operation), question.named("sort")
    if resource is None or name is None or name not in query:
        return None
    keys = question.order(query, contract.properties(resource))
    if not keys:
        return None
    return name, *keys[0]


def selects_by_word(
    contract: Contract, operation: Operation, seen: Observation, name: str, got: Sequence[Json]
) -> bool:
    """Whether a list shows that a parameter of `query` was looked at."""
    question = question_of(operation)
    if question is None:
        return False
    items = [item for item in got if isinstance(item, Mapping)]
    sorting = _sorting(contract, operation, question, seen.call.query)
    if sorting is not None and sorting[0] == name:
        ranks = {_rank(item.get(sorting[1])) for item in items} - {None}
        return len(ranks) > 2 or (sorting[2] and len(ranks) > 1)
    return _leaves_out(contract, operation, seen, question.parameters.get(name), name, items)


def _leaves_out(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    asked: Asked | None,
    name: str,
    items: Sequence[Mapping[str, Json]],
) -> bool:
    """Whether a list leaves out a record of the tester's own that a filter does not ask for."""
    resource = contract.resource_of(operation)
    if resource is None or asked is None or asked.of is None:
        return False
    ids, wanted = {str(item.get(resource.id)) for item in items}, seen.call.query[name]
    left_out = [record for record in seen.own if str(record.get(resource.id)) not in ids]
    return any(satisfies(asked.by, id_of(asked.of, record), wanted) is False for record in left_out)
