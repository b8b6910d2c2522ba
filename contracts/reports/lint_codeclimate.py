"""Findings as a Code Climate report, which GitLab shows in merge requests (its `codequality` artifact)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from troth.contracts.model import Finding, Json, Location
from troth.contracts.reports.linted import Linted, shown_file

NAME = "codeclimate"
COMMAND = "lint"

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(linted: Linted) -> str:
    """A list of issues; a fingerprint says the same of a finding wherever in its file it has moved to."""
    seen: Counter[str] = Counter()
    issues = []
    for finding in linted.findings:
        issue = _issue(finding)
        file = shown_file(finding.location or Location(""))
        what = json.dumps([file, finding.code, finding.pointer, finding.message])
        issue["fingerprint"] = hashlib.sha256(f"{what} {seen[what]}".encode()).hexdigest()
        seen[what] += 1
        issues.append(issue)
    return json.dumps(issues, indent=2)


def _issue(finding: Finding) -> dict[str, Json]:
    at = finding.location or Location("")
    return {
        "type": "issue",
        "check_name": finding.code,
        "description": finding.message,
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": shown_file(at), "lines": {"begin": at.line}},
    }
