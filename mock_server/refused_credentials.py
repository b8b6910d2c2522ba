"""What is wrong with the credentials of a request, as far as that may be told."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from troth.contracts.contract.credentials import Credential
from troth.mock_server.wire import Request


def why_not_let_in(credentials: Sequence[Credential], request: Request) -> str:
    """What is wrong with the credentials of a request; never what they are."""
    for credential in credentials:
        told = _wrong(credential, request)
        if told is not None:
            return told
    return "the token is not the one that the mock was started with"


def _wrong(credential: Credential, request: Request) -> str | None:
    sent, name = _sent(credential, request), f"the {credential.place} {credential.name!r}"
    if sent is None:
        return f"{name} is missing"
    scheme, _, token = sent.strip().partition(" ")
    wanted = credential.prefix.strip()
    if wanted and scheme.lower() != wanted.lower():
        return f"{name} must say `{wanted} …`"
    if wanted:
        sent = token
    if not sent.strip():
        return f"{name} has no token in it"
    return None


def _sent(credential: Credential, request: Request) -> str | None:
    """What a request sends where its credential belongs."""
    if credential.place == "header":
        return request.headers.get(credential.name.lower())
    if credential.place == "query":
        return next(iter(parse_qs(request.query, keep_blank_values=True).get(credential.name, ())), None)
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(credential.name)
    except CookieError:
        return None
    return found.value if found is not None else None
