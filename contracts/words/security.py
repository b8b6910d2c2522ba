"""Standard ``security``: a call without valid credentials is refused. No word of its own."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.model import Json, Operation, Refusal
from troth.contracts.promises.facts import BREAKS, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class Security(Word):
    """The first check of all."""

    refuses_at = RefusalStage.CREDENTIALS

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if step.operation.secured and not step.call.authenticated:
            yield Refusal("unauthenticated", f"{step.operation.pointer}/security")

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        if not operation.secured:
            return
        for token, says in ((None, "without a token"), ("wrong", "with a wrong token")):
            probe = Probe((PlannedCall(operation.id, token=token, fill=False),), accepted_start(operation))
            id = f"{operation.id}/security/{token or 'missing'}"
            at = f"{operation.pointer}/security"
            yield Promise(id, operation.id, f"{operation.id} refuses a call {says}", at, (probe,))

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is not None and operation.secured:
            says = f"Without a valid credential the call is refused {answered(contract, 'unauthenticated')}."
            assumed = contract.errors.kind("unauthenticated").assumed
            yield Sentence(says, f"{operation.pointer}/security", assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is not None:
            ways = _ways(contract, operation)
            says = f"asks for {' or '.join(ways)}" if operation.secured else "asks for no credential"
            yield Fact((), (operation.secured, ways), says, f"{operation.pointer}/security", about="the call")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None
        (was, ways), (is_, others) = old.value, new.value
        if is_ and not was:
            return BREAKS, "calls without a credential are refused"
        if (was and not is_) or set(ways) <= set(others):
            return SAFE, "calls that were refused work"
        return BREAKS, "a credential that was taken is not taken"


def _ways(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The credentials that will do, by what they are and not by the names that the document gives them."""
    node, data = contract.document.at(operation.pointer), contract.document.data
    asked = node.get("security", data.get("security")) or []
    schemes = (data.get("components") or {}).get("securitySchemes") or {}
    ways = []
    for way in asked:
        parts = [f"`{_scheme(schemes.get(name) or {'type': name}, scopes)}`" for name, scopes in way.items()]
        ways.append(" and ".join(sorted(parts)) or "nothing")
    return tuple(sorted(ways))


def _scheme(scheme: Json, scopes: Json) -> str:
    words = [str(scheme[key]) for key in ("type", "scheme", "in", "name") if key in scheme]
    return " ".join([*words, *sorted(map(str, scopes or ()))])
