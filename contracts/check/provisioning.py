"""Finding or making the record that a probe starts from: given, led there, or created."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.meeting import hangs_on_server
from troth.contracts.check.observing import Observer
from troth.contracts.check.outcomes import stored_as, stored_new
from troth.contracts.check.provided import Provided
from troth.contracts.check.records import Pool, fits, settle_hidden, state_of, timed_moves
from troth.contracts.check.taking import parent_taking
from troth.contracts.check.ways import Move, Way, Ways
from troth.contracts.contract import Contract, cel
from troth.contracts.errors import ContractFault
from troth.contracts.model import Call, Json, Operation, Outcome, Record, Resource
from troth.contracts.promises.promise import Given, PlannedCall
from troth.contracts.words._starts import barriers, having_property
from troth.contracts.words.automatic import drift

ATTEMPTS = 5
"""Ways that are tried in vain before a state counts as not reached."""

PATIENCE = 2
"""Times that a state is looked for in vain before it is given up for the rest of the run."""


SHORT = 0.02
"""The part of the time of a move in which a record is taken to be as it was last seen."""

LOOKS = 3
"""Records of which is read what belongs to them, before more are made."""


class Unreached(Exception):
    """No record fits, and none can be made to. The text says why."""


UNFIT = (400, 422)
"""How APIs refuse a body that lacks something."""


class Provisioner:
    """Finds the cheapest history that leads to a fitting record."""

    def __init__(
        self, contract: Contract, client: Client, pool: Pool, observer: Observer, builder: CallBuilder
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._ways = observer, Ways(contract, pool, builder)
        self._builder = builder
        self._given_all: set[tuple[str, str]] = set()
        """The records that were given all that they may be given."""
        self.provided = Provided(client.target.hooks, pool, observer)
        self.before_change: Callable[[Record], None] = lambda record: None
        """Told of a record that is going to be changed."""
        self.after_change: Callable[[Record], None] = lambda record: None
        """Told of a record that was changed, or made."""
        self._failures: Counter[Given] = Counter()
        self._notes: dict[Given, list[str]] = {}
        """What came of looking for it in vain."""
        self._recipes: dict[Given, tuple[PlannedCall, tuple[Move, ...]]] = {}

    def find(self, given: Given) -> Record:
        """A record that fits. Raises Unreached where there is none."""
        notes = self._notes.setdefault(given, [])
        if self._failures[given] >= PATIENCE:
            raise Unreached(self._reason(given, notes))
        tried, at_large = set[str](), False
        for _ in range(ATTEMPTS):
            record = self._fitting(given) or self._fitting_below(given)
            if record is not None:
                return record
            way = self._next_way(given, tried)
            if way is None:
                if at_large or not self._is_made_at_large(given):
                    break
                at_large = True
                continue
            tried.add(way.key)
            self._go(way, notes)
            self._remember_way(given, way)
        record = self.provided.find(given)
        if record is not None:
            return record
        self._failures[given] += 1
        raise Unreached(self._reason(given, notes))

    def _is_made_at_large(self, given: Given) -> bool:
        """Whether one is made now that fits as far as can be thought: the server says what else it has."""
        if not hangs_on_server(self._contract, given):
            return False
        with suppress(Unreached):
            self.fresh(replace(given, state=None, where=()))
            return True
        return False

    def fresh(self, given: Given) -> Record:
        """A record that fits and was made for this. Raises Unreached where none can be made."""
        notes: list[str] = []
        known = self._known_way(given)
        if known is not None:
            record = self._go(known, notes)
            if record is not None and fits(self._contract, record, given, self._pool):
                self._remember_way(given, known)
                return record
        return self._made(given, notes)

    def find_for(self, operation_id: str, given: Given) -> Record:
        """A record that fits, for a call of an operation. Raises Unreached where there is none."""
        if self.may_delete(operation_id, given):
            return self.spare(given)
        return self.find(given)

    def may_delete(self, operation_id: str, given: Given) -> bool:
        """Whether a call about such a record deletes it, if it is taken: what was given is not for that."""
        operation = self._contract.operations[operation_id]
        resource = self._contract.resources[given.resource]
        if any([operation.verb != "delete", operation.resource != resource.name, resource.single]):
            return False
        if given.state is None:
            return True
        return not barriers(self._contract, operation, resource, given.state)

    def spare(self, given: Given) -> Record:
        """A record that fits and may be deleted: one that was made by the run, or provided for it; what was
        given is there for the next run, too. Raises Unreached."""
        for record in self._candidates(given.resource):
            if self._is_lasting(record):
                continue
            now = self._as_it_is(record)
            if now is not None and fits(self._contract, now, given, self._pool):
                return now
        with suppress(Unreached):
            return self.fresh(given)
        provided = self.provided.find(given)
        if provided is not None:
            return provided
        raise Unreached(f"no {given.resource} can be made for it, and what was given is not deleted")

    def _is_lasting(self, record: Record) -> bool:
        """Whether a record was there before the run, and is no hook's."""
        if self.provided.has(record):
            return False
        return (record.resource, record.id) in self._pool.given

    def _made(self, given: Given, notes: list[str]) -> Record:
        """A record that is made and led to where it fits. Raises Unreached."""
        for way, _ in zip(self._ways.from_new(given, self._parent(given)), range(ATTEMPTS), strict=False):
            record = self._go(way, notes)
            if record is not None and fits(self._contract, record, given, self._pool):
                self._remember_way(given, way)
                return record
        raise Unreached(self._reason(given, notes))

    def rich(self, given: Given, *, anew: bool) -> tuple[Record, Record | None]:
        """A record that fits, of which all was said that may be said when it was made (``anew``: for this),
        and of those with states another one that is like it, if one can be had. Raises Unreached."""
        creating = self._contract.acting(given.resource, "create")
        if creating is None or creating.own is not None:
            return self.find(given), None
        try:
            record = self._make_rich(given, creating) if anew else self._rich_one(given, creating)
        except Unreached:
            return self.find(given), None
        if given.state is not None:
            with suppress(Unreached):
                return record, self._rich_one(given, creating, beside=record)
        return record, None

    def _rich_one(self, given: Given, creating: Operation, beside: Record | None = None) -> Record:
        """One of which all was said, as good as the one that it stands ``beside``."""
        alike = [one for one in self._pool.own(given.resource) if (one.resource, one.id) in self._given_all]
        for record in alike:
            now = self._as_it_is(record) if _is_beside(record, beside) else None
            if now is not None and fits(self._contract, now, given, self._pool):
                return now
        return self._make_rich(given, creating)

    def _make_rich(self, given: Given, creating: Operation) -> Record:
        usual = creating.id in self._ways.wanting_more
        self._ways.wanting_more.add(creating.id)
        self._ways.vary(2)
        try:
            made = self._made(given, [])
        finally:
            self._ways.vary(0)
            if not usual:
                self._ways.wanting_more.discard(creating.id)
        self._given_all.add((made.resource, made.id))
        return made

    def lead(self, record: Record, given: Given) -> Record | None:
        """This very record, led to where it fits; None where no way leads there."""
        for way in itertools.islice(self._ways.from_one(record, given), ATTEMPTS):
            if any(isinstance(move, float) and self._client.clock.is_long(move) for move in way.moves):
                continue  # half of a way would leave it worse than before
            led = self._go(way, [])
            if led is not None and fits(self._contract, led, given, self._pool):
                return led
        return None

    def at_least(
        self, count: int, resource: str, parent: str | None = None, differing: str | None = None
    ) -> None:
        """See to it that there are so many records of the tester's own (below one; differing in a property),
        as far as can be."""
        before, vain = -1, 0
        for _ in range(count + 1):
            there = self._count(resource, parent, differing)
            vain += there == before
            if there >= count or vain > 1:
                return
            before = there
            self._ways.vary(there + vain)
            with suppress(Unreached):
                self._make_one(resource, parent, differing)
            self._ways.vary(0)

    def succeeds(self, call: Call, record: Record | None) -> bool:
        """Whether the contract says that a call may succeed."""
        with suppress(ContractFault):
            return any(True for _ in self._ways.successes(call, record))
        return False

    def _count(self, resource: str, parent: str | None, differing: str | None) -> int:
        own = [record for record in self._pool.own(resource) if parent in (None, record.parent)]
        if differing is None:
            return len(own)
        values = (record.data.get(differing) for record in own)
        return len({repr(value) for value in values if value is not None})

    def _make_one(self, resource: str, parent: str | None, having: str | None) -> None:
        """Make one more record, below a certain one or any, ``having`` a property. Raises Unreached."""
        above, given = self._contract.resources[resource].parent, Given(resource)
        if having is not None:
            given = self._saying(self._contract.resources[resource], having)
        if above is None or parent is None:
            self.fresh(given)
            return
        record = self._pool.get(above.resource, parent)
        if record is None:
            raise Unreached(self._reason(given, []))
        for way in self._ways.from_new(given, record):
            if self._go(way, []) is not None:
                return
        raise Unreached(self._reason(given, []))

    def _saying(self, resource: Resource, name: str) -> Given:
        """A record of which a property was said when it was made, where that can be: only so it is known."""
        creating = self._contract.acting(resource.name, "create")
        said = [] if creating is None else [*self._contract.body_properties(creating)]
        if name not in filter(str.isidentifier, said):
            return having_property(self._contract, resource, name)
        return Given(resource.name, where=((f"has(self.{name}) && self.{name} != null", True),))

    def _fitting(self, given: Given) -> Record | None:
        """One of the tester's own records that fits, also when it is read again."""
        for record in self._candidates(given.resource):
            if not fits(self._contract, record, given, self._pool):
                continue
            now = self._as_it_is(record)
            if now is not None and fits(self._contract, now, given, self._pool):
                return now
        return None

    def _fitting_below(self, given: Given) -> Record | None:
        """One that fits, and that nobody has seen yet: what belongs to a record may have come with it."""
        for parent in itertools.islice(self._observer.unread_above(given.resource), LOOKS):
            self._observer.read_nested_lists(parent)
            found = self._fitting(given)
            if found is not None:
                return found
        return None

    def _candidates(self, resource: str) -> list[Record]:
        """The tester's own records; of nested ones first those that are not alone."""
        own = self._pool.own(resource)
        alike = Counter(record.parent for record in own)
        return sorted(own, key=lambda record: -min(alike[record.parent], 2))

    def _as_it_is(self, record: Record) -> Record | None:
        """A record as it is; read again where time may have moved it since."""
        if not timed_moves(self._contract, record):
            return record
        if not self._may_have_moved(record):
            return record
        self.before_change(record)
        return self._read(self._pool.get(record.resource, record.id) or record)

    def _may_have_moved(self, record: Record) -> bool:
        """Whether time can have made something else of a record since it was seen: not in a small part of
        the time that a move takes."""
        passed, now = self._client.clock.passed(), self._client.clock.moment()
        if record.since is not None and drift(self._contract, record, now) == (record,):
            return False
        seen = self._pool.last_seen.get((record.resource, record.id))
        if seen is None:
            return True
        shortest = min(move.after or 0.0 for move in timed_moves(self._contract, record))
        return passed - seen > shortest * SHORT

    def _next_way(self, given: Given, tried: set[str]) -> Way | None:
        """A way that was not tried: first the one that led there before."""
        known = self._known_way(given) if not tried else None
        if known is not None:
            return known
        for way in self._possible_ways(given):
            if way.key not in tried:
                return way
        return None

    def _remember_way(self, given: Given, way: Way) -> None:
        """Remember a way from a new record."""
        if way.planned is not None:
            self._recipes[given] = way.planned, way.moves

    def _known_way(self, given: Given) -> Way | None:
        """The way that led there before, from a new record: thinking it through again takes long."""
        recipe = self._recipes.pop(given, None)
        if recipe is None:
            return None
        planned, moves = recipe
        call = self._ways.creating(planned, self._parent(given))
        if call is None:
            return None
        return Way(call, moves, planned)

    def _possible_ways(self, given: Given) -> Iterator[Way]:
        """Ways to a fitting record, the shortest first; a new record only where none of the old will do."""
        yield from self._ways.from_own(given)
        yield from self._ways.from_new(given, self._parent(given))

    def _parent(self, given: Given) -> Record | None:
        """The record below which one is to be made."""
        operation = self._contract.acting(given.resource, "create")
        if operation is None or operation.parent is None:
            return None
        parent = self.find(parent_taking(self._contract, operation, given.above))
        self._observer.read_nested_lists(parent)
        return parent

    def _go(self, way: Way, notes: list[str]) -> Record | None:
        """Go a way; what comes of it is in the pool."""
        record = self._start(way, notes)
        for move in way.moves:
            if record is None:
                return None
            record = self._make(move, record, notes)
        return record

    def _start(self, way: Way, notes: list[str]) -> Record | None:
        if isinstance(way.start, Call):
            return self._create(self._builder.with_new_key(way.start), notes)
        return way.start

    def _make(self, move: Move, record: Record, notes: list[str]) -> Record | None:
        """The record after a move: a call, with the record's own id in its path, or waiting."""
        if isinstance(move, float):
            self._client.clock.wait_if_short(move)
            return self._read(record)
        operation = self._contract.operations[move.operation]
        if operation.parent is not None:
            self._observer.read_nested_lists(record)
        names = {**self._pool.ancestors(operation, record), **_names(operation, record)}
        call = self._builder.with_new_key(replace(move, path={**move.path, **names}))
        return self._change(call, record, notes)

    def _create(self, call: Call, notes: list[str]) -> Record | None:
        """The record that a create call makes."""
        operation, parent = self._contract.operations[call.operation], self._observer.parent_of(call)
        if parent is not None:
            self.before_change(parent)
        outcomes = list(self._ways.successes(call, parent))
        exchange, told = self._client.send(call), list[Record]()
        made = self._observer.created_record(exchange)
        if made is not None:
            told = [r for o in outcomes for r in stored_new(o, made.resource)]
            made = replace(made, hidden=settle_hidden(made, told))
        elif parent is not None and exchange.reply.status < 300:
            made = self._find_made_below(operation, parent)
        if made is None:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            if exchange.reply.status in UNFIT:
                self._ways.wanting_more.add(call.operation)
            return None
        self._read_parent(parent, outcomes)
        found = self._told_or_read(made, exchange)
        self._observer.changed((made.resource, made.parent), only_more=True)
        if found is not None:
            found = self._begun(found, told)
            self.after_change(found)
            self._observer.forget_below(found, new=True)
        return found

    def _begun(self, made: Record, told: Sequence[Record]) -> Record:
        """A new record with when it came into its state: just now, where it is one that it begins in."""
        state = state_of(self._contract, made)
        if all(state_of(self._contract, one) != state for one in told):
            return made
        begun = replace(made, since=self._client.clock.moment())
        self._pool.put(begun)
        return begun

    def _told_or_read(self, record: Record, exchange: Exchange) -> Record | None:
        """A record as the answer to a call shows it, where it does; else as it is read."""
        data = self._observer.told(exchange, self._contract.resources[record.resource])
        if data is None:
            return self._read(record)
        self._pool.last_written[record.resource, record.id] = self._client.clock.passed()
        record = replace(record, data=dict(data))
        self._pool.put(record)
        self._pool.remember_source(record, told=True)
        return record

    def _read_parent(self, parent: Record | None, outcomes: Sequence[Outcome]) -> None:
        """The parent as it is after a call about what belongs to it."""
        if parent is None:
            return
        self.after_change(parent)
        self._observer.changed((parent.resource, parent.parent))
        told = [after for outcome in outcomes for after in stored_as(outcome, parent)]
        if told:
            parent = replace(parent, hidden=settle_hidden(parent, told))
        self._read(parent)

    def _find_made_below(self, operation: Operation, parent: Record) -> Record | None:
        """A nested record that was made by a call whose answer does not show it."""
        if operation.resource is None:
            return None
        known = {record.id for record in self._pool.own(operation.resource)}
        found = self._observer.read_list(operation.resource, parent.id)
        for id in found:
            if id not in known:
                return self._pool.get(operation.resource, id)
        return None

    def _change(self, call: Call, record: Record, notes: list[str]) -> Record | None:
        """The record after a call that changes it; None where it was refused, or the record is gone."""
        self.before_change(record)
        successes, parent = list(self._ways.successes(call, record)), self._observer.parent_of(call)
        outcomes = [after for outcome in successes for after in stored_as(outcome, record)] or [record]
        exchange = self._client.send(call)
        self.after_change(record)
        self._observer.changed((record.resource, record.parent))
        if exchange.reply.status >= 300:
            notes.append(f"{call.operation} answered {exchange.reply.status}")
            return None
        if parent is not None and (parent.resource, parent.id) == (record.resource, record.id):
            parent = None  # it is read below
        if parent is not None and any(stored_as(outcome, parent) for outcome in successes):
            self._read_parent(parent, successes)
        moved = self._as_answered(record, call, exchange) or self._told(record, outcomes)
        if moved is None:
            return None
        state = state_of(self._contract, moved)
        notes.append(f"{call.operation} led to {state}")
        explained = [after for after in outcomes if state_of(self._contract, after) == state]
        since = self._client.clock.moment() if explained else None
        moved = replace(moved, hidden=settle_hidden(record, explained), since=since)
        self._pool.put(moved)
        self._observer.forget_below(moved)
        return moved

    def _as_answered(self, record: Record, call: Call, exchange: Exchange) -> Record | None:
        """A record after a call of its own, or of what belongs to it."""
        if self._contract.operations[call.operation].resource == record.resource:
            return self._told_or_read(record, exchange)
        return self._read(record)

    def _told(self, record: Record, outcomes: Sequence[Record]) -> Record | None:
        """A record that nothing reads, after a call that was accepted: as the document says, if it says one
        thing. What it was before, it is no longer."""
        if self._contract.acting(record.resource, "read") is not None:
            return None
        if len(outcomes) == 1:
            return outcomes[0]
        self._pool.drop(record)
        return None

    def _read(self, record: Record) -> Record | None:
        data = self._observer.read(record)
        if not isinstance(data, Mapping):
            return None
        self._pool.last_written[record.resource, record.id] = self._client.clock.passed()
        record = replace(record, data=dict(data))
        self._pool.put(record)
        return record

    def _reason(self, given: Given, notes: list[str]) -> str:
        """Why no record fits."""
        if notes:
            return f"{given} could not be reached: {', '.join(list(dict.fromkeys(notes))[:3])}"
        if not self._pool.own(given.resource):
            how = "name one (`fixtures` of the target in troth.toml), or let one be created"
            return f"there is no {given.resource} to use: {how}"
        for text, _ in given.where:
            if "hidden" in cel.reads(text):
                return f"whether `{text}` holds is not known of any record: name a fixture that says it"
        return f"no record is {given}, and no declared move leads there"


def _is_beside(record: Record, other: Record | None) -> bool:
    """Whether a record stands beside another one, below the same parent; beside none, each does."""
    if other is None:
        return True
    if record.id == other.id:
        return False
    return record.parent == other.parent


def _names(operation: Operation, record: Record) -> Mapping[str, Json]:
    """The path parameters that name a record, as the thing itself or as the parent."""
    if operation.resource == record.resource:
        return operation.item(record.id)
    if operation.parent is None:
        return {}
    return operation.item(record.id, operation.parent.by)
