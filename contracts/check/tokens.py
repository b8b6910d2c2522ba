"""The token that opens the target: given, told by a command, or asked of an OAuth2 server."""

from __future__ import annotations

import shlex
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from troth.contracts.check.transport import Transport
from troth.contracts.check.troubles import Trouble
from troth.contracts.errors import TargetError

EARLY = 5.0
"""Seconds before its end in which a token is renewed."""

PATIENCE = 60
"""Seconds that a command may take."""


@dataclass(frozen=True)
class Command:
    """A command that prints a token."""

    words: tuple[str, ...]

    def fetch(self, transport: Transport) -> tuple[str, float | None]:
        """The token, and how long it is valid (None: nobody says)."""
        shown = shlex.join(self.words)
        try:
            done = subprocess.run(  # noqa: S603 - it is the user's own
                self.words, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
            raise TargetError(f"the command for the token, {shown}: {error}") from None
        token = done.stdout.strip()
        if done.returncode or not token:
            said = done.stderr.strip()[-300:]
            raise TargetError(f"the command for the token, {shown}: exit code {done.returncode}: {said}")
        return token, None


@dataclass
class OAuth2:
    """The client credentials grant (RFC 6749, 4.4), or with a refresh token its refreshing (6); what expires
    is asked for anew. A server may give another refresh token each time: the next one counts."""

    token_url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scope: str | None = None
    audience: str | None = None
    refresh_token: str | None = field(default=None, repr=False)
    in_body: bool = False
    """Whether the credentials are in the body (2.3.1), instead of a header."""

    def fetch(self, transport: Transport) -> tuple[str, float | None]:
        """The token, and how long it is valid (None: nobody says)."""
        wanted = {"grant_type": "client_credentials", "scope": self.scope, "audience": self.audience}
        if self.refresh_token is not None:
            wanted |= {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        named: dict[str, Any] = {}
        if self.in_body or self.client_secret is None:
            wanted |= {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            named["auth"] = self.client_id, self.client_secret
        sent = {name: value for name, value in wanted.items() if value is not None}
        headers = {"Accept": "application/json"}
        try:
            response = transport.send("POST", self.token_url, safe=True, data=sent, headers=headers, **named)
            answer = response.json()
            token, seconds = answer["access_token"], answer.get("expires_in")
            if self.refresh_token is not None:
                self.refresh_token = answer.get("refresh_token") or self.refresh_token
        except Trouble as trouble:
            raise TargetError(f"no token: {trouble}") from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise TargetError(f"no token: POST {self.token_url}: {_said(response)}") from None
        if isinstance(seconds, (int, float, str)):
            try:
                return str(token), float(seconds)
            except ValueError:
                return str(token), None
        return str(token), None


def _said(response: requests.Response) -> str:
    """What an answer without a token was; of a success the body may hold one under another name."""
    if response.ok:
        return f"answered {response.status_code}, without an `access_token`"
    said = response.content[:200].decode("utf-8", "replace")
    return f"answered {response.status_code}: {said}"


Source = Command | OAuth2
"""Where a token comes from that is not simply given."""


class Tokens:
    """The token as it is now."""

    def __init__(self, given: str | None, source: Source | None, transport: Transport) -> None:
        self._given, self._source, self._transport = given, source, transport
        self._until: float | None = None
        self._taken = False
        """Whether it was let in since it was got: one that never was is not got again."""

    @property
    def value(self) -> str | None:
        """The token to send now. Raises TargetError where none is to be had."""
        if self._source is None:
            return self._given
        if self._given is None or self._is_over():
            self._fetch(self._source)
        return self._given

    def taken(self) -> None:
        """It was let in."""
        self._taken = True

    def renew(self) -> bool:
        """Get another one, because this one was refused; False: there is no other."""
        if self._source is None or not self._taken:
            return False
        self._fetch(self._source)
        return True

    def _is_over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until

    def _fetch(self, source: Source) -> None:
        token, seconds = source.fetch(self._transport)
        self._given, self._taken, self._until = token, False, None
        if seconds is not None:
            self._until = time.monotonic() + max(seconds - EARLY, seconds / 2)
