"""What is a name of a session: it stands in headers, cookies and paths."""

from __future__ import annotations

import re

from troth.contracts.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(name: str) -> None:
    """Raises UsageError for what is no name of a session."""
    if not _NAME.fullmatch(name):
        valid = "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit"
        raise UsageError(f"{name[:100]!r} is no name of a session; valid: {valid}")
