"""Standard ``security``: a call without valid credentials is refused. No word of its own."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.contract import Contract
from contracts.model import Operation, Refusal
from contracts.promises import Probe, Promise, Sentence, Shot
from contracts.words._word import Step, Word, accepting, answered


class Security(Word):
    """The first check of all."""

    refuses_at = 0

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if step.operation.secured and not step.call.authenticated:
            yield Refusal("unauthenticated", f"{step.operation.pointer}/security")

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        if not operation.secured:
            return
        for token, says in ((None, "without a token"), ("wrong", "with a wrong token")):
            probe = Probe((Shot(operation.id, token=token, fill=False),), accepting(operation))
            id = f"{operation.id}/security/{token or 'missing'}"
            at = f"{operation.pointer}/security"
            yield Promise(id, operation.id, f"{operation.id} refuses a call {says}", at, (probe,))

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is not None and operation.secured:
            says = f"Without a valid credential the call is refused {answered(contract, 'unauthenticated')}."
            assumed = contract.errors.kind("unauthenticated").assumed
            yield Sentence(says, f"{operation.pointer}/security", assumed)
