"""What came out of a run, as plain values: one worker of pytest-xdist runs, the others read that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from troth.contracts.check.results import Report, Verdict
from troth.contracts.errors import TargetError, TrothError
from troth.contracts.reports.checked import gist, told


@dataclass(frozen=True)
class Outcome:
    """What came out for a promise; ``told``: all that is known of a finding."""

    result: str
    known: str | None = None
    reason: str | None = None
    gist: str = ""
    told: str | None = None


Outcomes: TypeAlias = Mapping[str, Outcome]


def outcomes(report: Report) -> Outcomes:
    """What came out, by promise."""
    return {verdict.promise.id: _outcome(verdict) for verdict in report.verdicts}


def _outcome(verdict: Verdict) -> Outcome:
    said = None if verdict.evidence is None else told(verdict)
    return Outcome(verdict.result, verdict.known, verdict.reason, gist(verdict), said)


def shared(folder: Path, name: str, run: Callable[[], Outcomes]) -> Outcomes:
    """The outcomes of the one run of all workers: whoever comes first runs, the others wait for that.

    Raises TargetError where that run could not begin.
    """
    path = folder / f"{name}.json"
    with _alone(folder / f"{name}.lock"):
        if not path.exists():
            path.write_text(json.dumps(_ended(run)), "utf-8")
    found = json.loads(path.read_text("utf-8"))
    if isinstance(found, str):
        raise TargetError(found)
    return {id: Outcome(**outcome) for id, outcome in found.items()}


def _ended(run: Callable[[], Outcomes]) -> dict[str, object] | str:
    """The outcomes of a run; what it could not begin for."""
    try:
        return {id: asdict(outcome) for id, outcome in run().items()}
    except TrothError as error:
        return str(error)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While nobody else is in there; the lock of a worker that dies is free."""
    with path.open("w") as lock:
        fcntl = import_module("fcntl")
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
