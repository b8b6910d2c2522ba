"""The result of a check for machines. The shape is part of the public interface (docs/reference)."""

from __future__ import annotations

import json
import re

from troth.contracts.check.results import Cleaned, Evidence, Report, Verdict
from troth.contracts.model import Json

NAME = "json"
COMMAND = "check"

_SURROGATE = re.compile("[\ud800-\udfff]")
"""What no encoding takes; JSON has a way to write it."""


def render(report: Report, everything: bool = True) -> str:
    """JSON: ``spec target seed requests seconds summary undistinguished … promises[{id says result …}]``.

    Machines get every promise, whatever ``everything`` says.
    """
    text = json.dumps(
        {
            "spec": report.spec,
            "target": report.target,
            "seed": report.seed,
            "requests": report.requests,
            "seconds": round(report.seconds, 3),
            "summary": dict(report.counts),
            "undistinguished": report.undistinguished,
            "known": report.known,
            "mended": list(report.mended),
            "ended": report.ended,
            "troubles": dict(report.troubles),
            "cleaned": _cleaned(report.cleaned),
            "promises": [_promise(verdict) for verdict in report.verdicts],
        },
        indent=2,
        ensure_ascii=False,
    )
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cleaned(cleaned: Cleaned) -> dict[str, Json]:
    left: list[Json] = [{"resource": one.resource, "id": one.id, "why": one.why} for one in cleaned.left]
    return {"removed": cleaned.removed, "ended": cleaned.ended, "left": left, "requests": cleaned.requests}


def _promise(verdict: Verdict) -> dict[str, Json]:
    found: dict[str, Json] = {
        "id": verdict.promise.id,
        "says": verdict.promise.says,
        "result": verdict.result,
        "reason": verdict.reason,
        "known": verdict.known,
        "assumed": verdict.promise.assumed,
        "calls": verdict.calls,
        "where": verdict.where,
    }
    if verdict.evidence is not None:
        found["evidence"] = _evidence(verdict.evidence)
    return found


def _evidence(evidence: Evidence) -> dict[str, Json]:
    return {
        "curl": [command.line for command in evidence.commands],
        "answered": [command.exchange.reply.status for command in evidence.commands],
        "mismatches": [{"what": m.what, "expected": m.expected, "got": m.got} for m in evidence.mismatches],
    }
