"""Who calls: the credentials of a request, wherever the document's security schemes have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from troth.contracts.contract import Contract, remembered
from troth.contracts.document.parameters import cookie_values
from troth.contracts.document.pointers import mapping
from troth.mock_server.wire import Request

_AUTHORIZATION = ("header", "authorization")


def credential_of(contract: Contract, request: Request) -> str | None:
    """What tells one caller from another; None: nothing is said."""
    places = _places(contract)
    if places == (_AUTHORIZATION,):
        return request.headers.get("authorization") or None
    sent = [found for found in (_sent(place, name, request) for place, name in places) if found]
    if not sent:
        return None
    if sent == [request.headers.get("authorization")]:
        return sent[0]
    return json.dumps(sent)


def _sent(place: str, name: str, request: Request) -> str | None:
    """What a request has in a place."""
    if place == "header":
        return request.headers.get(name)
    if place == "cookie":
        found: Mapping[str, list[str]] = cookie_values(request.headers.get("cookie", ""))
        return f"{name}={found[name]}" if name in found else None
    pairs = [value for key, value in parse_qsl(request.query, keep_blank_values=True) if key == name]
    return f"?{name}={pairs}" if pairs else None


@remembered
def _places(contract: Contract) -> tuple[tuple[str, str], ...]:
    """Where credentials may come: place and name of each API key, and ``Authorization``."""
    found = {_AUTHORIZATION: None}
    components = mapping(contract.document.data, "components")
    for name in mapping(components, "securitySchemes"):
        _, scheme = contract.document.resolve(f"/components/securitySchemes/{name}")
        if not isinstance(scheme, dict) or scheme.get("type") != "apiKey":
            continue
        place, key = str(scheme.get("in")), str(scheme.get("name"))
        if place == "header":
            key = key.lower()
        found[(place, key)] = None
    return tuple(found)
