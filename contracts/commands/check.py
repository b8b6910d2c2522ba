"""``troth check``: is what the contract promises kept?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import click

from troth.contracts.check.budget import Budget
from troth.contracts.check.examples import database_of
from troth.contracts.check.known import Baseline, marked, read_baseline, write_baseline
from troth.contracts.check.ledger import FOLDER, SUFFIX, Ledger
from troth.contracts.check.results import SKIPPED, Report, Verdict
from troth.contracts.check.run import Checker
from troth.contracts.check.selection import Selection, shard_of
from troth.contracts.check.settings import seconds_of
from troth.contracts.check.targets import Target, find_target
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
from troth.contracts.commands.planning import list_promises, show_plan
from troth.contracts.commands.signals import stoppable
from troth.contracts.commands.watching import watched
from troth.contracts.contract import Contract
from troth.contracts.errors import TargetError, UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.reports.formats import DEFAULT, Format


def seconds_option(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A time as an option takes it, in seconds."""
    if value is None:
        return None
    found = seconds_of(value, f"--{str(param.name).replace('_', '-')}")
    if found <= 0:
        raise UsageError(f"--{str(param.name).replace('_', '-')} is more than nothing")
    return found


@click.command()
@click.argument("spec", shell_complete=specs_that_fit)
@overlay_option
@outside_option
@handlers_option
@click.option(
    "--infer", is_flag=True, help="Of a document without words: try what names and schemas suggest, too."
)
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
@click.option("--exclude", multiple=True, metavar="GLOB", help="Promises not to try; repeatable.")
@click.option("--shard", default="1/1", metavar="N/OF", help="One part of several, as 2/5.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first broken promise.")
@click.option(
    "--allow-writes", is_flag=True, help="Write to a target that is not this machine (or `writes = true`)."
)
@click.option("--keep", is_flag=True, help="Leave the records that the run makes where they are.")
@click.option("--max-requests", type=click.IntRange(1), help="End after so many requests.")
@click.option(
    "--max-time", callback=seconds_option, metavar="TIME", help="End after a time, as 90s or 10min."
)
@click.option("--retries", type=click.IntRange(0), help="How often what fails is sent again (default: 3).")
@click.option("--timeout", callback=seconds_option, metavar="TIME", help="For a whole answer (default: 30s).")
@click.option("--baseline", type=click.Path(path_type=Path), help="A file of what is known to be broken.")
@click.option("--update-baseline", is_flag=True, help="Write what is broken now to that file.")
@click.option(
    "--ledger", type=click.Path(path_type=Path), help="Where to note what was made (default: .troth/)."
)
@click.option(
    "--explore", type=click.IntRange(1), metavar="N", help="Then explore histories of calls, with N requests."
)
@click.option(
    "--examples", metavar="FOLDER|URL", help="Where exploring keeps what it found (also redis://…)."
)
@click.option("--list", "listing", is_flag=True, help="List the promises, and call nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be called, and call nothing.")
@format_option("check")
@output_option
@click.option("--all", "everything", is_flag=True, help="List the promises that are kept, too.")
def check(
    spec: str,
    overlays: tuple[Path, ...],
    outside: bool,
    run: bool | None,
    infer: bool,
    target: str | None,
    mock: bool,
    token: str | None,
    config: Path | None,
    seed: int,
    limits: bool,
    only: tuple[str, ...],
    exclude: tuple[str, ...],
    shard: str,
    fail_fast: bool,
    allow_writes: bool,
    keep: bool,
    max_requests: int | None,
    max_time: float | None,
    retries: int | None,
    timeout: float | None,
    baseline: Path | None,
    update_baseline: bool,
    ledger: Path | None,
    explore: int | None,
    examples: str | None,
    listing: bool,
    dry_run: bool,
    form: Format,
    outputs: tuple[str, ...],
    everything: bool,
) -> int:
    """Hold an API against SPEC's contract: is each promise kept?

    Against anything but this machine it only reads, unless --allow-writes. What it makes it removes.

    \b
    Example:
      troth check openapi.yaml --target https://staging.example.com --token "$TOKEN"

    \b
    Exit codes:
       0  no promise is broken that was not known
       1  a promise is broken
       2  could not run: bad usage, unreadable document, no target, nothing exercised
      70  a fault of troth's own: one line on stderr says where the details are
     130  interrupted; the report so far is written
    """
    keep_tables()
    written = outputs_of("check", outputs, form)
    selection = Selection(only, exclude, shard_of(shard))
    known = _baseline(baseline, update_baseline)
    if listing:
        contract = load(spec, overlays=overlays, infer=infer, run=run, outside=outside, tried=True)
        return list_promises(contract, selection)
    if (target is None) is not mock:
        raise UsageError("say what to check: --target URL, --target NAME (from troth.toml) or --mock")
    contract = load(spec, overlays=overlays, infer=infer, run=run, outside=outside, tried=True)
    tell_left_out(contract.document)
    _tell_bare(contract)
    budget = Budget(max_requests, max_time)
    head = {
        "spec": spec,
        "overlays": [str(path) for path in overlays],
        "infer": infer,
        "target": target,
        "config": str(config or ""),
    }
    with target_of(contract, target, config, token) as tested:
        tested = changed(tested, allow_writes, retries, timeout)
        if dry_run:
            return show_plan(contract, tested, selection)
        noted = Ledger(None if mock else ledger or _new_ledger(), {**head, "url": tested.url})
        checker = Checker(
            contract,
            tested,
            number=seed,
            real_limits=limits,
            fail_fast=fail_fast,
            selection=selection,
            budget=budget,
            ledger=noted,
            keep=keep,
            explore=explore or 0,
            examples=database_of(examples),
        )
        _require_any(checker, selection)
        report, failure = _run(checker)
    report = marked(report, known, tested.expect)
    if failure is not None:
        _write_failure(report, form, written, everything)
        raise failure
    write_reports(form, written, report, everything, color=True)  # rich has looked at the terminal
    if update_baseline and baseline is not None:
        write_baseline(baseline, known, report)
    if budget.stopped is not None:
        return INTERRUPTED
    return report.exit_code


def _tell_bare(contract: Contract) -> None:
    """Say how more can be tried of a document that has no words."""
    if contract.guessed and not contract.resources:
        click.echo(
            f"{contract.name} says nothing of how the API behaves: only schemas and security are tried; "
            "--infer tries what names and schemas suggest, too",
            err=True,
        )


def _write_failure(report: Report, form: Format, written: Mapping[str, Format], everything: bool) -> None:
    """Write that a run could not begin, for whoever waits for a report; people read the message."""
    if form.name == DEFAULT:
        form = next(iter(written.values()), form)
    if form.name != DEFAULT:
        write_reports(form, written, report, everything)


def _baseline(path: Path | None, update: bool) -> Baseline:
    """What is known; nothing where the file is yet to be written."""
    if path is None:
        if update:
            raise UsageError("--update-baseline writes the file that --baseline names")
        return Baseline()
    if update and not path.exists():
        return Baseline()
    return read_baseline(path)


def _require_any(checker: Checker, selection: Selection) -> None:
    """Raises UsageError where no promise is chosen."""
    if not any(selection.wants(promise) for promise in checker.promises):
        named = ", ".join(selection.only) or "that"
        raise UsageError(f"no promise of {checker.contract.name} is named like {named}")


def changed(target: Target, writes: bool, retries: int | None, timeout: float | None) -> Target:
    """A target as the options want it."""
    if writes:
        target = replace(target, writes=True)
    if retries is not None:
        target = replace(target, retries=retries)
    if timeout is not None:
        target = replace(target, reach=replace(target.reach, timeout=timeout))
    return target


def _new_ledger() -> Path:
    return FOLDER / f"{time.time_ns()}{SUFFIX}"


def target_of(
    contract: Contract, name: str | None, config: Path | None, token: str | None
) -> AbstractContextManager[Target]:
    """The target of a name or URL; the mock where there is none."""
    if name is not None:
        return nullcontext(find_target(contract, name, config, token))
    for entry in entry_points(group="troth.targets", name="mock"):
        try:
            found: AbstractContextManager[Target] = entry.load()(contract)
        except ModuleNotFoundError:
            break
        return found
    raise UsageError("--mock needs the mock server: pip install '.[mock]'")


def _run(checker: Checker) -> tuple[Report, TargetError | None]:
    """The report of a run; where it could not begin, one in which nothing was tried, and why."""
    with watched(checker) as progress, stoppable(checker.budget):
        try:
            return checker.run(progress), None
        except TargetError as error:
            return _nothing(checker, error), error


def _nothing(checker: Checker, error: TargetError) -> Report:
    """The report of a run that could not begin."""
    where = checker.contract.where
    report = Report(checker.contract.name, checker.target.name, checker.seed, [], checker.client.sent, 0.0)
    report = replace(report, ended=str(error), lost=True)
    wanted = [promise for promise in checker.promises if checker.selection.wants(promise)]
    verdicts = [Verdict(p, SKIPPED, where(p.pointer), 0, report.untried) for p in wanted]
    return replace(report, verdicts=verdicts)
