"""Going through a list page by page: every record once, and none twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from troth.contracts.check.client import Client
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.lists import count, told
from troth.contracts.check.long_lists import largest_page
from troth.contracts.check.observation import Mismatch
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.model import Call, Json
from troth.contracts.words._pages import Paging

SIZE = 2
"""Records on a page, where that can be asked for."""

MOST = 30
"""Pages that are read."""


@dataclass
class _Seen:
    """What the pages have shown so far."""

    ids: list[str] = field(default_factory=list)
    totals: set[int] = field(default_factory=set)
    exchanges: list[Exchange] = field(default_factory=list)
    ended: bool = False
    pages: int = 0
    """How many of them showed something."""


def walk_pages(
    contract: Contract, client: Client, call: Call, paging: Paging
) -> tuple[list[Exchange], Mismatch | None, int]:
    """The answers that show what is wrong, and what it is; and how many pages showed something. Only what is
    wrong twice: others may be busy."""
    seen, problem = _walk_twice(contract, client, call, paging, SIZE)
    if problem is None and _fits_one_page(contract, call, paging, len(seen.ids)):
        last, problem = _walk_twice(contract, client, call, paging, len(seen.ids))
        return last.exchanges[-2:], problem, seen.pages
    return seen.exchanges[-2:], problem, seen.pages


def _fits_one_page(contract: Contract, call: Call, paging: Paging, records: int) -> bool:
    """Whether a page may be asked for that is full, shows all, and says whether more follows."""
    if not paging.more or paging.size is None:
        return False
    most = largest_page(contract.operations[call.operation], paging)
    if most is None:
        return False
    return SIZE < records <= most


def _walk_twice(
    contract: Contract, client: Client, call: Call, paging: Paging, size: int
) -> tuple[_Seen, Mismatch | None]:
    seen, problem = _walk_once(contract, client, call, paging, size)
    if problem is not None:
        seen, problem = _walk_once(contract, client, call, paging, size)
    return seen, problem


def _walk_once(
    contract: Contract, client: Client, call: Call, paging: Paging, size: int
) -> tuple[_Seen, Mismatch | None]:
    seen = _Seen()
    query: Mapping[str, Json] = _size(paging, size)
    for number in range(1, MOST + 1):
        exchange = client.send(replace(call, query={**call.query, **query}))
        seen.exchanges.append(exchange)
        new = _ids(contract, exchange)
        if number > 1 and not new and _more(paging, seen.exchanges[-2]):
            what = f"whether more follows page {number - 1}"
            return seen, Mismatch(what, "no", "yes", paging.pointer)
        twice = [id for id in new if id in seen.ids]
        if twice:
            return seen, Mismatch(f"{twice[0]} on page {number}", "on one page", "on two", paging.pointer)
        seen.ids += new
        seen.pages += bool(new)
        total = count(exchange.reply, paging.total)
        if total is not None:
            seen.totals.add(total)
        following = _next_query(paging, exchange, number, seen.ids) if new else None
        if following is None:
            seen.ended = True
            break
        query = {**_size(paging, size), **following}
    missing = _missing(seen, paging)
    if missing is None and seen.ended:
        missing = _passed_over(contract, client, call, paging, seen)
    return seen, missing


def _passed_over(
    contract: Contract, client: Client, call: Call, paging: Paging, seen: _Seen
) -> Mismatch | None:
    """A record on one large page that was on none of the small ones."""
    if paging.size is None:
        return None
    size = largest_page(contract.operations[call.operation], paging)
    if size is None:
        size = 2 * len(seen.ids) + SIZE
    large = client.send(replace(call, query={**call.query, **_size(paging, size)}))
    for id in _ids(contract, large):
        if id not in seen.ids:
            seen.exchanges.append(large)
            return Mismatch(f"{id} on one of the pages", "yes", "no", paging.pointer)
    return None


def _ids(contract: Contract, exchange: Exchange) -> list[str]:
    """The ids of the records on a page."""
    resource = contract.resource_of(exchange.operation)
    assert resource is not None
    items = shown(exchange.operation, exchange.reply)
    if not isinstance(items, list):
        return []
    return [str(item.get(resource.id)) for item in items if isinstance(item, Mapping)]


def _missing(seen: _Seen, paging: Paging) -> Mismatch | None:
    """The total that was told, where not as many records were seen."""
    if not seen.ended or len(seen.totals) != 1:
        return None
    total = min(seen.totals)
    if len(seen.ids) == total:
        return None
    return Mismatch("records on all pages", str(total), str(len(seen.ids)), paging.pointer)


def _size(paging: Paging, size: int) -> dict[str, Json]:
    """The part of a query that asks for pages of a size."""
    if paging.size is None:
        return {}
    return {paging.size: size}


def _more(paging: Paging, exchange: Exchange) -> bool:
    """Whether a page says that more follows."""
    return bool(paging.more) and told(exchange.reply, paging.more) is True


def _next_query(paging: Paging, exchange: Exchange, number: int, ids: list[str]) -> Mapping[str, Json] | None:
    """What asks for the page after those that showed these ids; None where there is none."""
    following = paging.following(number, len(ids))
    if following:
        return following
    if paging.more and told(exchange.reply, paging.more) is False:
        return None
    cursor: Json = ids[-1]
    if paging.next:
        cursor = told(exchange.reply, paging.next)
    if cursor in (None, ""):
        return None
    assert paging.cursor is not None
    return {paging.cursor: cursor}
