"""Records that are reached without their parent: gone with it, and made only below one that takes them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.check.plain_api import Answer, body, broken, document, kept, operation, parameters, run, schema

HOUSES = document(
    {
        "House": {"id": "id", "managed": {"id": "create"}},
        "Room": {
            "id": "id",
            "parent": {"resource": "House", "by": "house"},
            "managed": {"id": "create"},
            "state": {"field": "status", "initial": "new", "final": ["gone"]},
        },
        "Lamp": {"id": "id", "parent": {"resource": "Room", "by": "room"}, "managed": {"id": "create"}},
    },
    {
        "/houses": {
            "post": operation("build", "House.create", "House", **body(name_="string", open_="boolean"))
        },
        "/houses/{house}": {
            "parameters": parameters("house"),
            "get": operation("readHouse", "House.read", "House"),
            "patch": operation("change", "House.update", "House", **body(open="boolean")),
            "delete": {
                "operationId": "pullDown",
                "x-contract": {"acts": "House.delete"},
                "responses": {"204": {"description": "gone"}, "404": {"description": "no"}},
            },
        },
        "/houses/{house}/rooms": {
            "parameters": parameters("house"),
            "post": operation(
                "furnish",
                "Room.create",
                "Room",
                **body(name_="string"),
                words={"rules": {"open": {"rule": "parent.open", "status": 409}}},
            ),
        },
        "/rooms/{room}": {
            "parameters": parameters("room"),
            "get": operation("readRoom", "Room.read", "Room"),
        },
        "/rooms/{room}/paint": {
            "parameters": parameters("room"),
            "post": operation(
                "paint", "Room.action", "Room", words={"transition": {"from": "new", "to": "red"}}
            ),
        },
        "/rooms/{room}/empty": {
            "parameters": parameters("room"),
            "post": operation(
                "empty", "Room.action", "Room", words={"transition": {"from": "red", "to": "gone"}}
            ),
        },
        "/rooms/{room}/lamps": {
            "parameters": parameters("room"),
            "post": operation(
                "hang",
                "Lamp.create",
                "Lamp",
                **body(name_="string"),
                words={"rules": {"painted": {"rule": "parent.status == 'red'", "status": 409}}},
            ),
        },
        "/rooms/{room}/lamps/{lamp}": {
            "parameters": parameters("room", "lamp"),
            "get": operation("readLamp", "Lamp.read", "Lamp"),
            "delete": {
                "operationId": "breakLamp",
                "x-contract": {"acts": "Lamp.delete"},
                "responses": {"204": {"description": "gone"}, "404": {"description": "no"}},
            },
        },
    },
    {
        "House": schema(id="string", name="string", open="boolean"),
        "Room": {
            **schema(id="string", name="string"),
            "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "status": {"enum": ["new", "red", "gone"]},
            },
        },
        "Lamp": schema(id="string", name="string"),
    },
)


def houses(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """Houses, rooms and lamps in one table; each knows what it stands in."""
    named = stored.get(path[1], {}) if len(path) > 1 else {"kind": path[0]}
    below = stored.get(path[3], {}) if len(path) == 4 else {"in": path[-1]}
    if named.get("kind") != path[0] or (len(path) == 4 and below.get("in") != path[1]):
        return 404, {}
    if path[-1] in MOVES:
        return _moved(stored[path[1]]["shown"], *MOVES[path[-1]])
    if len(path) in (1, 3):
        return _made(path, given, stored)
    if method == "DELETE":
        _pull_down(path[-1], stored)
        return 204, None
    shown = stored[path[-1]]["shown"]
    if method == "PATCH":
        return _changed(shown, given)
    return 200, shown


def _changed(house: dict[str, Any], given: Any) -> Answer:
    if not _fits(given, {"open": bool}):
        return 422, {}
    house.update({name: given[name] for name in ("open",) if name in given})
    return 200, house


MOVES = {"paint": ("new", "red"), "empty": ("red", "gone")}


def _moved(room: dict[str, Any], wanted: str, to: str) -> Answer:
    if room["status"] != wanted:
        return 409, {}
    room["status"] = to
    return 200, room


def _fits(given: Any, types: dict[str, type]) -> bool:
    return isinstance(given, dict) and all(isinstance(given.get(n, t()), t) for n, t in types.items())


def _made(path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    kind = path[-1]
    needed = ("name", "open") if kind == "houses" else ("name",)
    if not _fits(given, {"open": bool, "name": str}) or any(name not in given for name in needed):
        return 422, {}
    above = stored[path[1]]["shown"] if len(path) > 1 else {}
    if (kind == "rooms" and not above["open"]) or (kind == "lamps" and above["status"] != "red"):
        return 409, {}
    id = f"{kind[0]}{len(stored) + 1}"
    shown = {"id": id, **{name: given[name] for name in needed}}
    if kind == "rooms":
        shown["status"] = "new"
    stored[id] = {"kind": kind, "in": path[1] if len(path) > 1 else None, "shown": shown}
    return 201, shown


def _pull_down(id: str, stored: dict[str, Any]) -> None:
    """What stands in it goes, too; ids are not used again."""
    stored[id] |= {"kind": "gone", "in": None}
    for below in [key for key, one in stored.items() if one["in"] == id]:
        _pull_down(below, stored)


def test_a_correct_server_keeps_all_of_it(tmp_path: Path) -> None:
    assert broken(run(tmp_path, HOUSES, houses)) == {}


def test_what_belongs_to_a_record_is_gone_with_it(tmp_path: Path) -> None:
    report = run(tmp_path, HOUSES, houses, only=("readLamp/*", "pullDown/acts/delete", "breakLamp/*"))
    assert broken(report) == {}
    assert {"pullDown/acts/delete", "breakLamp/acts/delete", "breakLamp/parent/other"} <= kept(report)


def test_records_are_made_below_one_that_takes_them(tmp_path: Path) -> None:
    """A house that was closed on the way takes no room: another one is built."""
    report = run(
        tmp_path, HOUSES, houses, only=("change/writes/*", "change/examples/*", "empty/*", "breakLamp/*")
    )
    assert broken(report) == {}
    assert {"empty/transition/from=red", "breakLamp/acts/delete"} <= kept(report)


STOCK = document(
    {
        "Item": {"id": "id", "managed": {"id": "create"}},
        "Order": {"id": "id", "parent": {"resource": "Item", "by": "item"}, "managed": {"id": "create"}},
    },
    {
        "/items": {
            "post": operation(
                "list",
                "Item.create",
                "Item",
                **body(name_="string"),
                words={"effects": {"empty": {"set": {"stock": "0"}}}},
            )
        },
        "/items/{item}": {"parameters": parameters("item"), "get": operation("read", "Item.read", "Item")},
        "/items/{item}/receive": {
            "parameters": parameters("item"),
            "post": operation(
                "receive",
                "Item.action",
                "Item",
                **body(count_="integer"),
                words={"effects": {"more": {"set": {"stock": "self.stock + request.body.count"}}}},
            ),
        },
        "/items/{item}/orders": {
            "parameters": parameters("item"),
            "post": operation(
                "order",
                "Order.create",
                "Order",
                **body(count_="integer"),
                words={
                    "rules": {"stock": {"rule": "request.body.count <= parent.stock", "status": 409}},
                    "effects": {"less": {"set": {"parent.stock": "parent.stock - self.count"}}},
                },
            ),
        },
        "/items/{item}/orders/{order}": {
            "parameters": parameters("item", "order"),
            "get": operation("readOrder", "Order.read", "Order"),
        },
    },
    {
        "Item": schema(id="string", name="string", stock="integer"),
        "Order": schema(id="string", count="integer"),
    },
)
for path in ("/items/{item}/receive", "/items/{item}/orders"):
    count = STOCK["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "properties"
    ]["count"]
    count |= {"minimum": 1, "maximum": 50}


def stock(*, counted: bool = True, spare: int = 0) -> Any:
    """A server that sells what is there, or so much more; it takes off what was sold, or not."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        item = stored[path[1]] if len(path) > 1 else {}
        if len(path) == 4:
            return (200, item["orders"][path[3]]) if path[3] in item["orders"] else (404, {})
        if method == "POST":
            return _taken(path, given, item, stored, counted=counted, spare=spare)
        return 200, item["shown"]

    return answer


def _taken(
    path: list[str], given: Any, item: Any, stored: dict[str, Any], *, counted: bool, spare: int
) -> Answer:
    if len(path) == 1:
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            return 422, {}
        id = f"i{len(stored)}"
        stored[id] = {"shown": {"id": id, "name": given["name"], "stock": 0}, "orders": {}}
        return 201, stored[id]["shown"]
    if not _counts(given):
        return 422, {}
    if path[2] == "receive":
        item["shown"]["stock"] += given["count"]
        return 200, item["shown"]
    return _ordered(given["count"], item, counted=counted, spare=spare)


def _counts(given: Any) -> bool:
    count = given.get("count") if isinstance(given, dict) else None
    if isinstance(count, bool) or not isinstance(count, (int, float)):
        return False
    return count == int(count) and 1 <= count <= 50


def _ordered(count: int, item: Any, *, counted: bool, spare: int) -> Answer:
    if count > item["shown"]["stock"] + spare:
        return 409, {}
    order = {"id": f"o{len(item['orders'])}", "count": count}
    item["orders"][order["id"]] = order
    if counted:
        item["shown"]["stock"] -= count
    return 201, order


def test_what_is_sent_is_held_against_the_parent(tmp_path: Path) -> None:
    """Nothing can be ordered of a new item: enough of it is received first, also for the largest order."""
    report = run(tmp_path, STOCK, stock())
    assert broken(report) == {}
    assert "order/rules/stock/edge" in kept(report)
    edges = {f"order/schema/count/{edge}" for edge in ("maximum/inside", "maximum/outside", "minimum/inside")}
    assert {
        "order/acts/create",
        "order/rules/stock",
        "order/effects/less",
        "readOrder/acts/read",
        *edges,
    } <= kept(report)
    assert "order/effects/less" in broken(run(tmp_path, STOCK, stock(counted=False)))


def test_what_belongs_to_a_deleted_record_must_go(tmp_path: Path) -> None:
    def leaving(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if method == "DELETE" and path[0] == "houses" and path[1] in stored:
            stored.pop(path[1])
            return 204, None
        return houses(method, path, given, stored)

    report = run(tmp_path, HOUSES, leaving, only=("readRoom/acts/read", "pullDown/acts/delete"))
    assert set(broken(report)) == {"pullDown/acts/delete"}


def test_the_edge_of_a_rule_is_where_the_stored_values_put_it(tmp_path: Path) -> None:
    """One more than there is can be ordered, or one less: no drawn number need show it."""
    more = run(tmp_path, STOCK, stock(spare=1), only=("order/rules/*",))
    assert "order/rules/stock/edge" in broken(more)
    less = run(tmp_path, STOCK, stock(spare=-1), only=("order/rules/stock/edge",))
    assert "order/rules/stock/edge" not in kept(less)


def test_a_rule_may_ask_whether_what_it_is_about_was_sent(tmp_path: Path) -> None:
    given = deepcopy(STOCK)
    ordering = given["paths"]["/items/{item}/orders"]["post"]["x-contract"]
    count = "request.body.count"
    ordering["rules"]["stock"]["rule"] = f"!has({count}) || has( {count} ) && {count} <= parent.stock"
    assert "order/rules/stock/edge" in kept(run(tmp_path, given, stock(), only=("order/rules/*",)))
    more = run(tmp_path, given, stock(spare=1), only=("order/rules/*",))
    assert "order/rules/stock/edge" in broken(more)
