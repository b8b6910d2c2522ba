"""Findings for people: place, what is wrong, and the line with a caret under it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from troth.contracts.document import Document
from troth.contracts.model import Finding

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def render(findings: Sequence[Finding], document: Document | None) -> str:
    """Each finding with its excerpt; the colours are left out again where no terminal takes them."""
    lines = []
    for finding in findings:
        severity = click.style(finding.severity, _COLOURS[finding.severity], bold=finding.severity == "error")
        place = f"{finding.location}: " if finding.location else ""
        lines.append(f"{place}{severity} {finding.message} {click.style(finding.code, dim=True)}")
        lines += [click.style(line, dim=True) for line in _excerpt(finding, document)]
    return "".join(f"{line}\n" for line in lines)


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
