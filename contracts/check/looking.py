"""Looks at a target: what a list showed, and how things stood before a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.observation import Observation
from troth.contracts.model import ABSENT, Absent, Call, Json, Operation, Record

Place: TypeAlias = tuple[str, str | None]
"""A resource, and the parent whose records are meant."""

Items: TypeAlias = Mapping[str, Mapping[str, Json]]
"""The items of a list by their ids."""


@dataclass(frozen=True)
class Listing:
    """A list as it was read last: its items, and whether these are all that there are."""

    items: Items = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True)
class Asked:
    """A call that was made, and what is known of how things stood before it.

    ``subject``: the record that it is about, or that it has made; ``parent``: the tester's own that it names.
    """

    exchange: Exchange
    place: Place
    before: Listing
    tag: str | None
    subject: Record | None
    parent: Record | None
    may_have_changed: bool
    below: tuple[Record, ...] = ()
    """Of a call that deletes: the tester's own that belong to the record."""

    @property
    def writes(self) -> bool:
        """Whether it writes a record that belongs to no other."""
        operation = self.exchange.operation
        return operation.parent is None and operation.verb not in ("read", "list")


def stands_at(record: Record, place: Place) -> bool:
    """Whether a record is one of those that are meant: below that parent, or anywhere."""
    return place[1] in (None, record.parent)


def may_have_changed(operation: Operation, exchange: Exchange) -> bool:
    """Whether a call without a record of its own may have changed what the list shows."""
    if exchange.reply.status in (401, 403):
        return False
    if operation.verb == "create" and operation.own is None:
        return exchange.reply.status != 404
    return exchange.reply.status != 404 or operation.verb not in ("read", "list")


def parent_id(operation: Operation, call: Call) -> str | None:
    """The id of the parent that a call names in its path."""
    if operation.parent is None:
        return None
    return str(call.path[operation.parent.by])


def place_of(operation: Operation, call: Call, record: Record | None) -> Place:
    """The list that shows what a call does: below the parent that its path names, or that of its record."""
    name, parent = str(operation.resource), parent_id(operation, call)
    if parent is None and record is not None:
        parent = record.parent
    return name, parent


def as_listed(seen: Observation, place: Place, after: Listing, record: Record) -> Json | Absent:
    """A record as the list shows it; None where it should but does not; ABSENT where nobody can say."""
    if not stands_at(record, place):
        return ABSENT
    if record.id in after.items:
        return after.items[record.id]
    if after.whole and record.parent == place[1] and seen.after is not ABSENT:
        return None
    return ABSENT
