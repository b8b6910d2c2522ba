"""``troth lint``: is the document sound?"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from troth.contracts.commands.options import overlay_option, require_one
from troth.contracts.lint import Report, examine
from troth.contracts.lint.catalogue import RULES
from troth.contracts.lint.config import settings_for
from troth.contracts.lint.fixing import Mended, mend
from troth.contracts.lint.ignores import unused
from troth.contracts.lint.rule import SETS
from troth.contracts.lint.settings import Settings
from troth.contracts.loading.catalogue import find
from troth.contracts.model import Finding
from troth.contracts.reports import github, junit, lint_json, lint_text, sarif

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
@click.option("--format", "form", type=click.Choice(["text", *_FORMATS]), default="text", show_default=True)
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
    with _without_collecting():
        runs = {path: _run(find(path), overlays, config, ruleset, write=fix and not diff) for path in paths}
    reports, idle = [report for report, _ in runs.values()], _unused(runs.values())
    results = {path: report.findings for path, (report, _) in runs.items()}
    for finding in idle:
        results.setdefault(finding.location.file if finding.location else "", []).append(finding)
    found = [finding for findings in results.values() for finding in findings]
    if diff:
        _show([file for report in reports for file in _mended(report)])
    elif form == "text":
        _text(reports, idle, found)
    else:
        made = _FORMATS[form](results, found)
        click.echo(made, nl=bool(made))
    return _exit_code(reports, found, strict)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Looking for garbage takes a tenth of the time of a run that only builds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


def _run(
    path: Path, overlays: tuple[Path, ...], config: Path | None, ruleset: str | None, *, write: bool
) -> tuple[Report, Settings]:
    """The report of a document, after what can be mended has been mended (``write``)."""
    settings = settings_for(path, config, ruleset)
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
    return report, settings


def _mended(report: Report) -> list[Mended]:
    return mend(report.document, report.fixes) if report.document else []


def _show(mended: list[Mended]) -> None:
    for line in (line for file in mended for line in file.diff()):
        click.echo(line, nl=False)


def _text(reports: list[Report], idle: list[Finding], found: list[Finding]) -> None:
    for report in reports:
        click.echo(lint_text.render(report.findings, report.document), nl=False)
    click.echo(lint_text.render(idle, None), nl=False)
    count = sum(len(file.findings) for report in reports for file in _mended(report))
    mendable = f"; --fix mends {count}" if count else ""
    click.echo(
        f"{len(reports)} document{'s' if len(reports) > 1 else ''}: {lint_text.summary(found)}{mendable}"
    )
