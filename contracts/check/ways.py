"""Thinking through what leads to a record that fits: what the contract says that calls, and time, would do.

What leads there: operations with a transition, the examples of updates' bodies, nested records that change
their parent, and moves that time makes.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from troth.contracts.check.building import CallBuilder
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.meeting import meeting_values, properties_asked
from troth.contracts.check.outcomes import stored_as, stored_new
from troth.contracts.check.records import Pool, fits, state_of, timed_moves
from troth.contracts.check.taking import asked_of_parents
from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Transition, effects_of, transition_of
from troth.contracts.deciding.decide import decide
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Absent, Call, Json, Operation, Outcome, Record, Unknown
from troth.contracts.promises.promise import Given, PlannedCall
from troth.contracts.words._leading import deciding_properties, leading_bodies
from troth.contracts.words._starts import accepted_start, kinds_of
from troth.contracts.words.automatic import slack
from troth.contracts.words.examples import documented

DEPTH = 6
"""Moves in a row that lead to a state."""

MOST = 250
"""Histories that are thought through before a state counts as not reached."""

ALIKE = 3
"""Records in one situation from which ways are thought through."""

REMEMBERED = 20_000
"""Of so many records it is remembered what holds for them, and where they can be led."""

Move: TypeAlias = Call | float
"""A call, or seconds to wait."""


@dataclass(frozen=True)
class Way:
    """From a record that is there, or a create call, by further moves to one that fits."""

    start: Record | Call
    moves: tuple[Move, ...] = ()
    planned: PlannedCall | None = None
    """What the create call was built from."""

    @property
    def key(self) -> str:
        """What tells it from other ways; the ids of a record that is only thought of do not."""
        start = self.start.id if isinstance(self.start, Record) else repr(self.planned)
        moves = [replace(move, path={}) if isinstance(move, Call) else move for move in self.moves]
        return f"{start} {moves!r}"

    def then(self, move: Move) -> Way:
        """The way with one more move."""
        return replace(self, moves=(*self.moves, move))


_Branch: TypeAlias = tuple[Move, Record]
"""A move, and what it makes of a record."""

_Start: TypeAlias = tuple[Way, Record]
"""A way without moves yet, and the record that it leads to."""


class Ways:
    """Finds the shortest ways to a fitting record; sends nothing."""

    def __init__(self, contract: Contract, pool: Pool, builder: CallBuilder) -> None:
        self._contract, self._pool, self._builder = contract, pool, builder
        self.wanting_more: set[str] = set()
        """Operations that refused what their documents call enough: they are given all that may be said."""
        self._made: dict[str, tuple[tuple[PlannedCall, Record], ...]] = {}
        self._branches: dict[str, tuple[_Branch, ...]] = {}
        self._tried: dict[str, Sequence[Json | Absent]] = {}
        self._held: dict[tuple[int, str], tuple[Record, bool]] = {}

    def vary(self, number: int) -> None:
        """From now on new records differ from the plainest ones, each number in another way."""
        self._builder.vary(number)

    def from_own(self, given: Given) -> Iterator[Way]:
        """Ways from the tester's own records, the shortest first."""
        conditions, met, starts = self._conditions(given), Counter[tuple[Json, ...]](), list[_Start]()
        for record in self._pool.own(given.resource):
            if not self._has_parent(record, given):
                continue
            situation = self._situation(record, conditions)
            met[situation] += 1
            if met[situation] <= ALIKE:
                starts.append((Way(record), record))
        return self._search(starts, given)

    def from_one(self, record: Record, given: Given) -> Iterator[Way]:
        """Ways from one record, the shortest first."""
        return self._search([(Way(record), record)], given)

    def from_new(self, given: Given, parent: Record | None) -> Iterator[Way]:
        """Ways from records that are yet to be made below a parent, the shortest first."""
        starts: list[_Start] = []
        for number, (planned, record) in enumerate(self._thought_creations(given, parent)):
            starts.append((Way(Call(planned.operation, {}, body=number), planned=planned), record))
        for way in self._search(starts, given):
            assert way.planned is not None
            call = self.creating(way.planned, parent)
            if call is not None:
                yield replace(way, start=call)

    def _thought_creations(
        self, given: Given, parent: Record | None
    ) -> tuple[tuple[PlannedCall, Record], ...]:
        """The records that may be made, remembered: what is thought of them later is the same, too."""
        asked = self._asked(given)
        key = f"{given.resource} {self._builder.variety} {asked} {parent!r}"
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = tuple(self._creations(given, parent, asked))
        return found

    def _asked(self, given: Given) -> tuple[str, ...]:
        """The properties that conditions ask for, and that may be said when a record is made."""
        operation = self._contract.acting(given.resource, "create")
        if operation is None:
            return ()
        if operation.id in self.wanting_more:
            required = self._contract.body_required(operation)
            return tuple(name for name in self._contract.body_properties(operation) if name not in required)
        return tuple(sorted(properties_asked(given) & self._contract.body_properties(operation).keys()))

    def _has_parent(self, record: Record, given: Given) -> bool:
        """Whether a record has the parent that is asked for: that, no move of its own will change."""
        return fits(self._contract, record, replace(given, state=None, where=()), self._pool)

    def _search(self, starts: Sequence[_Start], given: Given) -> Iterator[Way]:
        """Ways to a fitting record: first by what no way has led to yet (a state, a condition that holds or
        not), then the shortest."""
        queue = [(0, 0, number, way, record) for number, (way, record) in enumerate(starts)]
        seen: set[str] = set()
        conditions = self._conditions(given)
        met = Counter(self._situation(record, conditions) for _, record in starts)
        while queue and len(seen) < MOST:
            *_, way, record = heapq.heappop(queue)
            if fits(self._contract, record, given):
                yield way
                continue
            if len(way.moves) >= DEPTH:
                continue
            start = repr(way.start)
            for move, after in self._thought_through(record, len(way.moves)):
                key = f"{start} {after.data!r} {after.hidden!r}"
                if key in seen:
                    continue
                seen.add(key)
                situation = self._situation(after, conditions)
                place = met[situation], len(way.moves) + 1, len(starts) + len(seen)
                heapq.heappush(queue, (*place, way.then(move), after))
                met[situation] += 1

    def _conditions(self, given: Given) -> list[str]:
        """The conditions that a record, or an operation on one like it, asks for."""
        found = [text for text, _ in given.where]
        for operation in self._contract.operations.values():
            if operation.parent is not None and operation.parent.resource == given.resource:
                found += [text for text, _ in asked_of_parents(self._contract, operation)]
            if operation.resource != given.resource:
                continue
            start = accepted_start(operation)
            if start is not None:
                found += [text for text, _ in start.where]
        return list(dict.fromkeys(found))

    def _situation(self, record: Record, conditions: Sequence[str]) -> tuple[Json, ...]:
        """What matters of a record on the way to another: its state, and which conditions hold."""
        return state_of(self._contract, record), *(self._holds(text, record) for text in conditions)

    def _holds(self, text: str, record: Record) -> bool:
        """Whether a condition holds for a record, remembered: many searches come by the same records."""
        known = self._held.get((id(record), text))
        if known is None:
            if len(self._held) >= REMEMBERED:
                self._held.clear()
            holds = fits(self._contract, record, Given(record.resource, None, ((text, True),)))
            known = self._held[id(record), text] = record, holds
        return known[1]

    def _creations(
        self, given: Given, parent: Record | None, asked: tuple[str, ...]
    ) -> Iterator[tuple[PlannedCall, Record]]:
        """Create calls, one for each kind and each property that decides the state, and what they make."""
        operation = self._contract.acting(given.resource, "create")
        if operation is None:
            return
        planned_calls = self._planned_creations(operation, asked)
        properties, required = (
            self._contract.body_properties(operation),
            self._contract.body_required(operation),
        )
        meeting = meeting_values(self._contract, properties, required, self._wished(given))
        if meeting:
            plain = [planned for planned in planned_calls if isinstance(planned.body, Mapping)]
            planned_calls += [replace(one, body={**meeting, **one.body}) for one in plain if not one.draws]
        for planned in planned_calls:
            call = self.creating(planned, parent)
            if call is None:
                continue
            for outcome in self.successes(call, parent):
                made = stored_new(outcome, given.resource)
                if made:
                    yield planned, self._imagined(made[0])

    def _wished(self, given: Given) -> list[str]:
        """The conditions that a new record is to meet: what others ask of one, then what is asked of it."""
        own = dict(given.where)
        others = [text for text in self._conditions(given) if text not in own]
        return [*others, *(text if wanted else f"!({text})" for text, wanted in own.items())]

    def _planned_creations(self, operation: Operation, asked: tuple[str, ...]) -> list[PlannedCall]:
        kinds: list[dict[str, Json]] = [{name: kind} for name, kind in kinds_of(self._contract, operation)]
        transition = transition_of(operation)
        deciding = deciding_properties(transition) if transition is not None else ()
        found: list[PlannedCall] = []
        if operation.id in self.wanting_more:
            found += [PlannedCall(operation.id, body, draws=asked) for body in kinds or [{}]]
        for body in kinds or [{}]:
            found.append(PlannedCall(operation.id, body))
            found += [PlannedCall(operation.id, body, draws=(name,)) for name in deciding]
            found += [PlannedCall(operation.id, {**body, **most}) for most in self._most(operation)]
        found += [documented(self._contract, operation, body) for body in operation.examples.values()]
        drawn: list[PlannedCall] = []
        if asked:
            drawn = [PlannedCall(operation.id, body, draws=asked) for body in kinds or [{}]]
        if self._builder.variety:  # what examples say is the same each time
            return drawn + found
        return found + drawn

    def creating(self, planned: PlannedCall, parent: Record | None) -> Call | None:
        """A create call with new values; None where a value that it needs has never been seen."""
        try:
            return self._builder.build(planned, parent, self._builder.plain_values(planned))
        except Unavailable:
            return None

    def _imagined(self, record: Record) -> Record:
        """A record that is yet to be made, with an id that no other has, and with all that every record has;
        nothing belongs to it."""
        id = self._builder.unused(record.resource)
        for name in self._contract.resources:
            self._pool.remember_whole(name, id, whole=True)
        schema = self._contract.document.schemas.resolve(self._contract.resources[record.resource].schema)
        unsaid = dict.fromkeys(schema.get("required", ()), Unknown())
        return replace(record, id=id, data={**unsaid, **record.data})

    def _moves(self, record: Record) -> Iterator[tuple[Move, Record]]:
        """Calls that change a record (themselves, or by what they make below it), and waiting."""
        for operation in self._contract.operations.values():
            for call in self._calls(operation, record):
                for after in self.becomes(call, record):
                    yield call, after
        resource = self._contract.resources[record.resource]
        for auto in timed_moves(self._contract, record):
            assert resource.state is not None
            assert auto.after is not None
            latest = auto.within or auto.after
            yield latest + slack(latest), replace(record, data={**record.data, resource.state: auto.to})

    def becomes(self, call: Call, record: Record) -> Iterator[Record]:
        """What a call makes of a record, of itself or by what it makes below it; nothing where that hangs on
        what is not known of it."""
        with suppress(ContractFault):
            for outcome in self.successes(call, record):
                yield from stored_as(outcome, record)

    def _thought_through(self, record: Record, step: int) -> tuple[_Branch, ...]:
        """The moves of a record, remembered: many searches begin with the same ones."""
        key = f"{step} {self._pool.count_below(record.id)} {record!r}"
        found = self._branches.get(key)
        if found is None:
            if len(self._branches) >= REMEMBERED:
                self._branches.clear()
            branches = [(move, _with_part_ids(moved, step)) for move, moved in self._moves(record)]
            found = self._branches[key] = tuple(branches)
        return found

    def successes(self, call: Call, record: Record | None) -> Iterator[Outcome]:
        """How a call may succeed, as far as the document is no guess."""
        for outcome in decide(self._contract, call, self._pool.world(record)):
            if outcome.succeeded and not outcome.departs:
                yield outcome

    def _calls(self, operation: Operation, record: Record) -> Iterator[Call]:
        """The plainest calls of an operation that may change a record, or that make things below it."""
        if operation.parent is not None and operation.parent.resource == record.resource:
            if operation.verb == "create":
                for body in self._bodies_below(operation):
                    yield self._pool.call_below(operation, record, body)
            return
        if operation.resource == record.resource and operation.verb in ("action", "update"):
            if operation.id not in self._tried:
                self._tried[operation.id] = self._bodies(operation)
            for body in self._tried[operation.id]:
                yield self._pool.call_on(operation, record, body)

    def _bodies_below(self, operation: Operation) -> list[Json | Absent]:
        """What is sent to make things below a record: examples, else the plainest body; and with the most of
        what changes something besides."""
        bodies: list[Json | Absent] = [*operation.examples.values()] or [self._plain_body(operation)]
        base = operation.record_in(bodies[0])
        return [*bodies, *({**base, **most} for most in self._most(operation))]

    def _most(self, operation: Operation) -> Iterator[dict[str, Json]]:
        """The largest of each number of a body that an effect reads: what follows is the furthest that one
        call can lead."""
        texts = [text for effect in effects_of(operation) for text in effect.set.values()]
        read = {path[-1] for text in texts for path in cel.names(text)}
        for name, schema in self._contract.body_properties(operation).items():
            largest = self._contract.document.schemas.resolve(schema).get("maximum")
            if name in read and isinstance(largest, int):
                yield {name: largest}

    def _bodies(self, operation: Operation) -> list[Json | Absent]:
        """Where it moves a record: the plainest body, and one for each property that decides where to. Where
        it updates one: each example."""
        bodies: list[Json | Absent] = []
        plain, transition = self._plain_body(operation), transition_of(operation)
        if transition is not None:
            if _leads_elsewhere(transition):
                bodies.append(plain)
            base = operation.record_in(plain)
            properties = self._contract.body_properties(operation)
            deciding = deciding_properties(transition)
            for name in deciding:
                schema = self._contract.document.schemas.resolve(properties[name])
                value = sample(self._contract.document.schemas, schema)
                bodies.append({**base, name: value})
                if isinstance(value, int) and "maximum" in schema:
                    bodies.append({**base, name: schema["maximum"]})
            for named in leading_bodies(self._contract, operation, {*deciding}):
                if {**base, **named} not in bodies:
                    bodies.append({**base, **named})
        if not bodies and self._makes_fit(operation):
            bodies.append(plain)
        return [*bodies, *operation.examples.values()]

    def _makes_fit(self, operation: Operation) -> bool:
        """Whether what an operation sets besides is what others ask of a record."""
        asked = {
            path for text in self._conditions(Given(operation.resource or "")) for path in cel.names(text)
        }
        names = {name for effect in effects_of(operation) for name in effect.set}
        return any(("self", name) in asked for name in names)

    def _plain_body(self, operation: Operation) -> Json | Absent:
        if not operation.body_required:
            return ABSENT
        return sample(self._contract.document.schemas, operation.body)


def _leads_elsewhere(transition: Transition) -> bool:
    """Whether a transition leads to a state that it does not start from."""
    states = transition.states
    if states is None:
        return bool(transition.targets)
    return any(target not in states for target, _ in transition.targets)


def _with_part_ids(record: Record, step: int) -> Record:
    """A record that is thought of, with ids for its new parts: nobody can know them, but they differ."""
    numbers = itertools.count()
    data = dict(record.data)
    for name, value in record.data.items():
        if type(value) is list:  # the order of a Bag is open
            data[name] = [_with_part_id(item, step, numbers) for item in value]
    return replace(record, data=data)


def _with_part_id(item: Json, step: int, numbers: Iterator[int]) -> Json:
    if not isinstance(item, Mapping):
        return item
    part = dict(item)
    for name, value in item.items():
        if isinstance(value, Unknown):
            part[name] = f"part {step}.{next(numbers)}"
    return part
