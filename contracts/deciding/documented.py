"""The answer that a document shows for a status, whatever is stored."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from random import Random

from troth.contracts.contract import Contract
from troth.contracts.contract.variants import in_accepted
from troth.contracts.deciding.bodies import filler, media_type_of, plain_body
from troth.contracts.deciding.headers import headers_of
from troth.contracts.deciding.media import written
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.statuses import phrase
from troth.contracts.document.plausible import plausible
from troth.contracts.model import Json, Operation, Outcome, Reply, Response

_KINDS = {401: "unauthenticated", 404: "missing", 409: "conflict", 429: "limited"}
_RETRY = 1
"""Seconds after which a client that was refused for once may try again."""


def documented(
    contract: Contract,
    operation: Operation,
    *,
    code: int | None = None,
    example: str | None = None,
    dynamic: bool = False,
    accept: str = "",
    random: Random | None = None,
) -> tuple[Outcome, Reply] | str:
    """The answer, or why there is none. Without ``code`` that of a success; an ``example`` is looked for in
    every answer then. ``dynamic``: made up anew from the schema."""
    response = _response(operation, code, example)
    if isinstance(response, str):
        return response
    status = code or _status(operation, response)
    if example is None and not dynamic and status >= HTTPStatus.BAD_REQUEST:
        return _refused(contract, operation, status, accept)
    if response is None:
        return f"{operation.id} documents no {status}"
    response = in_accepted(response, accept)
    outcome = Outcome(status, True, "ok", response.pointer)
    headers = headers_of(contract, response) | media_type_of(response)
    if response.schema is None:
        return outcome, Reply(status, plain_body(contract, response), headers)
    body: Json
    if example is not None:
        body = response.examples[example]
    elif dynamic:
        chance, pointer = random or Random(), response.schema_pointer or ""
        body = plausible(contract.document.schemas, pointer, chance, first=False)
    else:
        body = filler(contract, response)
    return outcome, Reply(status, written(contract, response, body), headers)


def _response(operation: Operation, code: int | None, example: str | None) -> Response | str | None:
    """The response that is meant; None: that of a status for which none is documented."""
    if code is not None:
        response = operation.response(code)
        if response is None and code < HTTPStatus.BAD_REQUEST:
            return (
                f"{operation.id} documents no {code}; valid: {', '.join(r.key for r in operation.responses)}"
            )
        if example is None:
            return response
        known = response.examples if response else {}
        return _with_example([response] if response else [], example, known)
    if example is None:
        return operation.response(operation.success_status)
    succeeding = operation.response(operation.success_status)
    others = [response for response in operation.responses if response is not succeeding]
    responses = [response for response in (succeeding, *others) if response is not None]
    names = [name for response in responses for name in response.examples]
    return _with_example(responses, example, names)


def _with_example(responses: list[Response], example: str, known: object) -> Response | str:
    for response in responses:
        for form in (response, *response.others):
            if example in form.examples:
                return replace(form, others=())
    names = ", ".join(dict.fromkeys(known)) if isinstance(known, (list, dict)) and known else "none"
    return f"there is no example {example!r}; valid: {names}"


def _status(operation: Operation, response: Response | None) -> int:
    """The status of a response; of a class of them the first."""
    if response is None:
        return operation.success_status
    if not response.key[:1].isdigit():
        return operation.success_status
    return int(response.key.upper().replace("X", "0"))


def _refused(contract: Contract, operation: Operation, status: int, accept: str) -> tuple[Outcome, Reply]:
    """A refusal of this status, in the document's words where it has some for its kind."""
    kind = next((name for name, kind in contract.errors.kinds.items() if kind.status == status), None)
    if kind is None:
        kind = _KINDS.get(status, "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused")
    response = operation.response(status)
    cite = response.pointer if response is not None else ""
    waits = _RETRY if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) else None
    said, message = contract.errors.kind(kind).status, None
    if said is not None and said not in (status, status // 100):  # its words are those of another status
        message = phrase(status)
    outcome = Outcome(status, True, kind, cite, message, retry_after=waits)
    return outcome, refusal_reply(contract, operation, outcome, accept)
