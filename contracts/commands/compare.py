"""``troth compare``: do two targets answer the same calls alike?"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from troth.contracts.check.budget import Budget
from troth.contracts.check.selection import Selection
from troth.contracts.check.side_by_side import SideBySide
from troth.contracts.commands.check import changed, seconds_option, target_of
from troth.contracts.commands.kept_tables import keep_tables
from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.main import INTERRUPTED
from troth.contracts.commands.options import (
    format_option,
    handlers_option,
    output_option,
    outputs_of,
    outside_option,
    overlay_option,
    specs_that_fit,
    write_reports,
)
from troth.contracts.commands.signals import stoppable
from troth.contracts.commands.watching import watched
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.reports.formats import Format

MOCK = "mock"


@click.command()
@click.argument("spec", shell_complete=specs_that_fit)
@click.argument("first")
@click.argument("second")
@overlay_option
@outside_option
@handlers_option
@click.option("--token", help="Sent to both as the document's security says (default: $TROTH_TOKEN).")
@click.option("--config", type=click.Path(path_type=Path), help="Instead of ./troth.toml.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same requests.")
@click.option("--only", multiple=True, metavar="GLOB", help="Promises whose calls are sent; repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Promises whose calls are not; repeatable.")
@click.option(
    "--allow-writes", is_flag=True, help="Write to targets that are not this machine (or `writes = true`)."
)
@click.option("--max-requests", type=click.IntRange(1), help="End after so many requests to each.")
@click.option(
    "--max-time", callback=seconds_option, metavar="TIME", help="End after a time, as 90s or 10min."
)
@format_option("compare")
@output_option
def compare(
    spec: str,
    first: str,
    second: str,
    overlays: tuple[Path, ...],
    outside: bool,
    run: bool | None,
    token: str | None,
    config: Path | None,
    seed: int,
    only: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_writes: bool,
    max_requests: int | None,
    max_time: float | None,
    form: Format,
    outputs: tuple[str, ...],
) -> int:
    """Send the calls of a check to two targets, and show where their answers differ.

    FIRST and SECOND are base URLs, names from troth.toml, or `mock`: the mock and staging, staging and live,
    an old version and a new one. Ids, times and tags may differ; records that only one has are left alone.

    \b
    Example:
      troth compare openapi.yaml mock staging

    \b
    Exit codes:
       0  they answer alike
       1  they differ
       2  could not run: bad usage, unreadable document, no target, nothing compared
      70  a fault of troth's own: one line on stderr says where the details are
     130  interrupted; the report so far is written
    """
    keep_tables()
    if first == second:
        raise UsageError("two targets are compared, not one with itself")
    written = outputs_of("compare", outputs, form)
    contract = load(spec, overlays=overlays, run=run, outside=outside)
    tell_left_out(contract.document)
    budget = Budget(max_requests, max_time)
    with ExitStack() as stack:
        names = [None if name == MOCK else name for name in (first, second)]
        targets = [stack.enter_context(target_of(contract, name, config, token)) for name in names]
        one, other = (changed(target, allow_writes, None, None) for target in targets)
        pair = SideBySide(contract, one, other, seed=seed, selection=Selection(only, exclude), budget=budget)
        progress = stack.enter_context(watched(pair.checker))
        stack.enter_context(stoppable(budget))
        report = pair.run(progress)
    write_reports(form, written, report)
    if budget.stopped is not None:
        return INTERRUPTED
    return report.exit_code
