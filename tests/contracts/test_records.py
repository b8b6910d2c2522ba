"""Records to start from, fresh values, and what automatic moves may make of a record at any moment."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from troth import Contract, Record, load
from troth.contracts.contract.fixtures import fresh_value, seed_records
from troth.contracts.model import Unknown
from troth.contracts.words.automatic import drift

DOCUMENT = """\
openapi: 3.0.3
info: {title: Boxes, version: '1'}
x-contract:
  resources:
    Box:
      id: id
      state:
        field: status
        initial: open
        auto:
          full: {from: open, to: shut, when: hidden.items > 2}
          leave: {from: shut, to: gone, when: self.paid}
      hidden: {items: 0}
      fixtures:
        plain: {status: open}
        packed: {status: shut, hidden: {items: 3}}
        named: {id: own, status: open}
        twin: {id: own, status: open}
    Shelf: {id: id}
    Wall: {id: id}
paths: {}
components:
  schemas:
    Box:
      type: object
      properties: {id: {type: string}, status: {enum: [open, shut, gone]}, paid: {type: boolean}}
      example: {id: b1, status: open, paid: true}
    Shelf:
      type: object
      properties: {id: {type: string}}
      example: {id: s1}
    Wall:
      type: object
      properties: {id: {type: string}}
"""
NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
STAMP = {"type": "string", "format": "date-time"}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT)
    return load(path)


def box(status: str, items: Any, *, paid: Any = False) -> Record:
    return Record("Box", "b1", {"id": "b1", "status": status, "paid": paid}, {"items": items})


@pytest.mark.parametrize(
    ("record", "states"),
    [
        (box("open", 0), ["open"]),
        (box("open", 3), ["open", "shut"]),
        (box("open", 3, paid=True), ["open", "shut", "gone"]),
        (box("open", Unknown()), ["open", "shut"]),
        (box("shut", 0, paid=Unknown()), ["shut", "gone"]),
        (box("gone", 3, paid=True), ["gone"]),
    ],
)
def test_drift(contract: Contract, record: Record, states: list[str]) -> None:
    assert [moved.data["status"] for moved in drift(contract, record)] == states


@pytest.mark.parametrize(
    ("auto", "seconds", "states"),
    [
        ("after: PT60S", None, ["open", "shut"]),  # nobody knows since when
        ("after: PT60S", 0, ["open"]),
        ("after: PT60S", 56, ["open"]),
        ("after: PT60S", 59, ["open", "shut"]),  # about then
        ("after: PT60S", 62, ["open", "shut"]),
        ("after: PT60S", 64, ["shut"]),
        ("after: PT60S, assumed: true", 0, ["open", "shut"]),
        ("after: PT60S, assumed: true", 64, ["open", "shut"]),
        ("after: PT3S, within: PT60S", 0, ["open", "shut"]),
        ("after: PT3S, within: PT60S", 64, ["shut"]),
        ("after: PT60S, when: hidden.items > 2", 64, ["open"]),
        ("after: PT60S, when: hidden.days > 2", 64, ["open", "shut"]),
        ("when: now > timestamp('2026-01-01T00:00:00Z')", 64, ["open", "shut"]),
    ],
)
def test_drift_by_time(tmp_path: Path, auto: str, seconds: float | None, states: list[str]) -> None:
    path = tmp_path / "api.yaml"
    timed = DOCUMENT.replace("when: hidden.items > 2", auto).replace(
        "hidden: {items: 0}", "hidden: {items: 0, days: 0}"
    )
    path.write_text(timed.replace("          leave: {from: shut, to: gone, when: self.paid}\n", ""))
    since = None if seconds is None else NOW - timedelta(seconds=seconds)
    record = replace(box("open", 0), since=since, hidden={"items": 0, "days": Unknown()})
    assert [moved.data["status"] for moved in drift(load(path), record, NOW)] == states


@pytest.mark.parametrize(("message", "assumed"), [("/error", False), ("{at: /error, assumed: true}", True)])
def test_where_texts_stand_may_be_assumed(tmp_path: Path, message: str, assumed: bool) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT.replace("x-contract:\n", f"x-contract:\n  errors: {{message: {message}}}\n"))
    errors = load(path).errors
    assert (errors.at, errors.assumed) == ("/error", assumed)


def test_a_thing_without_states_does_not_drift(contract: Contract) -> None:
    record = Record("Shelf", "s1", {"id": "s1"})
    assert drift(contract, record) == (record,)


def test_fixtures(contract: Contract) -> None:
    """The first one without an id has that of the example; the others have one that is always the same."""
    found = seed_records(contract)
    packed, twin = found["packed"].id, found["twin"].id
    assert len({packed, twin, "b1", "own"}) == 4
    assert {name: (record.id, record.data, record.hidden) for name, record in found.items()} == {
        "plain": ("b1", {"id": "b1", "status": "open", "paid": True}, {"items": 0}),
        "packed": (packed, {"id": packed, "status": "shut", "paid": True}, {"items": 3}),
        "named": ("own", {"id": "own", "status": "open", "paid": True}, {"items": 0}),
        "twin": (twin, {"id": twin, "status": "open", "paid": True}, {"items": 0}),
        "Shelf": ("s1", {"id": "s1"}, {}),
    }
    assert [(name, record.id) for name, record in seed_records(contract).items()] == [
        (name, record.id) for name, record in found.items()
    ]


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (None, "2026-03-01T12:00:00.250Z"),
        ("2026-02-01T00:00:00.000Z", "2026-03-01T12:00:00.250Z"),
        ("2026-02-01T00:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-02-01 00:00:00", "2026-03-01 12:00:00"),
        ("2026-02-01T00:00:00+02:00", "2026-03-01T14:00:00+02:00"),
        ("2026-02-01T00:00:00.000000Z", "2026-03-01T12:00:00.250000Z"),
        # not behind the old one, nor the same
        ("2026-03-01T12:00:00.250Z", "2026-03-01T12:00:00.251Z"),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.250Z"),
        ("2026-03-01T12:00:01Z", "2026-03-01T12:00:01.001Z"),
        ("2026-03-01T12:00:59.999Z", "2026-03-01T12:01:00.000Z"),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z"),
        ("2030-01-01 00:00:00", "2030-01-01 00:00:01"),
        ("2030-01-01T00:00:00+02:00", "2030-01-01T00:00:01+02:00"),
        # what is no time
        ("2026-02-30T00:00:00Z", "2026-03-01T12:00:00Z"),
        ("9999-12-31T23:59:59Z", "2026-03-01T12:00:00Z"),
        ("yesterday", "2026-03-01T12:00:00.250Z"),
    ],
)
def test_a_new_timestamp_is_later_and_written_as_the_old_one(old: Any, expected: str) -> None:
    assert fresh_value(STAMP, old, NOW, Random(1)) == expected


def test_the_example_says_how_a_timestamp_is_written() -> None:
    schema = {**STAMP, "example": "2025-01-01T00:00:00Z"}
    assert fresh_value(schema, "2026-02-01T12:00:00.250Z", NOW, Random(1)) == "2026-03-01T12:00:00Z"


def test_a_pattern_says_how_all_are_written() -> None:
    schema = {**STAMP, "pattern": r"^[0-9T:-]+Z$"}
    assert fresh_value(schema, "2026-03-01T12:00:00Z", NOW, Random(1)) == "2026-03-01T12:00:01Z"


@pytest.mark.parametrize(
    ("schema", "old", "expected"),
    [
        ({"type": "object"}, None, {}),
        ({"type": "object"}, {"sent": 3}, {"sent": 3}),
        ({"type": "array"}, None, []),
        ({"type": "boolean"}, None, False),
        ({"type": "number"}, None, 0),
        ({"enum": ["a", "b"]}, None, "a"),
        ({"type": "integer", "enum": [7, 8]}, None, 7),
    ],
)
def test_a_fresh_value_keeps_its_type(schema: Any, old: Any, expected: Any) -> None:
    assert fresh_value(schema, old, NOW, Random(1)) == expected


@pytest.mark.parametrize(
    ("schema", "old", "pattern"),
    [
        (
            {"type": "string", "format": "uuid"},
            None,
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ),
        ({"type": "string", "example": "60d5ec49f1b2c72d9c8b4567"}, None, r"[0-9a-f]{24}"),
        ({"type": "string"}, "camp_8f3k2p9x", r"camp_[0-9a-z]{8}"),
        ({"type": "string"}, "12345", r"[1-9][0-9]{4}"),
        ({"type": "string", "pattern": "^[0-9]{6,8}$"}, None, r"[0-9]{7}"),
        ({"type": "string", "maxLength": 24}, None, r"[0-9a-f]{24}"),
    ],
)
def test_an_id_looks_like_the_ones_before(schema: Any, old: Any, pattern: str) -> None:
    random = Random(1)
    made = [fresh_value(schema, old, NOW, random) for _ in range(20)]
    assert all(re.fullmatch(pattern, str(value)) for value in made)
    assert len(set(made)) == 20


def test_a_fresh_integer_id() -> None:
    assert isinstance(fresh_value({"type": "integer"}, 3, NOW, Random(1)), int)
