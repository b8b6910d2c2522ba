"""Looking: a call with the record and its neighbours read before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from contracts.calls import plain_call
from contracts.check.client import Client, Exchange
from contracts.check.judge import Judgement, Observation, count, possible
from contracts.check.records import Pool
from contracts.check.targets import Target
from contracts.contract import Contract
from contracts.errors import TargetError
from contracts.model import ABSENT, MALFORMED, Call, Json, Record, Reply, Unknown
from contracts.promises import Shot
from contracts.replies import shown
from contracts.words.paging import paging_of
from contracts.worlds import World


class Observer:
    """Reads records back, and keeps what it read."""

    def __init__(self, contract: Contract, client: Client, pool: Pool) -> None:
        self.contract, self.client, self.pool = contract, client, pool
        self._lists: dict[str, dict[str, Mapping[str, Json]]] = {}
        self._totals: dict[str, int] = {}

    def look_around(self, target: Target) -> None:
        """The first calls: is this the API, is the token right, what is there?"""
        for name, resource in self.contract.resources.items():
            self._list(name)
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
                    data = self._lists.get(name, {}).get(record.id, record.data)
                self.pool.put(replace(record, data=dict(data)))
        if self.client.sent == 0:
            self._greet()

    def read(self, record: Record) -> Json:
        """What the API shows of a record; None where it has none, ABSENT where nothing shows it."""
        operation = self.contract.acting(record.resource, "read")
        if operation is None:
            self._list(record.resource)
            return self._lists.get(record.resource, {}).get(record.id, ABSENT)
        exchange = self.client.send(plain_call(self.contract, operation, record.id))
        if exchange.reply.status in (401, 403):
            raise TargetError(_denied(exchange))
        if 400 <= exchange.reply.status < 500:
            return None
        data = shown(operation, exchange.reply)
        return data if isinstance(data, Mapping) else ABSENT

    def observe(self, call: Call, shot: Shot, record: Record | None) -> tuple[Exchange, Observation]:
        """Make the call, read back."""
        operation = self.contract.operations[call.operation]
        name = operation.resource
        before = dict(self._lists.get(name or "", {}))
        exchange = self.client.send(call, raw=shot.raw, token=shot.token)
        call = replace(call, body=MALFORMED) if shot.raw is not None else call
        known, now = len(self.pool.mine(name)) if name else 0, self.client.clock.moment()
        seen = Observation(call, exchange.reply, record, known=known, now=now)
        if name is None:
            return exchange, seen
        subject = record or self.made(exchange)
        if subject is not None:
            seen = replace(seen, after=self.read(subject), age=self.age(subject))
        self._list(name)
        own = subject.id if subject else None
        after = self._lists.get(name, {})
        mine = {r.id for r in self.pool.mine(name)} - {own}
        if own in after or (seen.after is not ABSENT and self._complete(name)):
            seen = replace(seen, listed=after.get(own or ""))
        new = tuple(item for id_, item in after.items() if id_ not in before)
        seen = replace(seen, existing=before.keys(), appeared=new)
        pairs = tuple((before[id_], after[id_]) for id_ in mine if id_ in before and id_ in after)
        if subject is not None and (operation.verb not in ("read", "list")) and exchange.reply.status < 300:
            self.pool.written[subject.id] = self.client.clock.passed()
        return exchange, replace(seen, others=pairs)

    def adopt(self, seen: Observation, judgement: Judgement) -> Record | None:
        """A record that a create call made: it is the tester's own from now on."""
        outcome = judgement.outcome
        if outcome is None or not outcome.succeeded or not isinstance(seen.after, Mapping):
            return None
        resource = self.contract.resource_of(self.contract.operations[seen.call.operation])
        if resource is None or outcome.before is not None or resource.id not in seen.after:
            return None
        hidden = {name: Unknown() for name in resource.hidden}
        record = Record(resource.name, str(seen.after[resource.id]), dict(seen.after), hidden)
        self.pool.put(record)
        return record

    def age(self, record: Record) -> float:
        """Seconds since the tester last wrote to a record."""
        written = self.pool.written.get(record.id)
        return 1e9 if written is None else self.client.clock.passed() - written

    def worlds(self, subject: Record | None, *, hurried: bool = False) -> Sequence[World]:
        """Every state that the tested API may be in."""
        now = self.client.clock.moment()
        variants = (None,) if subject is None else possible(self.contract, subject, now)
        return [self.pool.world(variant, hurried=hurried, now=now) for variant in variants]

    def _complete(self, name: str) -> bool:
        """Whether the list as it was read last shows every record: it has one page, or less than one."""
        operation = self.contract.acting(name, "list")
        if operation is None:
            return False
        paging = paging_of(self.contract, operation)
        if paging is not None:
            return len(self._lists.get(name, {})) >= self._totals.get(name, 1e9)
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
        return Record(resource.name, str(data[resource.id]), dict(data), hidden)

    def _list(self, name: str) -> None:
        operation = self.contract.acting(name, "list")
        if operation is None:
            return
        exchange = self.client.send(plain_call(self.contract, operation))
        self._plausible(exchange)
        items = shown(operation, exchange.reply)
        key = self.contract.resources[name].id
        listed = [i for i in items if isinstance(i, Mapping) and key in i] if isinstance(items, list) else []
        self.pool.saw(name, listed)
        self._lists[name] = {str(item[key]): item for item in listed}
        paging = paging_of(self.contract, operation)
        total = count(exchange.reply, paging.total) if paging else None
        if total is not None:
            self._totals[name] = total

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
