"""Values on both sides of every edge: of a rule that spreads over three numbers, and of schema keywords."""

from __future__ import annotations

from typing import Any

import pytest

from troth.contracts.contract.cel import evaluate
from troth.contracts.document.schemas import Schemas
from troth.contracts.errors import ContractFault
from troth.contracts.promises.bounds import MISSING, Bound, bounds
from troth.contracts.promises.edges import Edge, edges

DAY = 24 * 60
DELAY = (
    "self.type != 'delay' || (self.days * 1440 + self.hours * 60 + self.minutes >= 1 &&"
    " self.days * 1440 + self.hours * 60 + self.minutes <= 30 * 1440)"
)
WAIT = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"enum": ["mail", "delay"]},
        "days": {"type": "integer", "minimum": 0, "default": 0},
        "hours": {"type": "integer", "minimum": 0, "default": 0},
        "minutes": {"type": "integer", "minimum": 0, "default": 0},
        "note": {"type": "string"},
    },
}


def edges_of(rule: str, schema: Any, named: set[str], near: frozenset[int] = frozenset()) -> list[Edge]:
    schemas = Schemas({"components": {"schemas": {"Node": schema}}}, "3.1")
    reference = {"$ref": "#/components/schemas/Node"}

    def holds(node: Any) -> bool:
        try:
            return evaluate(rule, {"self": schemas.typed(reference, node)}) is True
        except ContractFault:
            return False

    found = edges(schemas, reference, frozenset(named), holds, near)
    for edge in found:
        assert holds(edge.good), edge
        assert not holds(edge.bad), edge
    return found


@pytest.fixture(scope="module")
def delay() -> list[Edge]:
    return edges_of(DELAY, WAIT, {"type", "days", "hours", "minutes"})


def minutes(node: Any) -> int:
    return int(node.get("days", 0) * DAY + node.get("hours", 0) * 60 + node.get("minutes", 0))


def test_nothing_and_one_minute(delay: list[Edge]) -> None:
    pairs = {(minutes(edge.good), minutes(edge.bad)) for edge in delay if edge.bad["type"] == "delay"}
    assert (1, 0) in pairs


def test_thirty_days_and_a_minute_more(delay: list[Edge]) -> None:
    bad = {minutes(edge.bad) for edge in delay}
    good = {minutes(edge.good) for edge in delay}
    assert 30 * DAY in good
    assert 30 * DAY + 1 in bad


@pytest.mark.parametrize("name", ["days", "hours", "minutes"])
def test_the_edge_is_found_by_each_part_alone(delay: list[Edge], name: str) -> None:
    alone = [
        e
        for e in delay
        if set(e.bad) - {"type"} and all(not e.bad[k] for k in e.bad if k not in ("type", name))
    ]
    most = {"days": (30, 31), "hours": (720, 721), "minutes": (43_200, 43_201)}[name]
    assert most in {(edge.good[name], edge.bad[name]) for edge in alone}


def test_the_edge_is_found_spread_over_days_hours_and_minutes(delay: list[Edge]) -> None:
    spread = [edge.bad for edge in delay if edge.bad["days"] and edge.bad["hours"] and edge.bad["minutes"]]
    assert min(minutes(node) for node in spread) == 30 * DAY + 1
    assert {"type": "delay", "days": 29, "hours": 23, "minutes": 61} in spread


def test_another_type_has_no_edge_but_the_type_itself(delay: list[Edge]) -> None:
    assert all(edge.bad["type"] == "delay" for edge in delay)
    assert any(edge.good["type"] == "mail" for edge in delay)


def test_a_property_that_the_rule_does_not_read_is_left_alone(delay: list[Edge]) -> None:
    assert all("note" not in edge.good for edge in delay)


def test_a_hole_in_the_middle_is_found_by_the_numbers_of_the_rule() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": -500, "maximum": 5000}}}
    rule = "self.n != 1234"
    hole = [Edge({"n": 1233}, {"n": 1234}), Edge({"n": 1235}, {"n": 1234})]
    assert all(edge not in edges_of(rule, schema, {"n"}) for edge in hole)
    assert all(edge in edges_of(rule, schema, {"n"}, frozenset({1234})) for edge in hole)


def test_sizes_are_turned_up_as_numbers_are() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 9},
            "name": {"type": "string", "maxLength": 9},
        },
    }
    schema["required"] = ["tags", "name"]

    def size(value: Any) -> int:
        return len(value)

    found = edges_of("size(self.tags) + size(self.name) <= 5", schema, {"tags", "name"})
    sizes = {
        tuple((size(node["tags"]), size(node["name"])) for node in (edge.good, edge.bad)) for edge in found
    }
    assert ((1, 4), (2, 4)) in sizes
    assert ((0, 5), (0, 6)) in sizes


def test_presence_and_booleans_are_flipped() -> None:
    schema = {
        "type": "object",
        "properties": {"on": {"type": "boolean"}, "at": {"type": "string", "format": "date"}},
    }
    found = edges_of("!has(self.on) || !self.on || has(self.at)", schema, {"on", "at"})
    assert Edge({"on": True, "at": "2026-01-01"}, {"on": True}) in found


def test_a_rule_that_nothing_breaks_has_no_edges() -> None:
    assert edges_of("self.days >= 0", WAIT, {"days"}) == []


# Bounds of schemas


def bounds_of(schema: Any) -> list[Bound]:
    return list(bounds(Schemas({"body": schema}, "3.1"), {"$ref": "#/body"}))


def one(schema: Any) -> set[tuple[str, Any, Any]]:
    found = bounds_of({"type": "object", "properties": {"x": schema}})
    assert {bound.path for bound in found} == {("x",)}
    return {
        (bound.keyword, bound.good, bound.bad) for bound in found if bound.keyword not in ("type", "boolean")
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "number", "minimum": 3}, {("minimum", 3, 2), ("fraction", 4.5, MISSING)}),
        ({"type": "number", "maximum": 500}, {("maximum", 500, 501), ("fraction", 1.5, MISSING)}),
        ({"type": "number", "exclusiveMinimum": 0}, {("exclusiveMinimum", 1, 0), ("fraction", 1.5, MISSING)}),
        ({"type": "number", "exclusiveMaximum": 9}, {("exclusiveMaximum", 8, 9), ("fraction", 1.5, MISSING)}),
        ({"type": "number", "multipleOf": 0.5}, {("multipleOf", 0, 0.25), ("fraction", 1.5, MISSING)}),
        ({"type": "number", "multipleOf": 2}, {("multipleOf", 0, 1.0)}),
        ({"type": "number", "minimum": 1, "maximum": 1}, {("minimum", 1, 0), ("maximum", 1, 2)}),
        ({"type": "number", "format": "int32"}, set()),
        ({"type": "integer", "multipleOf": 5}, {("multipleOf", 0, 1), ("integer", 0, 1.5)}),
        ({"type": "integer"}, {("integer", 0, 1.5)}),
        ({"type": "string", "minLength": 2}, {("minLength", "xx", "x")}),
        ({"type": "string", "maxLength": 2}, {("maxLength", "xx", "xxx"), ("characters", "ä😀", MISSING)}),
        ({"type": "string", "minLength": 0}, set()),
        ({"type": "string", "maxLength": 10**9}, set()),
        ({"type": "string", "minLength": 2, "format": "email"}, set()),
        ({"type": "array", "minItems": 1}, {("minItems", 1, 0)}),
        ({"type": "array", "maxItems": 50}, {("maxItems", 50, 51)}),
        ({"type": "array", "minItems": 0}, set()),
        ({"type": "array", "items": {"type": "string"}}, {("order", ("b", "a"), MISSING)}),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, {("maxItems", 1, 2)}),
        ({"type": "array", "items": {"enum": ["x", "z", "y"]}}, {("order", ("z", "y"), MISSING)}),
        (
            {"enum": ["a", "b"]},
            {("enum", "b", "no-such-value"), ("case", "b", "A"), ("space", "b", "a ")},
        ),
        (
            {"enum": ["a", "a "]},
            {("enum", "a ", "no-such-value"), ("case", "a ", "A"), ("space", "a ", "a  ")},
        ),
        (
            {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a+$"},
            {("minLength", "aa", "a"), ("maxLength", "aaa", "aaaa"), ("pattern", "aa", "aax")},
        ),
        (
            {"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^.@.$"},
            {("pattern", "X@f", "Xxf")},
        ),
    ],
)
def test_a_keyword_has_two_sides(schema: Any, expected: set[Any]) -> None:
    found = [b for b in bounds_of({"type": "object", "properties": {"x": schema}}) if b.path == ("x",)]
    told = {(b.keyword, hashable(b.good), b.bad) for b in found if b.keyword not in ("type", "boolean")}
    assert told == expected


def hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("types", "wrong"),
    [
        ("string", {12345}),
        ("boolean", {"yes"}),
        ("array", {"text"}),
        ("object", {"text"}),
        (["integer", "null"], {"12"}),
        (["string", "integer"], set()),
        (["integer", "string"], set()),
        ("null", set()),
    ],
)
def test_a_type_is_broken_by_another(types: Any, wrong: set[Any]) -> None:
    schema = {"body": {"type": "object", "properties": {"x": {"type": types}}}}
    schemas = Schemas(schema, "3.1")
    found = {bound.bad for bound in bounds(schemas, {"$ref": "#/body"}) if bound.keyword == "type"}
    assert found == wrong
    assert not any(schemas.valid("/body", {"x": value}) for value in found)


def test_bounds_of_items_and_members() -> None:
    schema = {
        "type": "object",
        "required": ["list"],
        "properties": {
            "list": {
                "type": "array",
                "items": {"type": "object", "required": ["n"], "properties": {"n": {"minimum": 1}}},
            },
            "deep": {
                "type": "object",
                "properties": {"inner": {"type": "object", "properties": {"n": {"maximum": 1}}}},
            },
        },
    }
    found = {(bound.path, bound.keyword): (bound.good, bound.bad) for bound in bounds_of(schema)}
    assert found[("list", "*", "n"), "minimum"] == (1, 0)
    assert found[("list", "*", "n"), "required"] == (None, MISSING)
    assert found[("list",), "required"] == (None, MISSING)
    assert found[("deep", "inner", "n"), "maximum"] == (1, 2)


def test_values_that_look_alike_are_not_taken_for_each_other() -> None:
    """What an expression has given is remembered; CEL tells kinds apart that Python calls equal."""
    number = "type(V) == list ? type(V[0]) == int : type(V) == map ? type(V.a) == int : type(V) == int"
    shown: list[Any] = [
        1,
        1.0,
        True,
        "1",
        None,
        [1],
        [1.0],
        [True],
        {"a": 1},
        {"a": True},
        [{"a": 1}],
        {"a": [1]},
    ]
    for _ in range(2):
        told = [evaluate(number.replace("V", "self.v"), {"self": {"v": value}}) for value in shown]
        assert [value for value, is_one in zip(shown, told, strict=True) if is_one] == [1, [1], {"a": 1}]
        assert told.count(True) == 3


def test_a_choice_of_nothing_has_no_edge() -> None:
    schemas = Schemas({}, "3.1")
    assert [bound.keyword for bound in bounds(schemas, {"properties": {"size": {"enum": []}}})] == []
