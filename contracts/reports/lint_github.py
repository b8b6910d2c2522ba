"""Findings as GitHub's workflow commands: they show as annotations beside the lines of a pull request."""

from __future__ import annotations

from troth.contracts.model import Finding
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
    properties = ",".join(f"{name}={_property(value)}" for name, value in said.items())
    return f"::{_LEVELS[finding.severity]} {properties}::{_message(finding.message)}"


def _message(text: str) -> str:
    """Text as a command can carry it: the runner reads lines, and decodes these three."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
