"""Findings for people: place, what is wrong, and the line with a caret under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from troth.contracts.document import Document
from troth.contracts.model import Finding
from troth.contracts.reports.linted import Linted

NAME = "text"
COMMAND = "lint"

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_BEFORE, _WIDTH = 60, 100
"""Columns of a line that are shown: before the place, and in all."""


def render(linted: Linted) -> str:
    """Each finding with its excerpt; the colours are left out again where no terminal takes them."""
    lines: list[str] = []
    for report in linted.reports.values():
        for finding in report.findings:
            lines += _finding(finding, report.document)
    for finding in linted.unused:
        lines += _finding(finding, None)
    if not linted.quiet:
        lines.append(_last_line(linted))
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, document: Document | None) -> Iterator[str]:
    severity = click.style(finding.severity, _COLOURS[finding.severity], bold=finding.severity == "error")
    place = f"{finding.location}: " if finding.location else ""
    yield f"{place}{severity} {finding.message} {click.style(finding.code, dim=True)}"
    if document is not None:
        for line in _excerpt(finding, document):
            yield click.style(line, dim=True)


def _excerpt(finding: Finding, document: Document) -> Iterator[str]:
    at = finding.location
    if at is None:
        return
    source = document.source(at)
    if source is None:
        return
    start = max(0, at.column - _BEFORE)
    shown = source.line(at.line)[start : start + _WIDTH]
    margin = " " * len(str(at.line))
    yield f" {at.line} | {shown}"
    yield f" {margin} | {' ' * (at.column - 1 - start)}^"


def _last_line(linted: Linted) -> str:
    """``2 documents: 2 errors, 1 note; --fix mends 1``."""
    mendable = sum(len(file.findings) for file in linted.mended())
    said = f"{_number(len(linted.reports), 'document')}: {_summary(linted.findings)}"
    if mendable:
        said += f"; --fix mends {mendable}"
    return said


def _summary(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    if not counts:
        return "nothing to report"
    return ", ".join(_number(counts[severity], severity) for severity in _COLOURS if severity in counts)


def _number(count: int, thing: str) -> str:
    ending = "s" if count > 1 else ""
    return f"{count} {thing}{ending}"
