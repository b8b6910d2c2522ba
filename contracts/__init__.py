"""troth: API contracts that are kept. The public names of the contract and everything known of it."""

from contracts.contract import Contract
from contracts.errors import (
    ContractError,
    ContractFault,
    SourceError,
    TargetError,
    TrothError,
    UsageError,
)
from contracts.loading import load
from contracts.model import Call, Finding, Outcome, Record, Reply, World
from contracts.semantics import decide

__all__ = [
    "Call",
    "Contract",
    "ContractError",
    "ContractFault",
    "Finding",
    "Outcome",
    "Record",
    "Reply",
    "SourceError",
    "TargetError",
    "TrothError",
    "UsageError",
    "World",
    "decide",
    "load",
]
