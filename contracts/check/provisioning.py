"""Finding or making the record that a probe starts from: given, led there, or created.

What leads there: operations with a transition, the examples of updates' bodies, nested records that change
their parent, and moves that time makes.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.observing import Observer
from troth.contracts.check.records import Pool, fits, settle_hidden
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.deciding.decide import decide
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Call, Json, Operation, Outcome, Put, Record, Unknown
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import Given, PlannedCall
from troth.contracts.words._starts import accepted_start, kinds_of
from troth.contracts.words.automatic import slack
from troth.contracts.words.examples import documented
from troth.contracts.words.transition import deciding_properties

DEPTH = 6
"""Moves in a row that lead to a state."""

MOST = 250
"""Histories that are thought through before a state counts as not reached."""

ATTEMPTS = 5
"""Ways that are tried in vain before a state counts as not reached."""


PATIENCE = 2
"""Times that a state is looked for in vain before it is given up for the rest of the run."""

STARTS = 12
"""Records from which ways are thought through."""


class Unreached(Exception):
    """No record fits, and none can be made to. The text says why."""


@dataclass(frozen=True)
class _Way:
    """From a record that is there, or a create call, by further calls to one that fits; numbers are seconds
    to wait."""

    start: Record | Call
    steps: tuple[Call | float, ...] = ()

    @property
    def key(self) -> str:
        start = self.start.id if isinstance(self.start, Record) else repr(self.start.body)
        return f"{start} {self.steps!r}"

    def then(self, step: Call | float) -> _Way:
        """The way with one more step."""
        return replace(self, steps=(*self.steps, step))


class Provisioner:
    """Finds the cheapest history that leads to a fitting record."""

    def __init__(
        self, contract: Contract, client: Client, pool: Pool, observer: Observer, builder: CallBuilder
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._builder = observer, builder
        self._vain: Counter[Given] = Counter()
        self._made_by: dict[str, PlannedCall] = {}
        self._recipes: dict[Given, tuple[PlannedCall, tuple[Call | float, ...]]] = {}

    def find(self, given: Given) -> Record:
        """A record that fits. Raises Unreached where there is none."""
        tried: set[str] = set()
        notes: list[str] = []
        if self._vain[given] >= PATIENCE:
            raise Unreached(self._why(given, notes))
        for _ in range(ATTEMPTS):
            for record in self._candidates(given.resource):
                now = self._now(record) if fits(self._contract, record, given, self._pool) else None
                if now is not None and fits(self._contract, now, given, self._pool):
                    return now
            way = self._again(given) if not tried else None
            way = way or next((way for way in self._ways(given) if way.key not in tried), None)
            if way is None:
                break
            tried.add(way.key)
            self._go(way, notes)
            if isinstance(way.start, Call):
                self._recipes[given] = (self._made_by[repr(way.start.body)], way.steps)
        self._vain[given] += 1
        raise Unreached(self._why(given, notes))

    def _again(self, given: Given) -> _Way | None:
        """The way that led there before, from a new record: thinking it through again takes long."""
        known = self._recipes.pop(given, None)
        if known is None:
            return None
        planned, steps = known
        call = self._creating(planned, self._above(given))
        return _Way(call, steps) if call is not None else None

    def _above(self, given: Given) -> Record | None:
        """The record below which one is to be made."""
        operation = self._contract.acting(given.resource, "create")
        if operation is None or operation.parent is None:
            return None
        above = self.find(given.above or Given(operation.parent.resource))
        self._observer.look(given.resource, above.id)
        return above

    def _creating(self, planned: PlannedCall, above: Record | None) -> Call | None:
        """A create call with new values; None where a value that it needs has never been seen."""
        try:
            call = self._builder.build(planned, above, self._builder.plain(planned))
        except Unavailable:
            return None
        self._made_by[repr(call.body)] = planned
        return call

    def _candidates(self, resource: str) -> list[Record]:
        """The tester's own records; of nested ones first those that are not alone."""
        mine = self._pool.mine(resource)
        alike = Counter(record.parent for record in mine)
        return sorted(mine, key=lambda record: -min(alike[record.parent], 2)) if mine else []

    def _now(self, record: Record) -> Record | None:
        """A record as it is; read again where time may have moved it since."""
        resource = self._contract.resources[record.resource]
        state = record.data.get(resource.state or "")
        timed = any(auto.after is not None and state in auto.source for auto in resource.auto)
        return self._read(record) if timed else record

    def _ways(self, given: Given) -> Iterator[_Way]:
        """Ways to a fitting record, the shortest first; a new record only where none of the old will do."""
        mine: list[tuple[Record | Call, Record]] = [
            (r, r) for r in self._pool.mine(given.resource) if self._below(r, given)
        ]
        yield from self._paths(mine[:STARTS], given)
        yield from self._paths(list(self._creations(given)), given)

    def _below(self, record: Record, given: Given) -> bool:
        """Whether a record has the parent that is asked for: that, no move of its own will change."""
        return fits(self._contract, record, replace(given, state=None, where=()), self._pool)

    def _paths(self, starts: list[tuple[Record | Call, Record]], given: Given) -> Iterator[_Way]:
        """Ways to a fitting record: first by what no way has led to yet (a state, a condition that holds or
        not), then the shortest."""
        queue = [(0, 0, number, _Way(start), now) for number, (start, now) in enumerate(starts)]
        seen: set[str] = set()
        texts = self._asked(given)
        met = Counter(self._sort(now, texts) for _, now in starts)
        while queue and len(seen) < MOST:
            *_, way, now = heapq.heappop(queue)
            if fits(self._contract, now, given):
                yield way
                continue
            for step, then in self._steps(now) if len(way.steps) < DEPTH else ():
                after = _imagined_parts(then, len(way.steps))
                key = f"{way.start!r} {after.data!r} {after.hidden!r}"
                if key not in seen:
                    seen.add(key)
                    sort = self._sort(after, texts)
                    place = met[sort], len(way.steps) + 1, len(starts) + len(seen)
                    heapq.heappush(queue, (*place, way.then(step), after))
                    met[sort] += 1

    def _asked(self, given: Given) -> list[str]:
        """The conditions that a record, or an operation on one like it, asks for."""
        own = (accepted_start(o) for o in self._contract.operations.values() if o.resource == given.resource)
        asked = [*given.where, *(condition for other in own if other for condition in other.where)]
        return list(dict.fromkeys(text for text, _ in asked))

    def _sort(self, record: Record, texts: list[str]) -> tuple[Json, ...]:
        """What matters of a record on the way to another: its state, and which conditions hold."""
        single = (Given(record.resource, None, ((text, True),)) for text in texts)
        state = record.data.get(self._state(record))
        return state, *(fits(self._contract, record, given) for given in single)

    def _creations(self, given: Given) -> Iterator[tuple[Call, Record]]:
        """Create calls, one for each kind and each property that decides the state, and what they make."""
        operation = self._contract.acting(given.resource, "create")
        if operation is None:
            return
        above = self._above(given)
        transition = transition_of(operation)
        deciding = deciding_properties(transition) if transition is not None else ()
        kinds: list[dict[str, Json]] = [{k: value} for k, value in kinds_of(self._contract, operation)]
        planned_calls = [
            PlannedCall(operation.id, body, draws=(name,) if name else (), fill=False)
            for body in kinds or [{}]
            for name in (None, *deciding)
        ]
        planned_calls += [documented(self._contract, operation, body) for body in operation.examples.values()]
        for planned in planned_calls:
            call = self._creating(planned, above)
            for outcome in self._successes(call, above) if call is not None else ():
                puts = [c.record for c in outcome.changes if isinstance(c, Put)]
                made = [r for r in puts if r.resource == given.resource and not r.version]
                yield from ((call, self._imagined(record)) for record in made[:1] if call)

    def _imagined(self, record: Record) -> Record:
        """A record that is yet to be made, with an id that no other has; nothing belongs to it."""
        id = self._builder.unused(record.resource)
        self._pool.complete |= {(name, id) for name in self._contract.resources}
        return replace(record, id=id)

    def _steps(self, record: Record) -> Iterator[tuple[Call | float, Record]]:
        """Calls that change a record (themselves, or by what they make below it), and waiting."""
        for operation in self._contract.operations.values():
            for call in self._calls(operation, record):
                yield from ((call, after) for after in self._becomes(call, record))
        resource = self._contract.resources[record.resource]
        for auto in resource.auto:
            if auto.after is not None and record.data.get(resource.state or "") in auto.source:
                latest = auto.within or auto.after
                moved = replace(record, data={**record.data, resource.state or "": auto.to})
                yield latest + slack(latest), moved

    def _becomes(self, call: Call, record: Record) -> Iterator[Record]:
        """What a call makes of a record, of itself or by what it makes below it."""
        for outcome in self._successes(call, record):
            puts = (c.record for c in outcome.changes if isinstance(c, Put))
            yield from (r for r in puts if (r.resource, r.id) == (record.resource, record.id))

    def _successes(self, call: Call, record: Record | None) -> Iterator[Outcome]:
        for outcome in decide(self._contract, call, self._pool.world(record)):
            if outcome.succeeded and not outcome.departs:
                yield outcome

    def _calls(self, operation: Operation, record: Record) -> Iterator[Call]:
        """The plainest calls of an operation that may change a record: where it moves, one for each property
        that decides where to; where it updates, one for each example; and such as make things below it."""
        schemas, transition = self._contract.document.schemas, transition_of(operation)
        plain: Json = sample(schemas, operation.body) if operation.body_required else ABSENT
        if operation.parent is not None and operation.parent.resource == record.resource:
            for body in (operation.examples.values() or (plain,)) if operation.verb == "create" else ():
                yield plain_call(self._contract, operation, None, body, record.id)
            return
        if operation.resource != record.resource or operation.verb not in ("action", "update"):
            return
        states, targets = (transition.states or (), transition.targets) if transition else ((), ())
        leads = any(state not in states for state, _ in targets)
        bodies: list[Json] = [plain] if leads else []
        properties, base = self._contract.body_properties(operation), plain if plain is not ABSENT else {}
        for name in deciding_properties(transition) if transition is not None else ():
            bodies.append({**base, name: sample(schemas, properties[name])})
        for body in (*bodies, *operation.examples.values()):
            yield plain_call(self._contract, operation, record.id, body, record.parent)

    def _go(self, way: _Way, notes: list[str]) -> None:
        """Walk a way; what comes of it is in the pool."""
        record = self._create(way.start, notes) if isinstance(way.start, Call) else way.start
        for step in way.steps:
            if record is None:
                return
            if isinstance(step, float):
                self._client.clock.patient(step)
                record = self._read(record)
                continue
            operation, path = self._contract.operations[step.operation], dict(step.path)
            path |= self._names(operation, record)
            record = self._move(replace(step, path=path), record, notes)

    def _names(self, operation: Operation, record: Record) -> Mapping[str, Json]:
        """The path parameters that name a record, as the thing itself or as the parent."""
        if operation.resource == record.resource:
            return operation.item(record.id)
        return operation.item(record.id, operation.parent.by) if operation.parent else {}

    def _create(self, call: Call, notes: list[str]) -> Record | None:
        above, operation = self._observer.above(call), self._contract.operations[call.operation]
        puts = [c.record for o in self._successes(call, above) for c in o.changes if isinstance(c, Put)]
        exchange = self._client.send(call)
        made = self._observer.made(exchange)
        if made is not None:
            told = [r for r in puts if r.resource == made.resource and not r.version]
            made = replace(made, hidden=settle_hidden(made, told))
        if made is None and exchange.reply.status < 300 and operation.parent is not None:
            made = self._below_new(operation, above, puts)
        if made is None:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            return None
        found = self._read(made)
        if found is not None:
            self._observer.look_below(found)
        return found

    def _below_new(self, operation: Operation, above: Record | None, puts: list[Record]) -> Record | None:
        """A nested record that was made by a call whose answer does not show it."""
        if above is None or operation.resource is None:
            return None
        told = [r for r in puts if (r.resource, r.id) == (above.resource, above.id)]
        above = replace(above, hidden=settle_hidden(above, told or [above]))
        known = {record.id for record in self._pool.mine(operation.resource)}
        found = self._observer.look(operation.resource, above.id)
        self._read(above)
        new = next((id for id in found if id not in known), None)
        return self._pool.get(operation.resource, new) if new else None

    def _move(self, call: Call, record: Record, notes: list[str]) -> Record | None:
        outcomes = list(self._becomes(call, record)) or [record]
        exchange = self._client.send(call)
        if exchange.reply.status >= 300:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            return None
        moved = self._read(record)
        if moved is not None:
            state = self._state(moved)
            notes.append(f"{call.operation} led to {moved.data.get(state)}")
            now = self._client.clock.moment()
            same = [after for after in outcomes if after.data.get(state) == moved.data.get(state)]
            moved = replace(moved, hidden=settle_hidden(record, same), since=now if same else None)
            self._pool.put(moved)
            self._observer.look_below(moved)
            self._observer.look(moved.resource, moved.parent)
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
            return f"{given} could not be reached: {', '.join(list(dict.fromkeys(notes))[:3])}"
        if not self._pool.mine(given.resource):
            return f"there is no {given.resource} to use: give fixture ids, or let one be created"
        hidden = [text for text, _ in given.where if "hidden." in text]
        if hidden:
            return f"whether `{hidden[0]}` holds is not known of any record: name a fixture that says it"
        return f"no record is {given}, and no declared move leads there"


def _imagined_parts(record: Record, step: int) -> Record:
    """A record that is thought of, with ids for its new parts: nobody can know them, but they differ."""
    numbers = itertools.count()
    data = {
        name: [_told(item, step, numbers) for item in value] if type(value) is list else value
        for name, value in record.data.items()
    }
    return replace(record, data=data)


def _told(item: Json, step: int, numbers: Iterator[int]) -> Json:
    if not isinstance(item, Mapping) or not any(isinstance(value, Unknown) for value in item.values()):
        return item
    return {n: f"part {step}.{next(numbers)}" if isinstance(v, Unknown) else v for n, v in item.items()}
