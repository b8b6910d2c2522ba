"""Which rule spoke, where it stands and why: for ``X-Mock-Rule``, ``X-Mock-Reason`` and the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.contract import Contract, remembered
from troth.contracts.deciding.refusals import default_text
from troth.contracts.document import join
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Operation, Outcome, Pointer

_TOO_LARGE = re.compile(r"overflow|out of range|uint64")
"""How CEL words that a number is none of its 64-bit integers, or that a sum left them."""


def rule(operation: Operation | None, outcome: Outcome) -> str:
    """``pauseCampaign/transition``: what spoke; ``http/404`` where it was no rule of the document."""
    if operation is None or not outcome.cite:
        return f"http/{outcome.status}"
    _, _, inside = outcome.cite.partition("/x-contract/")
    last = "ok" if outcome.succeeded else outcome.cite.rpartition("/")[2]
    return f"{operation.id}/{inside or last}"


def place(contract: Contract, outcome: Outcome) -> str | None:
    """``specs/puffle/openapi.yaml:85:9``: where the rule stands."""
    return _where(contract, outcome.cite) if outcome.cite else None


@remembered
def _where(contract: Contract, cite: Pointer) -> str:
    return contract.where(cite)


def reason(contract: Contract, outcome: Outcome) -> str:
    """Why the call was answered as it was."""
    if not outcome.succeeded:
        return outcome.detail or outcome.message or _wait(outcome) or default_text(outcome)
    before, after = outcome.before, outcome.after
    if after is None:
        return "deleted" if before is not None and outcome.changes else "allowed"
    if before is None:
        return f"{after.resource} {after.id} is new"
    state = contract.resources[after.resource].state
    if state and before.data.get(state) != after.data.get(state):
        return f"{state}: {before.data.get(state)} -> {after.data.get(state)}"
    changed = sorted(name for name in after.data if after.data[name] != before.data.get(name))
    return f"changed: {', '.join(changed)}" if changed else "nothing changed"


def _wait(outcome: Outcome) -> str | None:
    return f"the quota opens again in {outcome.retry_after} s" if outcome.retry_after else None


def fault_outcome(contract: Contract, operation: Operation, fault: ContractFault) -> Outcome:
    """An expression failed at run time: 500, citing its line; 400 where a number is too large."""
    cite = next(_places(contract.document.at(operation.pointer), operation.pointer, fault.expression), None)
    cite = cite or next(_places(contract.document.data, "", fault.expression), None)
    if _TOO_LARGE.search(str(fault)):
        detail = "a number of the request is too large to be calculated with"
        return Outcome(400, False, "invalid", cite or "", detail, detail)
    return Outcome(500, True, "failed", cite or "", None, f"{contract.where(cite or '')}: {fault}")


def _places(node: Json, pointer: Pointer, text: str) -> Iterator[Pointer]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places(value, join(pointer, key), text)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, join(pointer, index), text)
    elif node == text:
        yield pointer
