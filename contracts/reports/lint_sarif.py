"""Findings as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from importlib.metadata import version

from troth.contracts.lint.catalogue import RULES
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Finding, Json
from troth.contracts.reports.linted import Linted, shown_file

NAME = "sarif"
COMMAND = "lint"


def render(linted: Linted) -> str:
    """One run; severities are SARIF's own levels."""
    findings = linted.findings
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "troth",
        "version": version("troth"),
        "rules": [_rule(code, RULES.get(code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f) for f in findings],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str, rule: Rule | None) -> dict[str, Json]:
    if rule is None:
        return {"id": code}
    text = f"{rule.why}\n\nNot:\n\n{rule.bad}\n\nBut:\n\n{rule.good}"
    markdown = f"{rule.why}\n\n```yaml\n# not\n{rule.bad}\n```\n\n```yaml\n# but\n{rule.good}\n```"
    return {
        "id": code,
        "shortDescription": {"text": rule.means},
        "fullDescription": {"text": f"{rule.means}. {rule.why}"},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": rule.level.partition(",")[0]},
    }


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
                    "artifactLocation": {"uri": shown_file(at)},
                    "region": {"startLine": at.line, "startColumn": at.column},
                }
            }
        ]
    return result
