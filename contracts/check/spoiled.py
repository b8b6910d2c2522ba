"""Records that bear what their schema does not allow, because a call that had to be refused was taken.

That it was taken is the finding; that answers show it from then on follows from it, and is none of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.check.exchange import Exchange
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.document.pointers import referred
from troth.contracts.model import Absent, Json, Malformed, Operation, Record


class Spoiled:
    """Remembers them by resource and id."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._known: set[tuple[str, str]] = set()

    def note(self, exchange: Exchange, record: Record | None) -> None:
        """Of a success: whether what was sent breaks its schema."""
        if record is None or exchange.reply.status >= 300:
            return
        if self._is_broken(exchange):
            self._known.add((record.resource, record.id))

    def shown_by(self, exchange: Exchange) -> bool:
        """Whether nothing but such records is to blame for what an answer shows."""
        if exchange.reply.status >= 300:
            return False
        if self._is_broken(exchange):
            return True
        operation = exchange.operation
        records = list(self._records(operation, exchange))
        return bool(records) and all(self._is_excused(operation, one) for one in records)

    def _is_broken(self, exchange: Exchange) -> bool:
        """Whether the body of a call breaks its schema."""
        pointer, body = exchange.operation.body_pointer, exchange.call.body
        if pointer is None or isinstance(body, Absent | Malformed):
            return False
        broken = self._contract.document.schemas.broken_by_request(pointer, body)
        return any(not violation.soft for violation in broken)

    def _records(self, operation: Operation, exchange: Exchange) -> Iterator[Mapping[str, Json]]:
        """The records that an answer shows, of which one is spoiled at least."""
        found = shown(operation, exchange.reply)
        items = found if isinstance(found, list) else [found]
        records = [item for item in items if isinstance(item, Mapping)]
        if any(self._is_known(operation, record) for record in records):
            yield from records

    def _is_known(self, operation: Operation, record: Mapping[str, Json]) -> bool:
        resource = self._contract.resource_of(operation)
        return resource is not None and (resource.name, str(record.get(resource.id))) in self._known

    def _is_excused(self, operation: Operation, record: Mapping[str, Json]) -> bool:
        """Whether a record is spoiled, or as it should be."""
        if self._is_known(operation, record):
            return True
        resource = self._contract.resource_of(operation)
        assert resource is not None
        pointer = referred(resource.schema)
        return self._contract.document.schemas.valid_answer(pointer, dict(record))
