"""Executing a probe: its calls in a row, each answer judged, and what came of it read back.

Most calls are read back together: many refusals on one record, and writes of different properties, need one
reading after all of them. Where that shows anything else than expected, and wherever an answer does, each
probe is executed once more by itself, with a reading after every call; only what shows then is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from troth.contracts.check.batch import Batch, Executed, Look, hiding_names
from troth.contracts.check.book import Book
from troth.contracts.check.building import CallBuilder
from troth.contracts.check.clock import Clock
from troth.contracts.check.conformance import Conformance
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.judge import Judgement, judge
from troth.contracts.check.looking import Place, place_of
from troth.contracts.check.memory import Memory
from troth.contracts.check.observation import Observation
from troth.contracts.check.observing import Observer
from troth.contracts.check.proving import Prover, is_read
from troth.contracts.check.records import Pool
from troth.contracts.check.safety import is_safe
from troth.contracts.check.spoiled import Spoiled
from troth.contracts.check.subjects import is_allowed, is_refused, next_one, subject_of
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Absent, Call, Json, Malformed, Operation, Outcome, Record, Resource
from troth.contracts.promises.promise import PlannedCall, Promise

READING = ("read", "list")
"""What operations do that change nothing."""


class Disturbed(Exception):
    """An answer is not as expected, which may come of an earlier call that is yet to be read back; ``anew``:
    of one that nobody knows of, so that only a new record can show it."""

    def __init__(self, *, anew: bool) -> None:
        super().__init__("disturbed")
        self.anew = anew


def _about_one(one: Look, other: Look) -> bool:
    """Whether two calls were about the same record, and the first on none that was made for it."""
    if one.executed.anew or one.record is None or other.record is None:
        return False
    return (one.record.resource, one.record.id) == (other.record.resource, other.record.id)


class Executor:
    """Executes probes, and books what they show."""

    def __init__(
        self,
        contract: Contract,
        book: Book,
        clock: Clock,
        pool: Pool,
        observer: Observer,
        memory: Memory,
        builder: CallBuilder,
        *,
        has_token: bool,
    ) -> None:
        self.contract, self.book, self.clock, self.pool = contract, book, clock, pool
        self.observer, self.memory, self.builder = observer, memory, builder
        self.conformance, self.prover = Conformance(contract), Prover(contract)
        self.has_token, self.spoiled = has_token, Spoiled(contract)
        self.one_by_one = False
        """Whether every call is read back by itself."""
        self.bystander: Record | None = None
        """One like the record of the probe, of which nothing may become."""
        self.batch = Batch(observer, pool)
        self.doubtful: list[Executed] = []
        """What has to be executed once more by itself."""
        self.misfits: list[Executed] = []
        """Of these the ones after which a record was not as expected."""
        self.taken: Callable[[PlannedCall, Mapping[str, Any], Record | None], None] = lambda *_: None
        """Told of each call that was taken."""
        self.touched: list[Record] = []
        """What the calls of the probe that is being executed are about."""

    def execute(self, executed: Executed, record: Record | None) -> None:
        """The planned calls in a row, each judged. Raises BrokenPromise, and Disturbed where it has to be
        executed by itself."""
        exchanges: list[Exchange] = []
        probe = executed.probe
        self.touched = []
        if self.one_by_one:
            self.settle()
        self.builder.renew_token()
        if record is not None:
            if self.one_by_one:
                record = self._as_it_is(record)
            if probe.settle:
                self.clock.wait(probe.settle - self.observer.age(record))
        call: Call | None = None
        for planned, values in zip(probe.calls, executed.drawn, strict=True):
            self.clock.wait_if_short(planned.wait)
            if call is None or not planned.again:
                call = self.builder.build(planned, record, values)
            subject = subject_of(self.contract.operations[planned.operation], record)
            record = self._call(executed, planned, call, record, exchanges)
            if exchanges[-1].reply.status < 300:
                self.taken(planned, values, subject)
        self.book.tally(executed.promise).kept += 1
        if self.batch.is_full:
            self.settle()

    def settle(self) -> None:
        """Read what came of the calls that were not read back yet."""
        if not self.batch:
            return
        self.observer.let_settle()
        read = self.batch.read()
        judged = []
        for look, seen in read:
            judgement = judge(self.contract, seen, look.worlds, self.book.guesses)
            judged.append(judgement)
            if not is_allowed(judgement):
                self.misfits += [one.executed for one, _ in read if _about_one(one, look)]
                self._doubt()
                return
        self.batch.clear()
        for (look, seen), judgement in zip(read, judged, strict=True):
            self._prove(look.executed.promise, look, seen)
            self.book.judged(look.executed.promise, look.planned, seen, judgement, ())

    def settle_before(self, record: Record) -> None:
        """Read what came of the calls on a record before it is changed."""
        self.touched.append(record)
        if self.batch.concerns(record) or self.batch.waits_below(record):
            self.settle()

    def _as_it_is(self, record: Record) -> Record:
        """A record as it is read, where something was written since that may have changed it."""
        if self.observer.is_as_read(record):
            return record
        data = self.observer.read(record)
        if isinstance(data, Mapping):
            record = replace(record, data=dict(data))
            self.pool.put(record)
        return record

    def _doubt(self) -> None:
        """What waits is to be executed once more."""
        for executed in self.batch.clear():
            if all(known is not executed for known in self.doubtful):
                self.doubtful.append(executed)

    def _prove(self, promise: Promise, look: Look, seen: Observation) -> None:
        """Count which denials of a promise do not allow what was seen."""
        tally, told = self.book.tally(promise), replace(seen, usual=look.usual)
        tally.apart |= {*self.prover.told_apart(promise, told, look.subject, look.worlds, look.began)}
        if is_read(seen):
            tally.read = True
        if seen.reply.status < 300:
            tally.succeeded = True
        elif seen.reply.status != 401:  # which says for what reason it refuses
            tally.refused = True

    def _call(
        self,
        executed: Executed,
        planned: PlannedCall,
        call: Call,
        record: Record | None,
        exchanges: list[Exchange],
    ) -> Record | None:
        """One call of a probe, observed, judged, remembered and booked; the record for the next one."""
        operation = self.contract.operations[planned.operation]
        self._require_token(operation, planned)
        subject = subject_of(operation, record)
        self._see_what_matters(operation, call, subject)
        parent = self.observer.parent_of(call)
        sure = self._is_as_read(place_of(operation, call, subject), (subject, parent))
        worlds = self.observer.worlds(subject or parent)
        witness = self._witness(executed, parent)
        began, usual = self.clock.moment(), dict(self.pool.usual.get(operation.id, {}))
        self.touched += [about for about in (subject, parent) if about is not None]
        refused = is_refused(self.contract, planned, call, worlds)
        asked, seen = self.observer.ask(call, planned, subject, refused=refused)
        exchanges.append(asked.exchange)
        self.spoiled.note(asked.exchange, asked.subject)
        look = Look(executed, planned, asked, seen, subject, worlds, began, usual, operation)
        if witness is not None:
            look = replace(look, seen=replace(seen, bystander=(witness, self.observer.read(witness))))
        now = subject
        if self._waits(look):
            look, judgement = self._expected(look)
            if self._fits_in(look, judgement):
                now = self._let_wait(look, judgement)
                self._check_response(executed.promise, asked.exchange, exchanges)
                return next_one(record, subject, now)
            self._undisturbed(look, sure=sure)
        else:
            self._undisturbed(look, sure=True)  # nothing that is not as expected has been seen yet
        now = self._read_back(look, exchanges, sure=sure)
        return next_one(record, subject, now)

    def _witness(self, executed: Executed, parent: Record | None) -> Record | None:
        """Another record than those of a call, as it is before that, which has nothing to do with it."""
        if self.bystander is not None:
            return self.pool.get(self.bystander.resource, self.bystander.id)
        if parent is None:
            return None
        if executed.probe.witness is None:
            return None
        for other in self.pool.own(executed.probe.witness):
            if other.id != parent.id:
                self.settle_before(other)
                return self._as_it_is(other)
        return None

    def distrust(self) -> None:
        """What waits was not read, and is to be executed once more."""
        self._doubt()

    def _see_what_matters(self, operation: Operation, call: Call, subject: Record | None) -> None:
        """Read what has to be known before a call; what it would hide, first."""
        parent = self.observer.parent_of(call)
        for above in (parent, subject if operation.verb == "delete" else None):
            if above is not None:
                self.observer.read_nested_lists(above)
        if operation.resource is None:
            return
        if self._would_hide(operation, call, subject, parent):
            self.settle()
        place = place_of(operation, call, subject)
        if self.one_by_one:
            self._see_again(place, parent)
        else:
            self.batch.begin(place)
        self.observer.listing(place)  # now: what is expected of the call is thought of next

    def _see_again(self, place: Place, parent: Record | None) -> None:
        """Read what was written to since it was read, whatever was written: only so is what shows after one
        call the doing of that call."""
        self.observer.doubt_what_was_written_since(place)
        if parent is not None:
            self._as_it_is(parent)

    def _is_as_read(self, place: Place, about: Iterable[Record | None]) -> bool:
        """Whether nothing at all was written since what a call is about was read."""
        records = [one for one in about if one is not None]
        return self.observer.is_listed_now(place) and all(map(self.observer.is_as_read, records))

    def _would_hide(
        self, operation: Operation, call: Call, subject: Record | None, parent: Record | None
    ) -> bool:
        """Whether what earlier calls have done could not be seen any more after a call."""
        if not self.batch:
            return False
        if operation.verb in READING:
            return False
        outcome = self._success(call, subject or parent)
        if outcome is None:
            return False
        if subject is None or operation.parent is not None:
            return operation.parent is not None
        return self._hides(operation, subject, outcome)

    def _hides(self, operation: Operation, subject: Record, outcome: Outcome) -> bool:
        """Whether a success hides what an earlier call has done to the same record."""
        if operation.verb == "delete":  # what belongs to it goes with it, and what was done to that
            return self.batch.concerns(subject) or bool(self.pool.below(subject))
        if self.batch.waits_below(subject):
            return bool(outcome.touched)
        if not self.batch.concerns(subject):
            return False
        if not outcome.touched:
            return False
        if (subject.resource, subject.id) in self.pool.given:
            return True  # what only this record shows cannot be seen again
        return self.batch.would_be_hidden(subject, outcome.touched)

    def _success(self, call: Call, record: Record | None) -> Outcome | None:
        """How a call is going to succeed; None where it most likely is refused."""
        with suppress(ContractFault):
            outcome = next(decide(self.contract, call, self.observer.worlds(record)[0]))
            if outcome.succeeded:
                return outcome
        return None

    def _waits(self, look: Look) -> bool:
        """Whether a call may be read back together with others."""
        if self.one_by_one or look.asked.below:
            return False
        if look.operation.resource is None:
            return False
        kind = look.asked.exchange.reply.status // 100
        if kind == 4:
            return True
        if kind != 2:
            return False
        return look.operation.parent is None or look.operation.verb in READING

    def _expected(self, look: Look) -> tuple[Look, Judgement]:
        """A look with what its record is expected to be, and what that says."""
        seen, asked, operation = look.seen, look.asked, look.operation
        resource = self.contract.resource_of(operation)
        assert resource is not None
        record, after = asked.subject, seen.after
        succeeded, reads = seen.reply.status < 300, False
        if succeeded and operation.verb == "delete":
            after = None
        elif succeeded and operation.verb != "list":
            after, reads = self._shown(look, resource)
        elif record is not None:
            after = record.data
        seen = replace(seen, after=after, whole=operation.verb == "list" and asked.before.whole)
        if record is not None:
            if asked.tag and reads:
                seen = replace(seen, tags=(asked.tag, self.pool.tags.get((record.resource, record.id))))
            if isinstance(after, Mapping):
                record = replace(record, data=dict(after))
        look = replace(look, seen=seen, record=record, succeeded=succeeded, reads=reads)
        return look, judge(self.contract, seen, look.worlds, self.book.guesses)

    def _shown(self, look: Look, resource: Resource) -> tuple[Json | Absent, bool]:
        """The record after a success, and whether that was read: the answer may tell all of it."""
        asked, operation = look.asked, look.operation
        if operation.verb == "read":
            return shown(operation, look.seen.reply), True
        told = self.observer.told(asked.exchange, resource)
        if told is not None:
            return dict(told), False
        if asked.subject is None:
            return ABSENT, False
        return self.observer.read(asked.subject), True

    def _fits_in(self, look: Look, judgement: Judgement) -> bool:
        """Whether all that has to be known of its record is."""
        if not is_allowed(judgement):
            return False
        if judgement.seen_outcomes[0].succeeded is not look.succeeded:
            return False
        if not look.succeeded or look.operation.verb in ("list", "delete"):
            return True
        return isinstance(look.seen.after, Mapping)

    def _let_wait(self, look: Look, judgement: Judgement) -> Record | None:
        """Remember what is expected, and read it later."""
        outcome = judgement.seen_outcomes[0]
        names = frozenset[str]()
        if not look.reads:
            names = hiding_names(look.operation.record_in(look.seen.call.body), outcome)
        if not look.succeeded and transition_of(look.operation) is not None:
            resource = self.contract.resource_of(look.operation)
            assert resource is not None
            names |= {str(resource.state)}
        self.memory.remember_answer(look.seen, judgement)
        now = look.subject
        if look.succeeded and look.operation.verb != "list":
            now = self.memory.remember(look.subject, look.seen, judgement)
            if now is not None:
                self.pool.remember_source(now, told=not look.reads)
            if look.operation.verb == "create":
                look = replace(look, record=now or look.record)
        self.batch.add(replace(look, hidden_by=names))
        return now

    def _undisturbed(self, look: Look, *, sure: bool) -> None:
        """Raises Disturbed where something else may be to blame: it waits to be read, or it was written
        since that was read which the call is about."""
        record = look.asked.subject
        if look.operation.resource is None:
            return
        if self._is_taken_though_broken(look):
            self.settle()
            return
        waited = bool(self.batch) and self._may_be_disturbed(record, look.asked.parent)
        if waited:
            self._doubt()
        elif sure or look.asked.below or self._shows_only_once(look.operation, record or look.asked.parent):
            return
        for about in (record, look.asked.parent):
            if about is not None:
                self._read_anew(about)
        self.memory.forget_hidden((record, look.asked.parent), look.seen, look.worlds)
        self.observer.lose_sight_of(look.asked.place)
        raise Disturbed(anew=not waited)

    def _is_taken_though_broken(self, look: Look) -> bool:
        """Whether a body was taken that breaks its schema: to see that, no other call matters; and tried once
        more it would be refused where it says what must be unique, which the first one has by now."""
        if look.asked.exchange.reply.status >= 300 or look.operation.body_pointer is None:
            return False
        schemas, body = self.contract.document.schemas, look.seen.call.body
        if isinstance(body, Absent | Malformed):
            return False
        found = schemas.broken_by_request(look.operation.body_pointer, body)
        return any(not violation.soft and not violation.open for violation in found)

    def _read_anew(self, record: Record) -> None:
        """Read what nobody knows any more of a record."""
        with suppress(ContractFault):
            data = self.observer.read(record)
            if isinstance(data, Mapping):
                self.pool.put(replace(record, data=dict(data)))
            elif data is None:
                self.pool.drop(record)

    def _shows_only_once(self, operation: Operation, record: Record | None) -> bool:
        """Whether nothing is gained by trying once more: what a call takes along is gone, and of what was
        there before the run there is no other."""
        if self.one_by_one or record is None:
            return True
        below = operation.parent is not None and operation.verb == "delete"
        return below or (record.resource, record.id) in self.pool.given

    def _may_be_disturbed(self, record: Record | None, parent: Record | None) -> bool:
        """Whether something waits, or was only told, that concerns what a call is about."""
        for one in (record, parent):
            if one is None:
                continue
            waits = [self.batch.concerns(one), self.batch.waits_below(one)]
            if any([*waits, (one.resource, one.id) in self.pool.only_told]):
                return True
        return record is None

    def _read_back(self, look: Look, exchanges: Sequence[Exchange], *, sure: bool) -> Record | None:
        """Read at once what came of a call, and book what that says."""
        promise, asked = look.executed.promise, look.asked
        seen, judgement = self._seen_in_the_end(look)
        if judgement.mismatches:
            self._undisturbed(look, sure=sure)
        self._check_response(promise, asked.exchange, exchanges)
        if not judgement.mismatches:
            self._prove(promise, look, seen)
        self.memory.remember_parent(seen, judgement)
        self.memory.remember_answer(seen, judgement)
        now = self.memory.remember(look.subject, seen, judgement)
        self.batch.forget(look.asked.place)
        self.book.judged(promise, look.planned, seen, judgement, exchanges)
        return now

    def _seen_in_the_end(self, look: Look) -> tuple[Observation, Judgement]:
        """What came of a call as it shows at last: what reads do not show yet may still come."""
        asked, observer = look.asked, self.observer
        observer.let_settle()
        until = observer.patience()
        while True:
            seen = observer.look_after(asked, look.seen, self.batch.touched)
            judgement = judge(self.contract, seen, look.worlds, self.book.guesses)
            if not judgement.mismatches or not observer.waits(until):
                return seen, judgement
            if is_safe(look.operation):
                asked, again = observer.ask(look.seen.call, look.planned, look.subject, refused=True)
                look = replace(look, asked=asked, seen=again)

    def _require_token(self, operation: Operation, planned: PlannedCall) -> None:
        if operation.secured and planned.token is not None and not self.has_token:
            raise Unavailable(f"{operation.id} needs a credential: give --token, or TROTH_TOKEN")

    def _check_response(self, promise: Promise, exchange: Exchange, exchanges: Sequence[Exchange]) -> None:
        """Schema conformance counts for ``<operation>/response``."""
        try:
            problems = self.conformance.problems(exchange)
            if any(problem.of_schema for problem in problems) and self.spoiled.shown_by(exchange):
                problems = [problem for problem in problems if not problem.of_schema]
                if not problems:
                    return
        except Unavailable as reason:
            self.book.of_responses(exchange.operation).skipped.append(str(reason))
            return
        self.book.conformed(promise, exchange, exchanges, [problem.text for problem in problems])
