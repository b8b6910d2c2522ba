"""Who may use the control API.

Only loopback clients, or those that bear the control token; never with an ``Origin`` (a web page) and
never under a foreign ``Host`` (a page must not reach it by DNS rebinding); no CORS headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from troth.mock_server.security import same_secret

_PROXIED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})


def may_control(client: str | None, headers: Mapping[str, str], token: str | None) -> bool:
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
