"""``repeat``: what the second identical call does: ``same``, ``refused``, ``again``, or ``{key: HEADER}``.

``{key: Idempotency-Key, keep: PT24H}``: a call with a key that was used is not made again: it gets the first
answer. The same key with another request is refused (``other``, 422 unless said), and so is one whose first
call is still being answered (``pending``, 409). A key is forgotten after ``keep`` (the IETF's draft "The
Idempotency-Key HTTP Header Field"). The other three follow from ``transition``; they are kept because
documents state them, and because lint holds the two against each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import blake2b

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Repeat, repeat_of, transition_of
from troth.contracts.document import did_you_mean
from troth.contracts.document.equality import plain
from troth.contracts.frozen import replace
from troth.contracts.model import (
    Absent,
    Finding,
    Json,
    Keep,
    Malformed,
    Node,
    Operation,
    Outcome,
    Refusal,
    Unknown,
)
from troth.contracts.promises.denial import Denial, always_refused, with_words, without_word
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._values import name_of, seconds, status_of
from troth.contracts.words._word import Site, Word

PENDING = "key-in-flight"
"""What ``Prefer: fail-effect=…`` of the mock names to have a key's first call still being answered."""


class RepeatWord(Word):
    """Gives the first answer again; what the unkeyed ones do is decided by the other words."""

    name = "repeat"
    schema = {
        "oneOf": [
            {"enum": ["same", "refused", "again"]},
            {
                "type": "object",
                "required": ["key"],
                "additionalProperties": False,
                "properties": {
                    "key": {"type": "string"},
                    "keep": {"$ref": "#/$defs/duration"},
                    "other": {"$ref": "#/$defs/status"},
                    "pending": {"$ref": "#/$defs/status"},
                },
            },
        ]
    }
    refuses_at = RefusalStage.KEY

    def parse(self, value: Node, site: Site) -> Repeat:
        if isinstance(value, str):
            return Repeat(value, site.pointer)
        keep = None
        if "keep" in value:
            keep = seconds(value["keep"])
        other, pending = status_of(value.get("other", 422)), status_of(value.get("pending", 409))
        return Repeat("key", site.pointer, value["key"], keep, other, pending)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, repeat in uses(contract, self.name):
            headers = [p.name for p in operation.parameters if p.place == "header"]
            if repeat.key is not None and repeat.key not in headers:
                hint = did_you_mean(repeat.key, headers)
                message = f"{operation.id} has no header parameter {repeat.key!r}{hint}"
                yield contract.document.finding("C03", message, f"{repeat.pointer}/key")

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C13: ``repeat`` and ``transition`` contradict each other."""
        for operation, repeat in uses(contract, self.name):
            transition = transition_of(operation)
            if transition is None or transition.states is None:
                continue
            reached = [state for state, _ in transition.targets]
            back = [state for state in reached if state in transition.states]
            for problem in _contradictions(operation, repeat, reached, back):
                yield contract.document.finding("C13", problem, repeat.pointer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        repeat = repeat_of(operation)
        if repeat is None or repeat.key is None:
            return None
        return self

    def refusals(self, step: Step) -> Iterator[Refusal]:
        repeat = repeat_of(step.operation)
        if repeat is None or repeat.key not in step.call.headers:
            return
        if PENDING in step.call.failing:
            detail = "the first call with this key is still being answered"
            yield Refusal("conflict", repeat.pointer, repeat.pending, detail=detail)
            return
        answer = _first_answer(step)
        if answer is not None and not repeat.loose and answer.request != _request(step):
            detail = f"the {repeat.key} was used for another request"
            certain = not _expired(step, answer)
            yield Refusal(
                "invalid", repeat.pointer, repeat.other, detail=detail, certain=certain, preferred=certain
            )

    def replay(self, step: Step) -> Outcome | None:
        if PENDING in step.call.failing:
            return None
        answer, repeat = _first_answer(step), repeat_of(step.operation)
        if answer is None or repeat is None:
            return None
        if answer.request != _request(step) and not repeat.loose:
            return None
        if _expired(step, answer) and step.choose(True, False):
            return None  # a server may remember for longer
        first = answer.outcome
        now = step.before
        if first.after is not None:
            now = step.world.get(first.after.resource, first.after.id)
        told = replace(first, changes=(), emitted=(), departs=(), touched={}, unstored={})
        detail = f"the first answer to this {repeat.key}, once more: nothing is done"
        return replace(told, before=now, after=now, shown=first.after, detail=detail, cite=repeat.pointer)

    def settle(self, step: Step, outcome: Outcome) -> Outcome:
        name, repeat = _answer_name(step), repeat_of(step.operation)
        if name is None or repeat is None or not outcome.succeeded:
            return outcome
        until = None
        if repeat.keep is not None:
            until = step.world.now + timedelta(seconds=repeat.keep)
        return replace(outcome, changes=(*outcome.changes, Keep(name, _request(step), outcome, until)))

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        repeat = repeat_of(operation)
        if repeat is None:
            return
        if repeat.key is not None:
            yield from _key_promises(contract, operation, repeat)
            return
        says = {
            "same": f"{operation.id} called twice answers the same and changes nothing more",
            "refused": f"{operation.id} called twice is refused the second time and changes nothing more",
            "again": f"{operation.id} called twice acts twice",
        }[repeat.kind]
        probe = Probe(
            (PlannedCall(operation.id), PlannedCall(operation.id, again=True)), accepted_start(operation)
        )
        id = f"{operation.id}/repeat/{repeat.kind}"
        denials = (_denied_kind(operation, repeat),)
        yield Promise(id, operation.id, says, repeat.pointer, (probe,), denials=denials)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        repeat = repeat_of(operation)
        if repeat is not None:
            yield Sentence(_told(repeat), repeat.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        repeat = repeat_of(operation)
        if repeat is None:
            return
        says = f"is `{repeat.kind}`"
        if repeat.key is not None:
            says = f"goes by `{repeat.key}`"
        value = (repeat.kind, repeat.key, repeat.keep, repeat.other, repeat.pending)
        yield Fact((), value, says, repeat.pointer, about="the second identical call")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if new is None:
            return MAYBE, "what a second call does is not said now"
        if old is None:
            return SAFE, "what a second call does is said now"
        return _judged_kinds(old.value[0], new.value[0])


def _judged_kinds(was: str, is_: str) -> Compatibility:
    """What it means that the second call does something else."""
    if "key" in (was, is_):
        return BREAKS, "clients that call again count on the key, or know none"
    if was == "refused":
        return SAFE, "calls that were refused work"
    if is_ == "refused":
        return BREAKS, "clients that call again are refused"
    if is_ == "again":
        return BREAKS, "clients that call again act twice"
    return MAYBE, "a client may count on acting twice"


def _contradictions(
    operation: Operation, repeat: Repeat, reached: list[str], back: list[str]
) -> Iterator[str]:
    """What the word says against a transition, from whose targets ``back`` it may be called again."""
    if repeat.kind == "refused" and back == reached:
        yield f"`repeat: refused`, but {operation.id} may be called again in {', '.join(back)}"
    if repeat.kind == "same" and not back:
        yield f"`repeat: same`, but in {', '.join(reached)} {operation.id} is refused by `transition`"


def _told(repeat: Repeat) -> str:
    if repeat.key is None:
        return {
            "same": "Called twice it answers the same and changes nothing more.",
            "refused": "Called twice it is refused the second time and changes nothing more.",
            "again": "Called twice it acts twice.",
        }[repeat.kind]
    says = f"Called again with the same `{repeat.key}` it answers the same and does nothing"
    if repeat.keep is not None:
        says += f" for {repeat.keep:g} s"
    return f"{says}; with another request it is refused ({repeat.other})."


def _denied_kind(operation: Operation, repeat: Repeat) -> Denial:
    """The second call is refused where it is to be taken, and taken where it is to be refused."""
    transition = transition_of(operation)
    if transition is None or transition.states is None:
        return always_refused(operation)
    reached = [state for state, _ in transition.targets]
    if repeat.kind == "refused":
        more = replace(transition, states=(*transition.states, *reached), assumed=False)
        return Denial("the second call is taken", with_words(operation, transition=more))
    left = tuple(state for state in transition.states if state not in reached)
    if not left or left == transition.states:
        return always_refused(operation)
    return Denial(
        "the second call is refused", with_words(operation, transition=replace(transition, states=left))
    )


def _key_promises(contract: Contract, operation: Operation, repeat: Repeat) -> Iterator[Promise]:
    assert repeat.key is not None
    base, given, at = f"{operation.id}/repeat/key", accepted_start(operation), repeat.pointer
    first = PlannedCall(operation.id, headers={repeat.key: Unknown()})
    says = f"{operation.id} called twice with one {repeat.key} acts once and answers the same"
    once = Probe((first, PlannedCall(operation.id, again=True)), given)
    unkeyed = (Denial(f"{repeat.key} is ignored", without_word(operation, "repeat")),)
    yield Promise(base, operation.id, says, at, (once,), denials=unkeyed)
    names = tuple(contract.body_properties(operation))[:1]
    if names:
        says = f"{operation.id} refuses the {repeat.key} of another request"
        other = PlannedCall(operation.id, draws=names, headers={repeat.key: Unknown()})
        loose = with_words(operation, repeat=replace(repeat, loose=True))
        taken = (Denial("another request gets the first answer", loose),)
        yield Promise(f"{base}/other", operation.id, says, at, (Probe((first, other), given),), denials=taken)
    if repeat.keep is not None:
        says = f"{operation.id} forgets a {repeat.key} after {repeat.keep:g} s"
        later = PlannedCall(operation.id, again=True, wait=repeat.keep + 60)
        never = with_words(operation, repeat=replace(repeat, keep=None))
        allowed = "a server may remember a key for longer"
        kept = (Denial("it is never forgotten", never, allowed=allowed),)
        yield Promise(
            f"{base}/expired", operation.id, says, at, (Probe((first, later), given),), denials=kept
        )
        says = f"{operation.id} remembers a {repeat.key} for {repeat.keep:g} s"
        sooner = PlannedCall(operation.id, again=True, wait=repeat.keep * 0.8)
        yield Promise(
            f"{base}/remembered", operation.id, says, at, (Probe((first, sooner), given),), denials=unkeyed
        )


def _answer_name(step: Step) -> str | None:
    """Under which name an answer is kept: per operation, credential and key."""
    repeat = repeat_of(step.operation)
    if repeat is None:
        return None
    if repeat.key is None:
        return None
    key = step.call.headers.get(repeat.key)
    if key is None:
        return None
    return name_of(step.operation.id, step.call.credential or "", str(key))


def _first_answer(step: Step) -> Keep | None:
    """The answer that is kept for the call's key, and not forgotten for certain."""
    name = _answer_name(step)
    if name is None:
        return None
    answer = step.world.kept(name)
    if answer is None or isinstance(step.world.moment, Unknown):
        return answer
    if _expired(step, answer):
        return None
    return answer


def _expired(step: Step, answer: Keep) -> bool:
    repeat = repeat_of(step.operation)
    if answer.until is None or repeat is None or repeat.keep is None:
        return False
    return answer.until <= step.world.now


def _request(step: Step) -> str:
    """What makes a request another one: its path, its query and its body."""
    said: list[Json] = [step.call.path, step.call.query]
    if not isinstance(step.call.body, (Absent, Malformed)):
        said.append(step.call.body)
    text = json.dumps(plain(said), sort_keys=True, default=repr)
    return blake2b(text.encode("utf-8", "replace"), digest_size=32).hexdigest()
