"""Histories of calls as a Hypothesis state machine: what may be called next hangs on what was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from troth.contracts.check.draws import Unavailable
from troth.contracts.contract import Contract
from troth.contracts.model import Operation, Record
from troth.contracts.promises.promise import PlannedCall

MANY = 2
"""So many records of a resource are made in a history."""


OFTEN = 3
"""So much oftener a record is changed than made or removed."""


@dataclass(frozen=True)
class Step:
    """One call of a history: on which of the records of a resource that it has made, with which values."""

    operation: Operation
    resource: str | None
    number: int
    draws: tuple[str, ...]
    values: Mapping[str, Any]


Steps: TypeAlias = list[tuple[Step, bool]]
"""The steps of a history, each with whether it was taken."""


class Tester(Protocol):
    """Who makes the calls of a history, and judges them."""

    contract: Contract

    def begin(self) -> None:
        """A history begins."""

    def step(self, step: Step, id: str) -> bool:
        """One call on a record, judged; whether it was taken."""

    def values(self, data: Any, planned: PlannedCall, record: Record | None) -> Mapping[str, Any]:
        """What is drawn for a call."""

    def made(self, resource: str) -> set[str]:
        """The ids of the records of the tester's own."""

    def record(self, resource: str, id: str) -> Record | None:
        """A record of the tester's own as it is known now."""


class Histories(RuleBasedStateMachine):
    """One history at a time; each step is one of the calls that may be made now."""

    tester: Tester
    operations: Sequence[Operation]

    def __init__(self) -> None:
        super().__init__()
        self.tester.begin()
        self._alive: dict[str, list[str]] = {}
        self._refused: set[tuple[str, str]] = set()
        """Calls that were refused since the last one that was taken: they would be once more."""

    @precondition(lambda self: any(True for _ in self.possible()))
    @rule(number=st.integers(0, 255), data=st.data())
    def call(self, number: int, data: Any) -> None:
        """One of the possible calls."""
        possible = list(self.possible())
        operation, id = possible[number % len(possible)]
        assert operation.resource is not None
        draws, values, about = self._drawn(operation, data), dict[str, Any](), _about(operation)
        planned, record = planned_on(self.tester, operation, id, draws)
        before = self.tester.made(operation.resource)
        with suppress(Unavailable):
            values |= self.tester.values(data, planned, record)
        number = self._alive[about].index(id) if about is not None else 0
        if self.tester.step(Step(operation, about, number, draws, values), id):
            self._refused = {pair for pair in self._refused if self._is_gone(*pair)}
        else:
            self._refused.add((operation.id, id))
        new = self.tester.made(operation.resource) - before
        self._alive.setdefault(operation.resource, []).extend(sorted(new))

    def possible(self) -> Iterator[tuple[Operation, str]]:
        """The calls that may be made, each with the id of its record."""
        for operation in self.operations:
            about, own = _about(operation), self._alive.get(str(operation.resource), [])
            if operation.verb == "create" and len(own) >= MANY:
                continue
            for id in [""] if about is None else self._alive.get(about, []):
                if (operation.id, id) in self._refused:
                    continue
                gone = self._is_gone(operation.id, id)
                if about == operation.resource or not gone:
                    yield from [(operation, id)] * self._weight(operation, gone=gone)

    def _weight(self, operation: Operation, *, gone: bool) -> int:
        """How often a call is to be chosen: most of them should lead further, not to an end."""
        if gone:
            return 1
        return 1 if operation.verb in ("create", "delete") else OFTEN

    def _is_gone(self, operation: str, id: str) -> bool:
        about = _about(self.tester.contract.operations[operation])
        return about is not None and self.tester.record(about, id) is None

    def _drawn(self, operation: Operation, data: Any) -> tuple[str, ...]:
        """Some of the properties that a body may have."""
        names = sorted(self.tester.contract.body_properties(operation))
        if operation.body is None:
            return ()
        if not names:
            return ()
        return tuple(data.draw(st.lists(st.sampled_from(names), unique=True, max_size=3)))


def planned_on(
    tester: Tester, operation: Operation, id: str, draws: tuple[str, ...]
) -> tuple[PlannedCall, Record | None]:
    """A call on a record of the history; who names one that is gone is refused."""
    about = _about(operation)
    if about is None:
        return PlannedCall(operation.id, draws=draws), None
    record, path = tester.record(about, id), dict[str, Any]()
    if record is None:
        path = {operation.item_parameter or "": id}
    return PlannedCall(operation.id, draws=draws, path=path), record


def without(steps: Steps, number: int) -> Steps:
    """A history without one of its steps; where that has made a record, without what is about it, too."""
    left, (gone, taken) = steps[number + 1 :], steps[number]
    if taken and gone.operation.verb == "create":
        resource = gone.operation.resource
        made = [step.operation for step, was_taken in steps[:number] if was_taken]
        nth = sum((made_one.verb, made_one.resource) == ("create", resource) for made_one in made)
        left = [pair for pair in left if (pair[0].resource, pair[0].number) != (resource, nth)]
        left = [(_moved_up(step, resource, nth), was_taken) for step, was_taken in left]
    return [*steps[:number], *left]


def _moved_up(step: Step, resource: str | None, nth: int) -> Step:
    """A step about one of the later records, after an earlier one is left out."""
    if step.resource == resource:
        return replace(step, number=step.number - int(step.number > nth))
    return step


def machine_of(tester: Tester, operations: Sequence[str]) -> type[Histories]:
    """A state machine of some operations."""
    found = [tester.contract.operations[id] for id in operations]
    found.sort(key=lambda operation: operation.verb != "create")
    return type("Histories", (Histories,), {"tester": tester, "operations": found})


def _about(operation: Operation) -> str | None:
    """The resource of the record that a call needs: its own, or its parent."""
    if operation.names_record:
        return operation.resource
    if operation.parent is not None:
        return operation.parent.resource
    return None
