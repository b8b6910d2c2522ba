"""One line of JSON for each answered call: for people who watch, and for what collects logs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TextIO

from starlette.types import Scope

from troth.contracts.errors import UsageError
from troth.mock_server.wire import Request, Response

STDOUT = "-"
"""What stands for standard output."""

LONGEST = 2000
"""Characters of a path or a reason."""


class AccessLog:
    """Writes a line for each call to a file, behind what it has, or to standard output (``-``).

    ``time`` is when the answer was ready, in UTC; ``ms`` how long it took, ``bytes`` the size of its body.
    Queries, headers and bodies are not in it: they may be secret. Raises UsageError where nothing can be
    written there.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._file: TextIO | None = sys.stdout
        if place != STDOUT:
            try:
                self._file = Path(place).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115
            except OSError as error:
                raise UsageError(f"the access log {place} cannot be written: {error.strerror}") from None

    def write(self, scope: Scope, request: Request, session: str, response: Response, begun: float) -> None:
        """Note a call that began at a moment of ``perf_counter``."""
        if self._file is None:
            return
        client = scope.get("client")
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "client": client[0] if client else None,
                "session": session or None,
                "method": request.method,
                "path": request.path[:LONGEST],
                "status": response.status,
                "bytes": len(response.body),
                "ms": round((perf_counter() - begun) * 1000, 2),
                "rule": response.headers.get("X-Mock-Rule"),
                "reason": response.headers.get("X-Mock-Reason", "")[:LONGEST] or None,
            }
        )
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:  # calls are answered all the same
            self._file = None
            print(f"the access log {self.place} cannot be written any more: {error}", file=sys.stderr)
