"""What an answer says: its status, its text, and what its body shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.check.comparing import same, short
from troth.contracts.check.fields import RESPONSE, fields
from troth.contracts.check.lists import list_answer
from troth.contracts.check.observation import Mismatch, Observation
from troth.contracts.check.others import record_shown
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.document.pointers import leaves, split, walk
from troth.contracts.model import Absent, Json, Operation, Outcome, Pointer, Record, Unknown
from troth.contracts.promises.promise import Aspect, Subject

_UNWANTED = (400, 409, 422)
"""Statuses of refusals for what a request says."""


def answer(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """How an answer differs from that of an outcome."""
    yield from _status(contract, operation, seen, outcome)
    if seen.reply.status // 100 == outcome.status // 100:
        yield from _message(contract, seen, outcome)
        yield from _named(seen, outcome)
    if outcome.succeeded and seen.reply.status < 300:
        yield from _beside_the_record(operation, seen, outcome)
        yield from _body(contract, operation, seen, outcome)


def _status(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    got, wanted = seen.reply.status, outcome.status
    if got == wanted:
        return
    mismatch = Mismatch("status", _expected_status(outcome), str(got), outcome.cite, of_status=True)
    if contract.guessed and _is_silent(operation, got):
        documented = ", ".join(response.key for response in operation.responses)
        told = f"a documented status: {documented}"
        mismatch = replace(mismatch, expected=told, promise=Subject(operation.id, Aspect.RESPONSE))
    if outcome.exact or got // 100 != wanted // 100:
        yield replace(mismatch, weight=5)
    elif outcome.assumed:
        yield replace(mismatch, assumed=True)


def _is_silent(operation: Operation, status: int) -> bool:
    """Whether a refusal says that a body is not wanted, and none is documented that would: which one is not,
    nobody has said."""
    if operation.body is None or status not in _UNWANTED:
        return False
    return all(operation.response(one) is None for one in _UNWANTED)


def _expected_status(outcome: Outcome) -> str:
    if outcome.assumed:
        return f"{outcome.status} (assumed)"
    if outcome.exact:
        return str(outcome.status)
    return f"{outcome.status // 100}XX"


def _message(contract: Contract, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    if outcome.message is None:
        return
    at = contract.errors.at
    found = _text_at(seen.reply.body, at)
    if found == outcome.message:
        return
    wanted, there = repr(outcome.message), outcome.message in leaves(seen.reply.body)
    if at is None:  # where it stands, nobody has said
        if not there:
            yield Mismatch("text", wanted, "not there", outcome.cite, assumed=outcome.assumed, weight=2)
        return
    if there and contract.errors.assumed:
        place = f"place of the text (assumed {at})"
        yield Mismatch(place, wanted, "elsewhere", outcome.cite, assumed=True)
        return
    got = f"no text at {at}"
    if found is not None:
        got = repr(found)
    yield Mismatch(f"text at {at}", wanted, got, outcome.cite, assumed=outcome.assumed, weight=2)


def _text_at(body: Json | Absent, at: Pointer | None) -> Json:
    """What stands where the document has the texts of errors; None where nothing does."""
    if not at:
        return None
    return _value_at(body, split(at))


def _value_at(body: Json | Absent, path: tuple[str, ...]) -> Json:
    try:
        found: Json = walk(body, path)
    except (LookupError, TypeError):
        return None
    return found


def _named(seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """A text that must name something does."""
    name = outcome.naming
    if name is None:
        return
    found = [text for text in leaves(seen.reply.body) if isinstance(text, str)]
    if not any(_plain(name) in _plain(text) for text in found):
        expected, got = f"one that names {name!r}", short(found)
        yield Mismatch("the text", expected, got, outcome.cite, assumed=outcome.assumed, weight=2)


def _plain(text: str) -> str:
    return text.casefold().replace("_", " ").replace("-", " ")


def _beside_the_record(operation: Operation, seen: Observation, outcome: Outcome) -> Iterator[Mismatch]:
    """What words promise of the body beside the record."""
    for path, cite in outcome.answers.items():
        wanted: Json | Unknown = outcome.shows.get(path, Unknown())
        found = _value_at(seen.reply.body, path)
        if not same(wanted, found):
            at = "/" + "/".join(path)
            promise = Subject(operation.id, Aspect.ANSWERS, at)
            yield Mismatch(f"the answer at {at}", short(wanted), short(found), cite, promise)


def _body(
    contract: Contract, operation: Operation, seen: Observation, outcome: Outcome
) -> Iterator[Mismatch]:
    """The record or the list that the body shows."""
    response = operation.showing(seen.reply.status)
    if response is None or response.envelope is None or operation.verb == "delete":
        return  # some show what is gone, some show nothing
    envelope, got = response.envelope, shown(operation, seen.reply)
    if envelope.many and envelope.resource != operation.resource:
        return  # what is linked, of which only the server knows what it was
    if envelope.many:
        yield from list_answer(contract, seen, outcome, got)
    elif not isinstance(got, Mapping):
        place = "/" + "/".join(envelope.at)
        yield Mismatch(f"the {envelope.resource} at {place}", "an object", short(got), response.pointer)
    elif outcome.shown is not None:
        yield from _first_answer(outcome.shown, got, outcome)
    elif outcome.after is not None:
        expected = record_shown(contract, outcome.after)
        known = {name: value for name, value in expected.items() if name in got}
        yield from fields(contract, operation, seen, outcome, known, got, RESPONSE)


def _first_answer(first: Record, got: Mapping[str, Json], outcome: Outcome) -> Iterator[Mismatch]:
    """The first answer is given again."""
    for name, value in first.data.items():
        if name in got and not same(value, got[name]):
            yield Mismatch(f"{name}, the first answer", short(value), short(got[name]), outcome.cite)
