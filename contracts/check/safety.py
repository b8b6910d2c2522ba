"""Which calls change nothing, and which records a call has made: what a ledger has to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.ledger import Ledger, Made
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.model import Absent, Json, Malformed, Operation, Resource

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""RFC 9110, section 9.2.1; RFC 10008 for QUERY."""


def is_safe(operation: Operation) -> bool:
    """Whether an operation changes nothing, by its method or by its word."""
    return operation.method.upper() in SAFE or operation.verb in ("read", "list")


def plain(body: Json | Absent | Malformed) -> Any:
    """A body as JSON can carry it."""
    if isinstance(body, (Absent, Malformed)):
        return None
    return body


def id_of_made(resource: Resource, exchange: Exchange, named: Json = None) -> Json:
    """The id of what a call has made: as its answer shows it; else as its path or its body names it, where
    clients give ids. None where nobody knows."""
    data = shown(exchange.operation, exchange.reply)
    id = data.get(resource.id) if isinstance(data, Mapping) else None
    if id is not None:
        return id
    if resource.id in resource.managed:
        return named
    return named or exchange.operation.record_in(plain(exchange.call.body)).get(resource.id)


def note(ledger: Ledger, contract: Contract, exchange: Exchange) -> bool:
    """Note what an answer says was made, or is gone; False where a list may show what it does not say."""
    operation, status = exchange.operation, exchange.reply.status
    resource = contract.resource_of(operation)
    if resource is None or status >= 300:
        return True
    named = None
    if operation.names_record:
        named = exchange.call.path.get(str(operation.item_parameter))
    parent = None
    if operation.parent is not None:
        parent = str(exchange.call.path.get(operation.parent.by))
    if operation.verb == "delete" and named is not None:
        ledger.gone(Made(resource.name, str(named), parent))
    if operation.verb != "create" and (operation.verb, status) != ("update", 201):
        return True
    id = id_of_made(resource, exchange, named)
    if id is not None:
        ledger.made(Made(resource.name, str(id), parent))
        return True
    return contract.acting(resource.name, "list") is None
