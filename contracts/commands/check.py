"""``troth check``: is what the contract promises kept?"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import entry_points
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target, find_target
from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.options import (
    format_option,
    handlers_option,
    output_option,
    outputs_of,
    outside_option,
    overlay_option,
    write_reports,
)
from troth.contracts.contract import Contract
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.reports.formats import Format


@click.command()
@click.argument("spec")
@overlay_option
@outside_option
@handlers_option
@click.option("--target", metavar="URL|NAME", help="A base URL, or a name from troth.toml.")
@click.option(
    "--mock", is_flag=True, help="Check troth's own mock, in process (shows how it works; proves nothing)."
)
@click.option("--token", help="Sent as the document's security says (default: $TROTH_TOKEN).")
@click.option("--config", type=click.Path(path_type=Path), help="Instead of ./troth.toml.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same requests.")
@click.option(
    "--limits", is_flag=True, help="Try the limits in real time where the target's clock cannot be set."
)
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Promises to try, as 'pauseCampaign/*'; repeatable."
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first broken promise.")
@format_option("check")
@output_option
@click.option("--all", "everything", is_flag=True, help="List the promises that are kept, too.")
def check(
    spec: str,
    overlays: tuple[Path, ...],
    outside: bool,
    run: bool | None,
    target: str | None,
    mock: bool,
    token: str | None,
    config: Path | None,
    seed: int,
    limits: bool,
    only: tuple[str, ...],
    fail_fast: bool,
    form: Format,
    outputs: tuple[str, ...],
    everything: bool,
) -> int:
    """Hold an API against SPEC's contract: is each promise kept?

    \b
    Example:
      troth check openapi.yaml --target https://staging.example.com --token "$TOKEN"

    \b
    Exit codes:
       0  no promise is broken
       1  a promise is broken
       2  could not run: bad usage, unreadable document, no target, nothing exercised
      70  a fault of troth's own: one line on stderr says where the details are
    """
    if (target is None) is not mock:
        raise UsageError("say what to check: --target URL, --target NAME (from troth.toml) or --mock")
    written = outputs_of("check", outputs, form)
    contract = load(spec, overlays=overlays, run=run, outside=outside)
    tell_left_out(contract.document)
    with _target(contract, target, config, token) as tested:
        checker = Checker(contract, tested, number=seed, real_limits=limits, fail_fast=fail_fast, only=only)
        report = _run(checker)
    if only and not report.verdicts:
        raise UsageError(f"no promise of {contract.name} is named like {', '.join(only)}")
    write_reports(form, written, report, everything, color=True)  # rich has looked at the terminal
    return report.exit_code


def _target(
    contract: Contract, name: str | None, config: Path | None, token: str | None
) -> AbstractContextManager[Target]:
    if name is not None:
        return nullcontext(find_target(contract, name, config, token))
    for entry in entry_points(group="troth.targets", name="mock"):
        try:
            found: AbstractContextManager[Target] = entry.load()(contract)
        except ModuleNotFoundError:
            break
        return found
    raise UsageError("--mock needs the mock server: pip install '.[mock]'")


def _run(checker: Checker) -> Report:
    """The run with a progress bar on stderr, where that is a terminal."""
    console = Console(file=sys.stderr)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def waiting(seconds: float) -> None:
            text = f"waiting {seconds:.0f} s: a quota, or a move that takes time"
            if console.is_terminal:
                bar.update(task, description=text)
            else:
                click.echo(text, err=True)

        checker.clock.waiting = waiting
        return checker.run(
            lambda done, of, name: bar.update(task, completed=done, total=of, description=name)
        )
