"""``troth mutants``: can every promise of a document be seen broken?"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from troth.contracts.check.mutants import Mutant, MutantReport, MutantRun, Served, wanted
from troth.contracts.check.plan import promises
from troth.contracts.commands.kept_tables import keep_tables
from troth.contracts.commands.main import INTERRUPTED
from troth.contracts.commands.options import (
    format_option,
    handlers_option,
    outside_option,
    overlay_option,
    print_report,
    specs_that_fit,
)
from troth.contracts.contract import Contract
from troth.contracts.errors import UsageError
from troth.contracts.garbage import settled
from troth.contracts.loading.catalogue import load
from troth.contracts.reports.formats import Format

TOGETHER = 4
"""Promises that one process is given at a time."""


@dataclass(frozen=True)
class _Asked:
    """Which document is meant, and what it may do: each process loads it for itself."""

    spec: str
    overlays: tuple[Path, ...]
    run: bool | None
    outside: bool

    def load(self) -> Contract:
        return load(self.spec, overlays=self.overlays, run=self.run, outside=self.outside)


@click.command()
@click.argument("spec", shell_complete=specs_that_fit)
@overlay_option
@outside_option
@handlers_option
@click.option("--seed", default=0, show_default=True, help="Same seed, same requests.")
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Promises to try, as 'pauseCampaign/*'; repeatable."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes that try promises (default: one a core).")
@format_option("mutants")
@click.option("--all", "everything", is_flag=True, help="List the mutants that are found, too.")
def mutants(
    spec: str,
    overlays: tuple[Path, ...],
    outside: bool,
    run: bool | None,
    seed: int,
    only: tuple[str, ...],
    jobs: int | None,
    form: Format,
    everything: bool,
) -> int:
    """Show that the promises of SPEC can be broken.

    For each promise the mock keeps a contract in which just this does not hold, and the probes of the promise
    must find that. A mutant that survives is a promise that troth check cannot prove. Ctrl-C stops, with what
    has come out so far.

    \b
    Example:
      troth mutants openapi.yaml

    \b
    Exit codes:
       0  no mutant survived
       1  one did
       2  could not run: bad usage, unreadable document, nothing to try
      70  a fault of troth's own: one line on stderr says where the details are
    """
    keep_tables()
    asked = _Asked(spec, overlays, run, outside)
    contract = asked.load()
    _opener()
    ids = [promise.id for promise in wanted(contract, promises(contract), only)]
    if only and not ids:
        raise UsageError(f"no promise of {contract.name} with a denial is named like {', '.join(only)}")
    began, found, stopped, tried = time.monotonic(), list[Mutant](), False, 0
    workers = min(jobs or os.cpu_count() or 1, max(1, len(ids) // TOGETHER))
    try:
        with _progress(len(ids)) as told:
            for some, mutants_of in _tried(asked, seed, ids, workers):
                tried += some
                found += mutants_of
                told(tried)
    except KeyboardInterrupt:
        stopped = True
    order = {id: number for number, id in enumerate(ids)}
    found.sort(key=lambda mutant: order[mutant.promise])
    report = MutantReport(contract.name, found, tried, len(ids), time.monotonic() - began, stopped)
    print_report(form.render(report, everything), color=True)
    return INTERRUPTED if stopped else report.exit_code


def _opener() -> Callable[[Contract], AbstractContextManager[Served]]:
    """What serves a contract so that it can be made to keep another one."""
    for entry in entry_points(group="troth.targets", name="denied"):
        try:
            found: Callable[[Contract], AbstractContextManager[Served]] = entry.load()
        except ModuleNotFoundError:
            break
        return found
    raise UsageError("mutants needs the mock server: pip install '.[mock]'")


class _Worker:
    """One process's own run."""

    run: MutantRun
    stack = ExitStack()


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started here leave it to this one to be interrupted; Ctrl-C waits so long."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(asked: _Asked, seed: int) -> None:
    contract = asked.load()
    served = _Worker.stack.enter_context(_opener()(contract))
    _Worker.stack.enter_context(settled())
    _Worker.run = MutantRun(contract, served, seed=seed)


def _work(ids: Sequence[str]) -> list[Mutant]:
    found: list[Mutant] = []
    for id in ids:
        found += _Worker.run.of(id)
    return found


def _tried(asked: _Asked, seed: int, ids: list[str], workers: int) -> Iterator[tuple[int, list[Mutant]]]:
    """What comes out, a few promises at a time."""
    parts = [ids[start : start + TOGETHER] for start in range(0, len(ids), TOGETHER)]
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(asked, seed))
    try:
        with _deaf():
            futures = {pool.submit(_work, part): part for part in parts}
        for future in as_completed(futures):
            yield len(futures[future]), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _progress(of: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, where that is a terminal."""
    console = Console(file=sys.stderr)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("promises"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=of)
        if not console.is_terminal:
            click.echo(f"{of} promises to try", err=True)
        yield lambda done: bar.update(task, completed=done)
