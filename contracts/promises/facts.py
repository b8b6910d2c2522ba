"""What is true of an operation, piece by piece, and what a change of it means for clients: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from troth.contracts.model import Pointer

BREAKS, MAYBE, SAFE = "yes", "maybe", "no"
"""Whether a change breaks clients that kept to the old document; maybe: nobody can tell from here."""

Compatibility: TypeAlias = tuple[str, str] | None
"""One of the three and why; None: this is no change, or another word reports it."""


def of_what_it_does(old: object, new: object) -> Compatibility:
    """What it means that something else is said of what a call does, or that nothing is (None)."""
    if old is None:
        return SAFE, "what the call does is said now"
    if new is None:
        return MAYBE, "what the call does is not said now"
    return BREAKS, "the call does something else"


@dataclass(frozen=True)
class Fact:
    """One thing that holds, small enough to be held against the same thing of another version.

    ``key`` tells facts of a word and an operation apart, ``value`` is compared, ``says`` is for readers
    and follows ``about``. A fact about a ``state`` counts only where both versions know that state.
    """

    key: tuple[str, ...]
    value: Any
    says: str
    pointer: Pointer
    assumed: bool = False
    state: str | None = None
    about: str = ""
    renamable: bool = False
    """The last part of the key is only what the document calls it: another name is no change."""
