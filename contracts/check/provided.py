"""Records that the target's own hook provides, where no declared call makes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from troth.contracts.check.arriving import unknown_facts
from troth.contracts.check.hooks import Hooks
from troth.contracts.check.observing import Observer
from troth.contracts.check.records import Pool, fits
from troth.contracts.errors import TargetError
from troth.contracts.model import Record
from troth.contracts.promises.promise import Given


class Provided:
    """Asks for records, and gives them back at the end."""

    def __init__(self, hooks: Hooks, pool: Pool, observer: Observer) -> None:
        self._hooks, self._pool, self._observer = hooks, pool, observer
        self._had: dict[tuple[str, str], None] = {}

    def find(self, given: Given) -> Record | None:
        """A record that fits; None where none is provided. Raises TargetError where another one is."""
        id = self._hooks.provided(given.resource, given.state)
        if id is None:
            return None
        self._had[given.resource, id] = None
        resource = self._observer.contract.resources[given.resource]
        record = Record(given.resource, id, {}, unknown_facts(resource))
        data = self._observer.read(record)
        if not isinstance(data, Mapping):
            raise TargetError(f"{self._hooks.path}: provide: the {given.resource} {id!r} is not there")
        record = replace(record, data=dict(data))
        self._pool.given.add((record.resource, record.id))
        self._pool.put(record)
        if fits(self._observer.contract, record, Given(given.resource, given.state), self._pool):
            return record
        raise TargetError(f"{self._hooks.path}: provide: the {given.resource} {id!r} is not {given.state}")

    def has(self, record: Record) -> bool:
        """Whether a record was provided for this run."""
        return (record.resource, record.id) in self._had

    def withdraw(self) -> None:
        """What was provided is not needed any more."""
        for resource, id in reversed(self._had):
            self._hooks.withdraw(resource, id)
        self._had.clear()
