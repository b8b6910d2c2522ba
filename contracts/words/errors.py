"""``errors``: the status of each kind of refusal, and where an error body carries its text.

An entry is a status or ``{status, message, assumed}``; ``message`` is a JSON Pointer or ``{at, assumed}``.
A kind that is not declared is answered 400, 401, 404, 409 or 429 by the mock, and the checks accept any 4xx.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.model import ErrorKind, Errors, Finding, Node, Operation
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.words._phrases import answered
from troth.contracts.words._values import status_of
from troth.contracts.words._word import Site, Word

KINDS = ("invalid", "refused", "missing", "unauthenticated", "limited", "conflict", "precondition")


class ErrorsWord(Word):
    """Read once for the whole document."""

    name = "errors"
    places = ("document",)
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "message": {
                "oneOf": [
                    {"$ref": "#/$defs/pointer"},
                    {
                        "type": "object",
                        "required": ["at"],
                        "additionalProperties": False,
                        "properties": {
                            "at": {"$ref": "#/$defs/pointer"},
                            "assumed": {"type": "boolean"},
                        },
                    },
                ]
            },
            **{
                kind: {
                    "oneOf": [
                        {"$ref": "#/$defs/status"},
                        {
                            "type": "object",
                            "minProperties": 1,
                            "additionalProperties": False,
                            "properties": {
                                "status": {"$ref": "#/$defs/status"},
                                "message": {"type": "string"},
                                "assumed": {"type": "boolean"},
                            },
                        },
                    ]
                }
                for kind in KINDS
            },
        },
    }

    def parse(self, value: Node, site: Site) -> Errors:
        kinds = {kind: _kind(value[kind]) for kind in KINDS if kind in value}
        said: Node = value.get("message", {})
        if isinstance(said, str):
            return Errors(kinds, said)
        return Errors(kinds, said.get("at"), said.get("assumed", False))

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C20: texts are given, but nothing says where an error body carries them."""
        if contract.errors.at is not None:
            return
        for operation in contract.operations.values():
            transition = transition_of(operation)
            if transition is not None and transition.usual.message is not None:
                message = "a message is given, but `errors.message` does not say where error bodies carry it"
                yield contract.document.finding("C20", message, transition.pointer, "warning")

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is not None:
            return
        errors, base = contract.errors, "/x-contract/errors"
        for name, kind in errors.kinds.items():
            value, says = (kind.status, kind.message), f"is answered {answered(contract, name)}"
            yield Fact((name,), value, says, f"{base}/{name}", kind.assumed, about=f"error `{name}`")
        if errors.at is not None:
            says = f"stands at `{errors.at}`"
            yield Fact(
                ("message",), errors.at, says, f"{base}/message", errors.assumed, about="the text of an error"
            )

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return SAFE, "how errors are answered is said now"
        if new is None:
            return MAYBE, "how errors are answered is not said now"
        if old.key != ("message",) and old.value[0] == new.value[0]:
            return MAYBE, "clients may read the text"
        return BREAKS, "clients tell errors by it"


def _kind(value: Node) -> ErrorKind:
    if isinstance(value, dict):
        return ErrorKind(status_of(value.get("status")), value.get("message"), value.get("assumed", False))
    return ErrorKind(status_of(value))
