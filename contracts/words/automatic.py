"""Moves that no client asks for: ``resources.<Schema>.state.auto``.

One with ``when`` happens right after a write and before the response, one with ``after`` when the record has
been in its state for that long; ``now`` in a condition is the present. With ``within`` a move may come at any
time up to then; ``after`` is when the mock makes it. On a live server a conditional move may come at any
moment: :func:`drift` says what can have become of a record by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from random import Random

from troth.contracts.contract import Contract, cel, remembered
from troth.contracts.contract.fixtures import fresh_value, is_stamp
from troth.contracts.contract.moments import END, comes_and_goes, first_moment
from troth.contracts.contract.word_values import transition_of
from troth.contracts.document.known_names import tells_change
from troth.contracts.frozen import replace
from troth.contracts.model import Auto, Json, Keep, Operation, Record, Resource, Unknown, World
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise
from troth.contracts.words._binding import Binding
from troth.contracts.words._leading import deciding_properties, leading_bodies, possible_targets
from troth.contracts.words._managed import managed_properties
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word

EARLY = 0.75
"""The part of its time after which a timed move is looked for: it must not have come."""

MOST = 1000
"""Timed moves in a row that are followed: a circle of short ones has no end."""


class Automatic(Word):
    """Automatic moves right after the write, so that effects see where it landed."""

    applies_at = ApplyStage.AUTOMATIC

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if _moves_at_once(contract, operation):
            return self
        return None

    def apply(self, step: Step) -> Step:
        return _moved(step)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        resource = contract.resource_of(operation)
        if resource is None:
            return
        targets = _targets(operation, resource)
        by_time = _by_time_alone(contract, resource, targets)
        for auto in resource.auto:
            later = by_time.keys() & {*auto.source}
            if auto.after is not None and later and targets.isdisjoint(auto.source):
                before = min(by_time[state] for state in later)
                yield from _timed(contract, operation, resource, auto, auto.after, before)
            if targets.isdisjoint(auto.source):
                continue
            if auto.after is None:
                yield from _conditional(operation, resource, auto)
            else:
                yield from _timed(contract, operation, resource, auto, auto.after)


def _moves_at_once(contract: Contract, operation: Operation) -> bool:
    """Whether a write can make a move due that waits for a condition only."""
    resource = contract.resource_of(operation)
    if resource is None or resource.state is None or operation.verb == "read":
        return False
    return any(auto.after is None for auto in resource.auto)


def _targets(operation: Operation, resource: Resource) -> set[str]:
    """The states that an operation leads to."""
    transition = transition_of(operation)
    if transition is not None and transition.targets:
        return {state for state, _ in transition.targets}
    if operation.verb == "create":
        return {resource.initial or ""}
    return set()


def _by_time_alone(contract: Contract, resource: Resource, targets: Set[str]) -> dict[str, float]:
    """The states to which no operation leads, but time from where one leads: after how many seconds."""
    direct, found = set[str](), dict.fromkeys(targets, 0.0)
    for other in contract.operations.values():
        if other.resource == resource.name:
            direct |= _targets(other, resource)
    for _ in resource.auto:
        for auto in resource.auto:
            sources = found.keys() & {*auto.source}
            if auto.after is None or auto.within or auto.when or not sources:
                continue
            found.setdefault(auto.to, min(found[state] for state in sources) + auto.after)
    return {state: seconds for state, seconds in found.items() if state not in direct}


class Afterwards(Word):
    """Automatic moves that effects have made due."""

    applies_at = ApplyStage.AFTERWARDS

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if _moves_at_once(contract, operation):
            return self
        return None

    def apply(self, step: Step) -> Step:
        return _moved(step)


def _conditional(operation: Operation, resource: Resource, auto: Auto) -> Iterator[Promise]:
    """The move comes when its condition holds, and not when it does not."""
    transition = transition_of(operation)
    if transition is None or transition.states is None:
        return
    if auto.when is None or "now" in cel.reads(auto.when):
        return
    state = transition.states[0]
    landing = f"{operation.id}/auto/{auto.name}"
    lands = f"{operation.id} lands in {auto.to} when {auto.when}"
    never = (_without(resource, auto, None, "it does not come"),)
    yield _move(operation, auto, landing, lands, _start_in(operation, state, auto.when, holds=True), never)
    stays = f"{operation.id} does not land in {auto.to} when not ({auto.when})"
    given = _start_in(operation, state, auto.when, holds=False)
    always = (_without(resource, auto, replace(auto, when="true"), "it comes whatever holds"),)
    yield _move(operation, auto, f"{landing}/not", stays, given, always)


def _start_in(operation: Operation, state: str, condition: str, *, holds: bool) -> Given:
    """A record on which an operation is accepted, and of which a condition holds or not."""
    given = accepted_start(operation)
    assert given is not None
    return replace(given, state=state, where=(*given.where, (condition, holds)))


def _move(
    operation: Operation, auto: Auto, id: str, says: str, given: Given, denials: tuple[Denial, ...]
) -> Promise:
    probe = Probe((PlannedCall(operation.id),), given)
    return Promise(id, operation.id, says, auto.pointer, (probe,), auto.assumed, denials=denials)


def _without(resource: Resource, auto: Auto, other: Auto | None, says: str) -> Denial:
    """Denied: that a move comes as it does; None: that it comes at all."""
    moves = []
    for move in resource.auto:
        if move is not auto:
            moves.append(move)
        elif other is not None:
            moves.append(other)
    return Denial(says, resource=replace(resource, auto=tuple(moves)))


def _other_times(resource: Resource, auto: Auto, after: float) -> Iterator[Denial]:
    """A timed move never comes, at once, after half the time, after one and a half times; as far as a
    tester can tell these from the right time."""
    for denial in _all_other_times(resource, auto, after):
        if auto.assumed:
            denial = replace(denial, allowed="the document only assumes that it comes, and when")
        yield denial


def _all_other_times(resource: Resource, auto: Auto, after: float) -> Iterator[Denial]:
    yield _without(resource, auto, None, "it never comes")
    early = after * EARLY
    if auto.within is None:
        for factor, says in ((0.0, "it comes at once"), (0.5, "it comes after half the time")):
            if after * factor + slack(after * factor) < early < after - slack(after):
                sooner = replace(auto, after=after * factor, assumed=False)
                yield _without(resource, auto, sooner, says)
    latest = auto.within or after
    if latest * 1.5 - slack(latest * 1.5) > latest + 2 * slack(latest):
        later = replace(auto, after=latest * 1.5, within=None, assumed=False)
        yield _without(resource, auto, later, "it comes after one and a half times")


def _timed(
    contract: Contract,
    operation: Operation,
    resource: Resource,
    auto: Auto,
    after: float,
    before: float = 0.0,
) -> Iterator[Promise]:
    """The move has come when its time is over; that it does not come too early, every read-back shows.
    ``before``: so many seconds pass until the record is in a state from which it starts."""
    reading, latest, when = contract.acting(resource.name, "read"), after, "after"
    if auto.within:
        latest, when = auto.within, "within"
    id = f"{operation.id}/auto/{auto.name}"
    says = f"what {operation.id} leads to becomes {auto.to} {when} {before + latest:g} s"
    if reading is None:
        needs = f"nothing reads a {resource.name}"
        yield Promise(id, operation.id, says, auto.pointer, (), auto.assumed, needs)
        return
    leading, state = _leading_call(contract, operation, auto)
    early, calls = before + after * EARLY, [leading]
    over, given = before + latest + 2 * slack(before + latest), _leading_start(operation, auto, state)
    waits = [over]
    if auto.within is None and early < before + after - slack(before + after):
        waits = [early, over - early]
    probes = [Probe((*calls, *(PlannedCall(reading.id, wait=wait) for wait in waits)), given)]
    if before:  # a reading in between leaves open since when it is as it was read
        probes = [Probe((*calls, PlannedCall(reading.id, wait=wait)), given) for wait in (early, over)]
    denials = tuple(_other_times(resource, auto, after))
    yield Promise(id, operation.id, says, auto.pointer, tuple(probes), auto.assumed, denials=denials)


def _leading_call(contract: Contract, operation: Operation, auto: Auto) -> tuple[PlannedCall, str | None]:
    """A call that leads to a state from which a move starts, and from which state it does, as far as a body
    and a state decide that."""
    transition, resource = transition_of(operation), contract.resource_of(operation)
    if transition is None or resource is None or len(transition.targets) < 2:
        return PlannedCall(operation.id), None
    deciding = {*deciding_properties(transition)}
    for start in resource.states:
        if start not in (transition.states or resource.states):
            continue
        for body in leading_bodies(contract, operation, deciding):
            if {*possible_targets(transition, resource, start, body)} <= {*auto.source}:
                left = tuple(sorted(deciding - body.keys()))
                return PlannedCall(operation.id, body, draws=left), start
    wanted = tuple(pair for pair in transition.targets if pair[0] in auto.source)
    named = {*deciding_properties(replace(transition, targets=wanted))}
    likely = next(leading_bodies(contract, operation, named))
    return PlannedCall(operation.id, likely, draws=tuple(sorted(named - likely.keys()))), None


def _leading_start(operation: Operation, auto: Auto, state: str | None) -> Given | None:
    """A record on which an operation is accepted and with which the move will be due."""
    given = accepted_start(operation)
    if given is None or operation.verb == "create":
        return given
    if state is not None:
        given = replace(given, state=state)
    if auto.when is None or not cel.reads(auto.when).keys() <= {"self"}:
        return given
    return replace(given, where=(*given.where, (auto.when, True)))


def slack(seconds: float) -> float:
    """How far from its time a timed move may be seen on a live server."""
    return max(2.0, seconds / 20)


def _moved(step: Step) -> Step:
    """Conditional moves until none is due; at most one per state, so that a circle ends."""
    resource = step.resource
    assert resource is not None
    assert resource.state is not None
    for _ in resource.states:
        due = _due_at_once(step, resource)
        if due is None:
            break
        step = step.put(due.pointer, **{resource.state: due.to})
    return step


def _due_at_once(step: Step, resource: Resource) -> Auto | None:
    """The first move that has come for the record as it is."""
    if step.after is None:
        return None
    state = step.after.data.get(resource.state or "")
    for auto in resource.auto:
        if auto.after is None and state in auto.source and step.holds(auto.when or "true"):
            return auto
    return None


@dataclass(frozen=True)
class Present:
    """A world in which everything has happened that was due: what ``decide`` looks at."""

    contract: Contract
    past: World

    @property
    def now(self) -> datetime:
        return self.past.now

    @property
    def moment(self) -> datetime | Unknown:
        return self.past.moment

    def get(self, resource: str, id: str) -> Record | None:
        record = self.past.get(resource, id)
        if record is None:
            return None
        return aged(self.contract, record, self.now)

    def of(self, resource: str) -> Sequence[Record]:
        return [aged(self.contract, record, self.now) for record in self.past.of(resource)]

    def hits(self, key: str) -> Sequence[datetime] | None:
        return self.past.hits(key)

    def children(self, resource: str, parent: str) -> Sequence[Record] | None:
        found = self.past.children(resource, parent)
        if found is None:
            return None
        return [aged(self.contract, record, self.now) for record in found]

    def kept(self, key: str) -> Keep | None:
        return self.past.kept(key)

    def tag(self, record: Record) -> str | None:
        return self.past.tag(record)

    def initial(self, resource: Resource) -> Mapping[str, Json]:
        return self.past.initial(resource)

    def fresh(self, schema: Json, old: Json) -> Json:
        return self.past.fresh(schema, old)


def present(contract: Contract, world: World) -> World:
    """The world as of its ``now``; as it is where the time is not known, or nothing moves by time."""
    if isinstance(world.moment, Unknown):
        return world
    if any(moves_by_time(contract, resource) for resource in contract.resources):
        return Present(contract, world)
    return world


@remembered
def moves_by_time(contract: Contract, resource: str) -> bool:
    """Whether records of a resource move when their time has come."""
    known = contract.resources[resource]
    return known.state is not None and any(_by_time(auto) for auto in known.auto)


def _by_time(auto: Auto) -> bool:
    return auto.after is not None or "now" in cel.reads(auto.when or "")


def aged(contract: Contract, record: Record, now: datetime) -> Record:
    """The record after every move that time has made due."""
    if not moves_by_time(contract, record.resource):
        return record
    resource = contract.resources[record.resource]
    moved = False
    for _ in range(MOST):
        due = _first_due(resource, record, now, moved=moved)
        if due is None:
            break
        (at, auto), moved = due, True
        data = {**record.data, **_stamps(contract, resource, record, at), resource.state or "": auto.to}
        record = replace(record, data=data, since=at)
    return record


def _stamps(contract: Contract, resource: Resource, record: Record, at: datetime) -> dict[str, Json]:
    """What the server sets with every change, when time changes a record."""
    found, always = dict[str, Json](), managed_properties(resource, "write")
    for name, when in resource.managed.items():
        old = record.data.get(name)
        told = when == "anytime" and tells_change(name) and is_stamp(old)
        if told or name in always:
            schema, chance = contract.field_schema(resource, name), Random(f"{record.id} {at}")
            found[name] = fresh_value(schema, old, at, chance)
    return found


def next_move(contract: Contract, record: Record) -> datetime | None:
    """When the next move of a record is due; None: never, or nobody can say it before. Raises ContractFault
    where a condition fails."""
    resource, found = contract.resources[record.resource], list[datetime]()
    if record.since is None:
        return None
    for auto in resource.auto:
        if _by_time(auto) and not comes_and_goes(auto.when or ""):
            at = _due(resource, auto, record, END)
            if at is not None:
                found.append(at)
    return min(found, default=None)


def hangs_on_clock(contract: Contract, record: Record) -> bool:
    """Whether a record may move at any moment, and nobody can say when."""
    resource = contract.resources[record.resource]
    for auto in resource.auto:
        if not _by_time(auto) or record.data.get(resource.state or "") not in auto.source:
            continue
        if comes_and_goes(auto.when or ""):
            return True
        if auto.after is None and record.since is None:
            return True
    return False


def _first_due(
    resource: Resource, record: Record, now: datetime, *, moved: bool
) -> tuple[datetime, Auto] | None:
    """The move that has been due for the longest time, and since when."""
    found: list[tuple[datetime, Auto]] = []
    for auto in resource.auto:
        at = _due(resource, auto, record, now, moved=moved)
        if at is not None:
            found.append((at, auto))
    return min(found, key=lambda pair: pair[0], default=None)


def _due(
    resource: Resource, auto: Auto, record: Record, now: datetime, *, moved: bool = False
) -> datetime | None:
    """Since when a move is due: the first moment after its time at which its condition holds; None where it
    is not. ``moved``: whether the record has come into its state by itself, and was not written since."""
    if record.data.get(resource.state or "") not in auto.source:
        return None
    start = _earliest(auto, record, now, moved=moved)
    if start is None or start > now:
        return None
    if auto.when is None:
        return start
    known: dict[str, Json] = {"self": record.data, "hidden": record.hidden}
    if "now" in cel.reads(auto.when):
        if comes_and_goes(auto.when):
            start = now
        return first_moment(auto.when, known, start, now)
    if cel.evaluate(auto.when, known) is True:
        return start
    return None


def _earliest(auto: Auto, record: Record, now: datetime, *, moved: bool) -> datetime | None:
    """From when on a move may come; None: that is not known. Of a condition without ``now`` nobody knows
    since when it holds, unless it has held from the beginning."""
    if auto.after is not None:
        if record.since is None:
            return None
        return record.since + timedelta(seconds=auto.after)
    if record.since is not None and (moved or _by_time(auto)):
        return min(record.since, now)
    return now


def drift(contract: Contract, record: Record, now: datetime | None = None) -> tuple[Record, ...]:
    """The record as it is and as automatic moves can have made it by now (None: at any time)."""
    resource = contract.resources[record.resource]
    if resource.state is None:
        return (record,)
    found, late, left = [record], [0.0], set()
    reached = [record.data.get(resource.state)]
    for index, one in enumerate(found):  # which grows: what has moved may move again
        for auto in resource.auto:
            move = _drifting(auto, one, resource.state, now, late[index])
            if move is Move.NO:
                continue
            if move is Move.MUST:
                left.add(index)
            if auto.to not in reached:
                reached.append(auto.to)
                found.append(_drifted(resource, one, auto))
                late.append(late[index] + slack(auto.after or 0.0))
    return tuple(one for index, one in enumerate(found) if index not in left)


class Move(Enum):
    """Whether an automatic move has come on a live server, as far as a tester can tell."""

    NO = "no"
    MAY = "may"
    MUST = "must"


def _drifting(auto: Auto, record: Record, state: str, now: datetime | None, late: float) -> Move:
    """Whether a move has come: by its condition, and by how long the record is in its state; it may be there
    since somewhat ``late``."""
    if record.data.get(state) not in auto.source:
        return Move.NO
    known: dict[str, Json | datetime] = {"self": record.data, "hidden": record.hidden, "now": cel.UNKNOWN}
    due = cel.evaluate(auto.when or "true", known)
    if isinstance(due, Unknown):
        return _by_then(auto, record, now, late, certain=False)
    if due is True:
        return _by_then(auto, record, now, late, certain=True)
    return Move.NO


def _by_then(auto: Auto, record: Record, now: datetime | None, late: float, *, certain: bool) -> Move:
    """Whether a move that is due has come by now; ``certain``: whether its condition holds for certain."""
    if auto.after is None or now is None or record.since is None or auto.assumed:
        return Move.MAY
    passed, latest = (now - record.since).total_seconds(), auto.within or auto.after
    if auto.within is None and passed < auto.after - slack(auto.after):
        return Move.NO
    if certain and passed > latest + slack(latest) + late:
        return Move.MUST
    return Move.MAY


def _drifted(resource: Resource, record: Record, auto: Auto) -> Record:
    """Moved in the background: fields set on every write may have been set."""
    data = dict(record.data)
    for name, when in resource.managed.items():
        if when == "write" and name in record.data:
            data[name] = Unknown(record.data[name])
    data[resource.state or ""] = auto.to
    return replace(record, data=data, since=_since_when(record, auto))


def _since_when(record: Record, auto: Auto) -> datetime | None:
    """When a record came where time has led it; None where that may have been at any time."""
    if record.since is None or auto.after is None or auto.within or auto.when or auto.assumed:
        return None
    return record.since + timedelta(seconds=auto.after)
