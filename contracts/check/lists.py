"""What the list of a resource shows: what the query asks for, in order, cut into pages, as reading does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import pairwise

from troth.contracts.check.comparing import agree, same, short
from troth.contracts.check.leeway import is_servers_own, may_find, may_hide
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.others import moved_by_itself, record_shown
from troth.contracts.check.queries import asked_for, special_parameters
from troth.contracts.contract import Contract
from troth.contracts.document.pointers import walk
from troth.contracts.model import ABSENT, Absent, Json, Operation, Outcome, Record, Reply
from troth.contracts.promises.promise import Aspect, Subject
from troth.contracts.words._pages import Paging
from troth.contracts.words.order import as_made, order_of, sorted_pair
from troth.contracts.words.paging import cut_of, pages


def list_answer(
    contract: Contract, seen: Observation, outcome: Outcome, got: Json | Absent
) -> Iterator[Mismatch]:
    """Every listed item has the properties that the query asks for, in order, on the right page."""
    if not isinstance(got, list):
        shape = Subject(seen.call.operation, Aspect.RESPONSE)
        yield Mismatch("the list", "an array", short(got), outcome.cite, shape)
        return
    operation = contract.operations[seen.call.operation]
    yield from _lacking(contract, operation, seen, outcome, got)
    yield from _foreign(contract, operation, seen, outcome, got)
    yield from _page(contract, operation, seen, outcome, len(got))
    yield from _sorted(contract, operation, seen, outcome, got)
    yield from _filtered(contract, seen, outcome, got, special_parameters(operation))
    yield from asked_for(contract, operation, seen, outcome, got)


def _lacking(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome, got: list[Json]
) -> Iterator[Mismatch]:
    """A list that shows every record shows those of the tester's own."""
    resource = contract.resource_of(operation)
    if resource is None or seen.call.query or not seen.whole:
        return
    if isinstance(seen.call.body, Mapping) and seen.call.body:
        return  # a query that comes as a body (OpenAPI 3.2) may select, too
    paging = cut_of(contract, operation)
    if paging is not None and told_total(paging, seen.reply, len(got)) != len(got):
        return  # that it is all there is, only a larger page has shown
    shown = [item.get(resource.id) for item in got if isinstance(item, Mapping)]
    for record in seen.own:
        if record.get(resource.id) not in shown:
            what = f"the {resource.name} {short(record.get(resource.id))} in the list"
            yield Mismatch(what, "there", "missing", outcome.cite, Subject(operation.id, Aspect.LIST))
            return


def _foreign(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome, got: list[Json]
) -> Iterator[Mismatch]:
    """A list shows nothing that belongs to another record than the one that it is asked for."""
    resource = contract.resource_of(operation)
    if resource is None:
        return
    for item in got:
        if not isinstance(item, Mapping):
            continue
        known = seen.elsewhere.get(str(item.get(resource.id)))
        if known is not None and agree(known, item):
            what = f"the {resource.name} {short(item[resource.id])} of another record in the list"
            yield Mismatch(what, "not there", "there", outcome.cite, Subject(operation.id, Aspect.OF_PARENT))
            return


def _filtered(
    contract: Contract, seen: Observation, outcome: Outcome, got: list[Json], special: Set[str]
) -> Iterator[Mismatch]:
    """What is listed has the values of the query; the first item that has not is told."""
    resource = contract.resource_of(contract.operations[seen.call.operation])
    for name, wanted in seen.call.query.items():
        if name in special:
            continue
        for item in got:
            if not isinstance(item, Mapping) or name not in item:
                continue
            if same(wanted, item[name]):
                continue
            if not may_find(contract, resource, name, item[name], wanted):
                label, promise = f"{name} of a listed item", Subject(seen.call.operation, Aspect.QUERY, name)
                yield Mismatch(label, short(wanted), short(item[name]), outcome.cite, promise)
                return


def _sorted(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome, got: list[Json]
) -> Iterator[Mismatch]:
    """Items that follow each other stand in the promised order."""
    order, resource = order_of(operation), contract.resource_of(operation)
    if order is None or resource is None:
        return
    if order.made:
        made = [record.get(resource.id) for record in seen.own]
        if not as_made(order, made, [item.get(resource.id) for item in got if isinstance(item, Mapping)]):
            yield Mismatch("the order", "as they were made", "another one", outcome.cite)
        return
    for first, second in pairwise(got):
        if not sorted_pair(order, first, second):
            expected, found = f"{short(second)} before", f"{short(first)} before it"
            yield Mismatch("the order", expected, found, outcome.cite, Subject(operation.id, Aspect.ORDER))
            return


def _page(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome, items: int
) -> Iterator[Mismatch]:
    """A page has as many items as its number, its size and the total say."""
    paging = cut_of(contract, operation)
    if paging is None:
        return
    _, size = paging.cut(seen.call.query)
    promise = Subject(operation.id, Aspect.PAGING)
    if size is not None and items > size:
        yield Mismatch("items on a page", f"at most {size}", str(items), outcome.cite, promise)
    total = count(seen.reply, paging.total)
    if total is None and size is not None and _is_short(contract, seen, size, items):
        usual = Subject(operation.id, Aspect.PAGING, "default")
        yield Mismatch(
            "items on a page for which nothing is asked", str(size), str(items), outcome.cite, usual
        )
    if total is None or paging.cursor in seen.call.query:
        return  # with a cursor, what is left is for going through all pages to say
    for what, expected, got in _sums(paging, seen, items, total):
        yield Mismatch(what, expected, got, outcome.cite, promise)


def _is_short(contract: Contract, seen: Observation, size: int, items: int) -> bool:
    """Whether a first page shows less than it is said to, although there is as much."""
    if contract.document.guessed or seen.call.query:
        return False
    return items < size <= seen.known


def _sums(paging: Paging, seen: Observation, items: int, total: int) -> Iterator[tuple[str, str, str]]:
    """Where the numbers of a page do not fit together: what, expected, found."""
    page, size = paging.cut(seen.call.query)
    if total < seen.known and not _is_filtered(paging, seen):
        yield "total", f"at least {seen.known}", str(total)
    elif size is not None or page > total:
        there = _items_on(paging.start(seen.call.query), size, total)
        if items != there and paging.offset is not None:
            yield f"items of {total} records", str(there), str(items)
        elif items != there:
            yield f"items on page {page} of {total} records", str(there), str(items)
    if size is None:
        return
    counted = count(seen.reply, paging.pages)
    if counted is not None and counted != pages(total, size):
        yield "pages", str(pages(total, size)), str(counted)


def _is_filtered(paging: Paging, seen: Observation) -> bool:
    """Whether the query asks for more than a page."""
    return any(name not in (paging.page, paging.size, paging.offset) for name in seen.call.query)


def _items_on(start: int, size: int | None, total: int) -> int:
    """How many of all items are on a page that starts after so many."""
    if not size:
        return 0
    return min(size, max(0, total - start))


def told_total(paging: Paging, reply: Reply, shown: int) -> int | None:
    """How many records a body says there are: by a number, or since no more follow the first page's."""
    if paging.more and told(reply, paging.more) is False:
        return shown
    if paging.next and told(reply, paging.next) is None:  # no cursor is given: nothing follows
        return shown
    return count(reply, paging.total)


def told(reply: Reply, path: tuple[str, ...]) -> Json:
    """What stands at a place of a body; null where it does not."""
    try:
        found: Json = walk(reply.body, path)
    except (LookupError, TypeError):
        return None
    return found


def count(reply: Reply, path: tuple[str, ...]) -> int | None:
    """The number at a place of a body; None where there is none."""
    found = told(reply, path) if path else None
    return found if isinstance(found, int) else None


def record_in_list(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """A list shows a record as reading it does."""
    if seen.listed is ABSENT:
        return
    resource = contract.resource_of(operation)
    assert resource is not None
    listing = contract.acting(resource.name, "list")
    if listing is None:
        return
    promise = Subject(listing.id, Aspect.LIST)
    if not isinstance(seen.after, Mapping):
        if seen.after is None and isinstance(seen.listed, Mapping):
            yield Mismatch("the record in the list", "gone", "still there", outcome.cite, promise)
        return
    if not isinstance(seen.listed, Mapping):
        if not may_hide(contract, operation, outcome):
            yield Mismatch("the record in the list", "there", "missing", outcome.cite, promise)
        return
    expected = {**seen.after, **record_shown(contract, Record(resource.name, "", seen.after))}
    moving = moved_by_itself(contract, resource, seen.after, seen.listed)
    for name, value in seen.listed.items():
        if name not in expected or name in moving or resource.managed.get(name) == "anytime":
            continue
        if value != expected[name] and not is_servers_own(contract, resource.name, name):
            yield Mismatch(f"{name} in the list", short(expected[name]), short(value), outcome.cite, promise)
