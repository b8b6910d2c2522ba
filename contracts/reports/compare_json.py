"""How two targets answer the same calls, for machines. The shape is public (docs/reference)."""

from __future__ import annotations

import json

from troth.contracts.check.side_by_side import Comparison, Found
from troth.contracts.model import Json
from troth.contracts.reports.checked import answered

NAME = "json"
COMMAND = "compare"


def render(report: Comparison) -> str:
    """JSON: ``spec targets seed calls skipped seconds ended differences[{operation at first second calls curl
    answered}] left``."""
    left = {
        target: [{"resource": one.resource, "id": one.id, "why": one.why} for one in records]
        for target, records in report.left.items()
    }
    return json.dumps(
        {
            "spec": report.spec,
            "targets": list(report.targets),
            "seed": report.seed,
            "calls": dict(report.calls),
            "skipped": report.skipped,
            "seconds": round(report.seconds, 3),
            "ended": report.ended,
            "differences": [_difference(found) for found in report.found],
            "left": left,
        },
        indent=2,
        ensure_ascii=False,
    )


def _difference(found: Found) -> dict[str, Json]:
    exchanges = found.first, found.second
    return {
        "operation": found.operation,
        "at": found.difference.at,
        "first": found.difference.first,
        "second": found.difference.second,
        "calls": found.calls,
        "curl": [exchange.curl() for exchange in exchanges],
        "answered": [answered(exchange) for exchange in exchanges],
    }
