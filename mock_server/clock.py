"""The mock's own time: real time plus an offset, or standing still. Nothing else here reads a clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from troth.contracts.model import Json

_END = datetime(9000, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)


class VirtualClock:
    """Time that can be advanced and frozen; it never runs backwards except by ``reset``."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The mock's present, in UTC."""
        if self._frozen is not None:
            return self._frozen + self._offset
        return datetime.now(UTC) + self._offset

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError for a negative or absurd step."""
        if not 0 <= seconds <= (_END - self.now()).total_seconds():
            raise ValueError(f"`advance` takes seconds from 0, up to the year {_END.year}")
        self._offset += timedelta(seconds=seconds)

    def freeze(self, still: bool = True) -> None:
        """Stand still, or run on from where it stood."""
        if still == self.frozen:
            return
        if self._frozen is None:
            self._frozen = datetime.now(UTC)
        else:
            self._offset -= datetime.now(UTC) - self._frozen
            self._frozen = None

    def go_to(self, moment: datetime, *, frozen: bool) -> None:
        """Be at a moment that was saved, standing still or not."""
        present = datetime.now(UTC)
        self._offset, self._frozen = moment - present, present if frozen else None

    def reset(self) -> None:
        """Real time again."""
        self._offset, self._frozen = timedelta(), None

    def written(self) -> dict[str, Json]:
        """What it takes to be the same clock elsewhere."""
        frozen = None
        if self._frozen is not None:
            frozen = self._frozen.isoformat()
        return {"ahead": self._offset // _UNIT, "frozen": frozen}

    def be(self, written: Mapping[str, Any]) -> None:
        """Go as one that was written down."""
        self._offset, self._frozen = written["ahead"] * _UNIT, None
        if written["frozen"] is not None:
            self._frozen = datetime.fromisoformat(written["frozen"])
