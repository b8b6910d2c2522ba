"""Looking: a call with its record, and what stands around it, read before and after."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from troth.contracts.check.arriving import denied, require_this_api, unknown_facts
from troth.contracts.check.belonging import Belonging
from troth.contracts.check.client import Client
from troth.contracts.check.comparing import agree
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.lists import told_total
from troth.contracts.check.long_lists import LongLists
from troth.contracts.check.looking import (
    Asked,
    Items,
    Listing,
    Place,
    as_listed,
    may_have_changed,
    parent_id,
    place_of,
)
from troth.contracts.check.observation import Observation
from troth.contracts.check.records import Pool
from troth.contracts.check.safety import id_of_made, plain
from troth.contracts.check.troubles import Trouble
from troth.contracts.contract import Contract
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, MALFORMED, Absent, Call, Json, Operation, Record, Resource
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import PlannedCall
from troth.contracts.words.automatic import drift
from troth.contracts.words.paging import cut_of

GLANCE = 0.05
"""Seconds between two readings where a target may show what was."""

ENOUGH = 3
"""So often a reading must be the same, where a target may show what was."""

MOST_READINGS = 7


class Observer:
    """Reads records back, and keeps what it read."""

    def __init__(self, contract: Contract, client: Client, pool: Pool) -> None:
        self.contract, self.client, self.pool = contract, client, pool
        self._lists: dict[Place, Items] = {}
        self._long_lists = LongLists(contract, client)
        self._totals: dict[Place, int] = {}
        self._stale: set[Place] = set()
        self._lost: set[Place] = set()
        """Lists of which some record may be gone."""
        self._unread_below: dict[tuple[str, str], None] = {}
        self._belonging = Belonging()
        self.counted: Set[str] = self._belonging.counted
        self._shown: dict[str, Set[str]] = {}
        self._read_after: dict[tuple[str, str], int] = {}
        self._listed_after: dict[Place, int] = {}
        """After how many writes, of whatever, a record and a list were read last."""
        self.opened = False
        """Whether the first calls have shown that it is the right API."""
        self.closed: dict[str, Exchange] = {}
        """Resources whose list this token must not see, with what said so."""

    def read(self, record: Record) -> Json | Absent:
        """What the API shows of a record; None where it has none, ABSENT where nothing shows it."""
        operation = self.contract.acting(record.resource, "read")
        if operation is None:
            return self._read_from_list(record)
        if not self.client.target.eventual:
            return self._read_once(operation, record)
        self.let_settle()
        met: list[Json | Absent] = []
        while len(met) < MOST_READINGS and not any(met.count(one) >= ENOUGH for one in met):
            met.append(self._read_once(operation, record))
        return max(met, key=met.count)

    def patience(self) -> float:
        """Until when a target may go on showing what was, on the tester's real clock."""
        return time.monotonic() + self.client.target.eventual

    def waits(self, until: float) -> bool:
        """Wait a little for what a target may show at last; False: it has had its time."""
        if not self.client.target.eventual or time.monotonic() >= until:
            return False
        self.client.budget.sleep(GLANCE)
        return True

    def let_settle(self) -> None:
        """Wait until what was written last must show."""
        eventual = self.client.target.eventual
        if eventual:
            self.client.budget.sleep(max(0.0, self.client.last_unsafe + eventual - time.monotonic()))

    def _read_once(self, operation: Operation, record: Record) -> Json | Absent:
        exchange = self.client.send(self.pool.call_on(operation, record))
        self.pool.remember_source(record, told=False)
        self._read_after[record.resource, record.id] = self.client.writes
        self.pool.last_seen[record.resource, record.id] = self.client.clock.passed()
        if exchange.reply.status in (401, 403):
            raise Trouble(denied(exchange), arrived=False, passes=False)
        if 400 <= exchange.reply.status < 500:
            return None
        tag = exchange.reply.headers.get("etag")
        if tag is not None:
            self.pool.remember_tag(record, tag)
        data = shown(operation, exchange.reply)
        if not isinstance(data, Mapping):
            return ABSENT
        self._shown[record.resource] = data.keys() & self._shown.get(record.resource, data.keys())
        return data

    def _read_from_list(self, record: Record) -> Json | Absent:
        self.read_list(record.resource, record.parent)
        return self._as_listed(record)

    def _as_listed(self, record: Record) -> Json | Absent:
        """A record as the list showed it that was read last."""
        place = record.resource, record.parent
        items = self._lists.get(place, {})
        if record.id in items:
            return items[record.id]
        if self._shows_all(place):
            return None
        return ABSENT

    def read_now(self, record: Record) -> Json | Absent:
        """The same as ``read``, where the list has just been read."""
        if self.contract.acting(record.resource, "read") is None:
            return self._as_listed(record)
        return self.read(record)

    def told(self, exchange: Exchange, resource: Resource) -> Mapping[str, Json] | None:
        """A record as an answer shows it, where that shows all that reading it shows; else None."""
        if self.pool.has_tags(resource.name):
            return None
        usual, data = self._shown.get(resource.name), shown(exchange.operation, exchange.reply)
        if exchange.reply.status >= 300 or usual is None:
            return None
        if isinstance(data, Mapping) and data.keys() >= {resource.id, *usual}:
            return data
        return None

    def ids_beside(self, call: Call) -> Sequence[str]:
        """The ids that a list showed before a call makes one more."""
        operation = self.contract.operations[call.operation]
        return list(self._lists.get((operation.resource or "", parent_id(operation, call)), {}))

    def forget_all(self) -> None:
        """Every list is to be read again before it matters."""
        for place in list(self._lists):
            self.lose_sight_of(place)

    def lose_sight_of(self, place: Place) -> None:
        """Nobody knows what a call has done there: nothing is concluded from what a list does not show until
        it is read again."""
        self.changed(place)
        name, parent = place
        above = self.contract.resources[name].parent
        if parent is not None and above is not None:
            self.pool.remember_whole(name, parent, whole=False)
            self._unread_below[above.resource, parent] = None

    def changed(self, place: Place, *, only_more: bool = False) -> None:
        """What a list shows may be another than what it showed when it was read last; or only more of it."""
        self._stale.add(place)
        if not only_more:
            self._lost.add(place)

    def doubt_what_was_written_since(self, place: Place) -> None:
        """A list is to be read again if anything was written since, of whatever resource: only so is what
        it shows after one call the doing of that call."""
        if not self.is_listed_now(place):
            self.changed(place)

    def is_listed_now(self, place: Place) -> bool:
        """Whether nothing was written, of whatever resource, since a list was read."""
        return self._listed_after.get(place) == self.client.writes

    def is_as_read(self, record: Record) -> bool:
        """Whether nothing was written, of whatever resource, since a record was read."""
        return self._read_after.get((record.resource, record.id)) == self.client.writes

    def ask(
        self, call: Call, planned: PlannedCall, record: Record | None, *, refused: bool = False
    ) -> tuple[Asked, Observation]:
        """Make the call; nothing is read back yet. ``refused``: as far as the contract says."""
        operation = self.contract.operations[call.operation]
        place = place_of(operation, call, record)
        before, tag = self.listing(place), self._tag(record)
        existing = frozenset(known.id for known in self.pool.own(place[0])) if place[0] else frozenset()
        own = tuple(known.data for known in self.pool.own_at(place)) if place[0] else ()
        parent = self.parent_of(call)
        if operation.verb in ("read", "list"):
            parent = None
        below = self._going_along(operation, record)
        age = 1e9 if record is None else self.age(record)
        exchange = self.client.send(call, raw=planned.raw, token=planned.token, refused=refused)
        if planned.raw is not None:
            call = replace(call, body=MALFORMED)
        seen = Observation(call, exchange.reply, record, now=self.client.clock.moment(), age=age)
        subject, changes = record, False
        if operation.resource is not None:
            seen = replace(seen, known=len(own), existing=existing, own=own, elsewhere=self._elsewhere(place))
            if record is None:
                subject = self.created_record(exchange)
            changes = subject is not None or may_have_changed(operation, exchange)
        if subject is not None and seen.reply.status < 300 and operation.verb not in ("read", "list"):
            self.pool.last_seen[subject.resource, subject.id] = self.client.clock.passed()
            self.pool.last_written[subject.resource, subject.id] = self.client.clock.passed()
        return Asked(exchange, place, before, tag, subject, parent, changes, below), seen

    def look_after(self, asked: Asked, seen: Observation, touched: Set[str] = frozenset()) -> Observation:
        """What came of a call, read back at once."""
        operation, place, subject = asked.exchange.operation, asked.place, asked.subject
        if operation.resource is None:
            return seen
        listed = asked.may_have_changed and bool(self.read_list(*place))
        if subject is not None:
            seen = replace(seen, after=self.read_now(subject) if listed else self.read(subject))
        seen = self.compared(seen, place, asked.before, self.listing(place), subject, touched)
        self._note_added(asked, seen)
        if asked.tag:
            seen = replace(seen, tags=(asked.tag, self._tag(asked.subject)))
        if asked.parent is not None:
            seen = replace(seen, parent=(asked.parent, self.read(asked.parent)))
        if asked.writes:
            seen = replace(seen, lost=self.lost(place, seen.vanished))
        return replace(seen, left=self.left(asked, seen))

    def _going_along(self, operation: Operation, record: Record | None) -> tuple[Record, ...]:
        """What must be gone with a record, of that which can be read by itself."""
        if record is None or operation.verb != "delete" or self.contract.guessed:
            return ()
        below = self.pool.below(record)
        return tuple(one for one in below if self.contract.acting(one.resource, "read") is not None)

    def left(self, asked: Asked, seen: Observation) -> str | None:
        """The id of one that belonged to what was deleted, where it can still be read."""
        if seen.reply.status >= 300:
            return None
        for record in asked.below[:1]:
            if isinstance(self.read(record), Mapping):
                return record.id
        return None

    def _elsewhere(self, place: Place) -> Items:
        """The tester's own records that belong to another parent than the one of a list."""
        parent = self.contract.resources[place[0]].parent
        if parent is None:
            return {}
        return self._belonging.elsewhere(place, self.pool.own(place[0]), parent.field)

    def _note_added(self, asked: Asked, seen: Observation) -> None:
        """What a call adds below a record, without showing it, belongs there."""
        resource, parent = asked.place
        exchange = asked.exchange
        if exchange.operation.verb != "create" or asked.subject is not None:
            return
        if not all([parent, seen.whole, seen.reply.status < 300]):
            return
        key = self.contract.resources[resource].id
        for item in seen.appeared:
            added = Record(resource, str(item[key]), item, {}, parent=parent)
            self._belonging.note(added, plain(exchange.call.body))

    def listing(self, place: Place, *, stale: bool = False) -> Listing:
        """A list as it is, as far as is known; ``stale``: as it was read last."""
        if not stale and place in self._stale:
            self.read_list(*place)
        return Listing(self._lists.get(place, {}), self._shows_all(place))

    def _tag(self, record: Record | None) -> str | None:
        """The entity tag that a record had when it was last read."""
        if record is None:
            return None
        return self.pool.tags.get((record.resource, record.id))

    def compared(
        self,
        seen: Observation,
        place: Place,
        before: Listing,
        after: Listing,
        subject: Record | None,
        touched: Set[str] = frozenset(),
    ) -> Observation:
        """The observation with what the list shows now, and showed before; what has happened to records
        that others have ``touched`` since is none of its business."""
        own = set(touched)
        if subject is not None:
            own.add(subject.id)
            seen = replace(seen, listed=as_listed(seen, place, after, subject))
        both = before.items.keys() & after.items.keys()
        others = [r.id for r in self.pool.own_at(place) if r.id in both and r.id not in own]
        new = [id for id in after.items if id not in before.items and id not in touched]
        return replace(
            seen,
            existing=seen.existing | before.items.keys(),
            appeared=tuple(after.items[id] for id in new),
            vanished=before.items.keys() - after.items.keys() - own,
            whole=before.whole and after.whole,
            others=tuple((before.items[id], after.items[id]) for id in others),
        )

    def lost(self, place: Place, vanished: Set[str]) -> frozenset[str]:
        """Those of the tester's own that have left the list and are gone, not on another page."""
        found: set[str] = set()
        for id in sorted(vanished):
            record = self.pool.at(place, id)
            if record is not None and self.read(record) is None:
                found.add(id)
        return frozenset(found)

    def age(self, record: Record) -> float:
        """Seconds since the tester last wrote to a record."""
        written = self.pool.last_written.get((record.resource, record.id))
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

    def _shows_all(self, place: Place) -> bool:
        """Whether the list as it was read last shows every record: it has one page, or less than one."""
        name, _ = place
        operation = self.contract.acting(name, "list")
        if operation is None:
            return False
        if cut_of(self.contract, operation) is not None:
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
        data, id = shown(operation, exchange.reply), id_of_made(resource, exchange)
        if id is None:
            return None
        if not isinstance(data, Mapping):
            data = {}
        record = Record(resource.name, str(id), {**data, resource.id: id}, unknown_facts(resource))
        parent = self.parent_of(exchange.call)
        if parent is None:
            return replace(record, parent=_told_parent(resource, data))
        made = replace(record, parent=parent.id)
        self._belonging.note(made, plain(exchange.call.body))
        return made

    def read_list(self, name: str, parent: str | None = None) -> Items:
        """Read the list of a resource (of one parent); nested records of the tester's own are its own."""
        operation = self.contract.acting(name, "list")
        if operation is None:
            return {}
        if operation.parent is not None and parent is None:
            return {}
        if name in self.closed:
            return {}
        paging = cut_of(self.contract, operation)
        exchange = self._long_lists.first_page(self._list_call(operation, parent), paging)
        if exchange.reply.status >= 400 and "{" in operation.path:  # there is no such thing above it
            return {}
        if exchange.reply.status in (401, 403):
            self.closed[name] = exchange
            return {}
        self._require_this_api(exchange)
        found = self._items(exchange, self.contract.resources[name].id)
        sure = self._seen_unchanged((name, parent))
        self._listed_after[name, parent] = self.client.writes
        self._stale.discard((name, parent))
        self._lost.discard((name, parent))
        self.pool.remember_listed(name, found, parent)
        self._lists[name, parent] = found
        total = told_total(paging, exchange.reply, len(found)) if paging is not None else None
        self._totals.pop((name, parent), None)
        if total is not None:
            self._totals[name, parent] = total
        if operation.parent is not None and parent is not None:
            self._own_nested(name, parent, found, sure)
        return found

    def _require_this_api(self, exchange: Exchange) -> None:
        """Raises TargetError where another API answers; Trouble, where it was the right one before."""
        try:
            require_this_api(exchange)
        except TargetError as error:
            if not self.opened:
                raise
            raise Trouble(str(error), arrived=False, passes=False) from None

    def _list_call(self, operation: Operation, parent: str | None) -> Call:
        """The plainest call of a list, below a record where it is nested."""
        above = None
        if operation.parent is not None and parent is not None:
            above = self.pool.get(operation.parent.resource, parent)
        if above is None:
            return plain_call(self.contract, operation, parent=parent)
        return self.pool.call_below(operation, above)

    @staticmethod
    def _items(exchange: Exchange, key: str) -> Items:
        """The items that a list shows, by their ids."""
        items = shown(exchange.operation, exchange.reply)
        if not isinstance(items, list):
            return {}
        return {str(item[key]): item for item in items if isinstance(item, Mapping) and key in item}

    def forget_below(self, record: Record, *, new: bool = False) -> None:
        """What belongs to a record is to be read before it matters; to a new one, most likely nothing."""
        self._unread_below[record.resource, record.id] = None
        if not new:
            return
        for name, resource in self.contract.resources.items():
            if resource.parent is not None and resource.parent.resource == record.resource:
                self.pool.remember_whole(name, record.id, whole=True)

    def unread_above(self, resource: str) -> Iterator[Record]:
        """Records to which some of a resource may belong that have not been seen yet."""
        above = self.contract.resources[resource].parent
        for name, id in list(self._unread_below):
            record = self.pool.get(name, id)
            if record is not None and above is not None and name == above.resource:
                yield record

    def read_nested_lists(self, record: Record) -> None:
        """Read the lists of what belongs to a record, where these are not known."""
        if self._unread_below.pop((record.resource, record.id), 1) is not None:
            return
        for name, resource in self.contract.resources.items():
            if resource.parent is not None and resource.parent.resource == record.resource:
                self.read_list(name, record.id)

    def _seen_unchanged(self, place: Place) -> Items:
        """What a list showed, where nothing has been done since by which some of it may be gone."""
        if place in self._lost:
            return {}
        return self._lists.get(place, {})

    def _own_nested(self, name: str, parent: str, found: Items, sure: Items) -> None:
        """What belongs to a record of the tester's own is its own, and what is gone is not, unless it must be
        there (``sure``): then the list that lacks it is wrong."""
        resource = self.contract.resources[name]
        if resource.parent is None or self.pool.get(resource.parent.resource, parent) is None:
            return
        for id, item in found.items():
            record = self.pool.get(name, id)
            if record is None:
                record = Record(name, id, {}, unknown_facts(resource), parent=parent)
                self.forget_below(record)
            elif record.parent != parent:  # another one of the same id, or the list shows too much
                if not agree(record.data, item):
                    self._belonging.share(name)
                continue
            self.pool.put(replace(record, data={**record.data, **item}))
        whole = self._shows_all((name, parent))
        self.pool.remember_whole(name, parent, whole=whole)
        if not whole:
            return
        for record in self.pool.own(name):
            if record.parent == parent and record.id not in found and record.id not in sure:
                self.pool.drop(record)


def _told_parent(resource: Resource, data: Mapping[str, Json]) -> str | None:
    """What a new record says that it belongs to, where the path has not said so."""
    field = resource.parent.field if resource.parent is not None else None
    told = data.get(field or "")
    return None if told is None else str(told)
