"""Going through a list page by page: every record once, and none twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from troth.contracts.check.client import Client, Exchange
from troth.contracts.check.observation import Mismatch
from troth.contracts.check.others import count
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.document.pointers import walk
from troth.contracts.model import Call, Json
from troth.contracts.words.paging import Paging

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


def walk_pages(
    contract: Contract, client: Client, call: Call, paging: Paging
) -> tuple[list[Exchange], Mismatch | None]:
    """The answers that show what is wrong, and what it is. Only what is wrong twice: others may be busy."""
    seen, problem = _once(contract, client, call, paging)
    if problem is not None:
        seen, problem = _once(contract, client, call, paging)
    return seen.exchanges[-2:], problem


def _once(contract: Contract, client: Client, call: Call, paging: Paging) -> tuple[_Seen, Mismatch | None]:
    seen = _Seen()
    query: Mapping[str, Json] | None = {paging.size: SIZE} if paging.size else {}
    for number in range(1, MOST + 1):
        exchange = client.send(replace(call, query={**call.query, **(query or {})}))
        seen.exchanges.append(exchange)
        listed = shown(exchange.operation, exchange.reply)
        items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        key = contract.resources[exchange.operation.resource or ""].id
        new = [str(item.get(key)) for item in items]
        twice = [id for id in new if id in seen.ids]
        if twice:
            return seen, Mismatch(f"{twice[0]} on page {number}", "on one page", "on two", paging.pointer)
        seen.ids += new
        total = count(exchange.reply, paging.total)
        seen.totals |= {total} if total is not None else set()
        query = _next(paging, exchange, number, new)
        if not items or query is None:
            seen.ended = True
            break
    return seen, _missing(seen, paging)


def _missing(seen: _Seen, paging: Paging) -> Mismatch | None:
    if not seen.ended or len(seen.totals) != 1 or len(seen.ids) == min(seen.totals):
        return None
    return Mismatch("records on all pages", str(min(seen.totals)), str(len(seen.ids)), paging.pointer)


def _next(paging: Paging, exchange: Exchange, number: int, ids: list[str]) -> Mapping[str, Json] | None:
    """The query of the next page; None where there is none."""
    size = {paging.size: SIZE} if paging.size else {}
    if paging.page is not None:
        return {**size, paging.page: number + 1}
    if paging.more and _at(exchange, paging.more) is False:
        return None
    cursor = _at(exchange, paging.next) if paging.next else (ids[-1] if ids else None)
    return {**size, paging.cursor or "": cursor} if cursor not in (None, "") else None


def _at(exchange: Exchange, path: tuple[str, ...]) -> Json:
    try:
        return walk(exchange.reply.body, path)
    except (LookupError, TypeError):
        return None
