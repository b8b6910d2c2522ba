"""What is known to be broken: it does not fail a run, what is new does, and what is mended is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from troth.contracts.check.results import BROKEN, KEPT, Report, Verdict
from troth.contracts.errors import UsageError

_HEAD = "troth check baseline"


@dataclass(frozen=True)
class Baseline:
    """Promises that were broken when it was written, by id, each with what is to be said of it."""

    broken: Mapping[str, str] = field(default_factory=dict)


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file. Raises UsageError where it is none."""
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        broken = found["broken"]
        return Baseline({str(id): str(said) for id, said in broken.items()})
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; --update-baseline writes it") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UsageError(f"{path}: is no baseline of troth check; --update-baseline writes one") from None


def write_baseline(path: Path, before: Baseline, report: Report) -> None:
    """Write what is broken now; what this run did not come to stays."""
    today = datetime.now(UTC).date().isoformat()
    results = {verdict.promise.id: verdict.result for verdict in report.verdicts}
    kept = {id: said for id, said in before.broken.items() if results.get(id) not in (KEPT, BROKEN)}
    for id, result in results.items():
        if result == BROKEN:
            kept[id] = before.broken.get(id, f"broken since {today}")
    text = json.dumps({"about": _HEAD, "broken": dict(sorted(kept.items()))}, indent=2, ensure_ascii=False)
    try:
        path.write_text(f"{text}\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def marked(report: Report, baseline: Baseline, expect: Mapping[str, str]) -> Report:
    """A report in which is marked what was known: by a baseline, or because the target says it (globs)."""
    known = {verdict.promise.id: _known(verdict, baseline, expect) for verdict in report.verdicts}
    verdicts, mended = [], []
    for verdict in report.verdicts:
        said = known[verdict.promise.id]
        if said is not None and verdict.result == BROKEN:
            verdict = replace(verdict, known=said)
        elif verdict.promise.id in baseline.broken and verdict.result == KEPT:
            mended.append(verdict.promise.id)
        verdicts.append(verdict)
    mended += _kept_all(report, expect)
    return replace(report, verdicts=verdicts, mended=tuple(mended))


def _known(verdict: Verdict, baseline: Baseline, expect: Mapping[str, str]) -> str | None:
    for pattern, reason in expect.items():
        if fnmatchcase(verdict.promise.id, pattern):
            return reason
    return baseline.broken.get(verdict.promise.id)


def _kept_all(report: Report, expect: Mapping[str, str]) -> list[str]:
    """The patterns of which every promise is kept."""
    found = []
    for pattern in expect:
        results = {v.result for v in report.verdicts if fnmatchcase(v.promise.id, pattern)}
        if results == {KEPT}:
            found.append(pattern)
    return found
