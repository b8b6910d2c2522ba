"""``guessed``: whether the words follow from names and schemas alone; what they do not say is open then.

`troth infer` writes it. A server may then refuse a call with each error that the operation documents, tidy up
what it is sent (letters, spaces, order, digits), work out other properties, hide what is deleted instead of
removing it, and read a filter as loosely as servers do. An error that is not documented, a value that is lost
and a call that does nothing stay findings. Take it out once every guess has been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.scopes import scopes
from troth.contracts.contract.word_values import lets_pass
from troth.contracts.model import Operation, Refusal
from troth.contracts.words._binding import Binding
from troth.contracts.words._nested import with_nested
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word

_EXPLAINED = ("401", "404", "405", "406", "415", "429")
"""Statuses whose condition HTTP itself says: credentials, what is not there, how a call is made, quotas."""

_USUAL = (400, 402, 403, 404, 409, 410, 412, 422, 423, 424)
"""Statuses of refusals that `default` and `4XX` stand for."""

_REFERS = re.compile(r"(?:^|[a-z0-9_-])(?:[iI]ds?|ID|uuids?|[rR]ef)$")
"""Properties that name something else, by how they are called."""


@dataclass(frozen=True)
class _Open(Binding):
    """The refusals that an operation documents, and of which no word says when they come."""

    refusals_: Sequence[Refusal]

    def refusals(self, step: Step) -> Iterator[Refusal]:
        yield from self.refusals_


class _Served(_Open):
    """What a mock takes for granted besides: what is sent inside of a thing is kept, too."""

    def apply(self, step: Step) -> Step:
        return with_nested(step)


class Guessed(Word):
    """Leaves open what names and schemas do not say."""

    name = "guessed"
    places = ("document",)
    schema = {"type": "boolean"}
    refuses_at = RefusalStage.OPEN
    applies_at = ApplyStage.NESTED

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if not contract.guessed:
            return None
        if operation.resource is None:  # of which all is open
            return None
        if lets_pass(operation):  # a denied contract in which the call is taken
            return None
        refusals = tuple(_open_refusals(contract, operation))
        if contract.document.guessed and operation.verb in ("create", "update"):
            return _Served(refusals)
        return _Open(refusals)


def _open_refusals(contract: Contract, operation: Operation) -> Iterator[Refusal]:
    """One for each documented status of an error whose condition is not said."""
    for response in operation.responses:
        for status in _statuses(response.key):
            if _is_open(contract, operation, str(status)):
                yield Refusal("refused", response.pointer, status, certain=False, preferred=False)
    if _names_by_path(operation) and _names_what_nobody_knows(contract, operation):
        yield Refusal("refused", operation.pointer, 404, certain=False, preferred=False)  # documented or not


def _statuses(key: str) -> Sequence[int]:
    """The status of a documented refusal, or the usual ones of its class; none where it is none."""
    if key.lower() in ("default", "4xx"):
        return _USUAL
    if key.isdigit() and key.startswith("4"):
        return (int(key),)
    return ()


def _is_open(contract: Contract, operation: Operation, key: str) -> bool:
    if key == "404":
        return _names_what_nobody_knows(contract, operation) or _refers(contract, operation)
    return key not in _EXPLAINED


def _names_by_path(operation: Operation) -> bool:
    return any(parameter.place == "path" for parameter in operation.parameters)


def _names_what_nobody_knows(contract: Contract, operation: Operation) -> bool:
    """Whether a path names something besides the record and what that belongs to, which may not be there; so
    may what a path does not name at all."""
    names = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
    if not names:
        return True
    resource = contract.resource_of(operation)
    parents = (operation.parent, resource.parent if resource is not None else None)
    known = {parent.by for parent in parents if parent is not None}
    if operation.names_record:
        known.add(str(operation.item_parameter))
        known |= {scope.parameter for scope in scopes(contract, str(operation.resource))}
    return not names <= known


def _refers(contract: Contract, operation: Operation) -> bool:
    """Whether a body names other things, which may not be there either."""
    known = {name.lower() for name in contract.resources}
    properties = contract.body_properties(operation)
    return any(_REFERS.search(name) or name.lower() in known for name in properties)
