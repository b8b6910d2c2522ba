"""Results that are remembered for short texts only: what clients send may be long, and always different."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SHORT = 500
"""Characters of a text for which a result is remembered."""


def remembered_if_short(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """As ``lru_cache``, but nothing is remembered of a long text."""

    def made(function: Callable[P, T]) -> Callable[P, T]:
        remembered: Callable[..., T] = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for arg in args:
                if type(arg) is str and len(arg) > SHORT:
                    return function(*args, **kwargs)
            return remembered(*args, **kwargs)

        return call

    return made
