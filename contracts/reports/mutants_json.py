"""What became of every mutant, for machines. The shape is part of the public interface (docs/reference)."""

from __future__ import annotations

import json

from troth.contracts.check.mutants import Mutant, MutantReport
from troth.contracts.model import Json

NAME = "json"
COMMAND = "mutants"


def render(report: MutantReport, everything: bool = True) -> str:
    """JSON: ``spec tried of seconds stopped summary mutants[{promise denied outcome by reason where}]``.

    Machines get every mutant, whatever ``everything`` says.
    """
    return json.dumps(
        {
            "spec": report.spec,
            "tried": report.tried,
            "of": report.of,
            "seconds": round(report.seconds, 3),
            "stopped": report.stopped,
            "summary": dict(report.counts),
            "mutants": [_mutant(mutant) for mutant in report.mutants],
        },
        indent=2,
        ensure_ascii=False,
    )


def _mutant(mutant: Mutant) -> dict[str, Json]:
    return {
        "promise": mutant.promise,
        "denied": mutant.says,
        "outcome": mutant.outcome,
        "by": mutant.by,
        "reason": mutant.reason,
        "where": mutant.where,
    }
