"""Scenarios: what a mock starts with, by name, and how it misbehaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from troth.contracts.contract.contract import Contract
from troth.contracts.model import Json, Pointer

DEFAULT: Final = "default"
"""The scenario that a document need not say: every fixture, and nothing else."""

EMPTY: Final = "empty"
"""The scenario of a new account, which a document need not say either: no record at all."""

_MILLISECONDS = {"type": "number", "minimum": 0, "maximum": 600_000}
FAULT: Final[Mapping[str, Any]] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "operation": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
        },
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "example": {"type": "string"},
        "delay": {
            "oneOf": [_MILLISECONDS, {"type": "array", "items": _MILLISECONDS, "minItems": 2, "maxItems": 2}]
        },
        "cut": {"type": "boolean"},
        "rate": {"type": "integer", "minimum": 1},
        "times": {"type": "integer", "minimum": 1},
        "chance": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "seconds": {"type": "number", "exclusiveMinimum": 0},
    },
}
"""What a fault is, as JSON Schema: in a document and in the control API."""


@dataclass(frozen=True)
class Fault:
    """How calls go wrong; without ``operations`` those of every operation."""

    operations: tuple[str, ...] = ()
    status: int | None = None
    """The answer of this status as the document describes it; nothing is written."""
    example: str | None = None
    """Which example of that answer."""
    delay: tuple[float, float] | None = None
    """Milliseconds before the answer: any from the first to the second."""
    cut: bool = False
    """The connection is closed where the body should come."""
    rate: int | None = None
    """Bytes of the body a second."""
    times: int | None = None
    """So many calls go wrong, and no more; None: all of them."""
    chance: float = 1
    """The part of the calls that goes wrong."""
    seconds: float | None = None
    """Real time after which it is over; None: never."""

    @property
    def does_something(self) -> bool:
        """Whether anything goes wrong by it."""
        slow = self.delay is not None and self.delay[1] > 0
        return self.status is not None or slow or self.cut or self.rate is not None

    def as_json(self) -> dict[str, Json]:
        """As it is written."""
        found: dict[str, Json] = {}
        if self.operations:
            found["operation"] = list(self.operations)
        if self.delay is not None:
            found["delay"] = list(self.delay)
        for name in ("status", "example", "rate", "times", "seconds"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        if self.cut:
            found["cut"] = True
        if self.chance != 1:
            found["chance"] = self.chance
        return found


def fault_of(value: Mapping[str, Any]) -> Fault:
    """A fault as it is written; it keeps the schema :data:`FAULT`."""
    operations, delay = value.get("operation", ()), value.get("delay")
    if isinstance(operations, str):
        operations = (operations,)
    if isinstance(delay, (int, float)):
        delay = (delay, delay)
    if delay is not None:
        delay = (min(delay), max(delay))
    return Fault(
        tuple(operations),
        value.get("status"),
        value.get("example"),
        delay,
        value.get("cut", False),
        value.get("rate"),
        value.get("times"),
        value.get("chance", 1),
        value.get("seconds"),
    )


@dataclass(frozen=True)
class Scenario:
    """A named beginning."""

    name: str
    says: str = ""
    fixtures: tuple[str, ...] | None = None
    """The fixtures that are there; None: all of them."""
    records: Mapping[str, int] = field(default_factory=dict)
    """How many records of a resource there are, made-up ones included."""
    set: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Properties that every record of a resource has."""
    advance: float = 0
    """Seconds by which the clock is ahead."""
    frozen: bool = False
    """Whether the clock stands still."""
    limits: bool = True
    """Whether quotas are counted."""
    faults: tuple[Fault, ...] = ()
    pointer: Pointer = ""


def scenarios_of(contract: Contract) -> Mapping[str, Scenario]:
    """The scenarios of a contract by name, those that need not be said included."""
    said: Mapping[str, Scenario] = contract.words.get("scenarios", {})
    plain = Scenario(DEFAULT, "Every fixture.")
    empty = Scenario(EMPTY, "A new account: no record at all.", fixtures=())
    return {DEFAULT: plain, EMPTY: empty, **said}
