"""Findings for people: place, what is wrong, and the line with a caret under it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from contracts.document import Document
from contracts.model import Finding

_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(findings: Sequence[Finding], document: Document | None, console: Console) -> None:
    """Print each finding with its excerpt."""
    for finding in findings:
        colour = _COLOURS[finding.severity]
        place = f"{escape(str(finding.location))}: " if finding.location else ""
        console.print(
            f"{place}[{colour}]{finding.severity}[/] {escape(finding.message)} [dim]{finding.code}[/]"
        )
        for line in _excerpt(finding, document):
            console.print(line, markup=False, style="dim")


def _excerpt(finding: Finding, document: Document | None) -> list[str]:
    at = finding.location
    source = document.source(at) if document and at else None
    if source is None or at is None:
        return []
    text = source.line(at.line)
    width = len(str(at.line))
    start = max(0, at.column - 60)
    shown = text[start : start + 100]
    return [f" {at.line} | {shown}", f" {' ' * width} | {' ' * (at.column - 1 - start)}^"]


def summary(findings: Sequence[Finding]) -> str:
    """``2 errors, 1 note``."""
    parts = []
    for severity in _COLOURS:
        count = sum(finding.severity == severity for finding in findings)
        if count:
            parts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "nothing to report"
