"""Values on both sides of every edge of a CEL rule, found by evaluation.

A rule is a black box that is asked at points: each number and each size is turned up until the answer
changes, and the change is narrowed down to neighbours. Turning the next one up while the first stands just
below its edge gives the mixed cases (29 days, 23 hours, 61 minutes) without a solver.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from troth.contracts.document.samples import ints_and_sizes, sample
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Schema

TOP = 10**9
Holds = Callable[[Mapping[str, Json]], bool]


class Edge(NamedTuple):
    """Two neighbours: one keeps the rule, the other breaks it."""

    good: Mapping[str, Json]
    bad: Mapping[str, Json]


def edges(
    schemas: Schemas, schema: Node, named: frozenset[str], holds: Holds, near: frozenset[int] = frozenset()
) -> list[Edge]:
    """The edges of a rule over an object; ``named`` are the properties that the rule reads.

    ``near`` are the numbers that the rule names: it is asked there too, whatever lies around them.
    """
    found: list[Edge] = []
    turned = {k: v for k, v in ints_and_sizes(schemas, schema).items() if k in named}
    for base in _bases(schemas, schema, named):
        met: list[Edge] = []
        for order in itertools.islice(itertools.permutations(turned), 6):
            met += _along(schemas, dict(base), order, turned, holds, near)
        found += [*met, *_back(schemas, met, turned, holds, near)]
        found += _flips(schemas, schema, base, named, holds)
    unique: dict[str, Edge] = {repr(edge): edge for edge in found}
    return list(unique.values())


def _bases(schemas: Schemas, schema: Node, named: frozenset[str]) -> Iterator[dict[str, Json]]:
    """Objects with every combination of the enums and booleans that the rule reads, the rest at its least."""
    properties, required = _properties(schemas, schema)
    least: dict[str, Json] = {}
    choices: dict[str, list[Json]] = {}
    for name, inner in properties.items():
        if name in named or name in required:
            least[name] = _least(schemas, inner)
            choices[name] = _choices(inner) or [least[name]]
    for combination in itertools.islice(itertools.product(*choices.values()), 32):
        yield dict(zip(choices, combination, strict=True))


def _properties(schemas: Schemas, schema: Node) -> tuple[dict[str, Schema], Sequence[str]]:
    """The properties of an object's schema, and the names of those that it requires."""
    whole = schemas.resolve(schema)
    properties = {name: schemas.resolve(inner) for name, inner in whole.get("properties", {}).items()}
    return properties, whole.get("required", ())


def _choices(schema: Schema) -> list[Json]:
    """Every value of an enum or a boolean; none of any other schema."""
    if "enum" in schema:
        return list(schema["enum"])
    if "boolean" in types_of(schema):
        return [True, False]
    return []


def _least(schemas: Schemas, schema: Schema) -> Json:
    kind = types_of(schema)[:1]
    if kind in (("integer",), ("number",)):
        least: int = max(0, schema.get("minimum", 0))
        return least
    if kind == ("array",):
        return []
    return sample(schemas, schema)


def _along(
    schemas: Schemas,
    node: dict[str, Json],
    order: tuple[str, ...],
    turned: Mapping[str, tuple[str, Schema]],
    holds: Holds,
    near: frozenset[int],
) -> list[Edge]:
    """The edges met when one property after the other is turned up from a node."""
    found: list[Edge] = []
    for name in order:
        kind, schema = turned[name]
        low, high = _range(kind, schema)

        def at(
            amount: int,
            name: str = name,
            kind: str = kind,
            schema: Schema = schema,
            node: dict[str, Json] = node,
        ) -> dict[str, Json]:
            return {**node, name: _amount(schemas, kind, schema, amount)}

        steps = list(_changes(lambda amount: holds(at(amount)), low, high, near))
        for amount in steps:
            found.append(_edge(at(amount), at(amount + 1), holds))
        if steps:
            node = at(max(low, steps[-1] - 1))
    return found


def _back(
    schemas: Schemas,
    met: Sequence[Edge],
    turned: Mapping[str, tuple[str, Schema]],
    holds: Holds,
    near: frozenset[int],
) -> list[Edge]:
    """Where what breaks the rule keeps it again when a property is turned up that had no edge: `a <= 6 ||
    b >= 100` asks for the second only where the first does not hold."""
    found: list[Edge] = []
    known = {name for edge in met for name, value in edge.bad.items() if value != edge.good[name]}
    broken = {repr(edge.bad): edge.bad for edge in met}
    for bad in broken.values():
        for name in sorted(turned.keys() - known):
            found += _along(schemas, dict(bad), (name,), turned, holds, near)
    return found


def _edge(below: dict[str, Json], above: dict[str, Json], holds: Holds) -> Edge:
    """Two neighbours, the one that keeps the rule first."""
    if holds(below):
        return Edge(below, above)
    return Edge(above, below)


def _range(kind: str, schema: Schema) -> tuple[int, int]:
    if kind in ("integer", "number"):
        return int(schema.get("minimum", 0)), int(schema.get("maximum", TOP))
    if kind == "array":
        return schema.get("minItems", 0), min(schema.get("maxItems", 1000), 1000)
    return schema.get("minLength", 0), min(schema.get("maxLength", 1000), 1000)


def _amount(schemas: Schemas, kind: str, schema: Schema, amount: int) -> Json:
    if kind == "array":
        return [sample(schemas, schema.get("items", {}))] * amount
    if kind == "string":
        return "x" * amount
    return amount


def _changes(
    holds: Callable[[int], bool], low: int, high: int, near: frozenset[int] = frozenset()
) -> Iterator[int]:
    """Every ``n`` found for which the answer differs between ``n`` and ``n + 1``."""
    points = [low, low + 1]
    while points[-1] < high:
        points.append(min(high, low + (points[-1] - low) * 2))
    points += [point + beside for point in (0, *near) for beside in (-1, 0, 1)]
    for left, right in itertools.pairwise(sorted({p for p in points if low <= p <= high})):
        if holds(left) == holds(right):
            continue
        while right - left > 1:
            middle = (left + right) // 2
            if holds(middle) == holds(left):
                left = middle
            else:
                right = middle
        yield left


def _flips(
    schemas: Schemas, schema: Node, base: dict[str, Json], named: frozenset[str], holds: Holds
) -> list[Edge]:
    """Enums, booleans and presence: one changed while the rest stands."""
    if not holds(base):
        return []
    found: list[Edge] = []
    properties, required = _properties(schemas, schema)
    for name in sorted(named & base.keys()):
        others = [{**base, name: value} for value in _choices(properties[name]) if value != base[name]]
        if name not in required:
            others.append({other: value for other, value in base.items() if other != name})
        found += [Edge(base, other) for other in others if not holds(other)]
    return found
