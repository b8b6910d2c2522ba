"""Where a transition of several targets leads, as far as a state and a body decide that."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Set

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Transition
from troth.contracts.document.pointers import listing
from troth.contracts.document.typing import types_of
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Operation, Resource, Unknown

_NO_BODY: Mapping[str, Json] = {}

_ASKS_WHETHER = re.compile(r"\bhas\(|\sin\s")
"""To those, what is not known is not there."""

MOST_BODIES = 64
"""So many combinations of named values are thought of."""


def possible_targets(
    transition: Transition, resource: Resource, state: str, body: Mapping[str, Json] = _NO_BODY
) -> tuple[str, ...]:
    """The states to which it may lead from one, whatever else holds."""
    reached: list[str] = []
    unsure: list[str] = []
    otherwise: list[str] = []
    for target, guard in transition.targets:
        holds = None if guard is None else _decided(guard, resource, state, body)
        if guard is None:
            otherwise.append(target)
        elif holds is True:
            reached.append(target)
        elif holds is not False:
            unsure.append(target)
    return (*reached, *unsure) if reached else (*otherwise, *unsure)


def deciding_properties(transition: Transition) -> tuple[str, ...]:
    """The body properties that decide where a transition leads."""
    found = set()
    for _, guard in transition.targets:
        if guard is None:
            continue
        for path in cel.names(guard):
            match path:
                case ("request", "body", name, *_):
                    found.add(name)
    return tuple(sorted(found))


def leading_bodies(contract: Contract, operation: Operation, names: Set[str]) -> Iterator[dict[str, Json]]:
    """Bodies with every combination of the values that schemas name for some properties."""
    choices: dict[str, list[Json]] = {}
    for name, schema in contract.body_properties(operation).items():
        resolved = contract.document.schemas.resolve(schema)
        if name not in names:
            continue
        choices[name] = [*listing(resolved, "enum")]
        if "boolean" in types_of(resolved):
            choices[name] = [True, False]
    found = {name: values for name, values in choices.items() if values}
    for combination in itertools.islice(itertools.product(*found.values()), MOST_BODIES):
        yield dict(zip(found, combination, strict=True))


def _decided(guard: str, resource: Resource, state: str, body: Mapping[str, Json]) -> bool | Unknown:
    """Whether a guard holds on a record in a state; unknown where more must be known of it or of the body."""
    known: dict[tuple[str, ...], Json] = {("self", str(resource.state)): state}
    known |= {("request", "body", name): value for name, value in body.items()}
    open_paths = cel.names(guard) - known.keys()
    if open_paths and _ASKS_WHETHER.search(guard):
        return cel.UNKNOWN
    values: dict[str, Json] = {}
    for path in open_paths:
        _put(values, path, cel.UNKNOWN)
    for path, value in known.items():
        _put(values, path, value)
    try:
        found = cel.evaluate(guard, values)
    except ContractFault:
        return cel.UNKNOWN
    return found if isinstance(found, Unknown) else found is True


def _put(values: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    """Set what stands at a path."""
    *above, last = path
    for name in above:
        inner = values.get(name)
        if not isinstance(inner, dict):
            inner = values[name] = {}
        values = inner
    if not isinstance(values.get(last), dict):
        values[last] = value
