"""What the tester remembers of a call once it is judged: the record, its parent, the answer to a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from troth.contracts.check.judge import Judgement
from troth.contracts.check.observation import Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.records import Pool, settle_hidden
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.model import Json, Keep, Outcome, Put, Record


class Memory:
    """Keeps the pool as the last observation and its judgement say."""

    def __init__(self, contract: Contract, pool: Pool, observer: Observer) -> None:
        self._contract, self._pool, self._observer = contract, pool, observer

    def remember(self, record: Record | None, seen: Observation, judgement: Judgement) -> Record | None:
        """The record as it is now; None where it is gone. Without one: what the call made, if anything."""
        if record is None:
            return self._remember_new(seen, judgement)
        if seen.after is None:
            self._pool.drop(record)
            return None
        now = record
        if isinstance(seen.after, Mapping):
            told = [outcome.after or record for outcome in judgement.seen_outcomes]
            since = self._since(record, seen.after, judgement)
            now = replace(record, data=dict(seen.after), hidden=settle_hidden(record, told), since=since)
        elif judgement.seen_outcomes:
            now = judgement.seen_outcomes[0].after or record  # nothing shows it
        if now is not record:
            self._pool.put(now)
        return now

    def _remember_new(self, seen: Observation, judgement: Judgement) -> Record | None:
        """A record that a create call made: it is the tester's own from now on."""
        outcome, operation = judgement.outcome, self._contract.operations[seen.call.operation]
        resource = self._contract.resource_of(operation)
        if outcome is None or resource is None or not _made_something(outcome):
            return None
        if not isinstance(seen.after, Mapping) or resource.id not in seen.after:
            return None
        record = Record(resource.name, str(seen.after[resource.id]), dict(seen.after))
        if outcome.after is not None:
            record = replace(record, hidden=outcome.after.hidden, since=outcome.after.since)
        parent = self._observer.parent_of(seen.call)
        if parent is not None:
            record = replace(record, parent=parent.id)
        self._pool.put(record)
        self._observer.read_nested_lists(record)
        return record

    def _since(self, record: Record, found: Mapping[str, Json], judgement: Judgement) -> datetime | None:
        """When the record came into the state in which it was found; None: by itself, some time ago."""
        state = self._contract.resources[record.resource].state or ""
        expected = record
        if judgement.seen_outcomes:
            expected = judgement.seen_outcomes[0].after or record
        if expected.data.get(state) != found.get(state):
            return None
        return expected.since

    def remember_parent(self, seen: Observation, judgement: Judgement) -> None:
        """The parent as it is now."""
        if seen.parent is None:
            return
        before, found = seen.parent
        if not isinstance(found, Mapping):
            return
        hidden = before.hidden
        told = [record.hidden for record in _stored(before, judgement.seen_outcomes)]
        if told and all(facts == told[0] for facts in told):
            hidden = told[0]
        self._pool.put(replace(before, data=dict(found), hidden=hidden))

    def remember_answer(self, seen: Observation, judgement: Judgement) -> None:
        """The answer that a key stands for from now on, as it was seen."""
        if not judgement.seen_outcomes:
            return
        for change in judgement.seen_outcomes[0].changes:
            if isinstance(change, Keep):
                first = self._as_seen(change.outcome, seen)
                self._pool.keys[change.key] = replace(change, outcome=first)

    def _as_seen(self, outcome: Outcome, seen: Observation) -> Outcome:
        """An outcome with the record that the answer showed."""
        body = shown(self._contract.operations[seen.call.operation], seen.reply)
        record = outcome.after
        if record is None or not isinstance(body, Mapping):
            return outcome
        key = self._contract.resources[record.resource].id
        id = str(body.get(key, record.id))
        return replace(outcome, after=replace(record, id=id, data=dict(body)))


def _made_something(outcome: Outcome) -> bool:
    return outcome.succeeded and outcome.before is None


def _stored(record: Record, outcomes: tuple[Outcome, ...]) -> list[Record]:
    """What outcomes store of a record."""
    puts = [change.record for o in outcomes for change in o.changes if isinstance(change, Put)]
    return [put for put in puts if (put.resource, put.id) == (record.resource, record.id)]
