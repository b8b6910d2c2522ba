"""``troth diff``: does a new version of a document break clients of the old one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.options import format_option, outside_option, print_report, specs_that_fit
from troth.contracts.diff import Change, compare
from troth.contracts.loading.catalogue import load
from troth.contracts.promises.facts import BREAKS
from troth.contracts.reports.formats import Format


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
@click.argument("old", shell_complete=specs_that_fit)
@click.argument("new", shell_complete=specs_that_fit)
@_overlays("overlays_old", "old")
@_overlays("overlays_new", "new")
@outside_option
@format_option("diff")
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
    outside: bool,
    form: Format,
    fail_on: str,
) -> int:
    """Compare two versions of a document, OLD and NEW: shapes and behaviour, and what breaks clients.

    \b
    Example:
      troth diff released.yaml openapi.yaml --format markdown --fail-on breaking

    \b
    Exit codes:
       0  nothing breaks clients (see --fail-on)
       1  something does
       2  could not run: bad usage, a document that cannot be read or is not sound
      70  a fault of troth's own: one line on stderr says where the details are
    """
    before = load(old, overlays=overlays_old, run=False, outside=outside)
    after = load(new, overlays=overlays_new, run=False, outside=outside)
    tell_left_out(before.document, after.document)
    changes = compare(before, after)
    print_report(form.render(before, after, changes), color=True)  # rich has looked at the terminal
    return int(_fails(changes, fail_on))


def _fails(changes: Sequence[Change], fail_on: str) -> bool:
    if fail_on == "none":
        return False
    if fail_on == "any":
        return bool(changes)
    return any(change.breaking == BREAKS for change in changes)
