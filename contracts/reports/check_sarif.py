"""What a check found as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version

from troth.contracts.check.results import Report, Verdict
from troth.contracts.model import Json
from troth.contracts.reports.checked import findings, gist, level, place, told

NAME = "sarif"
COMMAND = "check"


def render(report: Report, everything: bool = False) -> str:
    """One run; each promise that is broken or differs is a rule with one result."""
    found = findings(report)
    driver = {"name": "troth", "version": version("troth"), "rules": [_rule(verdict) for verdict in found]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.ended is None}],
        "results": [_result(verdict) for verdict in found],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(verdict: Verdict) -> dict[str, Json]:
    return {"id": verdict.promise.id, "shortDescription": {"text": verdict.promise.says}}


def _result(verdict: Verdict) -> dict[str, Json]:
    fingerprint = sha256(verdict.promise.id.encode()).hexdigest()
    result: dict[str, Json] = {
        "ruleId": verdict.promise.id,
        "level": level(verdict),
        "message": {"text": f"{gist(verdict)}\n\n{told(verdict)}"},
        "partialFingerprints": {"promise/v1": fingerprint},
    }
    if verdict.known is not None:
        result["suppressions"] = [{"kind": "external", "justification": verdict.known}]
    at = place(verdict)
    if at is not None:
        region: dict[str, Json] = {"startLine": at.line, "startColumn": at.column}
        location: dict[str, Json] = {"artifactLocation": {"uri": at.file}, "region": region}
        result["locations"] = [{"physicalLocation": location}]
    return result
