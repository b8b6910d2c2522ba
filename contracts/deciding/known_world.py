"""A world for ``decide`` that is made of records alone: what the tester, or lint, knows of an API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from copy import copy
from datetime import UTC, datetime

from troth.contracts.contract.cel import UNKNOWN
from troth.contracts.model import Json, Keep, Record, Resource, Unknown


class KnownWorld:
    """One of the possible states of the tested API, for ``decide``: what only the server knows is Unknown."""

    moment: datetime | Unknown = UNKNOWN
    """The clock of a tested API is not the tester's own."""

    def __init__(
        self,
        records: Iterable[Record],
        *,
        hurried: bool = False,
        now: datetime | None = None,
        complete: Set[tuple[str, str]] = frozenset(),
        keys: Mapping[str, Keep] = {},
        tags: Mapping[tuple[str, str], str] = {},
        known_as: Callable[[Record], str] | None = None,
    ) -> None:
        """``known_as``: by what paths name a record, where that is more than its id."""
        self._keys, self._tags, self._known_as = keys, tags, known_as
        self.now, self._hurried, self._complete = now or datetime.now(UTC), hurried, complete
        self._records: Mapping[tuple[str, str], Record] = {(r.resource, r.id): r for r in records}
        self._named: Mapping[tuple[str, str], Record] = {}
        if known_as is not None:
            self._named = {(r.resource, known_as(r)): r for r in self._records.values()}

    def instead(self, record: Record) -> KnownWorld:
        """The same world with another version of a record."""
        found = copy(self)
        found._records = {**self._records, (record.resource, record.id): record}
        if self._known_as is not None:
            found._named = {**self._named, (record.resource, self._known_as(record)): record}
        return found

    def at(self, record: Record | None, now: datetime | None, *, hurried: bool) -> KnownWorld:
        """The same world at another time, and with a version of a record."""
        found = copy(self) if record is None else self.instead(record)
        found.now, found._hurried = now or datetime.now(UTC), hurried
        return found

    def get(self, resource: str, id: str) -> Record | None:
        return self._records.get((resource, id), self._named.get((resource, id)))

    def of(self, resource: str) -> Sequence[Record]:
        return [record for (name, _), record in self._records.items() if name == resource]

    def hits(self, _key: str) -> Sequence[datetime] | None:
        """None: the client never goes faster than the declared quotas, unless a probe makes it."""
        return None if self._hurried else ()

    def children(self, resource: str, parent: str) -> Sequence[Record] | None:
        """Known where the tester has seen the whole list."""
        if (resource, parent) not in self._complete:
            return None
        return [record for record in self.of(resource) if record.parent == parent]

    def kept(self, key: str) -> Keep | None:
        return self._keys.get(key)

    def tag(self, record: Record) -> str | None:
        return self._tags.get((record.resource, record.id))

    def initial(self, resource: Resource) -> Mapping[str, Json]:
        return dict.fromkeys(resource.hidden, UNKNOWN)

    def fresh(self, _schema: Json, old: Json) -> Json:
        return Unknown(old)
