"""Where the tested API is: a URL, or a name from ``troth.toml``.

[target.staging]
url = "https://staging.example.com/v1"
auth = {bearer = "$STAGING_TOKEN"}
headers = {X-Tenant = "acme"}
writes = true
rate = "5/s"
clock = "http://localhost:4010/__mock/clock"

[target.staging.fixtures]
Campaign = ["<id>", "<id>"]        # ids that may be used; their states are read
paused_drained = "<id>"            # or names of the spec's fixtures, where hidden facts matter
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from troth.contracts.check.hooks import Hooks
from troth.contracts.check.secrets import REDACTED
from troth.contracts.check.settings import RETRIES, Settings, base_of, url_of
from troth.contracts.check.target_auth import auth_of
from troth.contracts.check.tokens import OAuth2, Source
from troth.contracts.check.transport import Reach, is_loopback
from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import Credential
from troth.contracts.document.files import NoFileError, read_file
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import UsageError

FILE = "troth.toml"
_LONGEST = 1_000_000
_KEYS = (
    *("url", "auth", "rate", "clock", "fixtures", "writes", "eventual", "retries", "timeout"),
    *("headers", "params", "cookies", "ca", "cert", "insecure", "proxy", "expect", "hooks"),
)


@dataclass(frozen=True)
class Target:
    """An API to test. ``named``: fixture name → id; ``listed``: resource → ids; ``rate``: calls a second.

    ``writes``: whether it may be written to (None: where it is this machine); ``source``: where a token comes
    from that expires; ``placing``: where it goes, if not as the document says; ``eventual``: seconds until a
    reading shows what was written; ``expect``: promises that are known to be broken, with the reason.
    """

    name: str
    url: str
    token: str | None = None
    rate: float | None = None
    clock: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    writes: bool | None = None
    source: Source | None = None
    placing: Credential | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    shown_headers: Mapping[str, str] = field(default_factory=dict)
    """The headers as their author wrote them: a variable is no secret."""
    shown_params: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is told nobody, each with what is shown in its place."""
    reach: Reach = field(default_factory=Reach)
    retries: int = RETRIES
    eventual: float = 0.0
    expect: Mapping[str, str] = field(default_factory=dict)
    hooks: Hooks = field(default_factory=Hooks)

    @property
    def has_token(self) -> bool:
        """Whether there is a token to send."""
        return bool(self.token) or self.source is not None

    @property
    def may_write(self) -> bool:
        """Whether it may be written to: this machine may, unless that is forbidden."""
        if self.writes is None:
            return is_loopback(urlsplit(self.url).hostname)
        return self.writes


def find_target(contract: Contract, given: str, config: Path | None, token: str | None) -> Target:
    """The target that is meant by a URL or a name. Raises UsageError with what is wrong and what is valid."""
    if not token:
        token = os.environ.get("TROTH_TOKEN") or None
    if "://" in given:
        return Target(given, base_of(given, "--target"), token)
    path = config or Path(FILE)
    targets = _read(path).get("target", {})
    if not isinstance(targets, dict):
        targets = {}
    if given not in targets:
        raise UsageError(f"{path}: there is no [target.{given}]{did_you_mean(given, targets)}")
    target = _target(contract, given, targets[given], f"{path}: [target.{given}]")
    if token is None:
        return target
    return replace(target, token=token, source=None)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_file(path, _LONGEST).decode("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; a target is a URL, or a name in it") from None
    except NoFileError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not TOML: {error}") from None


def _target(contract: Contract, name: str, entry: Any, place: str) -> Target:
    if not isinstance(entry, dict) or "url" not in entry:
        raise UsageError(f"{place}: `url` is missing")
    for key in entry:
        if key not in _KEYS:
            raise UsageError(f"{place}: there is no {key!r} here{did_you_mean(key, _KEYS)}")
    named, listed = _fixtures(contract, entry.get("fixtures", {}), place)
    settings = Settings(entry, place)
    headers, params = settings.texts("headers"), settings.texts("params")
    cookies = settings.texts("cookies")
    access = auth_of(entry.get("auth"), place)
    target = Target(
        name,
        base_of(entry["url"], place),
        access.token,
        settings.rate("rate"),
        named=named,
        listed=listed,
        writes=settings.flag("writes"),
        source=access.source,
        placing=access.placing,
        headers=settings.expanded(headers, "headers"),
        params=settings.expanded(params, "params"),
        cookies=settings.expanded(cookies, "cookies"),
        shown_headers=headers,
        shown_params=params,
        reach=settings.reach(),
        retries=settings.number("retries", RETRIES),
        eventual=settings.seconds("eventual", 0.0),
        expect=settings.texts("expect"),
        hooks=settings.hooks(),
    )
    target = replace(target, hidden=_hidden(target, cookies))
    if entry.get("clock") is None:
        return target
    return replace(target, clock=url_of(entry["clock"], place))


def _hidden(target: Target, cookies: Mapping[str, str]) -> dict[str, str]:
    """Values that come from variables, and what gets a token."""
    hidden = dict[str, str]()
    for values, written in (
        (target.headers, target.shown_headers),
        (target.params, target.shown_params),
        (target.cookies, cookies),
    ):
        hidden |= {value: written[name] for name, value in values.items() if value != written[name]}
    if isinstance(target.source, OAuth2):
        secrets = target.source.client_secret, target.source.refresh_token
        hidden |= {secret: REDACTED for secret in secrets if secret is not None}
    return hidden


def _fixtures(
    contract: Contract, entry: Any, place: str
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    named: dict[str, str] = {}
    listed: dict[str, tuple[str, ...]] = {}
    known = {f.name for resource in contract.resources.values() for f in resource.fixtures}
    if not isinstance(entry, dict):
        raise UsageError(f"{place}: `fixtures` is a table, found {entry!r}")
    for key, value in entry.items():
        if key in contract.resources and isinstance(value, list):
            listed[key] = tuple(str(id_) for id_ in value)
        elif key in known and isinstance(value, (str, int)):
            named[key] = str(value)
        else:
            hint = did_you_mean(key, [*contract.resources, *sorted(known)])
            wanted = "a list of ids for a resource, one id for a fixture's name"
            raise UsageError(f"{place}: fixtures.{key} = {value!r}: expected {wanted}{hint}")
    return named, listed
