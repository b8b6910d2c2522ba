"""``answers``: what a success says beside the record: values of its body by JSON Pointer, each in CEL.

``answers: {/ready: size(self.senders) > 0, /count: hidden.left}``; ``self`` is the record after the call.
What stands in the record's own place is shown by itself and needs no word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from troth.contracts.contract import Contract, cel
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Node, Operation, Pointer, Schema
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.facts import MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings, uses
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


@dataclass(frozen=True)
class Answer:
    """One value of the body: where it stands and what it is."""

    at: Pointer
    path: tuple[str, ...]
    text: str
    pointer: Pointer


class Answers(Word):
    """Fills response bodies."""

    name = "answers"
    schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"$ref": "#/$defs/pointer"},
        "additionalProperties": {"$ref": "#/$defs/cel"},
    }
    applies_at = ApplyStage.ANSWERS

    def parse(self, value: Node, site: Site) -> tuple[Answer, ...]:
        return tuple(Answer(at, split(at), text, join(site.pointer, at)) for at, text in value.items())

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, answers in uses(contract, self.name):
            resource = contract.resource_of(operation)
            for answer in answers:
                yield from expression_findings(
                    contract, answer.text, answer.pointer, resource, operation=operation
                )
                yield from _place(contract, operation, answer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if answers_of(operation):
            return self
        return None

    def apply(self, step: Step) -> Step:
        for answer in answers_of(step.operation):
            step = replace(
                step,
                shows={**step.shows, answer.path: step.made_of(answer.text)},
                answers={**step.answers, answer.path: answer.pointer},
            )
        return step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for number, answer in enumerate(answers_of(operation)):
            says = f"{operation.id} answers {answer.text} at {answer.at}"
            probes = [Probe((PlannedCall(operation.id),), accepted_start(operation))]
            if number == 0:
                probes += _in_states(contract, operation)
            probes += _either_way(contract, operation, answer)
            id = f"{operation.id}/answers{answer.at}"
            subject = Subject(operation.id, Aspect.ANSWERS, answer.at)
            yield Promise(
                id,
                operation.id,
                says,
                answer.pointer,
                tuple(probes),
                operation.assumed,
                subject=subject,
                denials=_denials(contract, operation, answer),
            )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        for answer in answers_of(operation):
            text = " ".join(answer.text.split())
            yield Sentence(f"Answers `{text}` at `{answer.at}`.", answer.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for answer in answers_of(operation):
            text = " ".join(answer.text.split())
            about = f"the answer at `{answer.at}`"
            yield Fact((answer.at,), text, f"is `{text}`", answer.pointer, about=about)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return SAFE, "the value is said now"
        if new is None:
            return MAYBE, "the value is not said now"
        return MAYBE, "clients may read another value"


def answers_of(operation: Operation | None) -> tuple[Answer, ...]:
    """What ``answers`` says on an operation."""
    if operation is None:
        return ()
    found: tuple[Answer, ...] = operation.words.get("answers", ())
    return found


def _in_states(contract: Contract, operation: Operation) -> Iterator[Probe]:
    """A record in every state, where the operation is for all of them: each call shows all the answers."""
    given, resource = accepted_start(operation), contract.resource_of(operation)
    if given is None or resource is None or given.resource != resource.name or given.state:
        return
    for state in resource.states:
        yield Probe((PlannedCall(operation.id),), replace(given, state=state))


def _either_way(contract: Contract, operation: Operation, answer: Answer) -> Iterator[Probe]:
    """A record for which the answer is true, and one for which it is false."""
    given = accepted_start(operation)
    if given is None or not operation.own or not set(cel.reads(answer.text)) <= {"self", "hidden"}:
        return
    if _schema(contract, operation, answer).get("type") != "boolean":
        return
    for wanted in (True, False):
        where = (*given.where, (answer.text, wanted))
        yield Probe((PlannedCall(operation.id),), replace(given, where=where))


def _denials(contract: Contract, operation: Operation, answer: Answer) -> tuple[Denial, ...]:
    """Another value in its place."""
    kind = types_of(_schema(contract, operation, answer))[:1]
    others: dict[tuple[str, ...], str] = {
        ("boolean",): f"!({answer.text})",
        ("integer",): f"({answer.text}) + 1",
        ("number",): f"({answer.text}) + 1.0",
        ("string",): f"({answer.text}) + 'troth'",
    }
    changed = replace(answer, text=others.get(kind, "{'troth': 'another value'}"))
    try:
        cel.compile(changed.text)
    except cel.ExpressionError:
        changed = replace(answer, text="{'troth': 'another value'}")
    answers = tuple(changed if other is answer else other for other in answers_of(operation))
    return (Denial("it is another value", with_words(operation, answers=answers)),)


def _schema(contract: Contract, operation: Operation, answer: Answer) -> Schema:
    """The schema of an answer; empty where nothing is said of it."""
    schemas, schema = contract.document.schemas, _of_body(contract, operation)
    for part in answer.path:
        schema = schemas.resolve(schema.get("properties", {}).get(part, {}))
    return schema


def _of_body(contract: Contract, operation: Operation) -> Schema:
    """The schema of the documented body of success; empty where there is none."""
    success = operation.success
    if success is None or not success.schema:
        return {}
    schema: Schema = contract.document.schemas.resolve(success.schema)
    return schema


def _place(contract: Contract, operation: Operation, answer: Answer) -> Iterator[Finding]:
    """C08: the documented body has no such place."""
    schema = _of_body(contract, operation)
    for part in answer.path:
        known = schema.get("properties", {})
        if part not in known:
            if not schema.get("additionalProperties"):
                message = f"the body of {operation.id} has no {answer.at!r}{did_you_mean(part, known)}"
                yield contract.document.finding("C08", message, answer.pointer)
            return
        schema = contract.document.schemas.resolve(known[part])
