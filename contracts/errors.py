"""What can go wrong, by whose mistake it is. The three families are never mixed.

    TrothError
    ├── AuthorError              the author's: the document is wrong
    │   ├── ContractError        it is no sound contract; every finding at once
    │   │   └── SourceError      a file of it cannot be read or parsed
    │   └── ContractFault        an expression, or a handler, failed while it was evaluated
    ├── UsageError               the caller's: no such spec, no such target, a bad option
    └── TargetError              the tested API could not be reached or did not speak its own language

A request that the mock refuses is a value (:class:`troth.contracts.model.Outcome`), and so is a promise that
the tested API breaks (:class:`troth.contracts.check.Verdict`): both are answers, not exceptions.
"""

from __future__ import annotations

from collections.abc import Sequence

from troth.contracts.model import Finding


class TrothError(Exception):
    """Anything that troth says in one clear message instead of a traceback."""


class AuthorError(TrothError):
    """What the author of a document has to mend."""


class ContractError(AuthorError):
    """The document is not a sound contract; carries every finding at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class SourceError(ContractError):
    """A file of the document cannot be read, parsed or found."""


class ContractFault(AuthorError):
    """A CEL expression of the document failed at run time: a fault of the contract, never "false"."""

    def __init__(self, expression: str, reason: str) -> None:
        self.expression = expression
        super().__init__(f"`{expression}` {reason}")


class UsageError(TrothError):
    """The command was called with something that does not exist or does not fit."""


class TargetError(TrothError):
    """The tested API cannot be reached, or what answers is not an API."""
