"""Moves that no client asks for: ``resources.<Schema>.state.auto``.

One with ``when`` happens right after a write and before the response, one with ``after`` when the record has
been in its state for that long; ``now`` in a condition is the present. With ``within`` a move may come at any
time up to then; ``after`` is when the mock makes it. On a live server a conditional move may come at any
moment: :func:`drift` says what can have become of a record by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Transition, transition_of
from troth.contracts.model import Auto, Json, Keep, Operation, Record, Resource, Unknown, World
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word

MOST = 1000
"""Timed moves in a row that are followed: a circle of short ones has no end."""


class Automatic(Word):
    """Automatic moves right after the write, so that effects see where it landed."""

    applies_at = ApplyStage.AUTOMATIC

    def apply(self, step: Step) -> Step:
        return _moved(step)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        resource, transition = contract.resource_of(operation), transition_of(operation)
        targets = {state for state, _ in transition.targets} if isinstance(transition, Transition) else set()
        if resource is not None and operation.verb == "create" and not targets:
            targets = {resource.initial or ""}
        for auto in resource.auto if resource else ():
            if resource and targets & set(auto.source):
                timed = auto.after is not None
                yield from (_timed if timed else _conditional)(contract, operation, resource, auto)


class Afterwards(Word):
    """Automatic moves that effects have made due."""

    applies_at = ApplyStage.AFTERWARDS

    def apply(self, step: Step) -> Step:
        return _moved(step)


def _conditional(
    contract: Contract, operation: Operation, resource: Resource, auto: Auto
) -> Iterator[Promise]:
    transition = transition_of(operation)
    states = transition.states if isinstance(transition, Transition) else None
    if states is None or auto.when is None or "now" in cel.reads(auto.when):
        return
    for wanted in (True, False):
        given = Given(resource.name, states[0], ((auto.when, wanted),))
        id = f"{operation.id}/auto/{auto.name}" + ("" if wanted else "/not")
        outcome = f"lands in {auto.to}" if wanted else f"does not land in {auto.to}"
        says = f"{operation.id} {outcome} when {auto.when if wanted else f'not ({auto.when})'}"
        probe = Probe((PlannedCall(operation.id),), given)
        yield Promise(id, operation.id, says, auto.pointer, (probe,), auto.assumed)


def _timed(contract: Contract, operation: Operation, resource: Resource, auto: Auto) -> Iterator[Promise]:
    """The move has come when its time is over; that it does not come too early, every read-back shows."""
    assert auto.after is not None
    reading, latest = contract.acting(resource.name, "read"), auto.within or auto.after
    id = f"{operation.id}/auto/{auto.name}"
    when = "within" if auto.within else "after"
    says = f"what {operation.id} leads to becomes {auto.to} {when} {latest:g} s"
    if reading is None:
        needs = f"nothing reads a {resource.name}"
        yield Promise(id, operation.id, says, auto.pointer, (), auto.assumed, needs)
        return
    look = PlannedCall(reading.id, fill=False, wait=latest + 2 * slack(latest))
    probe = Probe((PlannedCall(operation.id), look), accepted_start(operation))
    yield Promise(id, operation.id, says, auto.pointer, (probe,), auto.assumed)


def slack(seconds: float) -> float:
    """How far from its time a timed move may be seen on a live server."""
    return max(2.0, seconds / 20)


def _moved(step: Step) -> Step:
    """Conditional moves until none is due; at most one per state, so that a circle ends."""
    resource = step.resource
    if resource is None or resource.state is None or step.operation.verb == "read":
        return step
    for _ in resource.states:
        state = step.after.data.get(resource.state) if step.after else None
        due = next((a for a in resource.auto if _at_once(a, state) and step.holds(a.when or "true")), None)
        if due is None:
            break
        step = step.put(due.pointer, **{resource.state: due.to})
    return step


def _at_once(auto: Auto, state: Json) -> bool:
    return auto.after is None and state in auto.source


@dataclass(frozen=True)
class Present:
    """A world in which everything has happened that was due: what ``decide`` looks at."""

    contract: Contract
    past: World

    @property
    def now(self) -> datetime:
        return self.past.now

    @property
    def moment(self) -> Json:
        return self.past.moment

    def get(self, resource: str, id: str) -> Record | None:
        record = self.past.get(resource, id)
        return record and aged(self.contract, record, self.now)

    def of(self, resource: str) -> Sequence[Record]:
        return [aged(self.contract, record, self.now) for record in self.past.of(resource)]

    def hits(self, key: str) -> Sequence[datetime] | None:
        return self.past.hits(key)

    def children(self, resource: str, parent: str) -> Sequence[Record] | None:
        found = self.past.children(resource, parent)
        return found and [aged(self.contract, record, self.now) for record in found]

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
    timed = any(_by_time(auto) for resource in contract.resources.values() for auto in resource.auto)
    return Present(contract, world) if timed and not isinstance(world.moment, Unknown) else world


def _by_time(auto: Auto) -> bool:
    return auto.after is not None or "now" in cel.reads(auto.when or "")


def aged(contract: Contract, record: Record, now: datetime) -> Record:
    """The record after every move that time has made due."""
    resource = contract.resources[record.resource]
    if not any(_by_time(auto) for auto in resource.auto) or resource.state is None:
        return record
    for _ in range(MOST):
        due = [(at, auto) for auto in resource.auto if (at := _due(resource, auto, record, now)) is not None]
        if not due:
            break
        at, auto = min(due, key=lambda pair: pair[0])
        record = replace(record, data={**record.data, resource.state: auto.to}, since=at)
    return record


def _due(resource: Resource, auto: Auto, record: Record, now: datetime) -> datetime | None:
    """Since when a move is due; None where it is not."""
    if record.data.get(resource.state or "") not in auto.source:
        return None
    at = now
    if auto.after is not None:
        if record.since is None or record.since + timedelta(seconds=auto.after) > now:
            return None
        at = record.since + timedelta(seconds=auto.after)
    known = {"self": record.data, "hidden": record.hidden, "now": at}
    return at if cel.evaluate(auto.when or "true", known) is True else None


def drift(contract: Contract, record: Record, now: datetime | None = None) -> tuple[Record, ...]:
    """The record as it is and as automatic moves can have made it by now (None: at any time)."""
    resource = contract.resources[record.resource]
    found, left = [record], set()
    for index, one in enumerate(found):
        for auto in resource.auto:
            if resource.state is None or one.data.get(resource.state) not in auto.source:
                continue
            known = {"self": one.data, "hidden": one.hidden, "now": cel.UNKNOWN}
            due = cel.evaluate(auto.when or "true", known)
            may, must = _pressed(auto, one, now)
            if not may or (due is not True and not isinstance(due, Unknown)):
                continue
            if must and due is True:
                left.add(index)
            moved = _drifted(resource, one, auto)
            if all(moved.data[resource.state] != f.data.get(resource.state) for f in found):
                found.append(moved)
    return tuple(one for index, one in enumerate(found) if index not in left)


def _pressed(auto: Auto, record: Record, now: datetime | None) -> tuple[bool, bool]:
    """Whether a move may have come, and whether it must have: by how long the record is in its state."""
    if auto.after is None or now is None or record.since is None:
        return True, False
    passed, latest = (now - record.since).total_seconds(), auto.within or auto.after
    early = auto.within is None and passed < auto.after - slack(auto.after)
    return not early or auto.assumed, passed > latest + slack(latest) and not auto.assumed


def _drifted(resource: Resource, record: Record, auto: Auto) -> Record:
    """Moved in the background: fields set on every write may have been set."""
    stamps = {
        name: Unknown(record.data[name])
        for name, when in resource.managed.items()
        if when == "write" and name in record.data
    }
    data = {**record.data, **stamps, resource.state or "": auto.to}
    return replace(record, data=data, since=None)
