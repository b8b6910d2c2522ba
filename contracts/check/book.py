"""What a run has found out about each promise: kept or broken, by which evidence, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.following import Causes
from troth.contracts.check.history import History, commands
from troth.contracts.check.judge import Judgement
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.proving import is_cut, refusal_is_shown, selects, success_is_shown
from troth.contracts.check.records import state_of
from troth.contracts.check.results import (
    BROKEN,
    DIFFERS,
    KEPT,
    SKIPPED,
    UNDISTINGUISHED,
    Evidence,
    Verdict,
)
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.model import Json, Operation, Pointer
from troth.contracts.promises.promise import Aspect, PlannedCall, Promise, Subject

SHOWN = 3
"""So many denials are told of a promise that is not proved."""


CONSEQUENCES = (
    Aspect.CHANGES_WHAT_IS_DECLARED,
    Aspect.CHANGES_NOTHING_WHEN_REFUSED,
    Aspect.MANAGED,
)
"""What a call also breaks that is taken where it is to be refused, or the other way round."""

SHOWN_BY_OTHERS = {
    Aspect.RESPONSE: "no success came that could be held against its documented response",
    Aspect.CHANGES_WHAT_IS_DECLARED: "no reading shows what it leaves alone",
    Aspect.CHANGES_NOTHING_WHEN_REFUSED: "no reading after a refusal shows what the call would have changed",
    Aspect.LEAVES_OTHERS_ALONE: "no other record of the tester's own was in the list, before and after",
    Aspect.OF_PARENT: "no record that the tester made surely belongs to another than the one named",
    Aspect.PAGING: "no page was full with more to come",
    Aspect.QUERY: "there was no record of the tester's own that the query leaves out",
}
"""What has not been seen of promises that no denied contract can be said for."""


@dataclass
class Tally:
    """What has been found out about one promise so far."""

    kept: int = 0
    apart: set[int] = field(default_factory=set)
    """Its denials, by number, that something seen does not fit."""
    proved: bool = False
    """Whether some call has shown what the promise says, where no denial can be said."""
    read: bool = False
    """Whether what came of a call of its own was read."""
    refused: bool = False
    """Whether a refusal was what was seen."""
    succeeded: bool = False
    """Whether a success was."""
    broken: list[Evidence] = field(default_factory=list)
    differs: list[Evidence] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    calls: int = 0


class BrokenPromise(Exception):
    """A probe showed that its promise is broken; ``refused``: by a refusal, where another answer was due."""

    def __init__(self, evidence: Evidence, *, refused: bool = False) -> None:
        super().__init__("broken")
        self.evidence, self.refused = evidence, refused


class Book:
    """A tally for each promise. What a call shows of other promises than the probed one is booked there."""

    def __init__(self, contract: Contract, promises: Sequence[Promise]) -> None:
        self._contract, self._promises = contract, promises
        self._tallies = {promise.id: Tally() for promise in promises}
        self._about = {promise.subject: promise for promise in promises if promise.subject is not None}
        self._guesses = {
            promise.pointer for promise in promises if promise.assumed and not _is_transition(promise)
        }
        self._confirmed: set[Pointer] = set()
        self._causes = Causes(
            promises,
            lambda promise: self._tallies[promise.id].broken,
            lambda promise: bool(self._tallies[promise.id].apart) and not self.rests_on_refusals(promise),
        )
        self.history = History(contract)
        """What has made records what they are."""
        self.taken: Set[str] = frozenset()
        """The operations of which some call was taken."""
        self.counted: Set[str] = frozenset()
        """The resources whose things have ids that things below another parent have, too."""

    def tally(self, promise: Promise) -> Tally:
        """What is known of a promise so far."""
        return self._tallies[promise.id]

    @property
    def any_broken(self) -> bool:
        """Whether any promise is broken."""
        return any(tally.broken for tally in self._tallies.values())

    @property
    def findings(self) -> int:
        """How much was found that is not as promised."""
        return sum(len(tally.broken) + len(tally.differs) for tally in self._tallies.values())

    @property
    def first_broken(self) -> str | None:
        """The id of a promise that is broken (or differs, where it is only assumed); None: there is none."""
        for id, tally in self._tallies.items():
            if tally.broken or tally.differs:
                return id
        return None

    @property
    def guesses(self) -> Set[Pointer]:
        """The assumed words that nothing has confirmed yet."""
        return self._guesses - self._confirmed

    def blame(self, promise: Promise, evidence: Evidence) -> None:
        """Book a broken promise; one that is only assumed differs, until something has confirmed it."""
        evidence = self._from_nothing(evidence)
        tally = self.tally(promise)
        if promise.assumed and promise.pointer not in self._confirmed:
            tally.differs.append(evidence)
        else:
            tally.broken.append(evidence)

    def _from_nothing(self, evidence: Evidence) -> Evidence:
        """Evidence with commands that make its records first."""
        if evidence.commands:
            return evidence
        before = self.history.before(evidence.exchanges)
        return replace(evidence, commands=tuple(commands(self._contract, before, evidence.exchanges)))

    def judged(
        self,
        promise: Promise,
        planned: PlannedCall,
        seen: Observation,
        judgement: Judgement,
        exchanges: Sequence[Exchange],
    ) -> None:
        """Book one call of a promise's probe. What belongs to other promises breaks those.

        Raises BrokenPromise where it breaks the promise itself.
        """
        own, foreign = self._sorted_out(promise, planned, seen, judgement.mismatches)
        for writes, mismatch in self._of_other_properties(promise, planned, seen, own):
            self.blame(writes, _evidence(promise, exchanges, [mismatch]))
            own = [one for one in own if one is not mismatch]
        for subject, mismatches in foreign.items():
            self.blame(self._about[subject], _evidence(promise, exchanges, mismatches))
        if judgement.remarks:
            remarked = _evidence(promise, exchanges, judgement.remarks)
            self.tally(promise).differs.append(self._from_nothing(remarked))
        self._credit(planned.operation, seen, judgement)
        if own:
            refused = seen.reply.status >= 400 and any(mismatch.of_status for mismatch in own)
            raise BrokenPromise(_evidence(promise, exchanges, own), refused=refused)
        if promise.assumed and promise.pointer in _followed(judgement):
            self._confirmed.add(promise.pointer)

    def _sorted_out(
        self, promise: Promise, planned: PlannedCall, seen: Observation, mismatches: Sequence[Mismatch]
    ) -> tuple[list[Mismatch], dict[Subject, list[Mismatch]]]:
        """The mismatches that break the probed promise, and those that belong to others."""
        own: list[Mismatch] = []
        foreign: dict[Subject, list[Mismatch]] = {}
        for mismatch in mismatches:
            subject = self._subject(promise, planned, seen, mismatch)
            if subject is None or self._about.get(subject, promise) is promise:
                own.append(mismatch)
            else:
                foreign.setdefault(subject, []).append(mismatch)
        if any(mismatch.of_status for mismatch in own):  # what follows from it is no finding of its own
            for subject in [subject for subject in foreign if subject.aspect in CONSEQUENCES]:
                own += foreign.pop(subject)
        return own, foreign

    def _of_other_properties(
        self, promise: Promise, planned: PlannedCall, seen: Observation, own: Sequence[Mismatch]
    ) -> Iterator[tuple[Promise, Mismatch]]:
        """Of a promise about what the server sets: what is wrong with properties that its calls write."""
        if promise.subject is None or promise.subject.aspect is not Aspect.MANAGED:
            return
        sent = self._contract.operations[planned.operation].record_in(seen.call.body)
        state = None if seen.before is None else state_of(self._contract, seen.before)
        for mismatch in own:
            name = mismatch.what.partition(",")[0]
            if name not in sent or name == promise.subject.of:
                continue
            writes = self.of_property(planned.operation, name, sent[name], state)
            if writes is not None:
                yield writes, mismatch

    def _subject(
        self, promise: Promise, planned: PlannedCall, seen: Observation, mismatch: Mismatch
    ) -> Subject | None:
        """What is to blame: what the mismatch says, or what a call on the way is about; None: the promise."""
        if mismatch.promise is not None:
            return mismatch.promise
        if planned.operation == promise.operation or seen.before is None:
            return promise.subject
        operation = self._contract.operations[planned.operation]
        if not mismatch.of_status and not _is_about_transition(operation, mismatch):
            return Subject(operation.id, Aspect.CHANGES_WHAT_IS_DECLARED)
        return Subject(operation.id, Aspect.TRANSITION, str(state_of(self._contract, seen.before)))

    def _credit(self, operation: str, seen: Observation, judgement: Judgement) -> None:
        """What an observation without mismatch says for the promises that every call exercises."""
        outcome = judgement.outcome
        if judgement.mismatches or outcome is None:
            return
        subjects: list[Subject] = []
        shown = success_is_shown if outcome.succeeded else refusal_is_shown
        if shown(self._contract.operations[operation], seen, outcome):
            subjects.append(Subject.unsaid_change(operation, succeeded=outcome.succeeded))
        if any([seen.others, seen.bystander]):
            subjects.append(Subject(operation, Aspect.LEAVES_OTHERS_ALONE))
        if all([seen.elsewhere, self._contract.operations[operation].verb == "list", outcome.succeeded]):
            subjects.append(Subject(operation, Aspect.OF_PARENT))
        if is_cut(self._contract, seen):
            subjects += _about_pages(operation, seen)
        for name in seen.call.query:
            if selects(self._contract, seen, name):
                subjects.append(Subject(operation, Aspect.QUERY, name))
        for subject in subjects:
            if subject in self._about:
                tally = self.tally(self._about[subject])
                tally.kept, tally.proved = tally.kept + 1, True

    def conformed(
        self, promise: Promise, exchange: Exchange, exchanges: Sequence[Exchange], problems: Sequence[str]
    ) -> None:
        """Book what an answer breaks of its documented response, for the promise about responses."""
        tally = self.of_responses(exchange.operation)
        if not problems:
            if exchange.reply.status < 300:
                tally.kept, tally.proved = tally.kept + 1, True
            return
        pointer = exchange.operation.pointer
        found = [Mismatch("response", "as documented", problem, pointer) for problem in problems]
        evidence = self._from_nothing(_evidence(promise, exchanges, found))
        refused = 400 <= exchange.reply.status < 500
        if refused and self._contract.errors.assumed:
            tally.differs.append(evidence)
        else:
            tally.broken.append(evidence)

    def of_responses(self, operation: Operation) -> Tally:
        """The tally of the promise that an operation's answers are as documented."""
        return self.tally(self._about[Subject(operation.id, Aspect.RESPONSE)])

    def of_taking(self, operation: Operation, state: Json) -> Promise | None:
        """The promise that an operation takes calls at all (in a state), where there is one."""
        for promise in self._promises:
            if promise.operation == operation.id and promise.reduced:
                return promise
        for subject in (
            Subject(operation.id, Aspect.TRANSITION, str(state)),
            Subject(operation.id, Aspect.LIST),
        ):
            if subject in self._about:
                return self._about[subject]
        return None

    def refused_altogether(self, promise: Promise, exchanges: Sequence[Exchange], probed: Promise) -> None:
        """Book once that an operation takes nothing at all: what was found of ``probed`` follows from it."""
        if self.tally(promise).broken:
            return
        got, pointer = str(exchanges[-1].reply.status), exchanges[-1].operation.pointer
        found = Mismatch("status", "a success", got, pointer, of_status=True)
        self.blame(promise, _evidence(probed, exchanges[-1:], [found]))

    def of_property(self, operation: str, name: str, value: Json, state: Json) -> Promise | None:
        """The promise about a property of a body: that it may be null, or what becomes of it in a state."""
        about_null = self._about.get(Subject(operation, Aspect.NULL, name))
        if value is None and about_null is not None:
            return about_null
        found = [p for p in self._promises if p.operation == operation and p.property == name]
        for promise in found:
            given = promise.probes[0].given if promise.probes else None
            if given is not None and given.state in (None, state):
                return promise
        return next(iter(found), None)

    def rests_on_refusals(self, promise: Promise) -> bool:
        """Whether only refusals speak for a promise, of an operation that has taken nothing."""
        tally = self.tally(promise)
        return tally.refused and not tally.succeeded and promise.operation not in self.taken

    def verdict(self, promise: Promise) -> Verdict:
        """What has come out for a promise."""
        tally, where = self.tally(promise), self._contract.where(promise.pointer)
        skipped = "; ".join(dict.fromkeys(tally.skipped)) or None
        cause = self._causes.of(promise)
        if cause is not None:
            return Verdict(promise, SKIPPED, where, tally.calls, f"what it shows follows from {cause.id}")
        if tally.broken:
            smallest = min(tally.broken, key=lambda evidence: len(evidence.exchanges))
            return Verdict(promise, BROKEN, where, tally.calls, skipped, smallest)
        if tally.differs:
            return Verdict(promise, DIFFERS, where, tally.calls, skipped, tally.differs[0])
        reason = promise.needs or skipped or self._not_come_across(promise)
        if tally.kept:
            doubt = undistinguished(promise, tally)
            if doubt is None and self.rests_on_refusals(promise):
                doubt = (
                    f"{UNDISTINGUISHED}: {promise.operation} took no call at all: its refusals prove nothing"
                )
            if doubt is None:
                doubt = self._unseen_twins(promise)
            if doubt is None:
                return Verdict(promise, KEPT, where, tally.calls, skipped)
            reason = "; ".join(part for part in (doubt, skipped) if part)
        return Verdict(promise, SKIPPED, where, tally.calls, reason)

    def _unseen_twins(self, promise: Promise) -> str | None:
        """That a thing of the same id below another parent may have been changed, too: nobody looks there."""
        operation, subject = self._contract.operations[promise.operation], promise.subject
        if subject is None or operation.parent is None:
            return None
        if (subject.aspect, operation.resource in self.counted) != (Aspect.LEAVES_OTHERS_ALONE, True):
            return None
        return (
            f"{UNDISTINGUISHED}: each {operation.parent.resource} has a {operation.resource} of the same id, "
            "and those of others were not looked at"
        )

    def _not_come_across(self, promise: Promise) -> str:
        """Why no call has shown anything of a promise, as far as that can be said."""
        operation, subject = self._contract.operations[promise.operation], promise.subject
        if subject is not None and subject.aspect is Aspect.LEAVES_OTHERS_ALONE:
            if self._contract.acting(operation.resource or "", "list") is None:
                return f"nothing lists what {operation.resource} there is, so that others could be seen"
            return SHOWN_BY_OTHERS[subject.aspect]
        return "no call of this run came across it"


def _evidence(promise: Promise, exchanges: Sequence[Exchange], mismatches: Sequence[Mismatch]) -> Evidence:
    return Evidence(tuple(exchanges), tuple(mismatches), promise.id)


def broken(promise: Promise, exchanges: Sequence[Exchange], mismatch: Mismatch) -> BrokenPromise:
    """That a probe's own promise is broken, to be raised."""
    return BrokenPromise(_evidence(promise, exchanges, [mismatch]))


def missing(promise: Promise, tally: Tally) -> list[int]:
    """The denials of a promise, by number, that all that was seen fits."""
    judged = [number for number, denial in enumerate(promise.denials) if denial.judged]
    left = [number for number in judged if number not in tally.apart]
    if promise.open and len(left) < len(judged):
        return []
    return left


def undistinguished(promise: Promise, tally: Tally) -> str | None:
    """Why what was seen does not prove a promise, although the contract allows it; None where it does."""
    left = missing(promise, tally)
    if left:
        told = ", or if ".join(promise.denials[number].says for number in left[:SHOWN])
        return f"{UNDISTINGUISHED}: what was seen fits as well if {told}"
    judged = any(denial.judged for denial in promise.denials)
    if promise.subject is not None and promise.subject.aspect in SHOWN_BY_OTHERS:
        if tally.proved:
            return None
        return f"{UNDISTINGUISHED}: {SHOWN_BY_OTHERS[promise.subject.aspect]}"
    if tally.read or (judged and not promise.read):
        return None
    return f"{UNDISTINGUISHED}: nothing shows what came of it"


def _is_transition(promise: Promise) -> bool:
    return promise.subject is not None and promise.subject.aspect is Aspect.TRANSITION


def _is_about_transition(operation: Operation, mismatch: Mismatch) -> bool:
    """Whether it is the operation's transition that sets what differs."""
    transition = transition_of(operation)
    return transition is not None and mismatch.cite == transition.pointer


def _followed(judgement: Judgement) -> Set[Pointer]:
    """The words that were seen to be followed."""
    if judgement.outcome is None or judgement.remarks:
        return set()
    return set(judgement.outcome.touched.values())


def _about_pages(operation: str, seen: Observation) -> list[Subject]:
    """What a full page is about: also how long one is for which nobody asks."""
    pages = Subject(operation, Aspect.PAGING)
    if seen.call.query:
        return [pages]
    return [pages, replace(pages, of="default")]
