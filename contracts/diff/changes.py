"""One change between two versions, and all of them in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from troth.contracts.contract import Contract
from troth.contracts.diff.behaviour import behaviour
from troth.contracts.diff.change import Change
from troth.contracts.diff.structure import matched, structure
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

__all__ = ["Change", "compare"]


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Every change, what breaks clients first; none between two ways of writing the same."""
    pairs = matched(old, new)
    found = [*structure(old, new, pairs), *behaviour(old, new, pairs)]
    order = (BREAKS, MAYBE, SAFE)
    return tuple(sorted(_once(_without_states(found)), key=lambda change: order.index(change.breaking)))


def _without_states(found: list[Change]) -> Iterator[Change]:
    """The enum of a state property is told as states, once."""
    enums = set()
    for change in found:
        if change.kind.startswith("resources/state-"):
            enums |= {f"{change.old}/enum", f"{change.new}/enum"}
    for change in found:
        if change.kind == "schema/enum" and {change.old, change.new} & enums:
            continue
        yield change


def _once(found: Iterable[Change]) -> Iterator[Change]:
    """What a shared schema changes for several operations is one change of all of them; so are states."""
    known: dict[object, Change] = {}
    for change in found:
        same = (change.kind, change.breaking, change.says, change.why, change.old, change.new)
        key: object = same if change.kind.startswith("schema/") else (*same, change.operations)
        if key in known:
            operations = dict.fromkeys((*known[key].operations, *change.operations))
            states = dict.fromkeys((*known[key].states, *change.states))
            known[key] = replace(known[key], operations=tuple(operations), states=tuple(states))
        else:
            known[key] = change
    yield from known.values()
