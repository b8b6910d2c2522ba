"""Findings for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from troth.contracts.model import Finding


def render(findings: Sequence[Finding]) -> str:
    """A JSON list of ``{code severity message pointer file line column}``."""
    return json.dumps(
        [
            {
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
                "pointer": finding.pointer,
                "file": finding.location.file if finding.location else None,
                "line": finding.location.line if finding.location else None,
                "column": finding.location.column if finding.location else None,
            }
            for finding in findings
        ],
        indent=2,
        ensure_ascii=False,
    )
