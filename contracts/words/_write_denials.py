"""What denies that a property that is sent is stored, ignored or rejected as said."""

from __future__ import annotations

from dataclasses import replace

from troth.contracts.contract.targets import Property
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.model import Operation, Resource
from troth.contracts.promises.denial import Denial, with_words

_NOT_SO = {
    "applied": ("ignored", "it is ignored"),
    "ignored": ("applied", "it is stored"),
    "rejected": ("applied", "it is stored"),
}
_WAYS = (("applied", "it is stored"), ("ignored", "it is ignored"), ("rejected", "it is refused"))


def outcomes_in(write: Write, *, in_state: bool, holds: bool) -> tuple[str, ...]:
    """What may become of a property, by where the record is and whether the condition holds."""
    found: dict[str, None] = {}
    if not in_state:
        found |= dict.fromkeys(write.outside)
    if write.when is not None and not holds:
        found |= dict.fromkeys(write.otherwise)
    return tuple(found) or ("applied",)


def denied_writes(operation: Operation, write: Write, allowed: tuple[str, ...]) -> tuple[Denial, ...]:
    """What else could become of a property where these outcomes are allowed."""
    found: list[Denial] = []
    if len(allowed) == 1:
        way, says = _NOT_SO[allowed[0]]
        found.append(_always(operation, write, way, says))
    else:
        found += [_always(operation, write, way, says) for way, says in _WAYS if way not in allowed]
    if allowed == ("applied",) and isinstance(write.named, Property):
        found.append(_with(operation, replace(write, named=None), "it is stored under its own name"))
    return tuple(found)


def either_way(operation: Operation, write: Write) -> tuple[Denial, ...]:
    """Of a property of which only the request says what becomes of it: always so, never so."""
    found = [_always(operation, write, "applied", "it is always stored")]
    for way, says in _WAYS[1:]:
        found.append(_always(operation, write, way, f"{says}, whatever is sent"))
    return tuple(found)


def denied_shapes(
    operation: Operation, write: Write, name: str, resource: Resource | None = None
) -> tuple[Denial, ...]:
    """What a list or an object could become else."""
    if name == "number":
        denial = _with(operation, replace(write, number=None), f"{write.number} is stored as it is sent")
        if resource is not None:  # who numbers it as well, must not
            own = f"/{write.place[0]}/*/{write.number}"
            managed = {key: when for key, when in resource.managed.items() if key != own}
            denial = replace(denial, resource=replace(resource, managed=managed))
        return (denial,)
    if name == "last-by":
        return (_with(operation, replace(write, first=True), "the first wins"),)
    if name == "merge":
        return (_with(operation, replace(write, whole=True), "it replaces what is stored"),)
    return (_with(operation, replace(write, same=None), f"any {write.same} is taken"),)


def _always(operation: Operation, write: Write, way: str, says: str) -> Denial:
    other = replace(write, states=(), outside=(way,), when=None, assumed=False)
    return _with(operation, other, says)


def _with(operation: Operation, write: Write, says: str) -> Denial:
    writes = {**writes_of(operation), write.field: write}
    return Denial(says, with_words(operation, writes=writes), stores=True)
