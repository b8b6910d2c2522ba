"""Which promises of a contract a run tries."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from troth.contracts.errors import UsageError
from troth.contracts.promises.promise import Promise


@dataclass(frozen=True)
class Selection:
    """``only``, ``exclude``: globs of ids; ``ids``: exactly these; ``shard``: the first of so many parts."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    shard: tuple[int, int] = (1, 1)
    ids: Collection[str] | None = None

    def wants(self, promise: Promise) -> bool:
        """Whether a promise is tried."""
        if self.only and not _is_any(promise.id, self.only):
            return False
        if self.ids is not None and promise.id not in self.ids:
            return False
        return self.allows(promise)

    def allows(self, promise: Promise) -> bool:
        """Whether a promise may be spoken of: it is in this part of the run, and not excluded."""
        number, of = self.shard
        if zlib.crc32(promise.id.encode()) % of != number - 1:
            return False
        return not _is_any(promise.id, self.exclude)


def _is_any(id: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(id, pattern) for pattern in patterns)


def shard_of(text: str) -> tuple[int, int]:
    """``2/5`` as numbers. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard is like 2/5, the second of five parts; found {text!r}")
    return int(match[1]), int(match[2])
