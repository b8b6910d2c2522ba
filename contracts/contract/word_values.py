"""What ``writes`` and ``transition`` say, as other modules read it: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troth.contracts.model import Json, Pointer


@dataclass(frozen=True)
class Write:
    """How one request property may be written (``writes.<property>``)."""

    field: str
    pointer: Pointer
    states: tuple[str, ...] | None = None
    outside: tuple[str, ...] = ("ignored", "rejected")
    when: str | None = None
    otherwise: tuple[str, ...] = ("ignored", "rejected")
    to: tuple[str, ...] = ()
    number: str | None = None
    start: int | None = None
    last_by: str | None = None
    merge: bool = False
    assumed: bool = False
    same: str | None = None

    @property
    def place(self) -> tuple[str, ...]:
        """What the property is written to: two that share a place get in each other's way."""
        if len(self.to) == 3 and self.to[1].endswith("}]"):
            return self.to
        return self.to[:1] or (self.field,)

    @property
    def keyed(self) -> tuple[str, str] | None:
        """Of ``/list/*/key``: the list, and the key of its objects, which the values sent name."""
        return (self.to[0], self.to[2]) if len(self.to) == 3 and self.to[1] == "*" else None

    @property
    def column(self) -> tuple[str, str] | None:
        """Of ``/list/[key=field]/column``: the key of the stored items and the field of the sent ones."""
        if len(self.to) != 3 or not self.to[1].startswith("[") or "{" in self.to[1]:
            return None
        key, _, name = self.to[1].strip("[]").partition("=")
        return key, name


@dataclass(frozen=True)
class Refused:
    """How an operation is refused: status (None: not said) and text."""

    status: int | None = None
    message: str | None = None
    assumed: bool = False
    names_state: bool = False


@dataclass(frozen=True)
class Transition:
    """From which states, to which; ``targets`` pairs a state with its guard (None: otherwise)."""

    pointer: Pointer
    states: tuple[str, ...] | None
    targets: tuple[tuple[str, str | None], ...]
    usual: Refused = Refused()
    assumed: bool = False
    elsewhere: Mapping[str, Refused] = field(default_factory=dict)

    def refused(self, state: Json) -> Refused:
        """How the operation is refused in a state that it does not start from."""
        return self.elsewhere.get(state, self.usual) if isinstance(state, str) else self.usual
