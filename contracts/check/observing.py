"""Looking: a call with its record, and what stands around it, read before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from troth.contracts.check.client import Client, Exchange
from troth.contracts.check.lists import count
from troth.contracts.check.observation import Observation
from troth.contracts.check.records import Pool
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, MALFORMED, Absent, Call, Json, Operation, Record, Resource, Unknown
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import PlannedCall
from troth.contracts.words.automatic import drift
from troth.contracts.words.paging import paging_of

_Place: TypeAlias = tuple[str, str | None]
"""A resource, and the parent whose records are meant."""

_Items: TypeAlias = Mapping[str, Mapping[str, Json]]
"""The items of a list by their ids."""


@dataclass(frozen=True)
class _Listing:
    """A list as it was read last: its items, and whether these are all that there are."""

    items: _Items = field(default_factory=dict)
    whole: bool = False


class Observer:
    """Reads records back, and keeps what it read."""

    def __init__(self, contract: Contract, client: Client, pool: Pool) -> None:
        self.contract, self.client, self.pool = contract, client, pool
        self._lists: dict[_Place, _Items] = {}
        self._totals: dict[_Place, int] = {}

    def read_everything(self, target: Target) -> None:
        """The first calls: is this the API, is the token right, what is there?"""
        for resource in sorted(self.contract.resources.values(), key=self._depth):
            if resource.parent is not None:
                for parent in self.pool.own(resource.parent.resource):
                    self.read_list(resource.name, parent.id)
                continue
            self.read_list(resource.name)
            for record in _given_records(resource, target):
                self._read_given(record, target)
        if self.client.sent == 0:
            self._call_something_safe()

    def _depth(self, resource: Resource) -> int:
        """How many others a resource stands below."""
        depth = 0
        while resource.parent is not None and depth < len(self.contract.resources):
            resource, depth = self.contract.resources[resource.parent.resource], depth + 1
        return depth

    def _read_given(self, record: Record, target: Target) -> None:
        """A record that was given is the tester's own; what nothing shows is what its name says."""
        data = self.read(record)
        if data is None:
            what = f"the {record.resource} {record.id!r}, given as a fixture, is not there"
            raise TargetError(f"{target.name}: {what}")
        if not isinstance(data, Mapping):
            listing = self._listing((record.resource, None))
            data = listing.items.get(record.id, record.data)
        self.pool.put(replace(record, data=dict(data)))

    def _call_something_safe(self) -> None:
        """Nothing can be listed and nothing was given: any safe call shows who answers.

        What an operation needs of which nothing is described, nobody has said: a refusal by one of those
        tells nothing of the token, unless all of them ask for another one.
        """
        refused: Exchange | None = None
        reading = [o for o in self.contract.operations.values() if o.method == "GET"]
        for operation in sorted(reading, key=lambda operation: operation.resource is None):
            exchange = self.client.send(plain_call(self.contract, operation))
            if operation.resource is not None or exchange.reply.status not in (401, 403):
                _require_this_api(exchange)
                return
            if refused is None and exchange.reply.status == 401:
                refused = exchange
        if refused is not None:
            _require_this_api(refused)

    def read(self, record: Record) -> Json | Absent:
        """What the API shows of a record; None where it has none, ABSENT where nothing shows it."""
        operation = self.contract.acting(record.resource, "read")
        if operation is None:
            return self._read_from_list(record)
        exchange = self.client.send(self.pool.call_on(operation, record))
        if exchange.reply.status in (401, 403):
            raise TargetError(_denied(exchange))
        if 400 <= exchange.reply.status < 500:
            return None
        tag = exchange.reply.headers.get("etag")
        if tag is not None:
            self.pool.tags[record.resource, record.id] = tag
        data = shown(operation, exchange.reply)
        return data if isinstance(data, Mapping) else ABSENT

    def _read_from_list(self, record: Record) -> Json | Absent:
        items = self.read_list(record.resource, record.parent)
        if record.id in items:
            return items[record.id]
        if self._shows_all((record.resource, record.parent)):
            return None
        return ABSENT

    def observe(
        self, call: Call, planned: PlannedCall, record: Record | None
    ) -> tuple[Exchange, Observation]:
        """Make the call, read back."""
        operation = self.contract.operations[call.operation]
        place = (operation.resource or "", _parent_id(operation, call))
        before, tag = self._listing(place), self._tag(record)
        existing = frozenset(known.id for known in self.pool.own(place[0])) if place[0] else frozenset()
        exchange = self.client.send(call, raw=planned.raw, token=planned.token)
        if planned.raw is not None:
            call = replace(call, body=MALFORMED)
        seen = Observation(call, exchange.reply, record, now=self.client.clock.moment())
        if operation.resource is None:
            return exchange, seen
        own = tuple(known.data for known in self._own_at(place))
        seen = replace(seen, known=len(own), existing=existing, own=own)
        subject = record if record is not None else self.created_record(exchange)
        if subject is not None:
            seen = replace(seen, after=self.read(subject), age=self.age(subject))
        if subject is not None or _may_have_changed(operation, exchange):
            self.read_list(*place)
        seen = self._compare_lists(seen, place, before, subject)
        if tag:
            seen = replace(seen, tags=(tag, self._tag(record)))
        return exchange, self._consequences(seen, place, operation, subject)

    def _consequences(
        self, seen: Observation, place: _Place, operation: Operation, subject: Record | None
    ) -> Observation:
        """The observation with what a call that writes has done besides."""
        if operation.verb in ("read", "list"):
            return seen
        if operation.parent is None:
            seen = replace(seen, lost=self._lost(place, seen))
        if subject is not None and seen.reply.status < 300:
            self.pool.last_written[subject.id] = self.client.clock.passed()
        return seen

    def _listing(self, place: _Place) -> _Listing:
        return _Listing(self._lists.get(place, {}), self._shows_all(place))

    def _tag(self, record: Record | None) -> str | None:
        """The entity tag that a record had when it was last read."""
        if record is None:
            return None
        return self.pool.tags.get((record.resource, record.id))

    def _own_at(self, place: _Place) -> list[Record]:
        """The records of the tester's own that a list must show."""
        resource, parent = place
        return [record for record in self.pool.own(resource) if parent in (None, record.parent)]

    def _compare_lists(
        self, seen: Observation, place: _Place, before: _Listing, subject: Record | None
    ) -> Observation:
        """The observation with what the list shows now, and showed before."""
        after = self._listing(place)
        own = subject.id if subject is not None else None
        if subject is not None:
            seen = replace(seen, listed=_as_listed(seen, place, after, subject))
        both = before.items.keys() & after.items.keys()
        others = [r.id for r in self.pool.own(place[0]) if r.id in both and r.id != own]
        return replace(
            seen,
            existing=seen.existing | before.items.keys(),
            appeared=tuple(item for id, item in after.items.items() if id not in before.items),
            vanished=before.items.keys() - after.items.keys() - {own},
            whole=before.whole and after.whole,
            others=tuple((before.items[id], after.items[id]) for id in others),
        )

    def _lost(self, place: _Place, seen: Observation) -> frozenset[str]:
        """Those of the tester's own that have left the list and are gone, not on another page."""
        lost: set[str] = set()
        for id in sorted(seen.vanished):
            record = self.pool.get(place[0], id)
            if record is not None and self.read(record) is None:
                lost.add(id)
        return frozenset(lost)

    def age(self, record: Record) -> float:
        """Seconds since the tester last wrote to a record."""
        written = self.pool.last_written.get(record.id)
        if written is None:
            return 1e9
        return self.client.clock.passed() - written

    def worlds(self, subject: Record | None, *, hurried: bool = False) -> Sequence[KnownWorld]:
        """Every state that the tested API may be in."""
        now = self.client.clock.moment()
        if subject is None:
            return [self.pool.world(None, hurried=hurried, now=now)]
        variants = drift(self.contract, subject, now)
        return [self.pool.world(variant, hurried=hurried, now=now) for variant in variants]

    def parent_of(self, call: Call) -> Record | None:
        """The tester's own record that a call names as the parent."""
        parent = self.contract.operations[call.operation].parent
        if parent is None:
            return None
        return self.pool.get(parent.resource, str(call.path[parent.by]))

    def _shows_all(self, place: _Place) -> bool:
        """Whether the list as it was read last shows every record: it has one page, or less than one."""
        name, _ = place
        operation = self.contract.acting(name, "list")
        if operation is None:
            return False
        if paging_of(self.contract, operation) is not None:
            return len(self._lists.get(place, {})) >= self._totals.get(place, 1e9)
        resource = self.contract.resources[name]
        asked = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
        return all(self.contract.field_schema(resource, name) for name in asked)

    def created_record(self, exchange: Exchange) -> Record | None:
        """The record that a create call says it has made."""
        operation = exchange.operation
        if operation.verb != "create":
            return None
        if exchange.reply.status >= 300:
            return None
        resource = self.contract.resource_of(operation)
        assert resource is not None
        data = shown(operation, exchange.reply)
        if not isinstance(data, Mapping):
            return None
        if resource.id not in data:
            return None
        record = Record(resource.name, str(data[resource.id]), dict(data), _unknown_facts(resource))
        parent = self.parent_of(exchange.call)
        if parent is None:
            return record
        return replace(record, parent=parent.id)

    def read_list(self, name: str, parent: str | None = None) -> _Items:
        """Read the list of a resource (of one parent); nested records of the tester's own are its own."""
        operation = self.contract.acting(name, "list")
        if operation is None:
            return {}
        if operation.parent is not None and parent is None:
            return {}
        exchange = self.client.send(self._list_call(operation, parent))
        if parent is not None and exchange.reply.status >= 400:  # it has no such parent
            return {}
        _require_this_api(exchange)
        found = self._items(exchange, self.contract.resources[name].id)
        self.pool.remember_listed(name, found, parent)
        self._lists[name, parent] = found
        paging = paging_of(self.contract, operation)
        total = count(exchange.reply, paging.total) if paging is not None else None
        if total is not None:
            self._totals[name, parent] = total
        if operation.parent is not None and parent is not None:
            self._own_nested(name, parent, found)
        return found

    def _list_call(self, operation: Operation, parent: str | None) -> Call:
        """The plainest call of a list, below a record where it is nested."""
        above = None
        if operation.parent is not None and parent is not None:
            above = self.pool.get(operation.parent.resource, parent)
        if above is None:
            return plain_call(self.contract, operation, parent=parent)
        return self.pool.call_below(operation, above)

    @staticmethod
    def _items(exchange: Exchange, key: str) -> _Items:
        """The items that a list shows, by their ids."""
        items = shown(exchange.operation, exchange.reply)
        if not isinstance(items, list):
            return {}
        return {str(item[key]): item for item in items if isinstance(item, Mapping) and key in item}

    def read_nested_lists(self, record: Record) -> None:
        """Read the lists of what belongs to a record."""
        for name, resource in self.contract.resources.items():
            if resource.parent is not None and resource.parent.resource == record.resource:
                self.read_list(name, record.id)

    def _own_nested(self, name: str, parent: str, found: _Items) -> None:
        """What belongs to a record of the tester's own is its own."""
        resource = self.contract.resources[name]
        if resource.parent is None or self.pool.get(resource.parent.resource, parent) is None:
            return
        for id, item in found.items():
            record = self.pool.get(name, id)
            if record is None:
                record = Record(name, id, {}, _unknown_facts(resource), parent=parent)
            self.pool.put(replace(record, data={**record.data, **item}))
        if not self._shows_all((name, parent)):
            self.pool.whole_lists.discard((name, parent))
            return
        self.pool.whole_lists.add((name, parent))
        for record in self.pool.own(name):
            if record.parent == parent and record.id not in found:
                self.pool.drop(record)


def _may_have_changed(operation: Operation, exchange: Exchange) -> bool:
    """Whether a call without a record of its own may have changed what the list shows."""
    if exchange.reply.status in (401, 403):
        return False
    if operation.verb == "create" and operation.own is None:
        return exchange.reply.status != 404
    return exchange.reply.status != 404 or operation.verb not in ("read", "list")


def _given_records(resource: Resource, target: Target) -> Iterator[Record]:
    """The records of a resource that a target names: as fixtures, whose facts are known, or by their ids."""
    fixtures = {fixture.name: fixture for fixture in resource.fixtures}
    for name, id in target.named.items():
        if name in fixtures:
            fixture = fixtures[name]
            data = {**resource.example, **fixture.data, resource.id: id}
            yield Record(resource.name, id, data, fixture.hidden)
    for id in target.listed.get(resource.name, ()):
        yield Record(resource.name, id, {}, _unknown_facts(resource))


def _unknown_facts(resource: Resource) -> Mapping[str, Any]:
    """The hidden variables of a record of which nothing is known."""
    return {name: Unknown() for name in resource.hidden}


def _parent_id(operation: Operation, call: Call) -> str | None:
    """The id of the parent that a call names in its path."""
    if operation.parent is None:
        return None
    return str(call.path[operation.parent.by])


def _as_listed(seen: Observation, place: _Place, after: _Listing, record: Record) -> Json | Absent:
    """A record as the list shows it; None where it should but does not; ABSENT where nobody can say."""
    if record.id in after.items:
        return after.items[record.id]
    if after.whole and record.parent == place[1] and seen.after is not ABSENT:
        return None
    return ABSENT


def _require_this_api(exchange: Exchange) -> None:
    """Raises TargetError where it is not this API that answers, or where it does not let us in."""
    reply, where = exchange.reply, f"{exchange.operation.method} {exchange.url}"
    if "html" in reply.headers.get("content-type", ""):
        raise TargetError(f"{where}: answered {reply.status} with an HTML page, not with the API's JSON")
    if reply.status in (401, 403):
        raise TargetError(_denied(exchange))
    if reply.status in (404, 405) and exchange.operation.verb == "list":
        raise TargetError(f"{where}: answered {reply.status}; is the base URL right?")


def _denied(exchange: Exchange) -> str:
    where = f"{exchange.operation.method} {exchange.url}"
    sent = "the token" if exchange.token else "a call without a token; give one with --token or TROTH_TOKEN"
    return f"{where}: answered {exchange.reply.status}: it refuses {sent}"
