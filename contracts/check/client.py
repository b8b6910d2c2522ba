"""HTTP to the tested API: one call out, one exchange back, never faster than the API allows."""

from __future__ import annotations

import json
import shlex
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import requests
from urllib3.filepost import encode_multipart_formdata

from troth.contracts.check.clock import Clock
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import VARIABLE, Credential, credentials_of
from troth.contracts.document.forms import MULTIPART
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, Call, Json, Operation, Reply
from troth.contracts.promises.calls import form_fields
from troth.contracts.words.limits import policies

TIMEOUT = 30
"""Seconds after which an answer is given up."""

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

    def curl(self) -> str:
        """A command that sends the same request; the right token as ``$TROTH_TOKEN``."""
        url, options = shlex.quote(self.url), []
        shown = VARIABLE if self.token == "right" else WRONG_TOKEN  # noqa: S105
        for credential in self.credentials if self.token is not None else ():
            options += credential.curl(shown)
            if credential.place == "query":
                sign = "&" if "?" in self.url else "?"
                url = f'"{self.url}{sign}{credential.name}={shown}"'
        parts = ["curl", "-X", self.operation.method, url, *options]
        if self.fields:
            option = "--form-string" if self.operation.form == MULTIPART else "--data-urlencode"
            parts += [part for n, v in self.fields for part in (option, shlex.quote(f"{n}={v}"))]
        elif self.payload is not None:
            parts += ["-H", f"'Content-Type: {_media(self.operation)}'"]
            parts += ["--data-raw", shlex.quote(self.payload.decode("utf-8", "replace"))]
        return " ".join(parts)


class Client:
    """Sends calls to a target; counts them and paces itself."""

    def __init__(self, contract: Contract, target: Target, clock: Clock) -> None:
        self.contract, self.target, self.clock = contract, target, clock
        self.sent = self.limited = 0
        self.unpaced = False
        self._credentials = {o.id: credentials_of(contract, o) for o in contract.operations.values()}
        self._session = requests.Session()
        self._session.trust_env = False
        self._times: dict[_Quota, deque[float]] = {}

    def send(self, call: Call, *, raw: str | None = None, token: str | None = "right") -> Exchange:  # noqa: S107
        """Send one call; waits and repeats when the API says that it is too fast (429)."""
        for _ in range(4):
            exchange = self._once(call, raw, token)
            if exchange.reply.status != 429 or self.unpaced:
                return exchange
            self.limited += 1
            self.clock.wait(_retry_after(exchange.reply))
        return exchange

    def _once(self, call: Call, raw: str | None, token: str | None) -> Exchange:
        operation = self.contract.operations[call.operation]
        credentials = self._credentials[operation.id]
        used = token if token != "right" or self.target.token else None  # noqa: S105
        secret = self.target.token if used == "right" else WRONG_TOKEN
        sent = {c: c.value(secret or "") for c in credentials} if used else {}
        query = {c.name: value for c, value in sent.items() if c.place == "query"}
        url = self.target.url + _path(operation, call.path) + _query(call.query)
        form = operation.form is not None and raw is None
        fields = tuple(form_fields(self.contract, operation, call.body)) if form else ()
        payload, media = _payload(operation, call.body, raw, fields)
        headers = {name: str(value) for name, value in call.headers.items()}
        headers |= {c.name: value for c, value in sent.items() if c.place == "header"}
        cookies = {c.name: value for c, value in sent.items() if c.place == "cookie"}
        if payload is not None:
            headers["Content-Type"] = media
        self._pace(operation)
        self.sent += 1
        try:
            response = self._session.request(
                operation.method,
                url,
                params=query,
                data=payload,
                headers=headers,
                cookies=cookies,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise TargetError(f"{operation.method} {url}: {_plain(error)}") from None
        return Exchange(operation, call, url, payload, used, credentials, _reply(response), response, fields)

    def _pace(self, operation: Operation) -> None:
        """Wait until the quotas of an operation (and the target's ``rate``) allow one more call."""
        if self.unpaced:
            return
        now, wait = self.clock.passed(), 0.0
        quotas = [(p.scope, p.calls, float(p.window)) for p in policies(self.contract, operation)]
        quotas += [("", 1, 1 / self.target.rate)] if self.target.rate else []
        used = [self._times.setdefault(quota, deque(maxlen=quota[1])) for quota in quotas]
        for (_, calls, window), times in zip(quotas, used, strict=True):
            if len(times) == calls:
                wait = max(wait, times[0] + window * 1.02 - now)
        self.clock.wait(wait)
        for times in used:
            times.append(now + wait)


_Quota: TypeAlias = tuple[str, int, float]
"""What is counted together, how many calls of it are allowed, in how many seconds."""


def _media(operation: Operation) -> str:
    """The type of a body as the document names it."""
    named = (media for media in operation.media_types if "json" in media)
    return next(named, "application/json")


def _path(operation: Operation, values: Mapping[str, Json]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    return path


def _query(values: Mapping[str, Json]) -> str:
    pairs = [(k, v) for k, value in values.items() for v in (value if isinstance(value, list) else [value])]
    texts = [(k, {True: "true", False: "false"}.get(v, v) if isinstance(v, bool) else v) for k, v in pairs]
    return "?" + urlencode(texts) if texts else ""


def _payload(
    operation: Operation, body: Json, raw: str | None, fields: Sequence[tuple[str, str]]
) -> tuple[bytes | None, str]:
    """A body as it goes over the wire, and its type."""
    media = _media(operation)
    if raw is not None or body is ABSENT:
        return (None if raw is None else raw.encode()), media
    if operation.form is None:
        return json.dumps(body, ensure_ascii=False).encode(), media
    if operation.form == MULTIPART:
        return encode_multipart_formdata(fields)
    return urlencode(fields).encode(), operation.form


def _reply(response: requests.Response) -> Reply:
    body: Any = ABSENT
    if response.content:
        try:
            body = json.loads(response.content)
        except ValueError:
            body = response.text
    return Reply(response.status_code, body, {k.lower(): v for k, v in response.headers.items()})


def _retry_after(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "")
    return min(float(text), 120.0) if text.isdigit() else 1.0


def _plain(error: requests.RequestException) -> str:
    """What went wrong, without the library's wrapping."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT} s"
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS failed: {error}"
    if isinstance(error, requests.ConnectionError):
        return "cannot connect"
    return str(error)
