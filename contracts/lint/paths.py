"""Paths taken apart, as rules compare them."""

from __future__ import annotations

from typing import TypeAlias

Segments: TypeAlias = tuple[str | None, ...]
"""The parts of a path; None for a parameter."""


def segments(path: str) -> Segments:
    """``/a/{id}`` is ``("a", None)``; a part that is a parameter only by half is text."""
    found: list[str | None] = []
    for part in path.strip("/").split("/"):
        is_parameter = part.startswith("{") and part.endswith("}")
        found.append(None if is_parameter else part)
    return tuple(found)
