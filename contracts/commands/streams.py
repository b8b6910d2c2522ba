"""What the command line writes to: made so that no character and no missing stream ends a command."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from typing import TextIO

ESCAPES = "troth-escapes"
"""How characters are written that an encoding lacks: as JSON has them, so that JSON stays what it is."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(json.dumps(character)[1:-1] for character in missing), error.end


codecs.register_error(ESCAPES, _escaped)


def prepare() -> None:
    """A stream that was closed leads nowhere; what the encoding lacks is written as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (for the whole run)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPES)


def visible(text: str) -> str:
    """Text without what steers a terminal: it may be another program's."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else ascii(sign)[1:-1] for sign in text)


def drop(stream: TextIO) -> None:
    """What is still to be written goes nowhere: else python complains when it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
