"""Schema conformance of every answer, by schemathesis' own checks."""

from __future__ import annotations

import copy
from typing import Any

import schemathesis
from schemathesis import checks

from contracts.check.client import Exchange
from contracts.check.draws import Unavailable
from contracts.contract import Contract

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
_STATUS = checks.CHECKS.get_one("status_code_conformance")


class Conformance:
    """The document as schemathesis reads it. ``positive_data_acceptance`` is left out: the contract says
    which requests are refused, and why."""

    def __init__(self, contract: Contract) -> None:
        data = copy.deepcopy(contract.document.data)
        self._schema: Any = schemathesis.openapi.from_dict(data)

    def problems(self, exchange: Exchange) -> list[str]:
        """What an answer breaks of its documented responses; undocumented 4xx the contract judges.

        Raises Unavailable where the document is beyond schemathesis.
        """
        operation = self._schema[exchange.operation.path][exchange.operation.method]
        case = operation.Case(path_parameters=dict(exchange.call.path))
        refused = 400 <= exchange.reply.status < 500
        chosen = _ALWAYS if refused else [*_ALWAYS, _STATUS]
        try:
            case.validate_response(exchange.response, checks=chosen)
        except schemathesis.errors.SchemathesisError as error:
            raise Unavailable(f"schemathesis cannot check its answers: {error}") from None
        except BaseExceptionGroup as group:
            return [_text(failure) for failure in group.exceptions]
        return []


def _text(failure: BaseException) -> str:
    title, message = getattr(failure, "title", ""), str(getattr(failure, "message", failure))
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return f"{title}: {' '.join(lines[:3])}" if title else " ".join(lines[:3])
