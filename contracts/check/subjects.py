"""Which record a call is about, and the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from troth.contracts.check.judge import Judgement
from troth.contracts.contract import Contract
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.errors import ContractFault
from troth.contracts.model import MALFORMED, Absent, Call, Json, Operation, Record
from troth.contracts.promises.promise import PlannedCall


def subject_of(operation: Operation, record: Record | None) -> Record | None:
    """The record that a call is about; None where it makes one, or is about another resource."""
    if record is None or record.resource != operation.resource or operation.verb == "create":
        return None
    return record


def next_one(record: Record | None, subject: Record | None, now: Record | None) -> Record | None:
    """The record that the next call of a probe is about."""
    if subject is None and now is None:
        return record
    return now


def is_allowed(judgement: Judgement) -> bool:
    """Whether what was seen is allowed, and no guess is wrong."""
    return not judgement.mismatches and not judgement.remarks


def as_object(data: Json | Absent) -> Mapping[str, Json] | None:
    """A record that was read; None where none was."""
    if isinstance(data, Mapping):
        return data
    return None


def is_refused(contract: Contract, planned: PlannedCall, call: Call, worlds: Sequence[KnownWorld]) -> bool:
    """Whether the contract is certain that a call is refused: then it changes nothing."""
    if planned.raw is not None:
        call = replace(call, body=MALFORMED)
    with suppress(ContractFault):
        for world in worlds:
            if any(outcome.succeeded for outcome in decide(contract, call, world)):
                return False
        return True
    return False
