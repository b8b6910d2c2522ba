"""Commands that start from nothing: what has made the records of a finding goes before its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.safety import is_safe
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.model import Json

MOST = 5
"""So many calls on one record are told: the one that made it, and the last ones. Of a record that was there
before the run only those that lead it from state to state."""


@dataclass(frozen=True)
class Command:
    """A line for a shell, and what came of it."""

    line: str
    exchange: Exchange


class History:
    """The calls of a run that were taken and may have changed something, record by record."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._of: dict[str, list[tuple[int, Exchange]]] = {}
        self._count = 0

    def note(self, exchange: Exchange) -> None:
        """Remember a call, if it was taken."""
        if exchange.reply.status >= 300 or is_safe(exchange.operation):
            return
        id = made_by(self._contract, exchange) or _named(exchange)
        if id is None:
            return
        calls = self._of.setdefault(id, [])
        if exchange.operation.verb == "update" and not _begins(calls):
            return
        self._count += 1
        calls.append((self._count, exchange))
        if len(calls) > MOST:
            del calls[int(_begins(calls))]

    def before(self, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """What made the records that some calls name, and their parents, in the order of the calls."""
        found: dict[int, Exchange] = {}
        met, left = set[str](), list(exchanges)
        while left:
            for id in map(str, left.pop().call.path.values()):
                if id in met:
                    continue
                met.add(id)
                for number, exchange in self._of.get(id, ()):
                    if all(exchange is not known for known in exchanges):
                        found[number] = exchange
                        left.append(exchange)
        return tuple(found[number] for number in sorted(found))


def _begins(calls: Sequence[tuple[int, Exchange]]) -> bool:
    """Whether the calls on a record begin with the one that made it."""
    return bool(calls) and calls[0][1].operation.verb == "create"


def commands(
    contract: Contract, history: Sequence[Exchange], exchanges: Sequence[Exchange]
) -> Iterator[Command]:
    """The calls as commands; what one makes is named by a variable in those behind it."""
    names: dict[str, str] = {}
    every = [*history, *exchanges]
    for number, exchange in enumerate(every):
        line = exchange.curl(names)
        id = made_by(contract, exchange)
        if id is not None and _is_named(id, every[number + 1 :]):
            where = _place_of(contract, exchange, id)
            if where is not None:
                names[id] = f"ID{len(names) + 1}"
                if quote(id, safe="") != id:
                    where += " | @uri"
                line = f"{names[id]}=$({line} -s | jq -r '{where}')"
        yield Command(line, exchange)


def _is_named(id: str, exchanges: Sequence[Exchange]) -> bool:
    return any(str(value) == id for exchange in exchanges for value in exchange.call.path.values())


def made_by(contract: Contract, exchange: Exchange) -> str | None:
    """The id of the record that a call has made, as its answer shows it."""
    if exchange.operation.verb != "create" or exchange.reply.status >= 300:
        return None
    resource, data = contract.resource_of(exchange.operation), shown(exchange.operation, exchange.reply)
    if resource is None:
        return None
    if not isinstance(data, Mapping):
        return None
    found = data.get(resource.id)
    return None if found is None else str(found)


def _named(exchange: Exchange) -> str | None:
    """The id of the record that a call is about."""
    name = exchange.operation.item_parameter
    if name is None or name not in exchange.call.path:
        return None
    return str(exchange.call.path[name])


def _place_of(contract: Contract, exchange: Exchange, id: str) -> str | None:
    """Where an answer shows the id of what was made, as a path of jq."""
    resource, body = contract.resource_of(exchange.operation), exchange.reply.body
    assert resource is not None
    left: list[tuple[str, Json]] = []
    if isinstance(body, Mapping):
        left.append(("", body))
    while left:
        path, value = left.pop(0)
        if isinstance(value, Mapping):
            if str(value.get(resource.id, "")) == id:
                return path + _member(resource.id)
            left += [(path + _member(name), inner) for name, inner in value.items()]
    return None


def _member(name: str) -> str:
    if name.isidentifier() and name.isascii():
        return f".{name}"
    return '."' + name.replace("\\", "\\\\").replace('"', '\\"').replace("'", "") + '"'
