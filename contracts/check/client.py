"""HTTP to the tested API: one call out, one exchange back, never faster than the API allows."""

from __future__ import annotations

import json
import shlex
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote, urlencode

import requests
from urllib3.filepost import encode_multipart_formdata

from troth.contracts.check.clock import Clock
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import VARIABLE, Credential, credentials_of
from troth.contracts.document.forms import MULTIPART
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, Absent, Call, Json, Malformed, Operation, Parameter, Reply
from troth.contracts.promises.calls import form_fields
from troth.contracts.words.limits import policies

TIMEOUT = 30
"""Seconds after which an answer is given up."""

SHOWN = 100_000
"""Bytes of an answer that are shown at most."""

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

    @property
    def text(self) -> str:
        """The beginning of the answer's body."""
        return self.response.content[:SHOWN].decode("utf-8", "replace")

    def curl(self) -> str:
        """A command that sends the same request; the right token as ``$TROTH_TOKEN``."""
        parts = ["curl", "-X", self.operation.method, *self._curl_address(), *self._curl_body()]
        return " ".join(parts)

    def _curl_address(self) -> list[str]:
        """The URL, and options that send the credentials."""
        url = shlex.quote(self.url)
        if self.token is None:
            return [url]
        options: list[str] = []
        shown = VARIABLE if self.token == "right" else WRONG_TOKEN  # noqa: S105
        for credential in self.credentials:
            options += credential.curl(shown)
            if credential.place == "query":
                sign = "&" if "?" in self.url else "?"
                url = f'"{self.url}{sign}{credential.name}={shown}"'
        return [url, *options]

    def _curl_body(self) -> list[str]:
        """Options that send the body, field by field where it is a form."""
        if not self.fields:
            if self.payload is None:
                return []
            text = self.payload.decode("utf-8", "replace")
            return ["-H", f"'Content-Type: {_media(self.operation)}'", "--data-raw", shlex.quote(text)]
        option = "--data-urlencode"
        if self.operation.form == MULTIPART:
            option = "--form-string"
        options: list[str] = []
        for name, value in self.fields:
            options += [option, shlex.quote(f"{name}={value}")]
        return options


@dataclass(frozen=True)
class _Secrets:
    """The values of credentials by where they are sent."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Sends calls to a target; counts them and paces itself."""

    def __init__(self, contract: Contract, target: Target, clock: Clock) -> None:
        self.contract, self.target, self.clock = contract, target, clock
        self.sent = self.limited = 0
        self.unpaced = False
        self._credentials = {o.id: credentials_of(contract, o) for o in contract.operations.values()}
        self._session = requests.Session()
        self._session.trust_env = False
        self._times: dict[_Counted, deque[float]] = {}

    def send(self, call: Call, *, raw: str | None = None, token: str | None = "right") -> Exchange:  # noqa: S107
        """Send one call; waits and repeats when the API says that it is too fast (429)."""
        for _ in range(4):
            exchange = self.send_once(call, raw, token)
            if exchange.reply.status != 429:
                return exchange
            if self.unpaced:
                return exchange
            self.limited += 1
            self.clock.wait(_retry_after(exchange.reply))
        return exchange

    def send_once(self, call: Call, raw: str | None, token: str | None) -> Exchange:
        """Send one call, whatever the answer is; ``raw``: a body that is not JSON."""
        operation = self.contract.operations[call.operation]
        credentials = self._credentials[operation.id]
        if token == "right" and not self.target.token:  # noqa: S105
            token = None
        secrets = self._secrets(credentials, token)
        url = self.target.url + _path(operation, call.path) + _query(operation, call.query)
        fields: tuple[tuple[str, str], ...] = ()
        if raw is None and operation.form is not None and isinstance(call.body, Mapping):
            fields = tuple(form_fields(self.contract, operation, call.body))
        payload, media = _payload(operation, call.body, raw, fields)
        headers = _texts(call.headers)
        headers |= secrets.headers
        if payload is not None:
            headers["Content-Type"] = media
        self._pace(operation)
        self.sent += 1
        try:
            response = self._session.request(
                operation.method,
                url,
                params=secrets.query,
                data=payload,
                headers=headers,
                cookies=_texts(call.cookies) | dict(secrets.cookies),
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise TargetError(f"{operation.method} {url}: {_failure(error)}") from None
        return Exchange(operation, call, url, payload, token, credentials, _reply(response), response, fields)

    def _secrets(self, credentials: Sequence[Credential], token: str | None) -> _Secrets:
        """What is sent of the target's token, or of a wrong one."""
        if not token:
            return _Secrets()
        secret = WRONG_TOKEN
        if token == "right":  # noqa: S105
            assert self.target.token is not None
            secret = self.target.token
        places: dict[str, dict[str, str]] = {"header": {}, "query": {}, "cookie": {}}
        for credential in credentials:
            places[credential.place][credential.name] = credential.value(secret)
        return _Secrets(places["header"], places["query"], places["cookie"])

    def _pace(self, operation: Operation) -> None:
        """Wait until the quotas of an operation (and the target's ``rate``) allow one more call."""
        if self.unpaced:
            return
        now, wait = self.clock.passed(), 0.0
        quotas = [(p.scope, p.calls, float(p.window)) for p in policies(self.contract, operation)]
        if self.target.rate:
            quotas.append(("", 1, 1 / self.target.rate))
        used = [self._times.setdefault(quota, deque(maxlen=quota[1])) for quota in quotas]
        for (_, calls, window), times in zip(quotas, used, strict=True):
            if len(times) == calls:
                wait = max(wait, times[0] + window * 1.02 - now)
        self.clock.wait(wait)
        for times in used:
            times.append(now + wait)


_Counted: TypeAlias = tuple[str, int, float]
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


def _query(operation: Operation, values: Mapping[str, Json]) -> str:
    """The query string; a list is sent as its items, one by one, an object as its parameter says."""
    texts: list[tuple[str, str]] = []
    declared = {p.name: p for p in operation.parameters if p.place == "query"}
    for name, value in values.items():
        if isinstance(value, list):
            texts += [(name, _query_text(item)) for item in value]
        elif isinstance(value, Mapping) and name in declared:
            texts += _members(declared[name], value)
        else:
            texts.append((name, _query_text(value)))
    if not texts:
        return ""
    return "?" + urlencode(texts)


def _members(parameter: Parameter, value: Mapping[str, Json]) -> list[tuple[str, str]]:
    """An object in a query: as JSON, or a field for each of its members."""
    if parameter.content is not None:
        return [(parameter.name, json.dumps(value))]
    if parameter.style == "deepObject":
        return [(f"{parameter.name}[{name}]", _query_text(one)) for name, one in value.items()]
    if parameter.explode:
        return [(name, _query_text(one)) for name, one in value.items()]
    pieces = [piece for name, one in value.items() for piece in (name, _query_text(one))]
    return [(parameter.name, ",".join(pieces))]


def _texts(values: Mapping[str, Json]) -> dict[str, str]:
    return {name: _query_text(value) for name, value in values.items()}


def _query_text(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value)


def _payload(
    operation: Operation, body: Json | Absent | Malformed, raw: str | None, fields: Sequence[tuple[str, str]]
) -> tuple[bytes | None, str]:
    """A body as it goes over the wire, and its type."""
    media = _media(operation)
    if raw is not None:
        return raw.encode(), media
    if body is ABSENT:
        return None, media
    if operation.form is None:
        return json.dumps(body, ensure_ascii=False).encode(), media
    if operation.form == MULTIPART:
        return encode_multipart_formdata(fields)
    return urlencode(fields).encode(), operation.form


def _reply(response: requests.Response) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if not response.content:
        return Reply(response.status_code, headers=headers)
    body: Json
    try:
        body = json.loads(response.content)
    except ValueError:
        body = response.text
    return Reply(response.status_code, body, headers)


def _retry_after(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "")
    if not text.isdigit():
        return 1.0
    return min(float(text), 120.0)


def _failure(error: requests.RequestException) -> str:
    """What went wrong, without the library's wrapping."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT} s"
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS failed: {error}"
    if isinstance(error, requests.ConnectionError):
        return "cannot connect"
    return str(error)
