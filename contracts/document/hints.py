"""The way out of a typo: what was probably meant, or what is valid."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from heapq import nlargest

LONGEST = 200
"""Characters of names that are compared."""

LOOKED_AT = 40
"""Names that are compared letter by letter: each takes as long as both are long, multiplied."""


def closest(found: str, valid: Iterable[object], likeness: float = 0.6) -> str | None:
    """The valid name that is almost the one found."""
    return next(iter(close(found, valid, 1, likeness)), None)


def close(found: str, valid: Iterable[object], most: int, likeness: float) -> list[str]:
    """The valid names that are almost the one found, the closest first; of many names, those that share most
    pairs of letters with it are looked at more closely."""
    names, found = [str(name) for name in valid], found[:LONGEST]
    if len(names) > LOOKED_AT:
        wanted = _pairs(found)
        names = nlargest(LOOKED_AT, names, key=lambda name: len(wanted & _pairs(name)))
    return difflib.get_close_matches(found, [name for name in names if len(name) <= LONGEST], most, likeness)


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}


def did_you_mean(found: str, valid: Iterable[object]) -> str:
    """``; did you mean 'x'?`` or the list of what is valid."""
    names = [str(v) for v in valid]
    nearest = closest(found, names)
    if nearest is not None:
        return f"; did you mean {nearest!r}?"
    return f"; valid: {', '.join(sorted(names)[:12])}" if names else ""
