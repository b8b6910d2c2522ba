"""What `links` says of an operation: a frozen value, and access."""

from __future__ import annotations

from dataclasses import dataclass

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.model import Operation, Pointer


@dataclass(frozen=True)
class Links:
    """The word's value: of which resource things are linked, what names them, and what is done."""

    of: str
    by: str | None
    does: str
    kept: str
    """The hidden variable of the record that has them which lists their ids."""
    pointer: Pointer


def links_of(operation: Operation | None) -> Links | None:
    """What an operation does with links; None where it does nothing."""
    if operation is None:
        return None
    found: Links | None = operation.words.get("links")
    return found


@remembered
def kept_by(contract: Contract, resource: str) -> tuple[str, ...]:
    """The hidden variables in which records of a resource keep what they have."""
    links = [links_of(one) for one in contract.operations.values() if one.resource == resource]
    return tuple({one.kept: None for one in links if one is not None})
