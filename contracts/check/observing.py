"""Looking: a call with the record and its neighbours read before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from troth.contracts.check.client import Client, Exchange
from troth.contracts.check.judge import Judgement
from troth.contracts.check.observation import Observation
from troth.contracts.check.others import count
from troth.contracts.check.records import Pool
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, MALFORMED, Call, Json, Record, Reply, Unknown
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import PlannedCall
from troth.contracts.words.automatic import drift
from troth.contracts.words.paging import paging_of

_Place = tuple[str, str | None]
"""A resource, and the parent whose records are meant."""


class Observer:
    """Reads records back, and keeps what it read."""

    def __init__(self, contract: Contract, client: Client, pool: Pool) -> None:
        self.contract, self.client, self.pool = contract, client, pool
        self._lists: dict[_Place, dict[str, Mapping[str, Json]]] = {}
        self._totals: dict[_Place, int] = {}

    def look_around(self, target: Target) -> None:
        """The first calls: is this the API, is the token right, what is there?"""
        by_depth = sorted(self.contract.resources.items(), key=lambda pair: pair[1].parent is not None)
        for name, resource in by_depth:
            if resource.parent is not None:
                for above in self.pool.mine(resource.parent.resource):
                    self.look(name, above.id)
                continue
            self.look(name)
            fixtures = {f.name: f for f in resource.fixtures}
            unknown: Mapping[str, Json] = {key: Unknown() for key in resource.hidden}
            given = [
                Record(
                    name, id_, {**resource.example, **fixtures[n].data, resource.id: id_}, fixtures[n].hidden
                )
                for n, id_ in target.named.items()
                if n in fixtures
            ]
            given += [Record(name, id_, {}, unknown) for id_ in target.listed.get(name, ())]
            for record in given:
                data = self.read(record)
                if data is None:
                    what = f"the {name} {record.id!r}, given as a fixture, is not there"
                    raise TargetError(f"{target.name}: {what}")
                if not isinstance(data, Mapping):  # nothing shows it: it is taken to be what its name says
                    data = self._lists.get((name, None), {}).get(record.id, record.data)
                self.pool.put(replace(record, data=dict(data)))
        if self.client.sent == 0:
            self._greet()

    def read(self, record: Record) -> Json:
        """What the API shows of a record; None where it has none, ABSENT where nothing shows it."""
        operation = self.contract.acting(record.resource, "read")
        if operation is None:
            listed = self.look(record.resource, record.parent)
            gone = None if self._complete((record.resource, record.parent)) else ABSENT
            return listed.get(record.id, gone)
        exchange = self.client.send(plain_call(self.contract, operation, record.id, parent=record.parent))
        if exchange.reply.status in (401, 403):
            raise TargetError(_denied(exchange))
        if 400 <= exchange.reply.status < 500:
            return None
        tag = exchange.reply.headers.get("etag")
        if tag is not None:
            self.pool.tags[record.resource, record.id] = tag
        data = shown(operation, exchange.reply)
        return data if isinstance(data, Mapping) else ABSENT

    def observe(
        self, call: Call, planned: PlannedCall, record: Record | None
    ) -> tuple[Exchange, Observation]:
        """Make the call, read back."""
        operation = self.contract.operations[call.operation]
        name = operation.resource
        place = (name or "", str(call.path[operation.parent.by]) if operation.parent else None)
        before, whole = dict(self._lists.get(place, {})), self._complete(place)
        tag = self.pool.tags.get((record.resource, record.id)) if record else None
        exchange = self.client.send(call, raw=planned.raw, token=planned.token)
        call = replace(call, body=MALFORMED) if planned.raw is not None else call
        ours = [r for r in self.pool.mine(name) if place[1] in (None, r.parent)] if name else []
        known, now = len(ours), self.client.clock.moment()
        seen = Observation(call, exchange.reply, record, known=known, now=now)
        if name is None:
            return exchange, seen
        subject = record or self.made(exchange)
        if subject is not None:
            seen = replace(seen, after=self.read(subject), age=self.age(subject))
        if exchange.reply.status not in (401, 403, 404) or subject is not None:
            self.look(*place)
        own = subject.id if subject else None
        after = self._lists.get(place, {})
        mine = {r.id for r in self.pool.mine(name)} - {own}
        here = subject is None or subject.parent == place[1]
        if own in after or (here and seen.after is not ABSENT and self._complete(place)):
            seen = replace(seen, listed=after.get(own or ""))
        new = tuple(item for id_, item in after.items() if id_ not in before)
        tags = (tag, self.pool.tags.get((record.resource, record.id))) if record and tag else None
        seen = replace(seen, tags=tags)
        gone = before.keys() - after.keys() - {own}
        whole = whole and self._complete(place)
        seen = replace(seen, existing=before.keys(), appeared=new, vanished=gone, whole=whole)
        if operation.verb not in ("read", "list") and not operation.parent:
            seen = replace(seen, lost=frozenset(id for id in gone & mine if self._lost(name, id)))
        pairs = tuple((before[id_], after[id_]) for id_ in mine if id_ in before and id_ in after)
        if subject is not None and (operation.verb not in ("read", "list")) and exchange.reply.status < 300:
            self.pool.written[subject.id] = self.client.clock.passed()
        return exchange, replace(seen, others=pairs)

    def _lost(self, name: str, id: str) -> bool:
        """Whether a record of the tester's own that has left the list is gone, and not on another page."""
        record = self.pool.get(name, id)
        return record is not None and self.read(record) is None

    def adopt(self, seen: Observation, judgement: Judgement) -> Record | None:
        """A record that a create call made: it is the tester's own from now on."""
        outcome = judgement.outcome
        if outcome is None or not outcome.succeeded or not isinstance(seen.after, Mapping):
            return None
        resource = self.contract.resource_of(self.contract.operations[seen.call.operation])
        if resource is None or outcome.before is not None or resource.id not in seen.after:
            return None
        hidden = outcome.after.hidden if outcome.after else {}
        above = self.above(seen.call)
        record = Record(resource.name, str(seen.after[resource.id]), dict(seen.after), hidden)
        since = outcome.after.since if outcome.after else None
        record = replace(record, parent=above.id if above else None, since=since)
        self.pool.put(record)
        self.look_below(record)
        return record

    def age(self, record: Record) -> float:
        """Seconds since the tester last wrote to a record."""
        written = self.pool.written.get(record.id)
        return 1e9 if written is None else self.client.clock.passed() - written

    def worlds(self, subject: Record | None, *, hurried: bool = False) -> Sequence[KnownWorld]:
        """Every state that the tested API may be in."""
        now = self.client.clock.moment()
        variants = (None,) if subject is None else drift(self.contract, subject, now)
        return [self.pool.world(variant, hurried=hurried, now=now) for variant in variants]

    def above(self, call: Call) -> Record | None:
        """The tester's own record that a call names as the parent."""
        parent = self.contract.operations[call.operation].parent
        return self.pool.get(parent.resource, str(call.path[parent.by])) if parent else None

    def _complete(self, place: _Place) -> bool:
        """Whether the list as it was read last shows every record: it has one page, or less than one."""
        name = place[0]
        operation = self.contract.acting(name, "list")
        if operation is None:
            return False
        paging = paging_of(self.contract, operation)
        if paging is not None:
            return len(self._lists.get(place, {})) >= self._totals.get(place, 1e9)
        resource, asked = (
            self.contract.resources[name],
            [p for p in operation.parameters if p.place == "query"],
        )
        return all(self.contract.field_schema(resource, p.name) for p in asked)

    def made(self, exchange: Exchange) -> Record | None:
        """The record that a create call says it has made."""
        operation = exchange.operation
        if operation.verb != "create" or exchange.reply.status >= 300:
            return None
        resource = self.contract.resources[operation.resource or ""]
        data = shown(operation, exchange.reply)
        if not isinstance(data, Mapping) or resource.id not in data:
            return None
        hidden = {name: Unknown() for name in resource.hidden}
        above = self.above(exchange.call)
        parent = above.id if above else None
        return Record(resource.name, str(data[resource.id]), dict(data), hidden, parent=parent)

    def look(self, name: str, parent: str | None = None) -> Mapping[str, Mapping[str, Json]]:
        """Read the list of a resource (of one parent); nested records of the tester's own are its own."""
        operation = self.contract.acting(name, "list")
        if operation is None or (operation.parent is not None and parent is None):
            return {}
        exchange = self.client.send(plain_call(self.contract, operation, parent=parent))
        if parent is not None and exchange.reply.status >= 400:  # it has no such parent
            return {}
        self._plausible(exchange)
        items = shown(operation, exchange.reply)
        key = self.contract.resources[name].id
        listed = [i for i in items if isinstance(i, Mapping) and key in i] if isinstance(items, list) else []
        self.pool.saw(name, listed, parent)
        found = self._lists[name, parent] = {str(item[key]): item for item in listed}
        paging = paging_of(self.contract, operation)
        total = count(exchange.reply, paging.total) if paging else None
        if total is not None:
            self._totals[name, parent] = total
        if operation.parent is not None and parent is not None:
            self._adopt_all(name, parent, found)
        return found

    def look_below(self, record: Record) -> None:
        """Read the lists of what belongs to a record."""
        for name, resource in self.contract.resources.items():
            if resource.parent is not None and resource.parent.resource == record.resource:
                self.look(name, record.id)

    def _adopt_all(self, name: str, parent: str, found: Mapping[str, Mapping[str, Json]]) -> None:
        """What belongs to a record of the tester's own is its own."""
        above = self.contract.resources[name].parent
        if above is None or self.pool.get(above.resource, parent) is None:
            return
        unknown = {key: Unknown() for key in self.contract.resources[name].hidden}
        whole = self._complete((name, parent))
        (self.pool.complete.add if whole else self.pool.complete.discard)((name, parent))
        for id, item in found.items():
            old = self.pool.get(name, id) or Record(name, id, {}, unknown, parent=parent)
            self.pool.put(replace(old, data={**old.data, **item}))
        for record in self.pool.mine(name) if whole else ():
            if record.parent == parent and record.id not in found:
                self.pool.drop(record)

    def _greet(self) -> None:
        """Nothing can be listed and nothing was given: any safe call shows who answers."""
        safe = (o for o in self.contract.operations.values() if o.method == "GET")
        operation = next(safe, None)
        if operation is not None:
            self._plausible(self.client.send(plain_call(self.contract, operation)))

    @staticmethod
    def _plausible(exchange: Exchange) -> None:
        """Raises TargetError where it is not this API that answers, or where it does not let us in."""
        reply: Reply = exchange.reply
        where = f"{exchange.operation.method} {exchange.url}"
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
