"""Lists as they are read for what they show: with as large a page as may be, so that they show all."""

from __future__ import annotations

from dataclasses import replace

from troth.contracts.check.client import Client
from troth.contracts.check.exchange import Exchange
from troth.contracts.contract import Contract
from troth.contracts.model import Call, Operation
from troth.contracts.words._pages import Paging

MOST = 200
"""A page of more records is not asked for."""


class LongLists:
    """Reads the first pages of lists, and remembers which lists take no large ones."""

    def __init__(self, contract: Contract, client: Client) -> None:
        self._contract, self._client = contract, client
        self._refused: set[str] = set()

    def first_page(self, call: Call, paging: Paging | None) -> Exchange:
        """The first page of a list, the largest that may be asked for."""
        size = largest_page(self._contract.operations[call.operation], paging)
        if paging is None or call.operation in self._refused:
            return self._client.send(call)
        if size is None or size > MOST:
            return self._client.send(call)
        large = self._client.send(replace(call, query={**call.query, str(paging.size): size}))
        if large.reply.status not in (400, 422):
            return large
        self._refused.add(call.operation)
        return self._client.send(call)


def largest_page(operation: Operation, paging: Paging | None) -> int | None:
    """The largest page that may be asked for, where that is said."""
    if paging is None:
        return None
    parameter = operation.parameter("query", paging.size)
    if parameter is None:
        return None
    most = parameter.schema.get("maximum")
    return most if isinstance(most, int) else None
