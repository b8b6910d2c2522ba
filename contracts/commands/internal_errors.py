"""A fault of troth's own: one line for the terminal, and the rest in a file to send to its authors."""

from __future__ import annotations

import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from importlib.metadata import version

REDACTED = "<redacted>"
_SECRET_OPTION = re.compile(r"-.*(auth|key|token|secret|passw|credential)", re.IGNORECASE)
_SECRETS_OF_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=[?#])[^?#\s]+")
"""Who calls, the query and the fragment: keys are sent in each of them."""

_SHORTEST_SECRET = 4
"""What is shorter is part of many words: taking it out of a traceback would make that unreadable."""


def report(error: Exception, arguments: Sequence[str]) -> str:
    """Write what is known of an error to a file, and give the line that says so."""
    secrets = [text for text in _secrets(arguments) if len(text) >= _SHORTEST_SECRET]
    said = " ".join(_without(secrets, str(error)).split())
    head = f"troth: internal error: {type(error).__name__}: {said}"
    details = _without(secrets, "".join(traceback.format_exception(error)))
    text = f"{_circumstances(arguments)}\n{details}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", prefix="troth-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
    except OSError as problem:
        return f"{head}; the details could not be written: {problem.strerror}"
    return f"{head}; details in {file.name}"


def _circumstances(arguments: Sequence[str]) -> str:
    command = " ".join(["troth", *redacted(arguments)])
    python = sys.version.replace("\n", " ")
    return f"troth {version('troth')}\npython {python}\n{platform.platform()}\n{command}\n"


def redacted(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command without tokens, keys and passwords."""
    shown = []
    value_follows = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        secret = _SECRET_OPTION.match(name) is not None
        if value_follows:
            shown.append(REDACTED)
        elif secret and equals:
            shown.append(f"{name}={REDACTED}")
        else:
            shown.append(_redacted_url(argument))
        value_follows = secret and not equals and not value_follows
    return shown


def _redacted_url(argument: str) -> str:
    if "://" not in argument:
        return argument
    return _SECRETS_OF_URL.sub(REDACTED, argument)


def _secrets_of_url(argument: str) -> list[str]:
    if "://" not in argument:
        return []
    return _SECRETS_OF_URL.findall(argument)


def _secrets(arguments: Sequence[str]) -> Iterator[str]:
    """What :func:`redacted` leaves out."""
    for argument, shown in zip(arguments, redacted(arguments), strict=True):
        if shown == REDACTED:
            yield argument
        elif shown.endswith(f"={REDACTED}"):
            yield argument.partition("=")[2]
        else:
            yield from _secrets_of_url(argument)


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return text
