"""Paths that name everything that a thing belongs to: ``/houses/{house}/rooms/{room}/lamps/{lamp}``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
    Answer,
    Server,
    body,
    broken,
    document,
    kept,
    operation,
    parameters,
    run,
    schema,
)

NAMED = body(name_="string")
LISTED = {
    "200": {
        "description": "ok",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Lamp"}}}
        },
    },
    "404": {"description": "no"},
}
ROOM, LAMP = "/houses/{house}/rooms/{room}", "/houses/{house}/rooms/{room}/lamps/{lamp}"
DEEP = document(
    {
        "House": {"id": "id", "managed": {"id": "create"}},
        "Room": {"id": "id", "parent": {"resource": "House", "by": "house"}, "managed": {"id": "create"}},
        "Lamp": {"id": "id", "parent": {"resource": "Room", "by": "room"}, "managed": {"id": "create"}},
    },
    {
        "/houses": {"post": operation("build", "House.create", "House", **NAMED)},
        "/houses/{house}": {
            "parameters": parameters("house"),
            "get": operation("readHouse", "House.read", "House"),
        },
        "/houses/{house}/rooms": {
            "parameters": parameters("house"),
            "post": operation(
                "furnish",
                "Room.create",
                "Room",
                **NAMED,
                words={
                    "rules": {"empty": {"rule": "parent.rooms == 0", "status": 409}},
                    "effects": {"counted": {"set": {"parent.rooms": "parent.rooms + 1"}}},
                },
            ),
        },
        ROOM: {
            "parameters": parameters("house", "room"),
            "get": operation("readRoom", "Room.read", "Room"),
        },
        f"{ROOM}/lamps": {
            "parameters": parameters("house", "room"),
            "post": operation("hang", "Lamp.create", "Lamp", **NAMED),
            "get": operation("listLamps", "Lamp.list", "Lamp", responses=LISTED),
        },
        LAMP: {
            "parameters": parameters("house", "room", "lamp"),
            "get": operation("readLamp", "Lamp.read", "Lamp"),
        },
    },
    {
        "House": schema(id="string", name="string", rooms="integer"),
        "Room": schema(id="string", name="string"),
        "Lamp": schema(id="string", name="string"),
    },
)


def houses(fault: str = "") -> Server:
    """What a path names must be there, each below the one before it; a house has one room."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        ids = path[1::2]
        if fault == "breaks" and len(ids) == 3 and ids[1] in stored and ids[2] not in stored:
            return 500, {}
        if fault == "made up" and path[-1] == "lamps" and ids[0] in stored and ids[1] not in stored:
            return 200, []
        if not all(_is_there(stored, ids[: n + 1], any_room=fault == "any room") for n in range(len(ids))):
            return 404, {}
        if method == "POST":
            return _made(path[-1], ids, given, stored)
        if len(path) % 2 == 0:
            return 200, stored[ids[-1]]["shown"]
        below = [one for one in stored.values() if one["above"] == ids or fault == "lists all"]
        return 200, [one["shown"] for one in below if one["kind"] == "lamps"]

    return answer


def _is_there(stored: dict[str, Any], ids: list[str], *, any_room: bool) -> bool:
    found = stored.get(ids[-1])
    if found is None:
        return False
    return found["above"] == ids[:-1] or (any_room and len(ids) == 3)


def _made(kind: str, ids: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        return 422, {}
    if kind == "rooms" and stored[ids[0]]["shown"]["rooms"]:
        return 409, {}
    shown = {"id": f"n{len(stored)}", "name": given["name"]}
    if kind == "houses":
        shown["rooms"] = 0
    if kind == "rooms":
        stored[ids[0]]["shown"]["rooms"] = 1
    stored[shown["id"]] = {"above": ids, "kind": kind, "shown": shown}
    return 201, shown


@pytest.mark.parametrize("seed", range(3))
def test_another_thing_is_asked_for_where_it_is(tmp_path: Path, seed: int) -> None:
    """A room of another house is asked for below that house: no server need find it elsewhere."""
    report = run(tmp_path, DEEP, houses(), seed=seed)
    assert broken(report) == {}
    assert {"listLamps/parent/own", "readLamp/parent/other", "readRoom/parent/other"} <= kept(report)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("lists all", "listLamps/parent/own"),
        ("any room", "readLamp/parent/other"),
        ("breaks", "readLamp/acts/missing"),
        ("made up", "listLamps/parent/missing"),
    ],
)
def test_what_is_wrong_far_down_a_path_is_found(tmp_path: Path, fault: str, promise: str) -> None:
    report = run(tmp_path, DEEP, houses(fault), only=(promise,))
    assert promise in broken(report)
