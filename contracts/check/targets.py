"""Where the tested API is: a URL, or a name from ``troth.toml``.

[target.staging]
url = "https://staging.example.com/v1"
auth = {bearer = "$STAGING_TOKEN"}
rate = "5/s"
clock = "http://localhost:4010/__mock/clock"

[target.staging.fixtures]
Campaign = ["<id>", "<id>"]        # ids that may be used; their states are read
paused_drained = "<id>"            # or names of the spec's fixtures, where hidden facts matter
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from troth.contracts.contract import Contract
from troth.contracts.document.files import NoFileError, read_file
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import UsageError

FILE = "troth.toml"
_LONGEST = 1_000_000
_KEYS = ("url", "auth", "rate", "clock", "fixtures")


@dataclass(frozen=True)
class Target:
    """An API to test. ``named``: fixture name → id; ``listed``: resource → ids; ``rate``: calls a second."""

    name: str
    url: str
    token: str | None = None
    rate: float | None = None
    clock: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find_target(contract: Contract, given: str, config: Path | None, token: str | None) -> Target:
    """The target that is meant by a URL or a name. Raises UsageError with what is wrong and what is valid."""
    if not token:
        token = os.environ.get("TROTH_TOKEN") or None
    if "://" in given:
        return Target(given, _url(given, given), token)
    path = config or Path(FILE)
    targets = _read(path).get("target", {})
    if not isinstance(targets, dict):
        targets = {}
    if given not in targets:
        raise UsageError(f"{path}: there is no [target.{given}]{did_you_mean(given, targets)}")
    target = _target(contract, given, targets[given], f"{path}: [target.{given}]")
    if token is None:
        return target
    return replace(target, token=token)


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
    url, token = _url(entry["url"], place), _token(entry.get("auth"), place)
    target = Target(name, url, token, _rate(entry.get("rate"), place), named=named, listed=listed)
    if entry.get("clock") is None:
        return target
    return replace(target, clock=_url(entry["clock"], place))


def _url(value: Any, place: str) -> str:
    expanded = _expanded(value, place)
    parts = urlsplit(expanded)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{place}: {expanded!r} is not an http or https URL")
    return expanded.rstrip("/")


def _expanded(value: Any, place: str) -> str:
    """Text with ``$NAME`` replaced from the environment."""
    if not isinstance(value, str):
        raise UsageError(f"{place}: found {value!r}, expected text")

    def variable(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise UsageError(f"{place}: the environment variable {match[1]} is not set")
        return found

    return re.sub(r"\$(\w+)", variable, value)


def _token(auth: Any, place: str) -> str | None:
    if auth is None:
        return None
    if not isinstance(auth, dict) or set(auth) != {"bearer"}:
        raise UsageError(f'{place}: `auth` is {{bearer = "$NAME"}}, found {auth!r}')
    return _expanded(auth["bearer"], place)


def _rate(value: Any, place: str) -> float | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+)/(s|min|h)", str(value))
    if match is None or int(match[1]) == 0:
        raise UsageError(f'{place}: `rate` is like "5/s" or "100/min", found {value!r}')
    return int(match[1]) / {"s": 1, "min": 60, "h": 3600}[match[2]]


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
