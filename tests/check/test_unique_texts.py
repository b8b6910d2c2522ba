"""What must be unique and is taken although it breaks its schema is there when it is tried again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, broken, document, kept, operation, parameters, run

PLATE = {"type": "string", "pattern": "^[A-Z]-[0-9]{4}$"}


def cars() -> dict[str, Any]:
    written = {"type": "object", "properties": {"plate": PLATE, "name": {"type": "string"}}}
    new = {**written, "required": ["plate"]}
    paths = {
        "/cars": {
            "get": operation("cars", "Car.list", "Cars"),
            "post": operation("addCar", "Car.create", "Car", **_body(new)),
        },
        "/cars/{id}": {
            "parameters": parameters("id"),
            "get": operation("readCar", "Car.read", "Car"),
            "patch": operation("changeCar", "Car.update", "Car", **_body(written)),
        },
    }
    texts = {name: {"type": "string"} for name in ("id", "plate", "name")}
    schemas = {
        "Car": {"type": "object", "required": ["id"], "properties": texts},
        "Cars": {"type": "array", "items": {"$ref": "#/components/schemas/Car"}},
    }
    car = {"id": "id", "managed": {"id": "create"}, "unique": {"plate": {"status": 409}}}
    return document({"Car": car}, paths, schemas)


def _body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class Server:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.made = 0

    def answer(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if method == "GET":
            return 200, stored[path[1]] if len(path) > 1 else [*stored.values()]
        if not self.is_sound(given, {"plate"} if method == "POST" else set()):
            return 422, {}
        if any(car["plate"] == given.get("plate") for id, car in stored.items() if id != path[-1]):
            return 409, {}
        if method == "PATCH":
            stored[path[1]].update(given)
            return 200, stored[path[1]]
        self.made += 1
        stored[str(self.made)] = {"name": "", **given, "id": str(self.made)}
        return 201, stored[str(self.made)]

    def is_sound(self, given: Any, needed: set[str]) -> bool:
        if not isinstance(given, dict) or not needed <= given.keys() <= {"plate", "name"}:
            return False
        if not all(isinstance(value, str) for value in given.values()):
            return False
        matches = re.match if self.fault == "prefix" else re.fullmatch
        return "plate" not in given or matches("[A-Z]-[0-9]{4}", given["plate"]) is not None


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_broken(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, cars(), Server().answer, seed=seed)
    assert broken(report) == {}
    assert "addCar/schema/plate/pattern/outside" in kept(report)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_was_taken_once_is_told(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, cars(), Server("prefix").answer, seed=seed)
    assert "addCar/schema/plate/pattern/outside" in broken(report)
