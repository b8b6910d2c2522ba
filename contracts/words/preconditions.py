"""Standard ``If-Match``, ``If-None-Match`` and ``ETag`` (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2).

An operation that declares the header parameter ``If-Match`` is refused (412) where it names another entity
tag than the record has; with ``If-None-Match`` a change is refused where it names the one that it has, and a
reading that documents 304 is answered so, also where its answers have an ``ETag`` and the header is not
declared. No word of its own: the declared headers say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.variants import tag_in, variants
from troth.contracts.frozen import replace
from troth.contracts.model import Operation, Outcome, Parameter, Record, Refusal
from troth.contracts.promises.denial import Denial, always_refused, never_refused
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence, Stored, Tag
from troth.contracts.words._binding import Binding
from troth.contracts.words._given_ids import upserts
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, unconditional_property
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word

HEADER, NONE = "if-match", "if-none-match"
NOT_MODIFIED = 304
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Locked(Binding):
    """An operation that takes ``If-Match``."""

    parameter: Parameter

    def refusals(self, step: Step) -> Iterator[Refusal]:
        sent, at = step.call.headers.get(self.parameter.name), self.parameter.pointer
        if not isinstance(sent, str):
            return
        if step.before is None:
            if upserts(step.contract, step.operation):
                yield Refusal("precondition", at, detail="there is none yet")
            return
        if sent.strip() == "*":
            return
        tag = step.world.tag(step.before)
        if tag is None:  # not known: either
            yield Refusal("precondition", at, certain=False, preferred=False)
        elif not _names_one(step, step.before, tag, sent):
            yield Refusal("precondition", at, detail=f"the entity tag is {tag} by now")


@dataclass(frozen=True)
class Guarded(Binding):
    """An operation that takes ``If-None-Match``, and perhaps ``If-Match``."""

    parameter: Parameter
    locked: Locked | None

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if self.locked is not None:
            yield from self.locked.refusals(step)
        if step.before is None or step.operation.method in _SAFE:
            return
        sent = self._sent(step)
        if sent is None:
            return
        tag, at = step.world.tag(step.before), self.parameter.pointer
        if sent == ["*"]:
            yield Refusal("precondition", at, detail="there is one already")
        elif tag is None:  # not known: either
            yield Refusal("precondition", at, certain=False, preferred=False)
        elif any(_plain(one) in sent for one in variants(step.contract, step.before.resource, tag)):
            yield Refusal("precondition", at, detail=f"the entity tag is {tag}")

    def settle(self, step: Step, outcome: Outcome) -> Outcome:
        if step.operation.method not in _SAFE:
            return outcome
        sent, tag = self._sent(step), outcome.tag
        if step.before is not None:
            tag = step.world.tag(step.before)
        if sent is None or tag is None:
            return outcome
        usual = step.operation.response(step.operation.success_status)
        tag = tag_in(usual, step.call.accept, tag)
        if sent != ["*"] and _plain(tag) not in sent:
            return outcome
        if not any(response.key == str(NOT_MODIFIED) for response in step.operation.responses):
            return outcome
        return replace(outcome, status=NOT_MODIFIED, tag=tag)

    def _sent(self, step: Step) -> list[str] | None:
        """The tags that are named, compared weakly (section 8.8.3.2)."""
        sent = step.call.headers.get(self.parameter.name)
        if not isinstance(sent, str):
            return None
        return [_plain(part) for part in sent.split(",")]


def _names_one(step: Step, record: Record, tag: str, sent: str) -> bool:
    """Whether a client names the tag of a record, in whatever media type it has it."""
    named = {part.strip() for part in sent.split(",")}
    return not named.isdisjoint(variants(step.contract, record.resource, tag))


def _plain(tag: str) -> str:
    """A tag without its mark of weakness."""
    return tag.strip().removeprefix("W/")


class Preconditions(Word):
    """Compares entity tags."""

    refuses_at = RefusalStage.PRECONDITION

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        parameter, unless = locked(operation), _header(operation, NONE)
        bound = None
        if parameter is not None:
            bound = Locked(parameter)
        if unless is None:
            return bound
        return Guarded(unless, bound)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        yield from _conditional_reading(operation)
        parameter = locked(operation)
        if parameter is None:
            return
        if not operation.names_record:
            return
        base, given, at = f"{operation.id}/if-match", accepted_start(operation), parameter.pointer
        small = _small_change(contract, operation)
        stale = replace(small, headers={parameter.name: Tag(other=True)})
        current = replace(small, headers={parameter.name: Tag()})
        says = f"{operation.id} refuses an entity tag that the record does not have"
        ignored = (never_refused(operation, at, f"{parameter.name} is ignored"),)
        yield Promise(f"{base}/stale", operation.id, says, at, (Probe((stale,), given),), denials=ignored)
        says = f"{operation.id} takes the entity tag that the record has"
        refused = (always_refused(operation),)
        yield Promise(f"{base}/current", operation.id, says, at, (Probe((current,), given),), denials=refused)
        if operation.verb in ("update", "action") and small.draws:
            says = f"{operation.id} with one entity tag twice: the second does not overwrite the first"
            twice = Probe((current, PlannedCall(operation.id, again=True)), given)
            yield Promise(f"{base}/lost-update", operation.id, says, at, (twice,), denials=ignored)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        parameter = locked(operation)
        if parameter is not None:
            how = answered(contract, "precondition")
            says = f"Refused {how} where `{parameter.name}` names another entity tag than the record has."
            yield Sentence(says, parameter.pointer)


def _conditional_reading(operation: Operation) -> Iterator[Promise]:
    """Of a reading that documents 304: that answers the entity tag of the record, and no other."""
    headers = [p for p in operation.parameters if (p.place, p.name.lower()) == ("header", NONE)]
    documented = [response for response in operation.responses if response.key == str(NOT_MODIFIED)]
    if not all([headers, documented, operation.verb == "read", operation.method in _SAFE]):
        return
    given, at = accepted_start(operation), headers[0].pointer
    others = tuple(response for response in operation.responses if response not in documented)
    denial = Denial(f"{headers[0].name} is ignored", replace(operation, responses=others))
    calls = [
        PlannedCall(operation.id, headers={headers[0].name: Tag(other=other)}) for other in (False, True)
    ]
    says = f"{operation.id} answers 304 where the record has the entity tag that is sent, and else shows it"
    id, probes = f"{operation.id}/if-none-match", tuple(Probe((call,), given) for call in calls)
    yield Promise(id, operation.id, says, at, probes, denials=(denial,))


def _small_change(contract: Contract, operation: Operation) -> PlannedCall:
    """What nothing speaks against: what is required as it is stored, and something new besides."""
    required = contract.body_required(operation)
    free = [name for name in contract.body_properties(operation) if name not in required]
    if operation.verb != "update" or not free:
        return PlannedCall(operation.id, {}, unconditional_property(contract, operation, ""))
    body = {name: Stored((name,)) for name in required}
    return PlannedCall(operation.id, body, (free[-1],))


def locked(operation: Operation) -> Parameter | None:
    """The declared ``If-Match`` parameter."""
    return _header(operation, HEADER)


def _header(operation: Operation, name: str) -> Parameter | None:
    headers = (p for p in operation.parameters if p.place == "header")
    return next((p for p in headers if p.name.lower() == name), None)
