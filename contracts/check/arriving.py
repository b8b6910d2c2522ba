"""Arriving: the first calls of a run. Is this the API, does it let us in, and what is there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.contracts.check.exchange import Exchange
from troth.contracts.errors import TargetError
from troth.contracts.model import Resource, Unknown


def unknown_facts(resource: Resource) -> Mapping[str, Any]:
    """The hidden variables of a record of which nothing is known."""
    return {name: Unknown() for name in resource.hidden}


def require_this_api(exchange: Exchange) -> None:
    """Raises TargetError where it is not this API that answers, or where it does not let us in."""
    reply, where = exchange.reply, f"{exchange.operation.method} {exchange.url}"
    if "html" in reply.headers.get("content-type", ""):
        raise TargetError(f"{where}: answered {reply.status} with an HTML page, not with the API's JSON")
    if reply.status in (401, 403):
        raise TargetError(denied(exchange))
    whole = exchange.operation.verb == "list" and "{" not in exchange.operation.path
    if whole and reply.status in (404, 405):
        raise TargetError(f"{where}: answered {reply.status}; is the base URL right?")


def denied(exchange: Exchange) -> str:
    """That an answer refuses the token."""
    where = f"{exchange.operation.method} {exchange.url}"
    sent = "the token" if exchange.token else "a call without a token; give one with --token or TROTH_TOKEN"
    return f"{where}: answered {exchange.reply.status}: it refuses {sent}"
