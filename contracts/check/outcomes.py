"""What an outcome stores."""

from __future__ import annotations

from troth.contracts.model import Outcome, Put, Record


def stored(outcome: Outcome, resource: str) -> list[Record]:
    """The records of a resource that an outcome stores."""
    puts = [change.record for change in outcome.changes if isinstance(change, Put)]
    return [record for record in puts if record.resource == resource]


def stored_new(outcome: Outcome, resource: str) -> list[Record]:
    """Those of them that were not there before."""
    return [record for record in stored(outcome, resource) if not record.version]


def stored_as(outcome: Outcome, record: Record) -> list[Record]:
    """What an outcome makes of a record."""
    return [after for after in stored(outcome, record.resource) if after.id == record.id]
