"""One change between two versions of an API."""

from __future__ import annotations

from dataclasses import dataclass

from troth.contracts.model import Pointer


@dataclass(frozen=True)
class Change:
    """What differs and where, whether it breaks clients (yes, maybe, no) and why.

    ``kind`` is ``<word or part>/<what happened>``; ``operations`` are those it concerns (none: the API as a
    whole), ``states`` those of the record in which it does. ``old`` and ``new`` are the places.
    """

    kind: str
    breaking: str
    says: str
    why: str
    operations: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    old: Pointer | None = None
    new: Pointer | None = None

    @property
    def sentence(self) -> str:
        """What differs, with the states in which it does."""
        shown = [f"`{state}`" for state in self.states]
        if not shown:
            return self.says
        *before, last = shown
        if before:
            last = f"{', '.join(before)} or {last}"
        return f"while {last}, {self.says}"
