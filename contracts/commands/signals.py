"""Ctrl-C and SIGTERM: the first lets the call in flight end, and then the run; the second one is at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from troth.contracts.check.budget import Budget
from troth.contracts.check.troubles import RunEnded


@contextmanager
def stoppable(budget: Budget) -> Iterator[None]:
    """Let signals end a run between two calls, so that it is known what was made."""

    def stop(number: int, frame: FrameType | None) -> None:
        if budget.stopped is not None:
            raise KeyboardInterrupt
        name = signal.Signals(number).name
        budget.stopped = RunEnded(f"interrupted ({name})", interrupted=True)
        click.echo(
            "troth: stopping: the report comes when what was made is removed; again: at once", err=True
        )

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
