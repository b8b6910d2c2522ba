"""How much work something takes, in measures that are the same on every machine, busy or not."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager


class Calls:
    """Calls of Python functions, counted."""

    number = 0

    def __call__(self, _frame: object, event: str, _argument: object) -> None:
        self.number += event == "call"


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """The calls of the block."""
    calls, before = Calls(), sys.getprofile()
    sys.setprofile(calls)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@contextmanager
def little_memory(most: int) -> Iterator[None]:
    """The block must not take more than so many bytes at a time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
