"""troth: API contracts that are kept. Load an OpenAPI document with ``x-contract``; lint, check, mock it.

    import troth

    contract = troth.load("puffle")                            # a bundled name or a path
    call = troth.Call("pauseCampaign", path={"campaignId": "…"})
    outcome = next(troth.decide(contract, call, world))        # what the contract allows, preferred first
    findings = troth.lint("openapi.yaml")
    report = troth.check(contract, troth.Target("staging", "https://staging.example.com/v1"))
    app = troth.Mock("puffle")                                 # an ASGI application
    troth.serve(app, port=4010)

Everything else in this package is subject to change. Reference: docs/reference/python.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from troth.contracts.check.results import Report
    from troth.contracts.check.run import check
    from troth.contracts.check.targets import Target
    from troth.contracts.contract import Contract
    from troth.contracts.contract.handlers import ANY, Asked, Done, Handled, Refuse
    from troth.contracts.deciding.decide import decide
    from troth.contracts.errors import (
        AuthorError,
        ContractError,
        ContractFault,
        SourceError,
        TargetError,
        TrothError,
        UsageError,
    )
    from troth.contracts.lint import lint
    from troth.contracts.loading.catalogue import load
    from troth.contracts.model import Call, Finding, Outcome, Record, Reply, World
    from troth.mock_server.app import Mock
    from troth.mock_server.client import MockClient
    from troth.mock_server.serving import serve

__all__ = [
    "ANY",
    "Asked",
    "AuthorError",
    "Call",
    "Contract",
    "ContractError",
    "ContractFault",
    "Done",
    "Finding",
    "Handled",
    "Mock",
    "MockClient",
    "Outcome",
    "Record",
    "Refuse",
    "Reply",
    "Report",
    "SourceError",
    "Target",
    "TargetError",
    "TrothError",
    "UsageError",
    "World",
    "check",
    "decide",
    "lint",
    "load",
    "serve",
]

_LATER = {
    "ANY": "troth.contracts.contract.handlers",
    "Asked": "troth.contracts.contract.handlers",
    "AuthorError": "troth.contracts.errors",
    "Call": "troth.contracts.model",
    "Contract": "troth.contracts.contract",
    "ContractError": "troth.contracts.errors",
    "ContractFault": "troth.contracts.errors",
    "Done": "troth.contracts.contract.handlers",
    "Finding": "troth.contracts.model",
    "Handled": "troth.contracts.contract.handlers",
    "Mock": "troth.mock_server",
    "MockClient": "troth.mock_server.client",
    "Outcome": "troth.contracts.model",
    "Record": "troth.contracts.model",
    "Refuse": "troth.contracts.contract.handlers",
    "Reply": "troth.contracts.model",
    "Report": "troth.contracts.check.results",
    "SourceError": "troth.contracts.errors",
    "Target": "troth.contracts.check.targets",
    "TargetError": "troth.contracts.errors",
    "TrothError": "troth.contracts.errors",
    "UsageError": "troth.contracts.errors",
    "World": "troth.contracts.model",
    "check": "troth.contracts.check.run",
    "decide": "troth.contracts.deciding.decide",
    "lint": "troth.contracts.lint",
    "load": "troth.contracts.loading.catalogue",
    "serve": "troth.mock_server.serving",
}
"""Nothing is imported before it is asked for: each takes its time, and every pytest loads our plugin."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return __all__
