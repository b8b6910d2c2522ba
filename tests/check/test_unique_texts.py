"""What must be unique: taken although it breaks its schema it is there when it is tried again; a record has
its own value; what is refused writes nothing else. And a list keeps its order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, broken, document, kept, operation, parameters, run

TAGS = {"type": "array", "items": {"type": "string"}}
PLATE = {"type": "string", "pattern": "^[A-Z]-[0-9]{4}$"}


def cars() -> dict[str, Any]:
    written = {"type": "object", "properties": {"plate": PLATE, "name": {"type": "string"}, "tags": TAGS}}
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
    texts = {**{name: {"type": "string"} for name in ("id", "plate", "name")}, "tags": TAGS}
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
        return self.write(method, path, given, stored)

    def write(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        own = "" if self.fault == "own" else path[-1]
        if any(car["plate"] == given.get("plate") for id, car in stored.items() if id != own):
            if self.fault == "half" and method == "PATCH":
                stored[path[1]]["name"] = given.get("name", stored[path[1]]["name"])
            return 409, {}
        if self.fault == "sorted" and "tags" in given:
            given = {**given, "tags": sorted(given["tags"])}
        if method == "PATCH":
            stored[path[1]].update(given)
            return 200, stored[path[1]]
        self.made += 1
        stored[str(self.made)] = {"name": "", "tags": [], **given, "id": str(self.made)}
        return 201, stored[str(self.made)]

    def is_sound(self, given: Any, needed: set[str]) -> bool:
        if not isinstance(given, dict) or not needed <= given.keys() <= {"plate", "name", "tags"}:
            return False
        tags = given.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            return False
        if not all(isinstance(value, str) for name, value in given.items() if name != "tags"):
            return False
        matches = re.match if self.fault == "prefix" else re.fullmatch
        return "plate" not in given or matches("[A-Z]-[0-9]{4}", given["plate"]) is not None


FOUND_BY = {
    "prefix": "addCar/schema/plate/pattern/outside",
    "own": "changeCar/unique/plate/own",
    "half": "changeCar/frame/refused",
    "sorted": "addCar/schema/tags/order/inside",
}


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_broken(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, cars(), Server().answer, seed=seed)
    assert broken(report) == {}
    assert kept(report) >= {*FOUND_BY.values()}


@pytest.mark.parametrize("fault", FOUND_BY)
def test_a_fault_breaks_its_promise(tmp_path: Path, fault: str) -> None:
    assert FOUND_BY[fault] in broken(run(tmp_path, cars(), Server(fault).answer))
