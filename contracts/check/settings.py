"""What a target of ``troth.toml`` says, read with a clear error where it is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from troth.contracts.check.hooks import Hooks, hooks_of
from troth.contracts.check.transport import TIMEOUT, Reach
from troth.contracts.errors import UsageError

RETRIES = 3
"""So often a call is repeated."""

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def seconds_of(value: Any, place: str) -> float:
    """A time: seconds, or ``2s``, ``500ms``, ``10min``, ``1h``."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]*)", str(value).strip())
    if match is None or match[2] not in _UNITS or isinstance(value, bool):
        raise UsageError(f'{place}: a time is like "2s", "500ms" or "10min", found {value!r}')
    return float(match[1]) * _UNITS[match[2]]


def expanded(value: Any, place: str) -> str:
    """Text with ``$NAME`` and ``${NAME}`` replaced from the environment."""
    if not isinstance(value, str):
        raise UsageError(f"{place}: found {value!r}, expected text")

    def variable(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        found = os.environ.get(name)
        if found is None:
            raise UsageError(f"{place}: the environment variable {name} is not set")
        return found

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", variable, value)


def url_of(value: Any, place: str) -> str:
    """An http or https URL."""
    found = expanded(value, place)
    try:
        parts = urlsplit(found)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{place}: {found!r} is not an http or https URL")
    return found.rstrip("/")


def base_of(value: Any, place: str) -> str:
    """A URL to which paths can be appended, and which reports may show."""
    found = url_of(value, place)
    if "@" in urlsplit(found).netloc:
        raise UsageError(f'{place}: reports show the URL: say auth = {{basic = "user:password"}}, or --token')
    if re.search("[?#]", found):
        raise UsageError(f"{place}: {found!r} ends behind its path: `params` are sent with every call")
    return found


class Settings:
    """The entries of one target."""

    def __init__(self, entry: Mapping[str, Any], place: str) -> None:
        self._entry, self._place = entry, place

    def flag(self, name: str) -> bool | None:
        """True, false, or not said."""
        found = self._entry.get(name)
        if found is not None and not isinstance(found, bool):
            raise UsageError(f"{self._place}: `{name}` is true or false, found {found!r}")
        return found

    def number(self, name: str, otherwise: int) -> int:
        """A whole number from 0 on."""
        found = self._entry.get(name, otherwise)
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise UsageError(f"{self._place}: `{name}` is a whole number from 0 on, found {found!r}")
        return found

    def seconds(self, name: str, otherwise: float) -> float:
        """A time."""
        if name not in self._entry:
            return otherwise
        return seconds_of(self._entry[name], f"{self._place}: `{name}`")

    def texts(self, name: str) -> dict[str, str]:
        """A table of texts."""
        found = self._entry.get(name, {})
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise UsageError(f"{self._place}: `{name}` is a table of texts, found {found!r}")
        return found

    def expanded(self, texts: Mapping[str, str], name: str) -> dict[str, str]:
        """Texts with their variables replaced."""
        return {key: expanded(value, f"{self._place}: {name}.{key}") for key, value in texts.items()}

    def rate(self, name: str) -> float | None:
        """Calls a second."""
        value = self._entry.get(name)
        if value is None:
            return None
        match = re.fullmatch(r"(\d{1,9})/(s|min|h)", str(value))
        if match is None or int(match[1]) == 0:
            raise UsageError(f'{self._place}: `{name}` is like "5/s" or "100/min", found {value!r}')
        return int(match[1]) / {"s": 1, "min": 60, "h": 3600}[match[2]]

    def hooks(self) -> Hooks:
        """The target's own Python file."""
        found = self._entry.get("hooks")
        if found is None:
            return Hooks()
        return hooks_of(Path(self._file(found, "hooks")))

    def reach(self) -> Reach:
        """How the target is reached."""
        timeout = self.seconds("timeout", TIMEOUT)
        if timeout <= 0:
            raise UsageError(f"{self._place}: `timeout` is more than nothing")
        proxy = self._entry.get("proxy")
        if proxy is not None:
            proxy = url_of(proxy, f"{self._place}: `proxy`")
        ca, insecure = self._entry.get("ca"), bool(self.flag("insecure"))
        if ca is not None:
            ca = self._file(ca, "ca")
        return Reach(ca, self._cert(), insecure, proxy, timeout)

    def _cert(self) -> str | tuple[str, str] | None:
        """A client certificate: one file, or a pair with its key."""
        found = self._entry.get("cert")
        if found is None:
            return None
        if isinstance(found, list) and len(found) == 2:
            return self._file(found[0], "cert"), self._file(found[1], "cert")
        return self._file(found, "cert")

    def _file(self, value: Any, name: str) -> str:
        file = expanded(value, f"{self._place}: `{name}`")
        if not Path(file).exists():
            raise UsageError(f"{self._place}: `{name}`: there is no file {file}")
        return file
