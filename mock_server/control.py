"""``/__mock/…``: the mock's own levers, for the machine it runs on and nobody else.

Only loopback clients, or those that bear the control token; never with an ``Origin`` (a web page) and
never under a foreign ``Host`` (a page must not reach it by DNS rebinding); no CORS headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from troth.contracts.model import Json
from troth.mock_server.clock import VirtualClock
from troth.mock_server.journal import Journal, timestamp
from troth.mock_server.security import same_secret
from troth.mock_server.wire import Request

PREFIX = "/__mock/"
LIMIT = 100_000
"""Bytes of a control call's body."""

_PROXIED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})

_CLOCK_CHANGES = frozenset({"freeze", "advance", "reset"})
_CLOCK = 'a JSON object is taken: {"freeze": true|false}, {"advance": seconds} or {"reset": true}'


class Controlled(Protocol):
    """What the levers move: the mock."""

    clock: VirtualClock
    journal: Journal
    control_token: str | None

    def state(self) -> Mapping[str, Json]: ...
    def reset(self) -> Mapping[str, Json]: ...
    def turn_back_clock(self) -> None: ...


def handle_control_call(mock: Controlled, client: str | None, request: Request) -> tuple[int, Json]:
    """Status and JSON body of one control call."""
    if not _may_control(client, request.headers, mock.control_token):
        return 403, {"error": "the control API is for this machine, or for X-Mock-Token"}
    if request.body is None:
        return 413, {"error": f"the body has more than {LIMIT:,} bytes"}
    levers = _levers(mock, request.body)
    name = request.path.removeprefix("/__mock").strip("/")
    lever = levers.get((request.method, name))
    if lever is None:
        return _no_lever(request, name, [f"{method} {PREFIX}{path}" for method, path in levers])
    try:
        return 200, lever()
    except ValueError as error:
        return 400, {"error": str(error)}


def _levers(mock: Controlled, body: bytes) -> dict[tuple[str, str], Callable[[], Json]]:
    return {
        ("GET", "clock"): lambda: _clock_state(mock.clock),
        ("POST", "clock"): lambda: _set_clock(mock, _clock_change(body)),
        ("GET", "journal"): mock.journal.entries,
        ("DELETE", "journal"): mock.journal.clear,
        ("GET", "state"): mock.state,
        ("POST", "reset"): mock.reset,
    }


def _no_lever(request: Request, name: str, valid: list[str]) -> tuple[int, Json]:
    """The list of what there is, asked for or as a hint."""
    if request.method == "GET" and not name:
        return 200, valid
    return 404, {"error": f"there is no {request.method} {request.path[:200]}", "valid": valid}


def _may_control(client: str | None, headers: Mapping[str, str], token: str | None) -> bool:
    """Whether a request may touch the levers."""
    if "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    if token is not None:
        return same_secret(headers.get("x-mock-token", ""), token)
    if not _PROXIED.isdisjoint(headers):  # who stands behind a proxy of this machine, nobody knows
        return False
    return _is_loopback(client) and _names_this_machine(headers.get("host", ""))


def _names_this_machine(host: str) -> bool:
    """Whether a ``Host`` header names this machine as such."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _clock_state(clock: VirtualClock) -> dict[str, Json]:
    return {"now": timestamp(clock.now()), "frozen": clock.frozen}


def _clock_change(body: bytes) -> dict[str, Json]:
    """What a call asks of the clock. Raises ValueError where it is nothing that a clock does."""
    try:
        change = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError(_CLOCK) from None
    if not isinstance(change, dict) or not change:
        raise ValueError(_CLOCK)
    if not change.keys() <= _CLOCK_CHANGES:
        raise ValueError(_CLOCK)
    return change


def _set_clock(mock: Controlled, change: dict[str, Json]) -> dict[str, Json]:
    advance, freeze, reset = change.get("advance", 0), change.get("freeze"), change.get("reset", False)
    if isinstance(advance, bool) or not isinstance(advance, (int, float)):
        raise ValueError(f"`advance` takes seconds, found {advance!r}")
    if not isinstance(reset, bool):
        raise ValueError(_CLOCK)
    if freeze is not None and not isinstance(freeze, bool):
        raise ValueError(_CLOCK)
    if reset:
        mock.turn_back_clock()
    mock.clock.advance(advance)
    if freeze is not None:
        mock.clock.freeze(freeze)
    return _clock_state(mock.clock)
