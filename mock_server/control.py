"""``/__mock/…``: the mock's own levers, for the machine it runs on and nobody else.

Only loopback clients, or those that bear the control token; never with an ``Origin`` of another site and
never under a foreign ``Host`` (a web page must not reach it by DNS rebinding); no CORS headers.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson

from contracts.model import Json

if TYPE_CHECKING:
    from mock_server.app import Mock

PREFIX = "/__mock/"


def allowed(client: str | None, headers: Mapping[str, str], token: str | None) -> bool:
    """Whether a request may touch the levers."""
    if "origin" in headers:
        return False
    sent = headers.get("x-mock-token", "")
    if token is not None:
        return hmac.compare_digest(sent.encode(), token.encode())
    host = headers.get("host", "").rsplit(":", 1)[0].strip("[]")
    return _loopback(client) and (host == "localhost" or _loopback(host))


def _loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def control(mock: Mock, method: str, path: str, body: bytes) -> tuple[int, Json]:
    """Status and JSON body of one control call."""
    routes = {
        ("GET", "clock"): lambda: clock(mock),
        ("POST", "clock"): lambda: _turn(mock, _read(body)),
        ("GET", "journal"): mock.journal.entries,
        ("DELETE", "journal"): mock.journal.clear,
        ("GET", "state"): mock.state,
        ("POST", "reset"): mock.reset,
    }
    name, valid = path.removeprefix(PREFIX).strip("/"), [f"{m} {PREFIX}{n}" for m, n in routes]
    route = routes.get((method, name))
    if route is None:
        found = method == "GET" and not name
        return (200, valid) if found else (404, {"error": f"there is no {method} {path}", "valid": valid})
    try:
        return 200, route()
    except ValueError as error:
        return 400, {"error": str(error)}


def clock(mock: Mock) -> dict[str, Json]:
    """The time of the mock."""
    return {"now": mock.clock.now().isoformat().replace("+00:00", "Z"), "frozen": mock.clock.frozen}


def _read(body: bytes) -> dict[str, Json]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or not value.keys() <= {"freeze", "advance", "reset"} or not value:
        raise ValueError(
            'a JSON object is taken: {"freeze": true|false}, {"advance": seconds} or {"reset": true}'
        )
    return value


def _turn(mock: Mock, change: dict[str, Json]) -> dict[str, Json]:
    advance, freeze = change.get("advance", 0), change.get("freeze")
    if isinstance(advance, bool) or not isinstance(advance, (int, float)):
        raise ValueError(f"`advance` takes seconds, found {advance!r}")
    if freeze is not None and not isinstance(freeze, bool):
        raise ValueError(f"`freeze` takes true or false, found {freeze!r}")
    if change.get("reset") is True:
        mock.clock.reset()
    if freeze is not None:
        mock.clock.freeze(freeze)
    mock.clock.advance(advance)
    return clock(mock)
