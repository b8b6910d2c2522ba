"""Finding or making the record that a probe starts from: given, led there by declared moves, or created."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contracts.calls import plain_call
from contracts.check.client import Client
from contracts.check.draws import Unavailable
from contracts.check.observing import Observer
from contracts.check.records import Pool, fits, moves, settle_hidden
from contracts.check.shots import Shots
from contracts.contract import Contract
from contracts.document.samples import sample
from contracts.model import ABSENT, Call, Json, Operation, Outcome, Record
from contracts.promises import Given, Shot
from contracts.semantics import decide
from contracts.words._word import kinds_of
from contracts.words.transition import asked

DEPTH = 4
"""Moves in a row that lead to a state."""

ATTEMPTS = 5
"""Ways that are tried in vain before a state counts as not reached."""


class Unreached(Exception):
    """No record fits, and none can be made to. The text says why."""


@dataclass(frozen=True)
class _Way:
    """From a record that is there, or a create call, by further calls (operation, body) to one that fits."""

    start: Record | Call
    steps: tuple[tuple[str, Json], ...] = ()

    @property
    def key(self) -> str:
        start = self.start.id if isinstance(self.start, Record) else repr(self.start.body)
        return f"{start} {self.steps!r}"


class Provisioner:
    """Finds the cheapest history that leads to a fitting record."""

    def __init__(
        self, contract: Contract, client: Client, pool: Pool, observer: Observer, shots: Shots
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._shots = observer, shots

    def find(self, given: Given) -> Record:
        """A record that fits. Raises Unreached where there is none."""
        tried: set[str] = set()
        notes: list[str] = []
        for _ in range(ATTEMPTS):
            for record in self._pool.mine(given.resource):
                if fits(self._contract, record, given):
                    return record
            way = next((way for way in self._ways(given) if way.key not in tried), None)
            if way is None:
                break
            tried.add(way.key)
            self._go(way, notes)
        raise Unreached(self._why(given, notes))

    def _ways(self, given: Given) -> Iterator[_Way]:
        """Ways to a fitting record, the shortest first; a new record only where none of the old will do."""
        yield from self._paths([(r, r) for r in self._pool.mine(given.resource)], given)
        yield from self._paths(list(self._creations(given.resource)), given)

    def _paths(self, starts: list[tuple[Record | Call, Record]], given: Given) -> Iterator[_Way]:
        queue = deque((_Way(start), now) for start, now in starts)
        seen: set[str] = set()
        while queue:
            way, now = queue.popleft()
            if fits(self._contract, now, given):
                yield way
                continue
            for operation in moves(self._contract, given.resource) if len(way.steps) < DEPTH else ():
                for call, after in self._steps(operation, now):
                    further = replace(way, steps=(*way.steps, (operation.id, call.body)))
                    key = f"{way.start!r} {after.data.get(self._state(after))} {after.hidden!r}"
                    if key not in seen:
                        seen.add(key)
                        queue.append((further, after))

    def _creations(self, resource: str) -> Iterator[tuple[Call, Record]]:
        """Create calls, one for each kind and each property that decides the state, and what they make."""
        operation = self._contract.acting(resource, "create")
        if operation is None:
            return
        transition = operation.words.get("transition")
        deciding = asked(transition) if transition is not None else ()
        kinds: list[dict[str, Json]] = [{k: value} for k, value in kinds_of(self._contract, operation)]
        for body in kinds or [{}]:
            for name in (None, *deciding):
                shot = Shot(operation.id, body, draws=(name,) if name else (), fill=False)
                try:
                    call = self._shots.build(shot, None, self._shots.plain(shot))
                except Unavailable:
                    continue
                for outcome in self._successes(call, None):
                    if outcome.after is not None:
                        yield call, outcome.after

    def _steps(self, operation: Operation, record: Record) -> Iterator[tuple[Call, Record]]:
        for call in self._calls(operation, record):
            for outcome in self._successes(call, record):
                if outcome.after is not None:
                    yield call, outcome.after

    def _successes(self, call: Call, record: Record | None) -> Iterator[Outcome]:
        for outcome in decide(self._contract, call, self._pool.world(record)):
            if outcome.succeeded and not outcome.departs:
                yield outcome

    def _calls(self, operation: Operation, record: Record) -> Iterator[Call]:
        """The plainest call of an operation, and one with each property that decides where it leads."""
        schemas = self._contract.document.schemas
        plain: Json = sample(schemas, operation.body) if operation.body_required else ABSENT
        yield plain_call(self._contract, operation, record.id, plain)
        properties = self._contract.body_properties(operation)
        for name in asked(operation.words["transition"]):
            base = plain if isinstance(plain, Mapping) else {}
            body = {**base, name: sample(schemas, properties[name])}
            yield plain_call(self._contract, operation, record.id, body)

    def _go(self, way: _Way, notes: list[str]) -> None:
        """Walk a way; what comes of it is in the pool."""
        record = self._create(way.start, notes) if isinstance(way.start, Call) else way.start
        for name, body in way.steps:
            if record is None:
                return
            operation = self._contract.operations[name]
            call = plain_call(self._contract, operation, record.id, body)
            record = self._move(call, record, notes)

    def _create(self, call: Call, notes: list[str]) -> Record | None:
        exchange = self._client.send(call)
        made = self._observer.made(exchange)
        if made is None:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            return None
        return self._read(made)

    def _move(self, call: Call, record: Record, notes: list[str]) -> Record | None:
        outcomes = list(self._successes(call, record))
        exchange = self._client.send(call)
        if exchange.reply.status >= 300:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            return None
        moved = self._read(record)
        if moved is not None:
            state = self._state(moved)
            notes.append(f"{call.operation} led to {moved.data.get(state)}")
            fitting = [o for o in outcomes if o.after and o.after.data.get(state) == moved.data.get(state)]
            moved = replace(moved, hidden=settle_hidden(record, fitting))
            self._pool.put(moved)
        return moved

    def _read(self, record: Record) -> Record | None:
        data = self._observer.read(record)
        if not isinstance(data, Mapping):
            return None
        self._pool.written[record.id] = self._client.clock.passed()
        record = replace(record, data=dict(data))
        self._pool.put(record)
        return record

    def _state(self, record: Record) -> str:
        return self._contract.resources[record.resource].state or ""

    def _why(self, given: Given, notes: list[str]) -> str:
        if notes:
            return f"{given} could not be reached: {notes[-1]}"
        if not self._pool.mine(given.resource):
            return f"there is no {given.resource} to use: give fixture ids, or let one be created"
        hidden = [text for text, _ in given.where if "hidden." in text]
        if hidden:
            return f"whether `{hidden[0]}` holds is not known of any record: name a fixture that says it"
        return f"no record is {given}, and no declared move leads there"
