"""PUT replaces a record: what its body leaves out is gone, or as it is at first, or kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import NULLABLE, Answer, broken, document, kept, operation, parameters, run

SENT: dict[str, Any] = {
    "name": {"type": "string"},
    "unit": {"enum": ["piece", "box"], "default": "piece"},
    "note": {"type": NULLABLE},
    "count": {"type": "integer"},
}
SHOWN = {"id": {"type": "string"}, **SENT, "seen": {"type": "integer", "readOnly": True}}
BODY = {"type": "object", "required": ["name"], "properties": SENT}
CONTENT = {"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}}
ITEMS = document(
    {"Item": {"id": "id", "managed": {"id": "create"}}},
    {
        "/items": {
            "post": operation("add", "Item.create", "Item", **CONTENT)
            | {"x-contract": {"acts": "Item.create", "effects": {"new": {"set": {"seen": "7"}}}}}
        },
        "/items/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Item.read", "Item"),
            "put": operation("put", "Item.update", "Item", **CONTENT),
        },
    },
    {"Item": {"type": "object", "required": ["id", "name", "unit", "count"], "properties": SHOWN}},
)

FIRST = {"unit": "piece", "note": None, "count": 0}


def items(left_out: str) -> Any:
    """A server with ``left_out`` for what a PUT does not say."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if method == "GET":
            return 200, stored[path[1]]
        if not _fits(given):
            return 422, {}
        sent = {name: given[name] for name in SENT if name in given}
        if method == "POST":
            id = str(len(stored))
            stored[id] = {"id": id, "seen": 7, **FIRST, **sent}
            return 201, stored[id]
        old = stored[path[1]]
        stored[path[1]] = {**old, **({} if left_out == "kept" else FIRST), **sent}
        if left_out == "too much":
            stored[path[1]]["seen"] = 0
        return 200, stored[path[1]]

    return answer


def _fits(given: Any) -> bool:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        return False
    count, note = given.get("count", 0), given.get("note")
    if isinstance(count, bool) or not isinstance(count, (int, float)) or count != int(count):
        return False
    return (note is None or isinstance(note, str)) and given.get("unit", "box") in ("piece", "box")


@pytest.mark.parametrize("left_out", ["as at first", "kept"])
def test_what_a_put_leaves_out_is_as_it_was_at_first_or_kept(tmp_path: Path, left_out: str) -> None:
    report = run(tmp_path, ITEMS, items(left_out))
    assert broken(report) == {}
    assert {"put/writes/unit/any", "put/writes/count/any", "put/frame/declared"} <= kept(report)


def test_what_no_body_says_is_not_replaced(tmp_path: Path) -> None:
    assert "put/frame/declared" in broken(run(tmp_path, ITEMS, items("too much")))


MEMBER = {"type": NULLABLE}
CONTACT = {"type": "object", "additionalProperties": False, "properties": {"mail": MEMBER, "phone": MEMBER}}
GUESTS = document(
    {"Guest": {"id": "id", "managed": {"id": "create"}}},
    {
        "/guests": {"post": operation("add", "Guest.create", "Guest")},
        "/guests/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Guest.read", "Guest"),
            "patch": operation(
                "change",
                "Guest.update",
                "Guest",
                words={"writes": {"contact": {"merge": True}}},
                requestBody={
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"type": "object", "properties": {"contact": CONTACT}}}
                    },
                },
            ),
        },
    },
    {
        "Guest": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "contact": CONTACT},
        }
    },
)


def guests(fault: str | None) -> Any:
    """A server that merges what is sent, or replaces what was there, or keeps what null is to remove."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if method == "POST":
            id = str(len(stored))
            stored[id] = {"id": id, "contact": {}}
            return 201, stored[id]
        if method == "PATCH":
            if not isinstance(given, dict) or not _is_contact(given.get("contact", {})):
                return 422, {}
            stored[path[1]]["contact"] = _merged(stored[path[1]]["contact"], given.get("contact", {}), fault)
        return 200, stored[path[1]]

    return answer


def _is_contact(given: Any) -> bool:
    if not isinstance(given, dict) or not set(given) <= {"mail", "phone"}:
        return False
    return all(value is None or isinstance(value, str) for value in given.values())


def _merged(old: dict[str, Any], new: dict[str, Any], fault: str | None) -> dict[str, Any]:
    if fault == "replaces" and new:
        return new
    if fault == "keeps":
        new = {name: value for name, value in new.items() if value is not None}
    return {name: value for name, value in {**old, **new}.items() if value is not None}


@pytest.mark.parametrize("fault", [None, "replaces", "keeps"])
def test_objects_of_a_closed_schema_are_merged(tmp_path: Path, fault: str | None) -> None:
    report = run(tmp_path, GUESTS, guests(fault), only=("change/writes/*",))
    if fault is None:
        assert broken(report) == {}
        assert "change/writes/contact/merge" in kept(report)
    else:
        assert "change/writes/contact/merge" in broken(report)
