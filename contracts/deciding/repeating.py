"""What an answer repeats of its call, where nobody knows what the operation makes: what has its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.shapes import objects_shown
from troth.contracts.model import Call, Json, Node, Operation, Response

Place = tuple[str, ...]


def repeated(
    contract: Contract, operation: Operation, response: Response, call: Call
) -> Iterator[tuple[Place, Json]]:
    """The members of an answer that are called like what was sent, with what was sent: only where all is a
    guess."""
    if not contract.document.guessed:
        return
    if _is_given_back(contract, operation, response):
        if isinstance(call.body, Mapping):
            yield (), call.body
        return
    sent = {letters(name): value for name, value in _sent(call)}
    if operation.method == "POST":  # what is made has another id than what the path names
        sent = {name: value for name, value in sent.items() if name not in ("id", "uuid")}
    for members in _objects(contract, response):
        shared = {name: sent[letters(name[-1])] for name in members if letters(name[-1]) in sent}
        fitting = [name for name in shared if contract.document.schemas.fits(members[name], shared[name])]
        yield from ((name, shared[name]) for name in fitting)
        if fitting:
            return


@remembered
def _is_given_back(contract: Contract, operation: Operation, response: Response) -> bool:
    """Whether an answer has the members that were sent, whatever these are called (``{a: 1, b: 2}``)."""
    shown = contract.document.schemas.whole(response.schema)
    if mapping(shown, "properties"):
        return False
    if "additionalProperties" not in mapping({"": shown}, ""):
        return False
    return bool(shown == contract.document.schemas.whole(operation.body))


def _sent(call: Call) -> Iterator[tuple[str, Json]]:
    """What a call says by name: in its body, in the objects right inside, and in its path."""
    if isinstance(call.body, Mapping):
        for value in call.body.values():
            if isinstance(value, Mapping):
                yield from value.items()
        yield from call.body.items()
    yield from call.path.items()


@remembered
def _objects(contract: Contract, response: Response) -> list[dict[Place, Node]]:
    """The objects of an answer, the nearest first: their members, but secrets, with their schemas."""
    schemas, found = contract.document.schemas, []
    for place in objects_shown(contract.document, response.schema_pointer):
        known = mapping(schemas.whole(reference(place.pointer)), "properties")
        found.append({(*place.at, name): one for name, one in known.items() if not _is_secret(one)})
    return found


def _is_secret(schema: Node) -> bool:
    """Whether answers do not show a member."""
    known = mapping({"": schema}, "")
    return known.get("writeOnly") is True or known.get("format") == "password"
