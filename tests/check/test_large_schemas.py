"""Bodies of large schemas: drawn small, and not drawn endlessly."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.gate import seldom
from troth.contracts.check import search
from troth.contracts.check.book import BrokenPromise
from troth.contracts.check.results import Evidence
from troth.contracts.check.search import Search, Undrawn
from troth.contracts.check.trimming import MOST, trim

SMALL = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(MOST)}}
LARGE = {"type": "object", "properties": {f"p{n}": SMALL for n in range(3)}}
NONE: dict[str, Any] = {"type": "object", "properties": {}}
REF = {"$ref": "#/components/schemas/X"}

CASES: dict[str, tuple[Any, Any]] = {
    "a small one stays": (SMALL, SMALL),
    "of a large one the largest go, the innermost first": (
        {"properties": {"a": LARGE, "b": SMALL, "c": {"type": "string"}, "d": {"items": {"type": "string"}}}},
        {"properties": {"a": NONE, "c": {"type": "string"}, "d": {"items": {"type": "string"}}}},
    ),
    "what is required stays": (
        {"required": ["a", "b"], "properties": {"a": SMALL, "b": SMALL, "c": {"items": {"type": "string"}}}},
        {"required": ["a", "b"], "properties": {"a": SMALL, "b": SMALL}},
    ),
    "a few large items are enough": (
        {"type": "array", "minItems": 1, "items": SMALL},
        {"type": "array", "minItems": 1, "items": SMALL, "maxItems": 2},
    ),
    "as many as are needed": (
        {"type": "array", "minItems": 3, "maxItems": 9, "items": SMALL},
        {"type": "array", "minItems": 3, "maxItems": 3, "items": SMALL},
    ),
    "what is in itself is large": (
        {"properties": {"x": REF, "y": {"type": "string"}}},
        {"properties": {"y": {"type": "string"}}},
    ),
    "what is required of itself stays": (
        {"required": ["x"], "properties": {"x": REF}},
        {"required": ["x"], "properties": {"x": REF}},
    ),
    "what may not be is as it was": (
        {"not": {"properties": {"a": LARGE}}},
        {"not": {"properties": {"a": LARGE}}},
    ),
}


@pytest.mark.parametrize(("schema", "left"), CASES.values(), ids=CASES)
def test_the_largest_that_may_be_left_out_is(schema: Any, left: Any) -> None:
    document = {"components": {"schemas": {"X": deepcopy(schema)}}, "paths": {}}
    trim(document)
    assert document["components"]["schemas"]["X"] == left


@pytest.mark.parametrize(("size", "most"), seldom([(1, 1600), (1000, 150)], 1))
def test_a_smaller_failure_is_not_looked_for_endlessly(size: int, most: int) -> None:
    drawn = []

    def body(numbers: list[int]) -> dict[str, str]:
        drawn.append(numbers)
        return {str(number): "x" * size for number in numbers}

    def execute(value: Any, again: bool) -> None:
        raise BrokenPromise(Evidence((), (), ""))

    numbers = st.lists(st.integers(), min_size=20)
    bodies = numbers.map(body).filter(lambda found: sum(map(int, found)) % 5 == 3)
    with pytest.raises(BrokenPromise):
        Search(execute, lambda value: True).run(bodies, 1)
    assert 10 < len(drawn) < most


def test_what_is_never_drawn_to_its_end_is_not_begun_endlessly(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(search, "PATIENCE", 0.0)
    endless = st.integers().map(begun.append).filter(lambda _: False)
    with pytest.raises(Undrawn, match="no value is drawn to its end"):
        Search(lambda *_: None, lambda _: True).run(endless, 1)
    assert len(begun) < 10
