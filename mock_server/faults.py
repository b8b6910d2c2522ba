"""Calls that go wrong on purpose: which, how often, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from time import time
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.scenarios import Fault, fault_of
from troth.contracts.deciding.documented import documented
from troth.contracts.model import Json

MOST = 100
"""Faults at a time."""


@dataclass
class Standing:
    """A fault that waits for its calls."""

    id: int
    fault: Fault
    left: int | None
    until: float | None

    @property
    def over(self) -> bool:
        """Whether nothing comes of it any more."""
        return self.left == 0 or (self.until is not None and time() >= self.until)


class Faults:
    """The faults of one session."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self.reset(())

    def reset(self, faults: Iterable[Fault]) -> None:
        """These, and no others."""
        self._standing: list[Standing] = []
        self._last = 0
        self._random = Random(self._seed)
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> int:
        """One more; gives its id. Raises ValueError where there are too many."""
        self._standing = [known for known in self._standing if not known.over]
        if len(self._standing) >= MOST:
            raise ValueError(f"there are {MOST} faults already")
        until = None
        if fault.seconds is not None:
            until = time() + fault.seconds
        self._last += 1
        standing = Standing(self._last, fault, fault.times, until)
        self._standing.append(standing)
        return standing.id

    def remove(self, id: int) -> bool:
        """One less; whether there was one."""
        found = [known for known in self._standing if known.id == id]
        self._standing = [known for known in self._standing if known.id != id]
        return bool(found)

    @property
    def are_set(self) -> bool:
        """Whether something may go wrong."""
        return bool(self._standing)

    def drawn(self, operation: str | None) -> Sequence[Fault]:
        """What goes wrong with this call of an operation."""
        if not self._standing:
            return ()
        found = []
        for known in self._standing:
            fault = known.fault
            if known.over or (fault.operations and operation not in fault.operations):
                continue
            if fault.chance < 1 and self._random.random() >= fault.chance:
                continue
            if known.left is not None:
                known.left -= 1
            found.append(fault)
        return found

    def delay(self, faults: Sequence[Fault]) -> float:
        """Seconds that they take together."""
        return sum(self._random.uniform(*fault.delay) for fault in faults if fault.delay) / 1000

    def as_json(self) -> list[dict[str, Json]]:
        """Those that wait for calls."""
        shown = []
        for known in self._standing:
            if known.over:
                continue
            entry = {"id": known.id, **known.fault.as_json()}
            if known.left is not None:
                entry["times"] = known.left
            if known.until is not None:
                entry["seconds"] = round(max(0.0, known.until - time()), 3)
            shown.append(entry)
        return shown

    def written(self) -> dict[str, Json]:
        """What it takes to have the same faults elsewhere."""
        standing = [[known.id, known.fault.as_json(), known.left, known.until] for known in self._standing]
        return {"last": self._last, "standing": standing}

    def be(self, written: Mapping[str, Any]) -> None:
        """Have those that were written down."""
        self._last = written["last"]
        self._standing = [
            Standing(id, fault_of(fault), left, until) for id, fault, left, until in written["standing"]
        ]


def harmless(fault: Fault, contracts: Iterable[Contract]) -> str | None:
    """Why nothing would come of a fault; None where something does."""
    if not fault.does_something:
        return "nothing goes wrong by it: it takes one of `status`, `delay`, `cut` and `rate`"
    if fault.status is None:
        return None
    problem = None
    for contract in contracts:
        for operation in contract.operations.values():
            if fault.operations and operation.id not in fault.operations:
                continue
            found = documented(contract, operation, code=fault.status, example=fault.example)
            if not isinstance(found, str):
                return None
            problem = problem or found
    return problem
