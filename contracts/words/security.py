"""Standard ``security``: a call without valid credentials is refused. No word of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from troth.contracts.contract import Contract
from troth.contracts.model import Node, Operation, Refusal, Schema
from troth.contracts.promises.denial import Denial, never_refused
from troth.contracts.promises.facts import BREAKS, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject
from troth.contracts.words._binding import Binding
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class Security(Word):
    """The first check of all."""

    refuses_at = RefusalStage.CREDENTIALS

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if operation.secured:
            return self
        return None

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if not step.call.authenticated:
            at = f"{step.operation.pointer}/security"
            yield Refusal("unauthenticated", at)
            if any(response.key == "403" for response in step.operation.responses):
                yield Refusal("unauthenticated", at, 403, certain=False, preferred=False)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        if operation.secured:
            yield _refused(operation, "missing", None, "without a token")
            yield _refused(operation, "wrong", "wrong", "with a wrong token")

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        if operation.secured:
            says = f"Without a valid credential the call is refused {answered(contract, 'unauthenticated')}."
            assumed = contract.errors.kind("unauthenticated").assumed
            yield Sentence(says, f"{operation.pointer}/security", assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        credentials, says = _credentials(contract, operation), "asks for no credential"
        if operation.secured:
            says = f"asks for {' or '.join(credentials)}"
        value = (operation.secured, credentials)
        yield Fact((), value, says, f"{operation.pointer}/security", about="the call")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None
        (was_secured, taken_before), (is_secured, taken_now) = old.value, new.value
        if is_secured != was_secured:
            if is_secured:
                return BREAKS, "calls without a credential are refused"
            return SAFE, "calls that were refused work"
        if set(taken_before) <= set(taken_now):
            return SAFE, "calls that were refused work"
        return BREAKS, "a credential that was taken is not taken"


def _refused(operation: Operation, name: str, token: str | None, called: str) -> Promise:
    probe = Probe((PlannedCall(operation.id, token=token),), accepted_start(operation))
    id, says = f"{operation.id}/security/{name}", f"{operation.id} refuses a call {called}"
    at, anybody, taken = (
        f"{operation.pointer}/security",
        replace(operation, secured=False),
        "anybody may call it",
    )
    denied = Denial(taken, anybody)
    if operation.resource is None:  # it may be refused for what nobody has said, but not with a 401
        denied = never_refused(anybody, at, taken)
    about = Subject(operation.id, Aspect.LETS_IN, name)
    return Promise(id, operation.id, says, at, (probe,), subject=about, denials=(denied,))


def _credentials(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The credentials that will do, by what they are and not by the names that the document gives them."""
    schemes, found = _schemes(contract), []
    for together in _asked(contract, operation):
        parts = []
        for name, scopes in together.items():
            scheme = schemes.get(name) or {"type": name}
            parts.append(f"`{_scheme(scheme, scopes or ())}`")
        found.append(" and ".join(sorted(parts)) or "nothing")
    return tuple(sorted(found))


def _asked(contract: Contract, operation: Operation) -> Sequence[Schema]:
    """The alternatives that ``security`` lists, of the operation or else of the whole API."""
    node: Node = contract.document.at(operation.pointer)
    asked: Node = contract.document.data.get("security")
    if "security" in node:
        asked = node["security"]
    return asked or ()


def _schemes(contract: Contract) -> Schema:
    components: Node = contract.document.data.get("components")
    if not components:
        return {}
    return components.get("securitySchemes") or {}


def _scheme(scheme: Schema, scopes: Iterable[str]) -> str:
    words = [str(scheme[key]) for key in ("type", "scheme", "in", "name") if key in scheme]
    return " ".join([*words, *sorted(map(str, scopes))])
