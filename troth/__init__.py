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
    from troth.contracts.check.promised import Promises
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
    "Promises",
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

_HOMES = {
    "troth.contracts.check.promised": "Promises",
    "troth.contracts.check.results": "Report",
    "troth.contracts.check.run": "check",
    "troth.contracts.check.targets": "Target",
    "troth.contracts.contract": "Contract",
    "troth.contracts.contract.handlers": "ANY Asked Done Handled Refuse",
    "troth.contracts.deciding.decide": "decide",
    "troth.contracts.errors": (
        "AuthorError ContractError ContractFault SourceError TargetError TrothError UsageError"
    ),
    "troth.contracts.lint": "lint",
    "troth.contracts.loading.catalogue": "load",
    "troth.contracts.model": "Call Finding Outcome Record Reply World",
    "troth.mock_server.app": "Mock",
    "troth.mock_server.client": "MockClient",
    "troth.mock_server.serving": "serve",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}
"""Each name is imported when it is asked for: the command line needs few, and some need an extra."""


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
