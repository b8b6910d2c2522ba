"""What came out in which state: moves and properties as rows, the states of their resource as columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, SKIPPED, Report, Verdict

_WORST = (BROKEN, DIFFERS, SKIPPED, KEPT)
"""Which result is shown where several promises are about the same, the first first."""

ANY = "any state"

Row: TypeAlias = tuple[str, str]
"""An operation, and the property that it writes; empty: that it is called at all."""


@dataclass
class Matrix:
    """The states of a resource in the order of the document, and the rows with the verdicts by state."""

    states: dict[str, None] = field(default_factory=dict)
    rows: dict[Row, dict[str, Verdict]] = field(default_factory=dict)

    def add(self, row: Row, state: str, verdict: Verdict) -> None:
        """One more verdict about a row in a state."""
        self.states[state] = None
        cells = self.rows.setdefault(row, {})
        known = cells.get(state)
        if known is None or _WORST.index(verdict.result) < _WORST.index(known.result):
            cells[state] = verdict


def matrices(report: Report) -> Mapping[str, Matrix]:
    """A matrix for each resource that has states."""
    found: dict[str, Matrix] = {}
    for verdict in report.verdicts:
        for resource, row, state in _places(verdict):
            found.setdefault(resource, Matrix()).add(row, state, verdict)
    for matrix in found.values():
        if ANY in matrix.states:  # the last column
            matrix.states[ANY] = matrix.states.pop(ANY)
    return {resource: matrix for resource, matrix in found.items() if set(matrix.states) - {ANY}}


def _places(verdict: Verdict) -> Iterator[tuple[str, Row, str]]:
    """Where a promise belongs: a move from a state, or a property that is written in one."""
    promise = verdict.promise
    given = promise.probes[0].given if promise.probes else None
    if given is None:
        return
    moved = re.fullmatch(r"[^/]+/transition/from=(.+)", promise.id)
    if moved is not None:
        yield given.resource, (promise.operation, ""), moved[1]
    elif promise.property is not None and "/writes/" in promise.id:
        yield given.resource, (promise.operation, promise.property), given.state or ANY
