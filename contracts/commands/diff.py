"""``troth diff``: does a new version of a document break clients of the old one?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from troth.contracts.diff import compare
from troth.contracts.loading.catalogue import load
from troth.contracts.promises.facts import BREAKS
from troth.contracts.reports import diff_json, diff_markdown, diff_text

WIDE = 160
"""Columns where there is no terminal: a report in a log is not folded to 80."""


def _overlays(name: str, of: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    return click.option(
        f"--overlay-{of}",
        name,
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"An OpenAPI Overlay to apply to {of.upper()}; repeatable, in order.",
    )


@click.command()
@click.argument("old")
@click.argument("new")
@_overlays("overlays_old", "old")
@_overlays("overlays_new", "new")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "any", "none"]),
    default="breaking",
    show_default=True,
    help="Which changes make exit code 1.",
)
def diff(
    old: str,
    new: str,
    overlays_old: tuple[Path, ...],
    overlays_new: tuple[Path, ...],
    form: str,
    fail_on: str,
) -> int:
    """Compare two versions of a document, OLD and NEW: shapes and behaviour, and what breaks clients.

    Exit code: 0 nothing breaks, 1 something does (see --fail-on), 2 a document cannot be read.
    """
    before, after = load(old, overlays=overlays_old), load(new, overlays=overlays_new)
    changes = compare(before, after)
    if form == "json":
        click.echo(diff_json.render(before, after, changes))
    elif form == "markdown":
        click.echo(diff_markdown.render(before, after, changes), nl=False)
    else:
        console = Console(highlight=False)
        wide = console if console.is_terminal else Console(highlight=False, width=WIDE)
        diff_text.show(before, after, changes, wide)
    failing = {"breaking": any(c.breaking == BREAKS for c in changes), "any": bool(changes), "none": False}
    return int(failing[fail_on])
