"""The status of an answer: the one that an author has said, else the one that the operation declares."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from troth.contracts.model import Operation, Refusal

_USUAL: Mapping[str, tuple[int, ...]] = {
    "invalid": (400, 422),
    "refused": (409, 400, 422, 403),
    "missing": (404, 410),
    "unauthenticated": (401, 403),
    "limited": (429, 503),
    "conflict": (409, 422, 400),
    "precondition": (412, 409),
    "failed": (500,),
}
"""The statuses of each kind of refusal: of those that an operation declares, the first is given."""

_DEFAULTS = {kind: statuses[0] for kind, statuses in _USUAL.items()} | {"refused": 400}
"""The status of each kind of refusal where an operation declares none of them."""


def success_status(operation: Operation, *, made: bool) -> int:
    """The status of a success: that of a PUT which may be 201 says whether it has made something (RFC 9110,
    section 9.3.4)."""
    if operation.method != "PUT" or operation.verb != "update":
        return operation.success_status
    keys = [response.key for response in operation.responses if response.key[:1] == "2"]
    others = [int(key) for key in keys if key.isdigit() and key != "201"]
    if "201" not in keys or not others:
        return operation.success_status
    if made:
        return 201
    return others[0]


def refusal_status(operation: Operation, kind: str, said: int | None) -> int:
    """The status of a refusal; ``said`` is what the words say: a status, a class (4 or 5) or nothing."""
    if said is not None and said > 9:
        return said
    usual = usual_status(operation, kind)
    if said is None or usual // 100 == said:
        return usual
    return said * 100


def usual_status(operation: Operation, kind: str) -> int:
    """What an operation declares for a kind of refusal, else what is usual."""
    keys = {response.key for response in operation.responses}
    for status in _USUAL[kind]:
        if str(status) in keys:
            return status
    return _DEFAULTS[kind]


def phrase(status: int) -> str:
    """What a status means; one that nobody has registered means what the first of its class does (RFC 9110,
    section 15)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return HTTPStatus(status // 100 * 100).phrase


def declares(operation: Operation, status: int) -> bool:
    """Whether a status is documented, by itself or by its class."""
    keys = {response.key.upper() for response in operation.responses}
    return not keys.isdisjoint({str(status), f"{status // 100}XX"})


def as_declared(operation: Operation, refusals: list[Refusal]) -> list[Refusal]:
    """Refusals with those first whose status the operation declares, where a call breaks its schema and names
    no record besides: such an operation knows one kind of error only."""
    if {refusal.kind for refusal in refusals if refusal.preferred} != {"missing", "invalid"}:
        return refusals
    if declares(operation, usual_status(operation, "missing")):
        return refusals
    if not declares(operation, usual_status(operation, "invalid")):
        return refusals
    return sorted(refusals, key=lambda refusal: refusal.kind)
