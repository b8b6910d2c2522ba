"""Finding or making the record that a probe starts from: given, made, or led there by declared moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.check.client import Client
from contracts.check.observing import Observer
from contracts.check.records import Pool, fits, moves, settle_hidden
from contracts.check.shots import Shots
from contracts.contract import Contract
from contracts.document.samples import sample
from contracts.model import ABSENT, Call, Json, Operation, Outcome, Record
from contracts.promises import Given
from contracts.semantics import decide
from contracts.words.transition import asked

DEPTH = 4
"""Moves in a row that lead to a state."""


class Unreached(Exception):
    """No record fits, and none can be made to. The text says why."""


class Provisioner:
    """Finds the cheapest history that leads to a fitting record."""

    def __init__(
        self, contract: Contract, client: Client, pool: Pool, observer: Observer, shots: Shots
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._shots = observer, shots

    def find(self, given: Given) -> Record:
        """A record that fits. Raises Unreached where there is none."""
        mine = self._pool.mine(given.resource)
        for record in mine:
            if fits(self._contract, record, given):
                return record
        refusals: list[str] = []
        for record, path in self._paths(mine, given):
            led = self._lead(record, path, refusals)
            if led is not None and fits(self._contract, led, given):
                return led
        raise Unreached(self._why(given, mine, refusals))

    def _paths(self, mine: list[Record], given: Given) -> Iterator[tuple[Record, list[Call]]]:
        """Ways from each record to a fitting one, the shortest first."""
        queue: deque[tuple[Record, Record, list[Call]]] = deque((r, r, []) for r in mine)
        tried: set[str] = set()
        while queue:
            start, now, path = queue.popleft()
            if path and fits(self._contract, now, given):
                yield start, path
                continue
            if len(path) >= DEPTH:
                continue
            for operation in moves(self._contract, given.resource):
                for call, after in self._steps(operation, now):
                    state = self._contract.resources[given.resource].state or ""
                    key = f"{start.id}/{after.data.get(state)}/{sorted(after.hidden.items(), key=repr)!r}"
                    if key not in tried:
                        tried.add(key)
                        queue.append((start, after, [*path, call]))

    def _steps(self, operation: Operation, record: Record) -> Iterator[tuple[Call, Record]]:
        for call in self._calls(operation, record):
            for outcome in self._successes(call, record):
                if outcome.after is not None:
                    yield call, outcome.after

    def _successes(self, call: Call, record: Record) -> Iterator[Outcome]:
        for outcome in decide(self._contract, call, self._pool.world(record)):
            if outcome.succeeded:
                yield outcome

    def _calls(self, operation: Operation, record: Record) -> Iterator[Call]:
        """The plainest call of an operation, and one with each property that decides where it leads."""
        schemas, path = self._contract.document.schemas, {operation.item_parameter or "": record.id}
        plain: Json = sample(schemas, operation.body) if operation.body_required else ABSENT
        yield Call(operation.id, path, body=plain)
        properties = self._contract.body_properties(operation)
        for name in asked(operation.words["transition"]):
            base = plain if isinstance(plain, Mapping) else {}
            yield Call(operation.id, path, body={**base, name: sample(schemas, properties[name])})

    def _lead(self, record: Record, path: list[Call], refusals: list[str]) -> Record | None:
        for call in path:
            exchange = self._client.send(call)
            outcomes = list(self._successes(call, record))
            data = self._observer.read(record)
            if exchange.reply.status >= 300 or not isinstance(data, Mapping):
                refusals.append(f"{call.operation} answered {exchange.reply.status} on the way")
                return None
            self._pool.written[record.id] = self._client.clock.passed()
            state = self._contract.resources[record.resource].state or ""
            fitting = [o for o in outcomes if o.after and o.after.data.get(state) == data.get(state)]
            record = replace(record, data=dict(data), hidden=settle_hidden(record, fitting))
            self._pool.put(record)
        return record

    def _why(self, given: Given, mine: list[Record], refusals: list[str]) -> str:
        if refusals:
            return f"{given} could not be reached: {refusals[0]}"
        if not mine:
            return f"there is no {given.resource} to use: give fixture ids, or let one be created"
        hidden = [text for text, _ in given.where if "hidden." in text]
        if hidden:
            return f"whether `{hidden[0]}` holds is not known of any record: name a fixture that says it"
        return f"no record is {given}, and no declared move leads there"
