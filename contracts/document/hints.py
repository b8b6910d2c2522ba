"""The way out of a typo: what was probably meant, or what is valid."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(found: str, valid: Iterable[object], likeness: float = 0.6) -> str | None:
    """The valid name that is almost the one found."""
    return next(iter(difflib.get_close_matches(found, [str(v) for v in valid], 1, likeness)), None)


def did_you_mean(found: str, valid: Iterable[object]) -> str:
    """``; did you mean 'x'?`` or the list of what is valid."""
    names = [str(v) for v in valid]
    close = closest(found, names)
    if close is not None:
        return f"; did you mean {close!r}?"
    return f"; valid: {', '.join(sorted(names)[:12])}" if names else ""
