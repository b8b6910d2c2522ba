"""What a contract promises of an operation, and the probes that would show a promise broken: plain data.

A probe fixes only what its promise is about; the tester draws the rest of the request. The expectation
is not part of it: ``decide`` knows what is allowed, and the tester asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from troth.contracts.model import Json, Pointer


@dataclass(frozen=True)
class Given:
    """The record that a probe starts from. ``where`` lists conditions (CEL) with the wanted truth."""

    resource: str
    state: str | None = None
    where: tuple[tuple[str, bool], ...] = ()
    above: Given | None = None
    """What its parent must be like."""

    def __str__(self) -> str:
        parts = [f"{self.resource} in {self.state}" if self.state else f"a {self.resource}"]
        parts += [text if wanted else f"not ({text})" for text, wanted in self.where]
        told = " with ".join([parts[0], ", ".join(parts[1:])]) if self.where else parts[0]
        return f"{told} of {self.above}" if self.above else told


@dataclass(frozen=True)
class Stored:
    """Stands for a value of the record that a probe runs on, by path; ``other`` asks for a fresh one."""

    path: tuple[str, ...]
    other: bool = False


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
class Another:
    """Stands for the id of a record of a resource that is another one than the probe's own."""

    resource: str


@dataclass(frozen=True)
class Tag:
    """Stands for the entity tag that the record had when it was last read."""


@dataclass(frozen=True)
class Shot:
    """One request of a probe.

    ``body``: fixed properties (values may contain :class:`Stored` and :class:`Seen`); a value that is no
    mapping is the whole body. ``draws``: properties sent with a drawn value that differs from the stored
    one. ``arrays``: per property one mapping an item, the rest of each item is drawn. ``omit``: properties
    left out. ``fill``: others may be added. ``again``: the request before, once more.
    """

    operation: str
    body: Json = field(default_factory=dict)
    draws: tuple[str, ...] = ()
    arrays: Mapping[str, tuple[Mapping[str, Json], ...]] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    fill: bool = True
    again: bool = False
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)
    """An Unknown stands for a token that is new to the API: the same one in all shots of the probe."""
    token: str | None = "right"  # noqa: S105 (which one to send, not a secret)
    raw: str | None = None
    """A body that is not JSON at all, sent as it is."""
    wait: float = 0.0
    """Seconds to let pass before it, best on a clock that can be set."""
    negative: bool = False
    """The body is drawn so that it breaks its schema."""
    link: str | None = None
    """Which of the links that lead to the operation says what it is called with; None: any."""


@dataclass(frozen=True)
class Probe:
    """Calls in a row on one record (``given`` None: on none); each answer and read-back is judged."""

    shots: tuple[Shot, ...]
    given: Given | None = None
    quota: tuple[int, int] | None = None
    """``(calls, seconds)``: a limit to be run into, on a clock that can be set."""
    walk: bool = False
    """Go through all pages of a list."""
    settle: float = 0.0
    """Seconds that the last write to the record must be ago: a timestamp must be able to differ."""


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


@dataclass(frozen=True)
class Sentence:
    """What a word says, for readers: plain words, with names and conditions in backticks."""

    text: str
    pointer: Pointer
    assumed: bool = False


BREAKS, MAYBE, SAFE = "yes", "maybe", "no"
"""Whether a change breaks clients that kept to the old document; maybe: nobody can tell from here."""

Judgement: TypeAlias = tuple[str, str] | None
"""One of the three and why; None: this is no change, or another word reports it."""


@dataclass(frozen=True)
class Fact:
    """One thing that holds, small enough to be held against the same thing of another version.

    ``key`` tells facts of a word and an operation apart, ``value`` is compared, ``says`` is for readers
    and follows ``about``. A fact about a ``state`` counts only where both versions know that state.
    """

    key: tuple[str, ...]
    value: Json
    says: str
    pointer: Pointer
    assumed: bool = False
    state: str | None = None
    about: str = ""
    renamable: bool = False
    """The last part of the key is only what the document calls it: another name is no change."""
