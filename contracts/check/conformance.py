"""Schema conformance of every answer, by schemathesis' own checks."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import schemathesis
from schemathesis import checks
from schemathesis.openapi.checks import JsonSchemaError

from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.shortened import shortened
from troth.contracts.contract import Contract
from troth.contracts.document import join
from troth.contracts.model import Node, Operation

checks.load_all_checks()
_ALWAYS = [
    checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]


@dataclass(frozen=True)
class Problem:
    """What an answer breaks; ``of_schema``: what it shows does not fit the documented schema."""

    text: str
    of_schema: bool = False


_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_STATUS = checks.CHECKS.get_one("status_code_conformance")


class Conformance:
    """The document as schemathesis reads it. ``positive_data_acceptance`` is left out: the contract says
    which requests are refused, and why."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        data = copy.deepcopy(contract.document.data)
        for operation in contract.operations.values():
            if operation.method not in _METHODS:
                data["paths"][_place(operation)[0]] = _posted(contract, operation)
        self._schema: Any = schemathesis.openapi.from_dict(data)

    def problems(self, exchange: Exchange) -> list[Problem]:
        """What an answer breaks of its documented responses; undocumented 4xx the contract judges.

        Raises Unavailable where the document is beyond schemathesis.
        """
        path, method = _place(exchange.operation)
        chosen = list(_ALWAYS)
        if not 400 <= exchange.reply.status < 500:
            chosen.append(_STATUS)
        try:
            case = self._schema[path][method].Case(path_parameters=dict(exchange.call.path))
            case.validate_response(shortened(self._contract, exchange), checks=chosen)
        except schemathesis.errors.SchemathesisError as error:
            raise Unavailable(f"schemathesis cannot check its answers: {error}") from None
        except (ValueError, OverflowError, RecursionError) as error:  # what the body says is beyond it
            raise Unavailable(f"schemathesis cannot read its answer: {error}") from None
        except BaseExceptionGroup as group:
            return [Problem(_text(one), isinstance(one, JsonSchemaError)) for one in group.exceptions]
        return []


def _place(operation: Operation) -> tuple[str, str]:
    """Where schemathesis finds an operation: it knows no ``query`` and no ``additionalOperations``."""
    if operation.method in _METHODS:
        return operation.path, operation.method
    return f"{operation.path}~{operation.method}", "POST"


def _posted(contract: Contract, operation: Operation) -> dict[str, Node]:
    """A path item of its own, under a method that schemathesis knows: only its answers are looked at."""
    item = contract.document.at(join("", "paths", operation.path))
    node = copy.deepcopy(contract.document.at(operation.pointer))
    return {"parameters": copy.deepcopy(item.get("parameters", [])), "post": node}


def _text(failure: BaseException) -> str:
    title, message = getattr(failure, "title", ""), str(getattr(failure, "message", failure))
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = " ".join(lines[:3])
    if not title:
        return text
    return f"{title}: {text}"
