"""Findings for machines."""

from __future__ import annotations

import json

from troth.contracts.model import Finding, Json
from troth.contracts.reports.linted import Linted

NAME = "json"
COMMAND = "lint"


def render(linted: Linted) -> str:
    """A JSON list of ``{code severity message pointer file line column}``."""
    return json.dumps([_finding(finding) for finding in linted.findings], indent=2, ensure_ascii=False)


def _finding(finding: Finding) -> dict[str, Json]:
    found: dict[str, Json] = {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "pointer": finding.pointer,
        "file": None,
        "line": None,
        "column": None,
    }
    if finding.location is not None:
        at = finding.location
        found |= {"file": at.file, "line": at.line, "column": at.column}
    return found
