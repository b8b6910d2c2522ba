"""Progress of a check: a live line on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from troth.contracts.check.run import Checker

EVERY = 30.0
"""Seconds between two lines of a log."""


@contextmanager
def watched(checker: Checker) -> Iterator[Callable[[int, int, str], None]]:
    """Show on stderr which promise is tried, how many requests were made, how fast, what is waited for."""
    console = Console(file=sys.stderr)
    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    began = told = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def so_far() -> str:
            rate = checker.client.sent / max(time.monotonic() - began, 0.001)
            return f"{checker.client.sent} requests, {rate:.0f}/s"

        def progress(done: int, of: int, name: str) -> None:
            nonlocal told
            if console.is_terminal:
                bar.update(task, completed=done, total=of or None, description=f"{so_far()} · {escape(name)}")
            elif time.monotonic() - told > EVERY:
                told = time.monotonic()
                what = f"{done} of {of} promises" if of else name  # removing what was made
                click.echo(f"{what}, {so_far()}", err=True)

        def waiting(seconds: float) -> None:
            text = f"waiting {seconds:.0f} s: a quota, or a move that takes time"
            if console.is_terminal:
                bar.update(task, description=f"{so_far()} · {text}")
            else:
                click.echo(text, err=True)

        checker.clock.waiting = waiting
        yield progress
