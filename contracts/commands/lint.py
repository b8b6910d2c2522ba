"""``troth lint``: is the document sound?"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click
from rich.console import Console

from contracts.catalogue import find
from contracts.commands.options import overlay_option, require_one
from contracts.lint import Report, examine
from contracts.lint.catalogue import RULES
from contracts.lint.config import settings_for
from contracts.lint.fixing import Mended, mend
from contracts.lint.ignores import unused
from contracts.lint.rule import SETS
from contracts.lint.settings import Settings
from contracts.model import Finding
from contracts.reports import github, junit, lint_json, lint_text, sarif

MOST_PASSES = 10
"""How often a document is mended: one edit may make room for the next."""

_FORMATS = {
    "json": lambda results, found: lint_json.render(found),
    "sarif": lambda results, found: sarif.render(found, RULES),
    "github": lambda results, found: github.render(found),
    "junit": lambda results, found: junit.render(results),
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@overlay_option
@click.option(
    "--format", "form", type=click.Choice(["text", *_FORMATS]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file with `lint:`; else the nearest troth.yaml, from the document's folder upward.",
)
@click.option("--ruleset", type=click.Choice(list(SETS)), help="The rules to start from.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
def lint(
    paths: tuple[str, ...],
    overlays: tuple[Path, ...],
    form: str,
    strict: bool,
    config: Path | None,
    ruleset: str | None,
    fix: bool,
    diff: bool,
) -> int:
    """Look for mistakes in OpenAPI documents and their x-contract; PATH is a file or a bundled name.

    Exit code: 0 nothing wrong (notes and warnings may be there), 1 errors, 2 a document cannot be read.
    """
    require_one(paths, overlays)
    reports = {}
    for path in paths:
        settings = settings_for(find(path), config, ruleset)
        report = _examined(find(path), overlays, settings, write=fix and not diff)
        if diff:
            _show(_mended(report))
        reports[path] = (report, settings)
    findings = {path: report.findings for path, (report, _) in reports.items()}
    found = [finding for listed in findings.values() for finding in listed]
    found += _unused(reports.values())
    if form != "text":
        click.echo(_FORMATS[form](findings, found))
    elif not diff:
        _text([report for report, _ in reports.values()], found)
    return _exit_code([report for report, _ in reports.values()], found, strict)


def _unused(runs: Collection[tuple[Report, Settings]]) -> list[Finding]:
    """What is wrong with the configurations' own ``ignore``: what no document of this run needed."""
    used = frozenset(entry for report, _ in runs for entry in report.ignored)
    files = [name for report, _ in runs if report.document for name in report.document.sources.names()]
    found = (finding for _, settings in runs for finding in unused(settings, used, files))
    return list(dict.fromkeys(found))


def _exit_code(reports: list[Report], found: list[Finding], strict: bool) -> int:
    if any(report.document is None for report in reports):
        return 2
    failing = {"error", "warning"} if strict else {"error"}
    return 1 if any(finding.severity in failing for finding in found) else 0


def _examined(path: Path, overlays: tuple[Path, ...], settings: Settings, *, write: bool) -> Report:
    """The report of a document, after what can be mended has been mended (``write``)."""
    report = examine(path, overlays, settings)
    for _ in range(MOST_PASSES if write else 0):
        mended = _mended(report)
        if not mended:
            break
        for file in mended:
            file.write()
            for finding in file.findings:
                click.echo(f"fixed {finding.location}: {finding.message} [{finding.code}]", err=True)
        report = examine(path, overlays, settings)
    return report


def _mended(report: Report) -> list[Mended]:
    return mend(report.document, report.fixes) if report.document else []


def _show(mended: list[Mended]) -> None:
    for line in (line for file in mended for line in file.diff()):
        click.echo(line, nl=False)


def _text(reports: list[Report], found: list[Finding]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    listed = {id(finding) for report in reports for finding in report.findings}
    for report in reports:
        lint_text.show(report.findings, report.document, console)
    lint_text.show([finding for finding in found if id(finding) not in listed], None, console)
    console.print(
        f"{len(reports)} document{'s' if len(reports) > 1 else ''}: {lint_text.summary(found)}"
        + _mendable(reports)
    )


def _mendable(reports: list[Report]) -> str:
    count = sum(len(report.fixes) for report in reports)
    return f"; --fix mends {count}" if count else ""
