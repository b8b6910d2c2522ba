"""What was seen of one call, and how it differs from what was expected: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from troth.contracts.model import ABSENT, Absent, Call, Json, Pointer, Record, Reply
from troth.contracts.promises.promise import Subject


@dataclass(frozen=True)
class Observation:
    """One call with its answer, and how things stood before and after, as read back.

    ``after``: the record read back, None where it is gone, ABSENT where it cannot be read.
    ``listed``: the record as the list shows it then, None where it should but does not.
    ``others``: records of the list, before and after. ``age``: seconds since the record was last written.
    ``existing``: ids that the list showed before; ``appeared``: its items that were not there before;
    ``vanished``: ids that are not there any more; ``whole``: it showed every record both times.
    ``lost``: those of the tester's own that nothing shows any more.
    ``tags``: the record's entity tags before and after, where it has any.
    ``parent``: the parent before and after, where the call names one of the tester's own.
    ``known``: how many records there are at least; ``own``: those of the tester's own, as they were.
    ``elsewhere``: such records, by id, that belong to another parent than the one that the call names.
    ``left``: the id of one that belonged to a deleted record, and can still be read.
    ``bystander``: a record like the parent, before and after, with which the call has nothing to do.
    ``usual``: what properties are where an operation makes a record without being told.
    ``now``: when it was, on the tester's own scale.
    """

    call: Call
    reply: Reply
    before: Record | None = None
    after: Json | Absent = ABSENT
    listed: Json | Absent = ABSENT
    others: tuple[tuple[Mapping[str, Json], Mapping[str, Json]], ...] = ()
    existing: Set[str] = frozenset()
    appeared: tuple[Mapping[str, Json], ...] = ()
    age: float = 1e9
    vanished: Set[str] = frozenset()
    lost: Set[str] = frozenset()
    whole: bool = False
    parent: tuple[Record, Json | Absent] | None = None
    tags: tuple[str, str | None] | None = None
    known: int = 0
    own: tuple[Mapping[str, Json], ...] = ()
    elsewhere: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    usual: Mapping[str, Json] = field(default_factory=dict)
    now: datetime | None = None
    left: str | None = None
    bystander: tuple[Record, Json | Absent] | None = None


@dataclass(frozen=True)
class Mismatch:
    """One difference from what the contract allows. ``promise``: what is to blame (None: the probed)."""

    what: str
    expected: str
    got: str
    cite: Pointer
    promise: Subject | None = None
    assumed: bool = False
    weight: int = 1
    of_status: bool = False
    """Whether it is the status that differs."""
