"""Paths taken apart, as rules compare them."""

from __future__ import annotations

from typing import TypeAlias

Segments: TypeAlias = tuple[str | None, ...]
"""The parts of a path; None for a parameter."""


def segments(path: str) -> Segments:
    """``/a/{id}`` is ``("a", None)``; a part that is a parameter only by half is text."""
    parts = path.strip("/").split("/")
    return tuple(None if part.startswith("{") and part.endswith("}") else part for part in parts)
