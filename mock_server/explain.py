"""Which rule spoke, where it stands and why: for ``X-Mock-Rule``, ``X-Mock-Reason`` and the journal."""

from __future__ import annotations

import re

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.places import place_of
from troth.contracts.deciding.refusals import default_text
from troth.contracts.document.equality import alike
from troth.contracts.errors import ContractFault
from troth.contracts.model import Operation, Outcome, Pointer, Record

_TOO_LARGE = re.compile(r"overflow|out of range|uint64")
"""How CEL words that a number is none of its 64-bit integers, or that a sum left them."""


def rule_name(operation: Operation | None, outcome: Outcome) -> str:
    """``pauseCampaign/transition``: what spoke; ``http/404`` where it was no rule of the document."""
    if operation is None or not outcome.cite:
        return f"http/{outcome.status}"
    _, _, inside = outcome.cite.partition("/x-contract/")
    if inside:
        return f"{operation.id}/{inside}"
    if outcome.succeeded:
        return f"{operation.id}/ok"
    above, _, last = outcome.cite.rpartition("/")
    if above.endswith("/parameters") and last.isdigit():
        return f"{operation.id}/parameters/{_parameter(operation, outcome.cite)}"
    return f"{operation.id}/{last}"


def _parameter(operation: Operation, cite: Pointer) -> str:
    """The name of the parameter that stands in a place."""
    found = (parameter.name for parameter in operation.parameters if parameter.pointer == cite)
    return next(found, cite.rpartition("/")[2])


def rule_place(contract: Contract, outcome: Outcome) -> str | None:
    """``specs/puffle/openapi.yaml:85:9``: where the rule stands."""
    if not outcome.cite:
        return None
    return _where(contract, outcome.cite)


@remembered
def _where(contract: Contract, cite: Pointer) -> str:
    return contract.where(cite)


def reason(contract: Contract, outcome: Outcome) -> str:
    """Why the call was answered as it was."""
    if not outcome.succeeded:
        return _reason_of_refusal(outcome)
    if outcome.detail:
        return outcome.detail
    before, after = outcome.before, outcome.after
    if after is not None and before is not None:
        return _difference(contract, before, after)
    if after is not None:
        return f"{after.resource} {after.id} is new"
    if before is not None and outcome.changes:
        return "deleted"
    return "allowed"


def _reason_of_refusal(outcome: Outcome) -> str:
    """What the document says, and what is known besides."""
    if outcome.detail and outcome.message and outcome.message != outcome.detail:
        return f"{outcome.message} ({outcome.detail})"
    if outcome.detail:
        return outcome.detail
    if outcome.message:
        return outcome.message
    if outcome.retry_after:
        return f"the quota opens again in {outcome.retry_after} s"
    return default_text(outcome)


def _difference(contract: Contract, before: Record, after: Record) -> str:
    """What a call has changed: the state where it did, else the names of properties."""
    state = contract.resources[after.resource].state
    if state:
        was, is_ = before.data.get(state), after.data.get(state)
        if was != is_:
            return f"{state}: {was} -> {is_}"
    was = before.data
    if after.data is was:
        return "nothing changed"
    changed = sorted(name for name in after.data if name not in was or not alike(after.data[name], was[name]))
    if changed:
        return f"changed: {', '.join(changed)}"
    return "nothing changed"


def fault_outcome(contract: Contract, operation: Operation, fault: ContractFault) -> Outcome:
    """An expression failed at run time: 500, citing its line; 400 where a number is too large."""
    cite = place_of(contract, operation, fault.expression)
    if _TOO_LARGE.search(str(fault)):
        detail = "a number of the request is too large to be calculated with"
        return Outcome(400, False, "invalid", cite, detail, detail)
    return Outcome(500, True, "failed", cite, None, f"{contract.where(cite)}: {fault}")
