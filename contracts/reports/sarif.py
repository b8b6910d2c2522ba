"""Findings as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath

from contracts.model import Finding, Json


def render(findings: Sequence[Finding]) -> str:
    """One run; severities are SARIF's own levels."""
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "troth",
        "version": version("troth"),
        "rules": [{"id": code} for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f) for f in findings],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _result(finding: Finding) -> dict[str, Json]:
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": finding.message},
    }
    if finding.location is not None:
        at = finding.location
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": PurePath(at.file).as_posix()},
                    "region": {"startLine": at.line, "startColumn": at.column},
                }
            }
        ]
    return result
