"""Paths taken apart, as rules compare them."""

from __future__ import annotations

import re
from typing import TypeAlias

_PARAMETER = re.compile(r"\{[^{}]*\}")

Segments: TypeAlias = tuple[str | None, ...]
"""The parts of a path; None for a parameter."""


def segments(path: str) -> Segments:
    """``/a/{id}`` is ``("a", None)``; a part that is a parameter only by half is text, without its name."""
    found: list[str | None] = []
    for part in path.strip("/").split("/"):
        if _PARAMETER.fullmatch(part):
            found.append(None)
        else:
            found.append(_PARAMETER.sub("{}", part))
    return tuple(found)
