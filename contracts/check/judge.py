"""Was what we saw one of the outcomes that the contract allows? If not: what differs from the nearest one.

Nothing here reads a clock or the network: an observation goes in, mismatches come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from troth.contracts.check.comparing import instant, later, same, short
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.others import crowd, in_list, listed, others, parent, record_shown
from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import effects_of
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.shown import shown
from troth.contracts.document.pointers import join, split, walk
from troth.contracts.model import (
    ABSENT,
    Delete,
    Json,
    Operation,
    Outcome,
    Pointer,
    Put,
    Record,
    Unknown,
    World,
)
from troth.contracts.promises.promise import Aspect, Subject
from troth.contracts.words.automatic import drift

_RESPONSE = "the response"
RECENT = 2.0
"""Seconds in which two writes may bear the same timestamp: some APIs keep whole seconds."""


@dataclass(frozen=True)
class Judgement:
    """``mismatches`` with the nearest allowed outcome (empty: it was allowed), and guesses that differ."""

    outcomes: tuple[Outcome, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    remarks: tuple[Mismatch, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that was seen, or the nearest one."""
        return self.outcomes[0] if self.outcomes else None


def judge(
    contract: Contract, seen: Observation, worlds: Sequence[World], guesses: Set[Pointer] = frozenset()
) -> Judgement:
    """Hold an observation against every outcome that the contract allows in any of the possible worlds.

    ``guesses``: the words that are assumed; what differs from those alone is a remark.
    """
    operation = contract.operations[seen.call.operation]
    nearest: tuple[int, Outcome, list[Mismatch]] | None = None
    explained: list[tuple[Outcome, list[Mismatch]]] = []
    for world in worlds:
        for outcome in decide(contract, seen.call, world):
            outcome = _about(operation, seen, outcome)
            found = [
                replace(m, assumed=True) if m.cite in guesses and m.promise is None else m
                for m in _differences(contract, operation, seen, outcome)
            ]
            hard = [m for m in found if not m.assumed]
            if not hard:
                explained.append((outcome, found))
                continue
            distance = sum(m.weight for m in hard)
            if nearest is None or distance < nearest[0]:
                nearest = (distance, outcome, found)
    if explained:
        explained.sort(key=lambda pair: len(pair[1]))
        fewest = len(explained[0][1])
        outcomes = tuple(outcome for outcome, found in explained if len(found) == fewest)
        return Judgement(outcomes, (), tuple(explained[0][1]))
    assert nearest is not None
    return Judgement((nearest[1],), tuple(m for m in nearest[2] if not m.assumed))


def _about(operation: Operation, seen: Observation, outcome: Outcome) -> Outcome:
    """The outcome for the record that was looked at, where the call's path does not name it."""
    record = seen.before
    if record is None or operation.names_record or operation.verb in ("create", "list"):
        return outcome
    mine = [c for c in outcome.changes if isinstance(c, (Put, Delete)) and _same(c.record, record)]
    if not mine:
        return replace(outcome, before=record, after=record)
    if isinstance(mine[0], Delete):
        return replace(outcome, before=record)
    after = mine[0].record
    touched = {n: outcome.cite for n, value in after.data.items() if record.data.get(n) != value}
    return replace(outcome, before=record, after=after, touched=touched)


def _same(one: Record, other: Record) -> bool:
    return (one.resource, one.id) == (other.resource, other.id)


def _differences(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    yield from _status(seen, outcome)
    if outcome.message is not None and seen.reply.status // 100 == outcome.status // 100:
        yield from _message(contract, seen, outcome)
    if outcome.naming is not None and seen.reply.status // 100 == outcome.status // 100:
        yield from _naming(seen, outcome, outcome.naming)
    if outcome.succeeded and seen.reply.status < 300:
        yield from _body(contract, operation, seen, outcome)
    yield from _read_back(contract, operation, seen, outcome)
    yield from _tags(operation, seen, outcome)
    yield from _new(contract, operation, seen, outcome)
    yield from in_list(contract, operation, seen, outcome)
    yield from others(contract, operation, seen, outcome)
    yield from crowd(contract, operation, seen, outcome)
    yield from parent(contract, operation, seen, outcome)
    for pointer in outcome.departs:
        assert outcome.after is not None
        where = f"as assumed at {contract.where(pointer)}"
        yield Mismatch("where it leads", where, short(seen.after), pointer, assumed=True)


def _status(seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    got, wanted = seen.reply.status, outcome.status
    expected = str(wanted) if outcome.exact else f"{wanted // 100}XX"
    if outcome.assumed:
        expected = f"{wanted} (assumed)"
    if got // 100 != wanted // 100 or (outcome.exact and got != wanted):
        yield Mismatch("status", expected, str(got), outcome.cite, weight=5)
    elif outcome.assumed and got != wanted:
        yield Mismatch("status", expected, str(got), outcome.cite, assumed=True)


def _message(contract: Contract, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    assert outcome.message is not None
    at = contract.errors.at
    try:
        found = walk(seen.reply.body, split(at)) if at else None
    except (LookupError, TypeError):
        found = None
    if found == outcome.message:
        return
    if (at is None or contract.errors.assumed) and outcome.message in _texts(seen.reply.body):
        yield Mismatch(
            f"place of the text (assumed {at})",
            repr(outcome.message),
            "elsewhere",
            outcome.cite,
            assumed=True,
        )
        return
    got = repr(found) if found is not None else f"no text at {at}"
    yield Mismatch(
        f"text at {at}", repr(outcome.message), got, outcome.cite, assumed=outcome.assumed, weight=2
    )


def _naming(seen: Observation, outcome: Outcome, name: str) -> Iterator[Mismatch]:
    found = list(_texts(seen.reply.body))
    if not any(_plain(name) in _plain(text) for text in found):
        expected, got = f"one that names {name!r}", short(found)
        yield Mismatch("the text", expected, got, outcome.cite, assumed=outcome.assumed, weight=2)


def _plain(text: str) -> str:
    return text.casefold().replace("_", " ").replace("-", " ")


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _body(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    yield from _answers(operation, seen, outcome)
    response = operation.response(seen.reply.status)
    if response is None or response.envelope is None or operation.verb == "delete":
        return  # some show what is gone, some show nothing
    got = shown(operation, seen.reply)
    place = "/" + "/".join(response.envelope.at)
    if response.envelope.many:
        yield from listed(contract, seen, outcome, got)
    elif not isinstance(got, Mapping):
        yield Mismatch(
            f"the {response.envelope.resource} at {place}", "an object", short(got), response.pointer
        )
    elif outcome.shown is not None:
        yield from _again(outcome.shown, got, outcome)
    elif outcome.after is not None:
        expected = record_shown(contract, outcome.after)
        known = {name: value for name, value in expected.items() if name in got}
        yield from _fields(contract, operation, seen, outcome, known, got, _RESPONSE)


def _again(shown: Record, got: Mapping[str, Json], outcome: Outcome) -> Iterator[Mismatch]:
    """The first answer, given again."""
    for name, value in shown.data.items():
        if name in got and not same(value, got[name]):
            yield Mismatch(f"{name}, the first answer", short(value), short(got[name]), outcome.cite)


def _tags(operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """What changes a record changes its entity tag (RFC 9110, section 8.8.1)."""
    before, after = outcome.before, outcome.after
    if seen.tags is None or before is None or after is None or not isinstance(seen.after, Mapping):
        return
    old = seen.before.data if seen.before else {}
    if seen.tags[0] == seen.tags[1] and any(seen.after.get(name) != value for name, value in old.items()):
        yield Mismatch("the entity tag", "another one", str(seen.tags[1]), outcome.cite)


def _answers(operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """What words promise of the body beside the record."""
    for path, cite in outcome.answers.items():
        wanted = outcome.shows.get(path, Unknown())
        try:
            found = walk(seen.reply.body, path)
        except (LookupError, TypeError):
            found = None
        if not same(wanted, found):
            at = "/" + "/".join(path)
            promise = Subject(operation.id, Aspect.ANSWERS, at)
            yield Mismatch(f"the answer at {at}", short(wanted), short(found), cite, promise)


def _read_back(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    if seen.after is ABSENT:
        return
    if outcome.after is None or seen.after is None:
        if (outcome.after is None) != (seen.after is None) and (outcome.before or outcome.after):
            gone = "it is gone" if seen.after is None else "it is still there"
            wanted = "it is gone" if outcome.after is None else "it can be read"
            yield Mismatch("the record, read back", wanted, gone, outcome.cite, weight=3)
        return
    for after in drift(contract, outcome.after, seen.now):
        moved = replace(outcome, after=after)
        found = list(_stored(contract, operation, seen, moved))
        if not found:
            return
    yield from _stored(contract, operation, seen, outcome)


def _stored(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    assert outcome.after is not None
    resource = contract.resources[outcome.after.resource]
    data = {**outcome.after.data, **record_shown(contract, outcome.after)}
    expected = {
        name: value
        for name, value in data.items()
        if name in seen.after or name in outcome.touched or (seen.before and name in seen.before.data)
    }
    yield from _fields(contract, operation, seen, outcome, expected, seen.after, "read back")
    for name, value in outcome.unstored.items():
        if not isinstance(value, (bool, type(None))) and seen.after.get(name) == value:
            cite = join(f"{operation.word_pointer}/writes", name)
            yield Mismatch(f"{name}, read back", f"ignored, not {short(value)}", short(value), cite)
    for name in seen.after:
        if seen.before is not None and name not in data and resource.managed.get(name) != "anytime":
            yield _frame(operation, outcome, name, "no such property", short(seen.after[name]), "read back")


def _fields(
    contract: Contract,
    operation: Operation,
    seen: Observation,
    outcome: Outcome,
    expected: Mapping[str, Json],
    got: Mapping[str, Json],
    where: str,
) -> Iterator[Mismatch]:
    assert outcome.after is not None
    resource = contract.resources[outcome.after.resource]
    effects = {effect.pointer for effect in effects_of(operation)}
    for name, value in expected.items():
        when, found = resource.managed.get(name), got.get(name)
        if when == "anytime" and outcome.touched.get(name) not in effects:
            continue
        if isinstance(value, Unknown):
            problem = _managed(value, found, seen)
            if problem:
                promise = Subject(operation.id, Aspect.MANAGED, name)
                yield Mismatch(f"{name}, {where}", problem, short(found), outcome.cite, promise)
        elif name in outcome.touched:
            old = seen.before.data.get(name) if seen.before else None
            if not same(value, found, old):
                yield Mismatch(f"{name}, {where}", short(value), short(found), outcome.touched[name])
        elif value != found and not (where == _RESPONSE and same(value, found)):
            yield _frame(operation, outcome, name, short(value), short(found), where)


def _frame(
    operation: Operation, outcome: Outcome, name: str, expected: str, got: str, where: str
) -> Mismatch:
    """A change that nobody declared."""
    subject = Subject.unsaid_change(operation.id, succeeded=outcome.succeeded)
    return Mismatch(f"{name}, {where}", expected, got, outcome.cite, subject)


def _managed(value: Unknown, found: Json, seen: Observation) -> str | None:
    """What is wrong with a value that only the server knows; None where nothing is."""
    old = value.old
    if old is None or not isinstance(found, str) or not isinstance(old, str):
        return None
    if instant(found) is not None and instant(old) is not None and later(old, found):
        return f"not before {old!r}"
    if value.touched and found == old and seen.age > RECENT:
        return f"another value than {old!r}"
    return None


def _new(contract: Contract, operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """A created record has an id of its own, a refused one is not there."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb != "create":
        return
    if outcome.succeeded and isinstance(seen.after, Mapping) and outcome.shown is None:
        id_ = str(seen.after.get(resource.id))
        if id_ in seen.existing:
            yield Mismatch(
                f"{resource.id} of the new record", "a new one", f"{id_}, which exists", outcome.cite
            )
    if not outcome.succeeded and isinstance(seen.call.body, Mapping):
        sent = {k: v for k, v in seen.call.body.items() if isinstance(v, str)}
        for item in seen.appeared:
            alike = [name for name in sent if name in item]
            if alike and all(sent[name] == item[name] for name in alike):
                promise = Subject.unsaid_change(operation.id, succeeded=False)
                yield Mismatch("the refused record", "not there", "in the list", outcome.cite, promise)
