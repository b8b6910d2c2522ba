"""A refusal in the shape that the document gives to its status; RFC 9457 where it gives none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import credentials_of
from troth.contracts.contract.variants import in_accepted
from troth.contracts.deciding.bodies import filler, media_type_of
from troth.contracts.deciding.error_texts import Refused, in_words
from troth.contracts.deciding.headers import headers_of
from troth.contracts.deciding.made_success import put
from troth.contracts.deciding.media import written
from troth.contracts.deciding.statuses import phrase
from troth.contracts.document import split
from troth.contracts.document.media_types import is_json
from troth.contracts.model import ABSENT, Json, Operation, Outcome, Reply, Response

_TEXTS = {
    "missing": "Not found",
    "unauthenticated": "Unauthorized",
    "limited": "Too many requests",
    "conflict": "Conflict",
    "refused": "The request is not possible in the current state",
}


def refusal_reply(
    contract: Contract, operation: Operation | None, outcome: Outcome, accept: str = "", path: str = ""
) -> Reply:
    """How the mock refuses a call; without an operation, one that HTTP itself objects to. ``path``: of the
    request, where that is known."""
    headers = _headers(contract, operation, outcome)
    response = _response(contract, operation, outcome.status)
    if response is None:
        problem = {"Content-Type": "application/problem+json"}
        return Reply(outcome.status, _problem(contract, outcome), headers | problem)
    response = in_accepted(response, accept)
    headers = headers_of(contract, response) | headers | media_type_of(response)
    if not _is_value(response):
        return Reply(outcome.status, _text(contract, response, outcome), headers)
    body = written(contract, response, _body(contract, response, outcome, path))
    return Reply(outcome.status, body, headers)


def default_text(outcome: Outcome) -> str:
    """What the mock says where neither the document nor the refusal has a text."""
    return _TEXTS.get(outcome.kind, phrase(outcome.status))


def _documented_text(contract: Contract, outcome: Outcome) -> str | None:
    """What the document says to such a refusal."""
    if outcome.message is not None:
        return outcome.message
    return contract.errors.kind(outcome.kind).message


def _said(contract: Contract, outcome: Outcome, otherwise: str) -> str:
    """What the document says, else what is known of this refusal."""
    return _documented_text(contract, outcome) or outcome.detail or otherwise


def _headers(contract: Contract, operation: Operation | None, outcome: Outcome) -> dict[str, str]:
    headers: dict[str, str] = {}
    if outcome.retry_after:
        headers["Retry-After"] = str(outcome.retry_after)
    if outcome.status == HTTPStatus.UNAUTHORIZED and operation is not None:  # RFC 9110, section 11.6.1
        headers["WWW-Authenticate"] = credentials_of(contract, operation)[0].challenge
    return headers


def _response(contract: Contract, operation: Operation | None, status: int) -> Response | None:
    """The response whose shape a refusal takes: the documented one, else the one that is usual in the API,
    where the contract says that there is one. Never what another operation alone declares."""
    response = None
    if operation is not None:
        response = operation.response(status)
    if response is not None and (_is_value(response) or _is_text(response)):
        return response
    if contract.errors.at is None:
        return None
    return _shared(contract, operation, status)


def _shared(contract: Contract, operation: Operation | None, status: int) -> Response | None:
    """An error response with a schema, documented anywhere: for this status where that is nobody's own."""
    if operation is None:
        for other in contract.operations.values():
            response = other.response(status)
            if response is not None and response.schema is not None:
                return response
    for other in contract.operations.values():
        for response in other.responses:
            if response.schema is not None and response.key.startswith(("4", "5", "d")):
                return response
    return None


def _is_value(response: Response) -> bool:
    """Whether a document says of a body what value it is: by a schema, or by one that the author shows."""
    if response.schema is not None:
        return True
    if response.example is ABSENT:
        return False
    return is_json(response.media_type or "")


def _is_text(response: Response) -> bool:
    return (response.media_type or "").startswith("text/")


def _text(contract: Contract, response: Response, outcome: Outcome) -> str:
    """A body that is no JSON: the author's own, else what is known of this refusal."""
    if isinstance(response.example, str) and _has_own_example(response, outcome):
        return response.example
    text = _said(contract, outcome, default_text(outcome))
    if re.search("html|xml", response.media_type or ""):
        return escape(text, quote=False)  # it may repeat what a client has sent
    return text


def _problem(contract: Contract, outcome: Outcome) -> Json:
    """Problem details (RFC 9457)."""
    title = phrase(outcome.status)
    detail = _said(contract, outcome, title)
    return {"type": "about:blank", "title": title, "status": outcome.status, "detail": detail}


def _body(contract: Contract, response: Response, outcome: Outcome, path: str) -> Json:
    """The documented error with this refusal's text and status in place."""
    body, titled = filler(contract, response), dict[str, Json]()
    if isinstance(body, dict):
        for name in ("code", "status"):
            told = body.get(name)
            if _is_error_status(told):
                titled |= _of_status(body, told, outcome.status)
                body = {**body, **titled, name: outcome.status}
    at, body = contract.errors.at, _told(contract, response, outcome, body, path)
    if not at:
        return body
    if isinstance(body, dict):
        body = {**body, **titled}
    if _documented_text(contract, outcome) is None and _has_own_example(response, outcome):
        return body
    return put(body, split(at), _said(contract, outcome, default_text(outcome)))


def _of_status(body: Mapping[str, Json], shown: Json, status: int) -> dict[str, Json]:
    """The title of a status, where a body shows that of another one."""
    title = body.get("title")
    if shown == status or not isinstance(title, str):
        return {}
    stop = "." if title.endswith(".") else ""
    return {"title": phrase(status) + stop}


def _told(contract: Contract, response: Response, outcome: Outcome, body: Json, path: str) -> Json:
    """A body that nobody wrote, with what it is about where the names of its parts say so."""
    if response.example is not ABSENT or not response.schema_pointer:
        return body
    refused = Refused(outcome.status, _said(contract, outcome, default_text(outcome)), outcome.at, path)
    told = in_words(contract.document.schemas, response.schema, body, refused)
    if contract.document.schemas.valid_answer(response.schema_pointer, told):
        return told
    return body


def _is_error_status(value: Json) -> bool:
    return isinstance(value, int) and 400 <= value < 600


def _has_own_example(response: Response, outcome: Outcome) -> bool:
    """Whether the document shows a body for exactly this status."""
    return response.example is not ABSENT and response.key == str(outcome.status)
