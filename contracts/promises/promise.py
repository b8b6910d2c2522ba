"""What a contract promises of an operation, and the probes that would show a promise broken: plain data.

A probe fixes only what its promise is about; the tester draws the rest of the request. The expectation
is not part of it: ``decide`` knows what is allowed, and the tester asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from troth.contracts.model import Node, Pointer
from troth.contracts.promises.denial import Denial


@dataclass(frozen=True)
class Given:
    """The record that a probe starts from. ``where`` lists conditions (CEL) with the wanted truth."""

    resource: str
    state: str | None = None
    where: tuple[tuple[str, bool], ...] = ()
    above: Given | None = None
    """What its parent must be like."""

    def __str__(self) -> str:
        told = f"a {self.resource}"
        if self.state:
            told = f"{self.resource} in {self.state}"
        if self.where:
            told += " with " + ", ".join(_condition(text, wanted) for text, wanted in self.where)
        if self.above:
            told += f" of {self.above}"
        return told


def _condition(text: str, wanted: bool) -> str:
    if wanted:
        return text
    return f"not ({text})"


@dataclass(frozen=True)
class Stored:
    """Stands for a value of the record that a probe runs on, by path; ``other`` asks for a fresh one,
    ``elsewhere`` for that of another record."""

    path: tuple[str, ...]
    other: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Seen:
    """Stands for a list of values seen at a place of any such record; differs from the stored list."""

    pattern: tuple[str, ...]


@dataclass(frozen=True)
class Strange:
    """Stands for a list of one value: it names an object, seen in any record, whose ``member`` differs."""

    resource: str
    pattern: tuple[str, ...]
    member: str


@dataclass(frozen=True)
class AtEdge:
    """Stands for a whole number on the edge of a condition about the record and ``request.body.NAME``: the
    last one that keeps it or, ``breaking``, the first one beyond."""

    text: str
    name: str
    low: int
    high: int
    breaking: bool


@dataclass(frozen=True)
class Another:
    """Stands for the id of a record of a resource that is another one than the probe's own."""

    resource: str


@dataclass(frozen=True)
class Tag:
    """Stands for the entity tag that the record had when it was last read; ``other`` for one that looks like
    it and is another: servers may refuse what they would never have given, in other words."""

    other: bool = False


@dataclass(frozen=True)
class PlannedCall:
    """One request of a probe; what it leaves open is drawn.

    ``body``: fixed properties (values may contain :class:`Stored` and :class:`Seen`); a value that is no
    mapping is the whole body. ``draws``: properties sent with a drawn value that differs from the stored
    one. ``arrays``: per property one mapping an item, the rest of each item is drawn. ``omit``: properties
    left out. ``fill``: others may be added. ``again``: the request before, once more.
    """

    operation: str
    body: Node = field(default_factory=dict)
    draws: tuple[str, ...] = ()
    arrays: Mapping[str, tuple[Mapping[str, Node], ...]] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    fill: bool = False
    again: bool = False
    path: Mapping[str, Node] = field(default_factory=dict)
    query: Mapping[str, Node] = field(default_factory=dict)
    headers: Mapping[str, Node] = field(default_factory=dict)
    """An Unknown stands for a token that is new to the API: the same one in all of the probe."""
    token: str | None = "right"  # noqa: S105 (which one to send, not a secret)
    raw: str | None = None
    """A body that is not JSON at all, sent as it is."""
    wait: float = 0.0
    """Seconds to let pass before it, best on a clock that can be set."""
    negative: bool = False
    """The body is drawn so that it breaks its schema."""
    whole: bool = False
    """The body is sent as it stands: it is about what stands around the record."""
    link: str | None = None
    """Which of the links that lead to the operation says what it is called with; None: any."""


@dataclass(frozen=True)
class LinkedProbe:
    """What shows that `links` are kept: the operations that list them, link a thing, and take it out."""

    showing: str
    adding: str | None
    removing: str | None


@dataclass(frozen=True)
class Probe:
    """Calls in a row on one record (``given`` None: on none); each answer and read-back is judged."""

    calls: tuple[PlannedCall, ...]
    given: Given | None = None
    quota: tuple[int, int] | None = None
    """``(calls, seconds)``: a limit to be run into, on a clock that can be set."""
    beside: int = 0
    """So many records of the operation's resource must be there."""
    differing: str | None = None
    """In this property they must differ."""
    company: Given | None = None
    """Another record that must be there, if one can be had."""
    spare: bool = False
    """Only where the other probes prove nothing."""
    walk: bool = False
    """Go through all pages of a list."""
    linked: LinkedProbe | None = None
    """Link a thing or take it out, and read what is linked."""
    rich: bool = False
    """The record was given all that it may be given, and another one that is like it is there."""
    witness: str | None = None
    """The resource of which another record than the parent is read before and after."""
    settle: float = 0.0
    """Seconds that the last write to the record must be ago: a timestamp must be able to differ."""

    @property
    def is_series(self) -> bool:
        """Whether what calls to make hangs on what the calls before have shown."""
        return self.quota is not None or self.walk or self.linked is not None


class Aspect(Enum):
    """What a promise is about, where other calls than those of its own probes exercise it, too."""

    RESPONSE = "response"
    CHANGES_WHAT_IS_DECLARED = "frame/declared"
    CHANGES_NOTHING_WHEN_REFUSED = "frame/refused"
    LEAVES_OTHERS_ALONE = "frame/others"
    TRANSITION = "transition"
    MANAGED = "managed"
    DEFAULT = "default"
    ANSWERS = "answers"
    LIST = "acts/list"
    OF_PARENT = "parent/own"
    NULL = "null"
    ORDER = "order"
    PAGING = "paging"
    QUERY = "query"
    LETS_IN = "security"


@dataclass(frozen=True)
class Subject:
    """What a difference is blamed on: an aspect of an operation, and what it concerns (a state, a field)."""

    operation: str
    aspect: Aspect
    of: str = ""

    @classmethod
    def unsaid_change(cls, operation: str, *, succeeded: bool) -> Subject:
        """Of a call: that it changes nothing but what is declared, or nothing at all."""
        if succeeded:
            return cls(operation, Aspect.CHANGES_WHAT_IS_DECLARED)
        return cls(operation, Aspect.CHANGES_NOTHING_WHEN_REFUSED)


class Turn(IntEnum):
    """In which order promises are tried: making records, what states refuse, reading, writing; last what uses
    a record up."""

    FIRST_RECORDS = 0
    REFUSING_STATES = 1
    READS = 2
    MORE_RECORDS = 3
    WRITES = 4
    EDGES = 5
    DRAWN = 6
    PAGES = 7
    DELETES = 8
    SCARCE_RECORDS = 9
    QUOTAS = 10


@dataclass(frozen=True)
class Promise:
    """A stable id (``pauseCampaign/transition/from=draft``), what it says, where it stands, how to try it."""

    id: str
    operation: str
    says: str
    pointer: Pointer
    probes: tuple[Probe, ...] = ()
    assumed: bool = False
    needs: str | None = None
    """Why it cannot be tried from outside, where that is so."""
    subject: Subject | None = None
    turn: Turn | None = None
    """When it is tried, where that does not follow from what its operation does."""
    denials: tuple[Denial, ...] = ()
    """What must have been seen not to be so before it counts as kept."""
    read: bool = False
    """Whether what came of it must have been read, too."""
    open: bool = False
    """What becomes of it hangs on what is drawn: one denial that does not fit is enough."""
    property: str | None = None
    """The body property that it is about."""
    reduced: bool = False
    """What breaks it is reduced to one property, and then belongs to the promise about that."""


@dataclass(frozen=True)
class Sentence:
    """What a word says, for readers: plain words, with names and conditions in backticks."""

    text: str
    pointer: Pointer
    assumed: bool = False
