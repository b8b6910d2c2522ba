"""Who may use the control API.

Only loopback clients, or those that bear the control token; never with an ``Origin`` (a web page) and
never under a foreign ``Host`` (a page must not reach it by DNS rebinding); no CORS headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from troth.mock_server.security import same_secret
from troth.mock_server.wire import host_name

_PROXIED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})


def why_not(client: str | None, headers: Mapping[str, str], token: str | None) -> str | None:
    """Why a request may not touch the levers; None where it may."""
    if "origin" in headers:
        return "a call with an `Origin` is one of a web page: those never reach the control API"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "a call with this `Sec-Fetch-Site` is one of a web page: those never reach the control API"
    if token is None:
        return _from_elsewhere(client, headers)
    if same_secret(headers.get("x-mock-token", ""), token):
        return None
    return "the control API asks for its token in `X-Mock-Token`"


def _from_elsewhere(client: str | None, headers: Mapping[str, str]) -> str | None:
    """Why a request is none of this machine; None where it is."""
    proxied = sorted(_PROXIED & headers.keys())
    if proxied:  # who stands behind a proxy of this machine, nobody knows
        return f"a call with `{proxied[0]}` comes through a proxy: start the mock with --control-token"
    if not _is_loopback(client):
        return "the control API is for this machine; others may call it with --control-token"
    if not _names_this_machine(headers.get("host", "")):
        return "the control API is for this machine: `Host` must name it as such, as localhost does"
    return None


def _names_this_machine(host: str) -> bool:
    """Whether a ``Host`` header names this machine as such."""
    name = host_name(host)
    return name == "localhost" or _is_loopback(name)


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
