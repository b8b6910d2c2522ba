"""Findings as GitHub's workflow commands: they show as annotations beside the lines of a pull request."""

from __future__ import annotations

from troth.contracts.model import Finding
from troth.contracts.reports.github import command
from troth.contracts.reports.linted import Linted, shown_file

NAME = "github"
COMMAND = "lint"

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(linted: Linted) -> str:
    """One command a line."""
    return "\n".join(_command(finding) for finding in linted.findings)


def _command(finding: Finding) -> str:
    at, said = finding.location, {"title": finding.code}
    if at is not None:
        said = {"file": shown_file(at), "line": str(at.line), "col": str(at.column)} | said
    return command(_LEVELS[finding.severity], said, finding.message)
