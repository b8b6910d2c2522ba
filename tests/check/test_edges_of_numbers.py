"""Numbers between others, pages for which nothing is asked, and what keeps a rule again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, broken, document, kept, operation, parameters, run

TEXT = "Large flats cost 100 or more"
RULE = {"rule": "self.rooms <= 6 || self.fee >= 100.0", "message": TEXT}
FLAT = {
    "type": "object",
    "required": ["rooms", "fee"],
    "properties": {
        "rooms": {"type": "integer", "minimum": 1, "maximum": 12},
        "fee": {"type": "number", "minimum": 0, "maximum": 500, "multipleOf": 0.5},
        "why": {"type": "string"},
    },
}


def flats() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/NewFlat"}}}
    why = {"type": "object", "properties": {"reason": {"type": "string"}}}
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Flat"}},
            "next": {"type": ["string", "null"]},
        },
    }
    paths = {
        "/flats": {
            "get": operation(
                "flats",
                "Flat.list",
                "Page",
                parameters=[{"name": "after", "in": "query", "schema": {"type": "string"}}],
            ),
            "post": operation(
                "addFlat", "Flat.create", "Flat", requestBody={"required": True, "content": content}
            ),
        },
        "/flats/{id}": {
            "parameters": parameters("id"),
            "get": operation("readFlat", "Flat.read", "Flat"),
            "delete": operation("dropFlat", "Flat.delete", "Flat"),
        },
        "/flats/{id}/close": {
            "parameters": parameters("id"),
            "post": operation(
                "closeFlat",
                "Flat.action",
                "Flat",
                words={"writes": {"reason": {"as": "/why"}}},
                requestBody={"content": {"application/json": {"schema": why}}},
            ),
        },
    }
    shown = {**FLAT, "properties": {"id": {"type": "string"}, **FLAT["properties"]}}  # type: ignore[dict-item]
    schemas = {
        "Flat": shown,
        "NewFlat": {**FLAT, "additionalProperties": False, "x-contract": {"rules": {"large": RULE}}},
        "Page": page,
    }
    found = document({"Flat": {"id": "id", "managed": {"id": "create"}}}, paths, schemas)
    found["x-contract"]["paging"] = {"cursor": "after", "default": 4, "next": "/next"}
    return found


class Server:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.made = 0

    def answer(
        self, method: str, path: list[str], given: Any, stored: Any, query: dict[str, str] | None = None
    ) -> Answer:
        if len(path) == 1 and method == "GET":
            return 200, self.page([*stored.values()], (query or {}).get("after"))
        if len(path) == 1:
            return self.create(given, stored)
        if path[1] not in stored:
            return 404, {}
        if len(path) == 3:
            return self.close(given, stored[path[1]])
        if method == "DELETE":
            return 200, stored.pop(path[1])
        return 200, stored[path[1]]

    def page(self, flats: list[Any], after: str | None) -> Any:
        start = next((at + 1 for at, flat in enumerate(flats) if flat["id"] == after), 0)
        end = start + (3 if self.fault == "short_pages" else 4)
        return {"items": flats[start:end], "next": flats[end - 1]["id"] if end < len(flats) else None}

    def create(self, given: Any, stored: Any) -> Answer:
        if not self.is_sound(given):
            text = "Too cheap" if self.fault == "other_text" else TEXT
            return 422, {"problem": {"why": text}}  # where texts stand, the document does not say
        self.made += 1
        flat = {"why": "", **given, "id": str(self.made)}
        if self.fault == "whole_fees":
            flat["fee"] = int(flat["fee"])
        stored[flat["id"]] = flat
        return 201, flat

    def is_sound(self, given: Any) -> bool:
        if not isinstance(given, dict) or not given.keys() <= {"rooms", "fee", "why"}:
            return False
        rooms: Any = given.get("rooms")
        fee: Any = given.get("fee")
        if any(isinstance(number, bool) or not isinstance(number, int | float) for number in (rooms, fee)):
            return False
        if rooms != int(rooms) or not 1 <= rooms <= 12 or not 0 <= fee <= 500:
            return False
        if fee * 2 != int(fee * 2) and self.fault != "any_step":
            return False
        least = 100.5 if self.fault == "far_edge" else 100
        return isinstance(given.get("why", ""), str) and (rooms <= 6 or fee >= least)

    def close(self, given: Any, flat: Any) -> Answer:
        given = {} if given is None else given
        if not isinstance(given, dict) or not isinstance(given.get("reason", ""), str):
            return 422, {}
        if "reason" in given and self.fault != "no_reason":
            flat["why"] = given["reason"]
        return 200, flat


FOUND_BY = {
    "short_pages": "flats/paging/default",
    "whole_fees": "addFlat/schema/fee/fraction/inside",
    "any_step": "addFlat/schema/fee/multipleOf/outside",
    "far_edge": "addFlat/rules/large/kept",
    "other_text": "addFlat/rules/large/broken",
    "no_reason": "closeFlat/writes/reason/any",
}


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_broken(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, flats(), Server().answer, seed=seed)
    assert broken(report) == {}
    assert kept(report) >= {*FOUND_BY.values()}


@pytest.mark.parametrize("fault", FOUND_BY)
def test_a_fault_breaks_its_promise(tmp_path: Path, fault: str) -> None:
    assert FOUND_BY[fault] in broken(run(tmp_path, flats(), Server(fault).answer))
