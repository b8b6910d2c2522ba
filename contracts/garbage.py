"""Python's search for garbage where documents stay: not among what is there already, and seldom."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 50_000
"""So many more made than let go, and garbage is looked for; by itself Python does so at 700 (2,000), several
times in each call, for nothing: what a call leaves is nearly all let go without it."""


def settle() -> None:
    """From now on until the process ends. What is garbage by now stays: to look for it takes 50 ms, in which
    the first who calls waits, and finds a hundred objects."""
    gc.freeze()
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def settled() -> Iterator[None]:
    """As long as this is entered; nothing is looked for first: that takes a third of a second."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
