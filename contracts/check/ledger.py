"""The ledger: what a run has made and not yet removed, on disk before anything else happens to it.

One JSON object a line: how to reach the target again, ``intend`` before a call that makes a record, ``made``
after it, ``gone`` when the record is. What a killed run leaves is in it; ``troth cleanup`` ends that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from troth.contracts.errors import UsageError

FOLDER = Path(".troth")
SUFFIX = ".ledger"


@dataclass(frozen=True)
class Made:
    """A record that a run made."""

    resource: str
    id: str
    parent: str | None = None


@dataclass(frozen=True)
class Intent:
    """A call that makes a record, of which no answer is known; ``known``: ids that were there before."""

    operation: str
    body: Any
    path: Mapping[str, Any]
    known: Sequence[str] = ()


@dataclass
class Ledger:
    """What is alive, in the order in which it was made; with a ``path`` also on disk."""

    path: Path | None = None
    head: Mapping[str, Any] = field(default_factory=dict)
    alive: dict[Made, None] = field(default_factory=dict)
    open: dict[int, Intent] = field(default_factory=dict)
    _numbers: int = 0
    _file: IO[str] | None = None

    def intend(self, intent: Intent) -> int:
        """A record is about to be made; the number under which that is noted."""
        self._numbers += 1
        self.open[self._numbers] = intent
        self._write({"intend": self._numbers, **asdict(intent)})
        return self._numbers

    def settle(self, number: int) -> None:
        """What has come of a call is known."""
        if self.open.pop(number, None) is not None:
            self._write({"settle": number})

    def made(self, made: Made) -> None:
        """A record was made."""
        if made not in self.alive:
            self.alive[made] = None
            self._write({"made": asdict(made)})

    def gone(self, gone: Made) -> None:
        """A record is no more, or it is at its end; where its parent is not told, whatever that is."""
        for made in [made for made in self.alive if _is_meant(gone, made)]:
            del self.alive[made]
            self._write({"gone": asdict(made)})

    def close(self) -> None:
        """The run is over: where nothing is left, neither is the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self.path is None or self.alive or self.open:
            return
        with suppress(OSError):
            self.path.unlink()

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        try:
            if self._file is None:
                self._file = _opened(self.path)
                if self._file.tell() == 0:
                    print(json.dumps({"head": self.head}), file=self._file)
            print(json.dumps(line), file=self._file)
            self._file.flush()
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written: {error.strerror} (--ledger FILE)") from None


def _is_meant(named: Made, made: Made) -> bool:
    """Whether a record is the one that is named: an id may be given anew below each parent."""
    if (named.resource, named.id) != (made.resource, made.id):
        return False
    return None in (named.parent, made.parent) or named.parent == made.parent


def _opened(path: Path) -> IO[str]:
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        if path.parent.name == FOLDER.name:
            (path.parent / ".gitignore").write_text("*\n", "utf-8")
    file = path.open("a", encoding="utf-8")
    _lock(file)
    return file


def is_in_use(path: Path) -> bool:
    """Whether the run that writes a ledger goes on; no, where nothing can be locked: nobody knows."""
    try:
        with path.open("rb") as file:
            return not _lock(file)
    except OSError:
        return False


def _lock(file: IO[Any]) -> bool:
    """Keep a file as long as it is open; False where another process does. A number of a process would not
    do: containers give the same ones again."""
    try:
        fcntl = import_module("fcntl")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):  # Windows, and shares that cannot
        pass
    return True


def read_ledger(path: Path) -> Ledger:
    """A ledger as a run left it. Raises UsageError where it is none."""
    ledger = Ledger()
    try:
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            try:
                _take(ledger, json.loads(line))
            except ValueError:
                if number < len(lines):  # the last one may have been cut when the run was killed
                    raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{path}: is not a ledger of troth check: {error}") from None
    if not ledger.head:
        raise UsageError(f"{path}: is not a ledger of troth check: it does not say of which target")
    ledger.path = path
    return ledger


def _take(ledger: Ledger, line: Mapping[str, Any]) -> None:
    if "head" in line:
        ledger.head = line["head"]
    elif "made" in line:
        ledger.alive[Made(**line["made"])] = None
    elif "gone" in line:
        ledger.alive.pop(Made(**line["gone"]), None)
    elif "settle" in line:
        ledger.open.pop(line["settle"], None)
    elif "intend" in line:
        number = line["intend"]
        intent = Intent(line["operation"], line["body"], line["path"], tuple(line["known"]))
        ledger.open[number], ledger._numbers = intent, number
