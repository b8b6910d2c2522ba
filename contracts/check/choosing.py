"""Choosing values for what a promise leaves open: those that show more than that a call is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.contracts.check.book import missing
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.executing import Executor
from troth.contracts.check.subjects import subject_of
from troth.contracts.model import Record
from troth.contracts.promises.promise import Probe, Promise


class Chooser:
    """Tells which values are worth a try, and has plain ones."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def plain_values(
        self, promise: Promise, probe: Probe, record: Record | None
    ) -> tuple[Mapping[str, Any], ...] | None:
        """Plain values for what would be drawn that show more than that the calls are taken; None where there
        are none."""
        parts = [self._executor.builder.candidates(planned, record) for planned in probe.calls]
        drawn = [self._executor.builder.strategy(planned, record) is None for planned in probe.calls]
        for number in range(max(map(len, parts), default=0)):
            values: list[Mapping[str, Any]] = []
            for place, (found, fixed) in enumerate(zip(parts, drawn, strict=True)):
                if not found and not fixed:
                    return None
                chosen: Mapping[str, Any] = {}
                if not fixed:  # calls in a row differ from each other
                    chosen = found[(number + place) % len(found)]
                values.append(chosen)
            if self.tells(promise, probe, record, values):
                return tuple(values)
        return None

    def tells(self, promise: Promise, probe: Probe, record: Record | None, drawn: Sequence[Any]) -> bool:
        """Whether a call of a probe would show more than that it is taken."""
        left = missing(promise, self._executor.book.tally(promise))
        if not left:
            return True
        for planned, values in zip(probe.calls, drawn, strict=True):
            if planned.again:
                break
            if planned.wait:
                break
            try:
                call = self._executor.builder.build(planned, record, values)
            except Unavailable:
                return True
            subject = subject_of(self._executor.contract.operations[call.operation], record)
            worlds = self._executor.observer.worlds(subject or self._executor.observer.parent_of(call))
            tells, record = self._executor.prover.foretells(promise, left, call, worlds)
            if tells:
                return True
            if record is None:
                break
        return False
