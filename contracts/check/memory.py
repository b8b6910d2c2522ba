"""What the tester remembers of a call once it is judged: the record, its parent, the answer to a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from troth.contracts.check.arriving import unknown_facts
from troth.contracts.check.judge import Judgement
from troth.contracts.check.observation import Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.outcomes import stored_as
from troth.contracts.check.records import Pool, settle_hidden, state_of
from troth.contracts.contract import Contract
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Keep, Outcome, Record, Unknown, World


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
        if self._is_put_away(judgement):
            self._pool.drop(record)
            return None
        now = record
        if isinstance(seen.after, Mapping):
            told = [_after(record, outcome) for outcome in judgement.seen_outcomes]
            now = replace(record, data=dict(seen.after), hidden=settle_hidden(record, told))
            now = replace(now, since=self._since(now, _expected(record, judgement)))
        else:
            now = _expected(record, judgement)  # nothing shows it
        if now is not record:
            self._pool.put(now)
        return now

    def _is_put_away(self, judgement: Judgement) -> bool:
        """Whether a record was deleted that can still be read: nobody has said what calls find of it now."""
        if not self._contract.guessed:
            return False
        return any(outcome.after is None for outcome in judgement.seen_outcomes)

    def _remember_new(self, seen: Observation, judgement: Judgement) -> Record | None:
        """A record that a create call made: it is the tester's own from now on."""
        outcome = judgement.outcome
        if outcome is None or not outcome.succeeded or outcome.before is not None:
            return None
        if not isinstance(seen.after, Mapping):
            return None
        resource = self._contract.resource_of(self._contract.operations[seen.call.operation])
        assert resource is not None
        if resource.id not in seen.after:
            return None
        self._remember_usual(seen, seen.after)
        record = Record(resource.name, str(seen.after[resource.id]), dict(seen.after))
        if outcome.after is not None:
            record = replace(record, hidden=outcome.after.hidden, since=outcome.after.since)
        parent = self._observer.parent_of(seen.call)
        if parent is not None:
            record = replace(record, parent=parent.id)
        self._pool.put(record)
        self._observer.forget_below(record, new=True)
        return record

    def _remember_usual(self, seen: Observation, made: Mapping[str, Json]) -> None:
        """What properties are on a new record that the call did not speak of."""
        operation = self._contract.operations[seen.call.operation]
        sent = operation.record_in(seen.call.body)
        usual = self._pool.usual.setdefault(operation.id, {})
        for name in self._contract.body_properties(operation):
            if name not in sent:
                usual[name] = made.get(name)

    def forget_hidden(
        self, records: Iterable[Record | None], seen: Observation, worlds: Sequence[World]
    ) -> None:
        """Forget what only the server knows of records, as far as a call may have changed it of which nobody
        has read what came."""
        for record in records:
            known = None if record is None else self._pool.get(record.resource, record.id)
            if known is not None and seen.reply.status < 300:
                self._pool.put(replace(known, hidden=self._surely_hidden(known, seen, worlds)))

    def _surely_hidden(
        self, record: Record, seen: Observation, worlds: Sequence[World]
    ) -> Mapping[str, Json | Unknown]:
        """What is known of a record that no answer shows, whatever a call has done to it."""
        told = [record]
        try:
            for world in worlds:
                for outcome in decide(self._contract, seen.call, world):
                    told += stored_as(outcome, record)
        except ContractFault:
            return unknown_facts(self._contract.resources[record.resource])
        return settle_hidden(record, told)

    def _since(self, now: Record, expected: Record) -> datetime | None:
        """When the record came into the state in which it was found; None: by itself, some time ago."""
        if state_of(self._contract, expected) != state_of(self._contract, now):
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
        told = [after.hidden for o in judgement.seen_outcomes for after in stored_as(o, before)]
        if told and all(facts == told[0] for facts in told):
            hidden = told[0]
        self._pool.put(replace(before, data=dict(found), hidden=hidden))

    def remember_answer(self, seen: Observation, judgement: Judgement) -> None:
        """The answer that a key stands for from now on, as it was seen, whatever is wrong with the record."""
        outcome = judgement.outcome
        if outcome is None:
            return
        if any(mismatch.of_status for mismatch in judgement.mismatches):
            return
        for change in outcome.changes:
            if isinstance(change, Keep):
                first = self._as_seen(change.outcome, seen)
                self._pool.remember_key(replace(change, outcome=first))

    def _as_seen(self, outcome: Outcome, seen: Observation) -> Outcome:
        """An outcome with the record that the answer showed."""
        body = shown(self._contract.operations[seen.call.operation], seen.reply)
        record = outcome.after
        if record is None or not isinstance(body, Mapping):
            return outcome
        key = self._contract.resources[record.resource].id
        id = str(body.get(key, record.id))
        return replace(outcome, after=replace(record, id=id, data=dict(body)))


def _expected(record: Record, judgement: Judgement) -> Record:
    """The record as the outcome that was seen leaves it; as it was, where nothing explains what was seen."""
    if not judgement.seen_outcomes:
        return record
    return _after(record, judgement.seen_outcomes[0])


def _after(record: Record, outcome: Outcome) -> Record:
    """A record as an outcome leaves it; as it was, where that says nothing of it."""
    return outcome.after or record
