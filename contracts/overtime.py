"""What is done beside work that takes longer than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer


@contextmanager
def after(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Do something, once, in another thread, should the block still be at work after so many seconds."""
    timer = Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
