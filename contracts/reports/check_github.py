"""What a check found as GitHub's workflow commands: annotations beside the lines that promise it."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.check.results import Report, Verdict
from troth.contracts.reports.checked import ending, findings, gist, level, lines, place
from troth.contracts.reports.github import command

NAME = "github"
COMMAND = "check"

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, everything: bool = False) -> str:
    """One command a finding, and one for each way in which the run was not whole."""
    return "\n".join(_commands(report))


def _commands(report: Report) -> Iterator[str]:
    for verdict in findings(report):
        yield command(_LEVELS[level(verdict)], _said(verdict), _message(verdict))
    for sentence in ending(report):
        yield command("warning", {"title": "troth check"}, sentence)


def _said(verdict: Verdict) -> dict[str, str]:
    said, at = {"title": f"{verdict.result} {verdict.promise.id}"}, place(verdict)
    if at is None:
        return said
    return {"file": at.file, "line": str(at.line), "col": str(at.column), **said}


def _message(verdict: Verdict) -> str:
    if verdict.evidence is None:
        return gist(verdict)
    return "\n".join([gist(verdict), *lines(verdict.evidence)])
