"""Long lists in answers that break their schema: a part that breaks it, too, says as much, and sooner."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

import requests

from troth.contracts.check.exchange import Exchange
from troth.contracts.contract import Contract
from troth.contracts.model import Json

LARGE = 100_000
"""Bytes of a body from which on it is worth looking for a part."""

FEW = 20
"""So many items of a list are not made fewer."""

_Broken: TypeAlias = Callable[[Json], bool]


def shortened(contract: Contract, exchange: Exchange) -> requests.Response:
    """The response; a large one that breaks its schema with few items of its lists, which break it, too."""
    if len(exchange.response.content) < LARGE:
        return exchange.response
    response = exchange.operation.response(exchange.reply.status)
    if response is None:
        return exchange.response
    if response.schema_pointer is None:
        return exchange.response
    schemas, pointer = contract.document.schemas, response.schema_pointer

    def broken(body: Json) -> bool:
        return not schemas.valid_answer(pointer, body)

    body = exchange.reply.body
    if not isinstance(body, (list, Mapping)):
        return exchange.response
    if not broken(body):
        return exchange.response
    short = copy.copy(exchange.response)
    vars(short).update(_content=json.dumps(_less(body, broken)).encode())
    return short


def _less(body: Json, broken: _Broken) -> Json:
    """A body with few items of the lists that it consists of."""
    if isinstance(body, list):
        return _few(body, broken)
    if not isinstance(body, Mapping):
        return body
    for name, value in body.items():
        if isinstance(value, list):
            rest = {**body}

            def still(part: Json, name: str = name, rest: dict[str, Json] = rest) -> bool:
                return broken({**rest, name: part})

            body = {**body, name: _few(value, still)}
    return body


def _few(items: list[Json], broken: _Broken) -> Json:
    """The items of a list, halved as long as one of the halves breaks the schema, too."""
    while len(items) > FEW:
        middle = len(items) // 2
        halves = items[:middle], items[middle:]
        guilty = next((half for half in halves if broken(half)), None)
        if guilty is None:
            return items
        items = guilty
    return items
