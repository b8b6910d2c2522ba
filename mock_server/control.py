"""``/__mock/…``: the mock's own levers, for the machine it runs on and nobody else.

Only loopback clients, or those that bear the control token; never with an ``Origin`` (a web page) and
never under a foreign ``Host`` (a page must not reach it by DNS rebinding); no CORS headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from troth.contracts.model import Json
from troth.mock_server.journal import written
from troth.mock_server.security import same
from troth.mock_server.wire import Sent

if TYPE_CHECKING:
    from troth.mock_server.app import Mock

PREFIX = "/__mock/"
LIMIT = 100_000
"""Bytes of a control call's body."""

_CLOCK = 'a JSON object is taken: {"freeze": true|false}, {"advance": seconds} or {"reset": true}'


def answer(mock: Mock, client: str | None, sent: Sent, body: bytes | None) -> tuple[int, Json]:
    """Status and JSON body of one control call."""
    if not allowed(client, sent.headers, mock.control_token):
        return 403, {"error": "the control API is for this machine, or for X-Mock-Token"}
    if body is None:
        return 413, {"error": f"the body has more than {LIMIT:,} bytes"}
    routes = {
        ("GET", "clock"): lambda: clock(mock),
        ("POST", "clock"): lambda: _turn(mock, _read(body)),
        ("GET", "journal"): mock.journal.entries,
        ("DELETE", "journal"): mock.journal.clear,
        ("GET", "state"): mock.state,
        ("POST", "reset"): mock.reset,
    }
    name, valid = sent.path.removeprefix("/__mock").strip("/"), [f"{m} {PREFIX}{n}" for m, n in routes]
    route = routes.get((sent.method, name))
    if route is None and sent.method == "GET" and not name:
        return 200, valid
    if route is None:
        return 404, {"error": f"there is no {sent.method} {sent.path[:200]}", "valid": valid}
    try:
        return 200, route()
    except ValueError as error:
        return 400, {"error": str(error)}


def allowed(client: str | None, headers: Mapping[str, str], token: str | None) -> bool:
    """Whether a request may touch the levers."""
    if "origin" in headers:
        return False
    if token is not None:
        return same(headers.get("x-mock-token", ""), token)
    return _loopback(client) and _local(headers.get("host", ""))


def _local(host: str) -> bool:
    """Whether a ``Host`` header names this machine as such."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name == "localhost" or _loopback(name)


def _loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def clock(mock: Mock) -> dict[str, Json]:
    """The time of the mock."""
    return {"now": written(mock.clock.now()), "frozen": mock.clock.frozen}


def _read(body: bytes) -> dict[str, Json]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or not value.keys() <= {"freeze", "advance", "reset"} or not value:
        raise ValueError(_CLOCK)
    return value


def _turn(mock: Mock, change: dict[str, Json]) -> dict[str, Json]:
    advance, freeze, reset = change.get("advance", 0), change.get("freeze"), change.get("reset", False)
    if isinstance(advance, bool) or not isinstance(advance, (int, float)):
        raise ValueError(f"`advance` takes seconds, found {advance!r}")
    if not isinstance(reset, bool) or not isinstance(freeze, (bool, type(None))):
        raise ValueError(_CLOCK)
    if reset:
        mock.turn_back_clock()
    mock.clock.advance(advance)
    if freeze is not None:
        mock.clock.freeze(freeze)
    return clock(mock)
