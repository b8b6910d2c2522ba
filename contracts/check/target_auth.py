"""``auth`` of a target: what opens it, and where that comes from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troth.contracts.check.settings import expanded, url_of
from troth.contracts.check.tokens import Command, OAuth2, Source
from troth.contracts.contract.credentials import Credential
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import UsageError

_KINDS = {
    "bearer": ("bearer",),
    "basic": ("basic",),
    "api_key": ("api_key", "in", "name"),
    "command": ("command",),
    "oauth2": ("oauth2",),
}
_OAUTH2 = ("token_url", "client_id", "client_secret", "scope", "audience", "refresh_token", "in_body")


@dataclass(frozen=True)
class Access:
    """The token, or its source; ``placing``: where it goes, if not as the document says."""

    token: str | None = None
    source: Source | None = None
    placing: Credential | None = None


def auth_of(auth: Any, place: str) -> Access:
    """What opens a target. Raises UsageError with what is valid."""
    if auth is None:
        return Access()
    kind = next((name for name in _KINDS if isinstance(auth, dict) and name in auth), None)
    if kind is None:
        valid = '{bearer = "$NAME"}, or basic, api_key, command, oauth2'
        raise UsageError(f"{place}: `auth` is {valid}; found {auth!r}")
    _require_keys(auth, _KINDS[kind], f"{place}: auth")
    here = f"{place}: auth.{kind}"
    if kind == "bearer":
        return Access(expanded(auth[kind], place))
    if kind == "basic":
        return Access(_pair(auth[kind], here), placing=Credential("header", "Authorization", "Basic "))
    if kind == "api_key":
        return Access(expanded(auth[kind], here), placing=_placing(auth, place))
    if kind == "command":
        return Access(source=Command(_words(auth[kind], here)))
    return Access(source=_oauth2(auth[kind], here))


def _require_keys(found: Mapping[str, Any], valid: tuple[str, ...], place: str) -> None:
    for key in found:
        if key not in valid:
            raise UsageError(f"{place}: there is no {key!r} here{did_you_mean(key, valid)}")


def _pair(value: Any, place: str) -> str:
    """``user:password``, as one text or as two."""
    if not isinstance(value, dict):
        return expanded(value, place)
    _require_keys(value, ("user", "password"), place)
    parts = [expanded(value.get(name, ""), f"{place}.{name}") for name in ("user", "password")]
    return ":".join(parts)


def _placing(auth: Mapping[str, Any], place: str) -> Credential | None:
    """Where an API key goes, where the document does not say it."""
    if "name" not in auth:
        return None
    where = auth.get("in", "header")
    if where not in ("header", "query", "cookie"):
        raise UsageError(f"{place}: auth.in is header, query or cookie, found {where!r}")
    return Credential(str(where), expanded(auth["name"], f"{place}: auth.name"))


def _words(value: Any, place: str) -> tuple[str, ...]:
    """A command as its words."""
    if isinstance(value, list) and value:
        return tuple(expanded(word, place) for word in value)
    try:
        words = tuple(shlex.split(expanded(value, place)))
    except ValueError as error:
        raise UsageError(f"{place}: {value!r}: {error}") from None
    if not words:
        raise UsageError(f"{place}: it is empty")
    return words


def _oauth2(value: Any, place: str) -> OAuth2:
    if not isinstance(value, dict):
        raise UsageError(f"{place}: a table with token_url, client_id, client_secret; found {value!r}")
    _require_keys(value, _OAUTH2, place)
    needed = _OAUTH2[:2] if "refresh_token" in value else _OAUTH2[:3]  # a public client has no secret
    missing = [name for name in needed if name not in value]
    if missing:
        raise UsageError(f"{place}: {missing[0]} is missing")
    texts = {name: expanded(value[name], f"{place}.{name}") for name in _OAUTH2[:6] if name in value}
    return OAuth2(
        url_of(texts["token_url"], f"{place}.token_url"),
        texts["client_id"],
        texts.get("client_secret"),
        texts.get("scope"),
        texts.get("audience"),
        texts.get("refresh_token"),
        value.get("in_body") is True,
    )
