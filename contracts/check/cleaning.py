"""Tidying up: what a run made is deleted, else led to a final state, else it is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.check.arriving import unknown_facts
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.ledger import Intent, Ledger, Made
from troth.contracts.check.observing import Observer
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.records import Pool, state_of
from troth.contracts.check.results import Cleaned, Left
from troth.contracts.check.troubles import RunEnded
from troth.contracts.contract import Contract
from troth.contracts.contract.identity import SINGLE
from troth.contracts.contract.word_values import transition_of
from troth.contracts.deciding.decide import decide
from troth.contracts.errors import ContractFault, TrothError
from troth.contracts.model import Json, Operation, Record, Resource
from troth.contracts.promises.promise import Given

_REMOVED, _ENDED = "removed", "ended"
_GONE = (404, 410)

TRIES = 2
"""So many records of a state are led to another one in vain."""


class Cleaner:
    """Ends what is alive in a ledger."""

    def __init__(
        self,
        contract: Contract,
        client: Client,
        pool: Pool,
        observer: Observer,
        provisioner: Provisioner,
        ledger: Ledger,
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._provisioner, self._ledger = observer, provisioner, ledger
        self._unlisted: Counter[tuple[str, str]] = Counter()
        """Calls that may have made a record that no list shows."""
        self._vain: Counter[tuple[str, str, str]] = Counter()
        """Resource, state and state to which nothing led from there."""

    def clean(self) -> Cleaned:
        """End what was made, the last first: what belongs to a record goes before it."""
        before, left = self._client.sent, list[Left]()
        counts = {_REMOVED: 0, _ENDED: 0}
        self._client.budget.lifted = True
        self._provisioner.before_change = self._provisioner.after_change = _ignore
        self._observer.forget_all()
        self._client.patience.forgive()
        try:
            for number, intent in list(self._ledger.open.items()):
                left += self._look_up(number, intent)
            for (resource, operation), count in self._unlisted.items():
                left.append(
                    Left(resource, "?", f"{operation} was not answered {count}×; nothing lists what it made")
                )
            for made in reversed(list(self._ledger.alive)):
                outcome = self._outcome(made)
                if outcome in counts:
                    counts[outcome] += 1
                    self._ledger.gone(made)
                else:
                    left.append(Left(made.resource, made.id, outcome))
            left += self._put_back()
        finally:
            self._client.budget.lifted = False
            self._ledger.close()
        return Cleaned(counts[_REMOVED], counts[_ENDED], tuple(left), self._client.sent - before)

    def _put_back(self) -> Iterator[Left]:
        """Write back what there is one of only, where the run has changed it."""
        for name, data in self._pool.found.items():
            record, updating = self._pool.get(name, SINGLE), self._contract.acting(name, "update")
            if record is None:
                continue
            if updating is None:
                continue
            body = {one: data[one] for one in self._contract.body_properties(updating) if one in data}
            if body.items() <= record.data.items():
                continue
            try:
                status = self._client.send(self._pool.call_on(updating, record, body)).reply.status
            except (TrothError, RunEnded) as reason:
                yield Left(name, SINGLE, str(reason))
                continue
            if status >= 300:
                yield Left(name, SINGLE, f"{updating.id} answered {status} to what it was before the run")

    def _outcome(self, made: Made) -> str:
        """What becomes of a record; else why it is left."""
        try:
            return self._end(made)
        except (Unavailable, Unreached, TrothError, RunEnded) as reason:
            return str(reason)

    def _end(self, made: Made) -> str:
        resource = self._contract.resources.get(made.resource)
        if resource is None:
            return "the document does not speak of it any more"
        record = self._pool.at((made.resource, made.parent), made.id)
        if record is None:
            record = Record(made.resource, made.id, {}, unknown_facts(resource), parent=made.parent)
        deleting = self._contract.acting(made.resource, "delete")
        if deleting is None:
            return self._lead_to_an_end(record, resource)
        refused = self._delete(deleting, record)
        if refused is None:
            return _REMOVED
        return self._lead_out(deleting, record, resource, refused)

    def _delete(self, operation: Operation, record: Record) -> str | None:
        """Delete a record; why that was refused, if it was."""
        exchange = self._client.send(self._pool.call_on(operation, record))
        status = exchange.reply.status
        if status < 300 or status in _GONE:
            return None
        return f"{operation.id} answered {status}"

    def _lead_out(self, deleting: Operation, record: Record, resource: Resource, refused: str) -> str:
        """Lead a record out of the state in which it must not be deleted, and delete it."""
        now = self._as_it_is(record)
        if now is None:
            return _REMOVED
        for state in self._states_of(deleting, resource, now):
            led = self._led(now, state)
            if led is None:
                continue
            refused = self._delete(deleting, led) or ""
            if not refused:
                return _REMOVED
            now = led
        ended = self._lead_to_an_end(now, resource)
        if ended == _ENDED:
            return ended
        return f"{refused}; {ended}"

    def _states_of(self, operation: Operation, resource: Resource, record: Record) -> Iterator[str]:
        """The states in which an operation may be allowed: those first in which it is, and resting ones. Out
        of some nothing leads, and what is led there by mistake stays there."""
        transition = transition_of(operation)
        states = resource.states
        if transition is not None and transition.states is not None:
            states = transition.states

        def order(state: str) -> tuple[bool, bool]:
            return not self._is_allowed(operation, record, state), _is_restless(resource, state)

        yield from sorted(states, key=order)

    def _is_allowed(self, operation: Operation, record: Record, state: str) -> bool:
        """Whether the document allows a call on a record that would be in a state."""
        resource = self._contract.resources[record.resource]
        there = replace(record, data={**record.data, resource.state or "": state})
        call = self._pool.call_on(operation, there)
        try:
            return any(one.succeeded for one in decide(self._contract, call, self._pool.world(there)))
        except ContractFault:
            return True

    def _lead_to_an_end(self, record: Record, resource: Resource) -> str:
        """Lead a record to a final state; else at least to one that it rests in."""
        now = self._as_it_is(record)
        if now is None:
            return _REMOVED
        if resource.state is None:
            return "nothing deletes it"
        for final in self._finals(resource):
            if self._led(now, final) is not None:
                return _ENDED
        now = self._pool.get(now.resource, now.id) or now
        state, rests = state_of(self._contract, now), ""
        if _is_restless(resource, state):
            rests = self._laid_to_rest(now, resource)
        return f"nothing deletes it or leads it to an end; it is {rests or state}"

    def _laid_to_rest(self, record: Record, resource: Resource) -> str:
        """The state in which nothing happens to a record, and to which it was led; empty where none is."""
        for state in resource.states:
            if not _is_restless(resource, state) and self._led(record, state) is not None:
                return state
        return ""

    def _finals(self, resource: Resource) -> list[str]:
        """The states that are called final, and those that nothing leads out of."""
        sources = {state for move in resource.auto for state in move.source}
        for operation in self._contract.operations.values():
            transition = transition_of(operation)
            if transition is None or operation.resource != resource.name:
                continue
            sources |= set(transition.states or resource.states)
        open_ended = [state for state in resource.states if state not in sources]
        return list(dict.fromkeys([*resource.final, *open_ended]))

    def _led(self, record: Record, state: str) -> Record | None:
        """A record led to a state; None where nothing leads there."""
        before = state_of(self._contract, record)
        if before == state:
            return record
        pair = record.resource, str(before), state
        if self._vain[pair] >= TRIES:
            return None
        try:
            led = self._provisioner.lead(record, Given(record.resource, state))
        except (Unavailable, Unreached, ContractFault):
            led = None
        if led is None:
            self._vain[pair] += 1
        return led

    def _as_it_is(self, record: Record) -> Record | None:
        """A record read again; None where it is gone."""
        data = self._observer.read(record)
        if data is None:
            return None
        if isinstance(data, Mapping):
            record = replace(record, data=dict(data))
            self._pool.put(record)
        return record

    def _look_up(self, number: int, intent: Intent) -> Iterator[Left]:
        """Look for what a call may have made of which no answer came."""
        operation = self._contract.operations.get(intent.operation)
        if operation is None or operation.resource is None:
            return
        listing = self._contract.acting(operation.resource, "list")
        parent = None
        if operation.parent is not None:
            parent = str(intent.path.get(operation.parent.by))
        if listing is None:
            self._unlisted[operation.resource, intent.operation] += 1
            return
        try:
            found = self._observer.read_list(operation.resource, parent)
        except (Unavailable, TrothError, RunEnded) as reason:
            yield Left(operation.resource, "?", f"{intent.operation} may have made one: {reason}")
            return
        known = frozenset(intent.known)
        for id, item in found.items():
            if id not in known and _is_alike(operation.record_in(intent.body), item):
                self._ledger.made(Made(operation.resource, id, parent))
        self._ledger.settle(number)


def _is_alike(sent: Mapping[str, Json], item: Mapping[str, Json]) -> bool:
    """Whether a record shows what was sent, some text of it at least."""
    shown = {name: value for name, value in sent.items() if name in item}
    if any(item[name] != value for name, value in shown.items()):
        return False
    return any(isinstance(value, str) for value in shown.values())


def _is_restless(resource: Resource, state: Json) -> bool:
    """Whether something happens to a record in a state without anybody calling."""
    return any(state in move.source for move in resource.auto)


def _ignore(record: Record) -> None:
    """Nothing waits any more."""
