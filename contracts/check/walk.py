"""Going through a list page by page: every record once, and none twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from troth.contracts.check.client import Client
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.lists import count
from troth.contracts.check.observation import Mismatch
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.document.pointers import walk
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
    seen, problem = _walk_once(contract, client, call, paging)
    if problem is not None:
        seen, problem = _walk_once(contract, client, call, paging)
    return seen.exchanges[-2:], problem, seen.pages


def _walk_once(
    contract: Contract, client: Client, call: Call, paging: Paging
) -> tuple[_Seen, Mismatch | None]:
    seen = _Seen()
    query: Mapping[str, Json] = _size(paging)
    for number in range(1, MOST + 1):
        exchange = client.send(replace(call, query={**call.query, **query}))
        seen.exchanges.append(exchange)
        new = _ids(contract, exchange)
        twice = [id for id in new if id in seen.ids]
        if twice:
            return seen, Mismatch(f"{twice[0]} on page {number}", "on one page", "on two", paging.pointer)
        seen.ids += new
        seen.pages += bool(new)
        total = count(exchange.reply, paging.total)
        if total is not None:
            seen.totals.add(total)
        following = _next_query(paging, exchange, number, seen.ids, bool(new))
        if following is None:
            seen.ended = True
            break
        query = following
    return seen, _missing(seen, paging)


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


def _size(paging: Paging) -> dict[str, Json]:
    """The part of a query that asks for small pages."""
    if paging.size is None:
        return {}
    return {paging.size: SIZE}


def _next_query(
    paging: Paging, exchange: Exchange, number: int, ids: list[str], showed: bool
) -> Mapping[str, Json] | None:
    """The query of the page after those that showed these ids; None where there is none."""
    if not showed:
        return None
    following = paging.following(number, len(ids))
    if following:
        return {**_size(paging), **following}
    if paging.more and _at(exchange, paging.more) is False:
        return None
    cursor: Json = ids[-1]
    if paging.next:
        cursor = _at(exchange, paging.next)
    if cursor in (None, ""):
        return None
    assert paging.cursor is not None
    return {**_size(paging), paging.cursor: cursor}


def _at(exchange: Exchange, path: tuple[str, ...]) -> Json:
    try:
        found: Json = walk(exchange.reply.body, path)
    except (LookupError, TypeError):
        return None
    return found
