"""C18: a condition that holds for every value its names can have, or for none."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import transition_of, writes_of
from troth.contracts.document.pointers import listing, said
from troth.contracts.errors import ContractFault
from troth.contracts.model import Finding, Json, Node, Operation, Pointer, Resource, Unknown

MOST = 512
"""Combinations of values that are tried."""


def check(contract: Contract) -> Iterator[Finding]:
    """The guards of ``transition.to``, ``auto.when`` and ``writes.when``."""
    for resource, text, pointer in _conditions(contract):
        truths = _truths(contract, resource, text)
        if truths == {True}:
            message = f"`{text}` always holds, whatever the record is"
            yield contract.document.finding("C18", message, pointer, "warning")
        elif truths == {False}:
            message = f"`{text}` never holds, whatever the record is"
            yield contract.document.finding("C18", message, pointer, "warning")


def _conditions(contract: Contract) -> Iterator[tuple[Resource, str, Pointer]]:
    for resource in contract.resources.values():
        for auto in resource.auto:
            if auto.when:
                yield resource, auto.when, f"{auto.pointer}/when"
    for operation in contract.operations.values():
        owner = contract.resource_of(operation)
        if owner is not None:
            yield from ((owner, text, pointer) for text, pointer in _conditions_of(operation))


def _conditions_of(operation: Operation) -> Iterator[tuple[str, Pointer]]:
    transition = transition_of(operation)
    if transition is not None:
        for state, guard in transition.targets:
            if guard:
                yield guard, f"{transition.pointer}/to/{state}"
    for write in writes_of(operation).values():
        if write.when:
            yield write.when, f"{write.pointer}/when"


def _truths(contract: Contract, resource: Resource, text: str) -> set[bool]:
    """The answers over the combinations of candidate values; both where it reads what cannot be listed."""
    paths = sorted(cel.names(text))
    if not all(_can_be_listed(path) for path in paths):
        return {True, False}
    values = [_candidates(contract, resource, path, text) for path in paths]
    found: set[bool] = set()
    for chosen in itertools.islice(itertools.product(*values), MOST):
        data: dict[str, dict[str, Json]] = {"self": {}, "hidden": {}}
        for (place, name), value in zip(paths, chosen, strict=True):
            data[place][name] = value
        try:
            result = cel.evaluate(text, data)
        except ContractFault:
            continue
        if isinstance(result, Unknown):
            return {True, False}
        found.add(result is True)
    return found


def _can_be_listed(path: tuple[str, ...]) -> bool:
    return len(path) == 2 and path[0] in ("self", "hidden")


def _candidates(contract: Contract, resource: Resource, path: tuple[str, ...], text: str) -> list[Json]:
    """Values on both sides of everything that a condition may compare with."""
    place, name = path
    schema: Node = {}
    if place == "self":
        schema = contract.field_schema(resource, name)
    values = listing(schema, "enum")
    if values:
        return values
    if said(schema, "type") == "boolean":
        return [True, False]
    numbers = {int(n) + d for n in re.findall(r"(?<![\w.])\d+", text) for d in (-1, 0, 1)}
    words = [a or b for a, b in re.findall(r"'([^']*)'|\"([^\"]*)\"", text)]
    return [*sorted(numbers), *words, "no such text", 10**6, True, False, None, [], [1]]
