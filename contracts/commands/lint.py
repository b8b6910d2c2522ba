"""``troth lint``: is the document sound?"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from contracts.catalogue import find
from contracts.commands.options import overlay_option, require_one
from contracts.document import Document
from contracts.lint import lint as findings_of
from contracts.model import Finding
from contracts.reports import lint_json, lint_text, sarif


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@overlay_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
def lint(paths: tuple[str, ...], overlays: tuple[Path, ...], form: str, strict: bool) -> int:
    """Look for mistakes in OpenAPI documents and their x-contract; PATH is a file or a bundled name.

    Exit code: 0 nothing wrong (notes and warnings may be there), 1 errors, 2 a document cannot be read.
    """
    require_one(paths, overlays)
    results = [findings_of(find(path), overlays) for path in paths]
    found = [finding for _, findings in results for finding in findings]
    if form == "text":
        _text(paths, results)
    else:
        click.echo((lint_json if form == "json" else sarif).render(found))
    if any(document is None for document, _ in results):
        return 2
    failing = {"error", "warning"} if strict else {"error"}
    return 1 if any(finding.severity in failing for finding in found) else 0


def _text(paths: tuple[str, ...], results: list[tuple[Document | None, list[Finding]]]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for document, findings in results:
        lint_text.show(findings, document, console)
    counts = lint_text.summary([finding for _, findings in results for finding in findings])
    console.print(f"{len(paths)} document{'s' if len(paths) > 1 else ''}: {counts}")
