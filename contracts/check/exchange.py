"""One request as it was sent, with its answer; and as a command that sends it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

import requests

from troth.contracts.check.secrets import Secrets
from troth.contracts.check.wire import media_of, texts
from troth.contracts.contract.credentials import VARIABLE, Credential
from troth.contracts.document.forms import MULTIPART
from troth.contracts.model import Call, Operation, Reply

SHOWN = 100_000
"""Bytes of an answer that are shown at most."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""No variables."""

WRONG_TOKEN = "not-a-valid-token"  # noqa: S105 (that is the point)


@dataclass(frozen=True)
class Exchange:
    """One request as it was sent, and the answer."""

    operation: Operation
    call: Call
    url: str
    payload: bytes | None
    token: str | None
    credentials: tuple[Credential, ...]
    reply: Reply
    response: requests.Response
    fields: tuple[tuple[str, str], ...] = ()
    """The body's fields, where it is a form."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that the target wants of every call, as its author wrote them."""
    params: tuple[tuple[str, str], ...] = ()
    """Query parameters that it wants, too."""
    pair: bool = False
    """Whether the right token is ``user:password`` at once."""
    secrets: Secrets = field(default_factory=Secrets, compare=False)
    """What the answer may echo, and nobody is told."""

    @property
    def text(self) -> str:
        """The beginning of the answer's body."""
        return self.response.content[:SHOWN].decode("utf-8", "replace")

    @property
    def told(self) -> str:
        """The same for reports, without what opens the target."""
        return self.secrets.hide(self.text)

    def curl(self, names: Mapping[str, str] = NO_NAMES) -> str:
        """A command that sends the same request; the right token as ``$TROTH_TOKEN``, and ids that ``names``
        has as variables of these names."""
        parts = ["curl", "-X", self.operation.method, *self._curl_address(names)]
        for name, text in texts(self.call.headers).items():
            parts += ["-H", shlex.quote(f"{name}: {text}")]
        if self.call.cookies:
            cookies = texts(self.call.cookies)
            parts += ["-b", shlex.quote("; ".join(f"{name}={text}" for name, text in cookies.items()))]
        parts += self._curl_body(names)
        for name, value in self.headers:
            parts += ["-H", _quoted(f"{name}: {value}")]
        return " ".join(parts)

    def _curl_address(self, names: Mapping[str, str]) -> list[str]:
        """The URL, and options that send the credentials."""
        address, url = self.url, shlex.quote(self.url)
        if names:
            address = _with_variables(self.url, names)
            if address != self.url:
                url = _quoted(address)
        for name, value in self.params:
            address += f"{'&' if '?' in address else '?'}{name}={value}"
            url = _quoted(address)
        if self.token is None:
            return [url]
        options: list[str] = []
        shown = VARIABLE if self.token == "right" else WRONG_TOKEN  # noqa: S105
        for credential in self.credentials:
            options += credential.curl(shown, pair=self.pair and shown == VARIABLE)
            if credential.place == "query":
                address += f"{'&' if '?' in address else '?'}{credential.name}={shown}"
                url = _quoted(address)
        return [url, *options]

    def _curl_body(self, names: Mapping[str, str]) -> list[str]:
        """Options that send the body, field by field where it is a form."""
        if not self.fields:
            if self.payload is None:
                return []
            text = self.payload.decode("utf-8", "replace")
            body = shlex.quote(text)
            for id, name in names.items():  # out of the single quotes, and back into them
                body = body.replace(f'"{id}"', f'"\'"${name}"\'"')
            return ["-H", f"'Content-Type: {media_of(self.operation)}'", "--data-raw", body]
        option = "--data-urlencode"
        if self.operation.form == MULTIPART:
            option = "--form-string"
        options: list[str] = []
        for name, value in self.fields:
            options += [option, shlex.quote(f"{name}={value}")]
        return options


def _with_variables(url: str, names: Mapping[str, str]) -> str:
    """A URL in which segments of the path that are ids are variables."""
    path, question, query = url.partition("?")
    variables = {quote(id, safe=""): f"${name}" for id, name in names.items()}
    return "/".join(variables.get(part, part) for part in path.split("/")) + question + query


def _quoted(text: str) -> str:
    """Text for a shell, in which variables stay."""
    for sign in ("\\", '"', "`"):
        text = text.replace(sign, f"\\{sign}")
    return f'"{text}"'
