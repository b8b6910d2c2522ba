"""``troth lint``: is the document sound?"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from troth.contracts.commands.options import (
    format_option,
    output_option,
    outputs_of,
    outside_option,
    overlay_option,
    require_one,
    specs_that_fit,
    write_reports,
)
from troth.contracts.document.fetched import is_url
from troth.contracts.document.files import STDIN
from troth.contracts.errors import UsageError
from troth.contracts.lint import LintReport, examine
from troth.contracts.lint.config import settings_for
from troth.contracts.lint.fixing import Mended
from troth.contracts.lint.gathering import documents
from troth.contracts.lint.ignores import unused
from troth.contracts.lint.rule import SETS
from troth.contracts.lint.settings import Ignored, Settings
from troth.contracts.model import Finding, Location
from troth.contracts.reports.formats import Format
from troth.contracts.reports.linted import Linted, mended_files

FAILING: Mapping[str, tuple[str, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
    "none": (),
}
"""The severities that fail from one on."""

MOST_PASSES = 10
"""How often a document is mended: one edit may make room for the next."""


@click.command()
@click.argument("paths", shell_complete=specs_that_fit, nargs=-1, required=True, metavar="PATH...")
@overlay_option
@outside_option
@format_option("lint")
@output_option
@click.option("--quiet", "-q", is_flag=True, help="Print findings that fail, and nothing else.")
@click.option("--ignore-notes", is_flag=True, help="Leave out notes.")
@click.option(
    "--fail-on",
    type=click.Choice(list(FAILING)),
    help="From which severity on findings make exit code 1 (default: error).",
)
@click.option("--strict", is_flag=True, help="The same as --fail-on warning.")
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
    outside: bool,
    form: Format,
    outputs: tuple[str, ...],
    quiet: bool,
    ignore_notes: bool,
    fail_on: str | None,
    strict: bool,
    config: Path | None,
    ruleset: str | None,
    fix: bool,
    diff: bool,
) -> int:
    """Look for mistakes in OpenAPI documents and their x-contract.

    PATH is a file, a folder (all documents in it and below), a bundled name, or - for standard input.

    \b
    Example:
      troth lint openapi.yaml --fail-on warning --format github --output sarif=lint.sarif

    \b
    Exit codes:
       0  nothing wrong (notes and, without --strict, warnings may be there)
       1  errors
       2  could not run: bad usage, a document or configuration that cannot be read
      70  a fault of troth's own: one line on stderr says where the details are
    """
    found = documents(paths)
    require_one(max(paths, list(found), key=len), overlays)
    if fix and any(name == STDIN or is_url(name) for name in found):
        raise UsageError(
            "--fix mends files; with - or a URL there is none (--diff shows what it would change)"
        )
    if strict and fail_on is None:
        fail_on = "warning"
    failing = FAILING[fail_on or "error"]
    written = outputs_of("lint", outputs, form)
    how = _How(overlays, config, ruleset, outside, fix and not diff)
    with _without_collecting():
        runs = {name: how.run(path) for name, path in found.items()}
    linted = Linted(_once(runs), _unused(runs.values()))
    if ignore_notes:
        linted = linted.only(FAILING["warning"], quiet=False)
    if diff:
        _show_diff(linted.mended())
    else:
        write_reports(form, written, _shown(linted, quiet, failing))
    return _exit_code(linted, failing)


def _shown(linted: Linted, quiet: bool, failing: Collection[str]) -> Linted:
    """What of the findings is in the reports."""
    if not quiet:
        return linted
    return linted.only({*failing, "error"}, quiet=True)  # why one could not be read is said in any case


def _once(runs: Mapping[str, tuple[LintReport, Settings]]) -> dict[str, LintReport]:
    """The reports, without what was said of a shared file for an earlier document already."""
    seen: set[tuple[str, str, Location]] = set()
    reports = {}
    for name, (report, _) in runs.items():
        fresh = [
            f for f in report.findings if f.location is None or (f.code, f.message, f.location) not in seen
        ]
        seen |= {(f.code, f.message, f.location) for f in report.findings if f.location is not None}
        reports[name] = replace(report, findings=fresh)
    return reports


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Looking for garbage takes a tenth of the time of a run that only builds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _unused(runs: Collection[tuple[LintReport, Settings]]) -> list[Finding]:
    """What is wrong with the configurations' own ``ignore``: what no document of this run needed."""
    used: set[Ignored] = set()
    files: list[str] = []
    for report, _ in runs:
        used |= report.ignored
        if report.document is not None:
            files += report.document.sources.names()
    found: dict[Finding, None] = {}
    for _, settings in runs:
        found |= dict.fromkeys(unused(settings, frozenset(used), files))
    return list(found)


def _exit_code(linted: Linted, failing: Collection[str]) -> int:
    if any(report.document is None for report in linted.reports.values()):
        return 2
    return int(any(finding.severity in failing for finding in linted.findings))


@dataclass(frozen=True)
class _How:
    """How each document is looked at."""

    overlays: tuple[Path, ...]
    config: Path | None
    ruleset: str | None
    outside: bool
    write: bool

    def run(self, path: Path) -> tuple[LintReport, Settings]:
        """The report of a document, after what can be mended has been mended (``write``)."""
        settings = settings_for(path, self.config, self.ruleset, outside=self.outside)
        report = self.examined(path, settings)
        if not self.write:
            return report, settings
        for _ in range(MOST_PASSES):
            mended = mended_files(report)
            if not mended:
                break
            for file in mended:
                file.write()
                for finding in file.findings:
                    click.echo(f"fixed {finding.location}: {finding.message} [{finding.code}]", err=True)
            report = self.examined(path, settings)
        return report, settings

    def examined(self, path: Path, settings: Settings) -> LintReport:
        return examine(path, self.overlays, settings, outside=self.outside)


def _show_diff(mended: list[Mended]) -> None:
    for file in mended:
        for line in file.diff():
            click.echo(line, nl=False)
