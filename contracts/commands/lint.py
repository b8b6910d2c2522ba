"""``troth lint``: is the document sound?"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from troth.contracts.commands.options import format_option, overlay_option, print_report, require_one
from troth.contracts.lint import LintReport, examine
from troth.contracts.lint.config import settings_for
from troth.contracts.lint.fixing import Mended
from troth.contracts.lint.ignores import unused
from troth.contracts.lint.rule import SETS
from troth.contracts.lint.settings import Ignored, Settings
from troth.contracts.loading.catalogue import find
from troth.contracts.model import Finding
from troth.contracts.reports.formats import Format
from troth.contracts.reports.linted import Linted, mended_files

MOST_PASSES = 10
"""How often a document is mended: one edit may make room for the next."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@overlay_option
@format_option("lint")
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
    form: Format,
    strict: bool,
    config: Path | None,
    ruleset: str | None,
    fix: bool,
    diff: bool,
) -> int:
    """Look for mistakes in OpenAPI documents and their x-contract; PATH is a file or a bundled name.

    \b
    Example:
      troth lint openapi.yaml --strict --format github

    \b
    Exit codes:
       0  nothing wrong (notes and, without --strict, warnings may be there)
       1  errors
       2  could not run: bad usage, a document or configuration that cannot be read
      70  a fault of troth's own: one line on stderr says where the details are
    """
    require_one(paths, overlays)
    with _without_collecting():
        runs = {path: _run(find(path), overlays, config, ruleset, write=fix and not diff) for path in paths}
    linted = Linted({path: report for path, (report, _) in runs.items()}, _unused(runs.values()))
    if diff:
        _show_diff(linted.mended())
    else:
        print_report(form.render(linted))
    return _exit_code(linted, strict)


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


def _exit_code(linted: Linted, strict: bool) -> int:
    if any(report.document is None for report in linted.reports.values()):
        return 2
    failing = {"error", "warning"} if strict else {"error"}
    return int(any(finding.severity in failing for finding in linted.findings))


def _run(
    path: Path, overlays: tuple[Path, ...], config: Path | None, ruleset: str | None, *, write: bool
) -> tuple[LintReport, Settings]:
    """The report of a document, after what can be mended has been mended (``write``)."""
    settings = settings_for(path, config, ruleset)
    report = examine(path, overlays, settings)
    if not write:
        return report, settings
    for _ in range(MOST_PASSES):
        mended = mended_files(report)
        if not mended:
            break
        for file in mended:
            file.write()
            for finding in file.findings:
                click.echo(f"fixed {finding.location}: {finding.message} [{finding.code}]", err=True)
        report = examine(path, overlays, settings)
    return report, settings


def _show_diff(mended: list[Mended]) -> None:
    for file in mended:
        for line in file.diff():
            click.echo(line, nl=False)
