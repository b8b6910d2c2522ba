"""The same calls, with the same answers, whatever records are kept in, and whichever process is asked.

Where a store can be shared two mocks have it, and calls go to one and the other in turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.mock_server.calling import Answer, Client
from tests.mock_server.databases import Postgres
from troth import Contract, Mock
from troth.mock_server.serving import running

STORES = ("memory", "file", "postgresql")


@pytest.fixture
def contract(shop_contract: Contract) -> Contract:
    return shop_contract


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "memory":
        return None
    if request.param == "file":
        return str(tmp_path / "mock.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@dataclass
class Hosts:
    """Mocks that are asked in turn."""

    mocks: list[Mock]
    turn: Iterator[Mock]

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return Client(next(self.turn))(method, path, body, **more)


def hosts(contract: Contract, place: str | None, **options: Any) -> Hosts:
    mocks = [Mock([contract], store=place, **options)]
    if place is not None:
        mocks.append(Mock([contract], store=place, **options))
    return Hosts(mocks, cycle(mocks))


@pytest.fixture
def shop(contract: Contract, place: str | None) -> Hosts:
    found = hosts(contract, place)
    assert found("POST", "/__mock/clock", {"freeze": True}).status == 200
    return found


def refs(shop: Hosts, **more: Any) -> list[str]:
    return [order["ref"] for order in shop("GET", "/orders", query=b"size=100", **more).json["items"]]


def test_a_change_is_seen_by_the_next_call(shop: Hosts) -> None:
    for _ in range(2):
        made = shop("POST", "/orders", {"ref": "zoe", "skus": ["tea", "jam"]})
        assert made.status == 201
        id = made.json["id"]
        assert shop("GET", f"/orders/{id}").json == made.json
        changed = shop("PATCH", f"/orders/{id}", {"address": {"city": "Oulu"}})
        assert changed.json["address"] == {"city": "Oulu"}
        assert shop("GET", f"/orders/{id}").json == changed.json
        assert shop("GET", f"/orders/{id}").json == changed.json
        assert shop("POST", "/orders", {"ref": "zoe", "skus": []}).status == 409
        assert shop("DELETE", f"/orders/{id}").status == 204
        assert [shop("GET", f"/orders/{id}").status for _ in range(2)] == [404, 404]


def test_a_refused_call_changes_nothing(shop: Hosts) -> None:
    before = shop("GET", "/__mock/state").json
    assert shop("POST", "/orders/o1/ship").status == 409
    assert shop("PATCH", "/orders/o2", {"address": {"city": "Oulu"}, "tip": 1}).status == 422
    assert [shop("GET", "/__mock/state").json for _ in range(2)] == [before, before]


def test_moves_are_made_once(shop: Hosts) -> None:
    answers = [shop("POST", "/orders/o3/ship").status for _ in range(4)]
    assert answers == [200, 409, 409, 409]
    assert [shop("GET", "/orders/o3").json["status"] for _ in range(2)] == ["shipped", "shipped"]


def test_ids_are_made_once(shop: Hosts) -> None:
    ids = [shop("POST", "/orders", {"ref": f"r{number}", "skus": []}).json["id"] for number in range(12)]
    assert len(set(ids)) == 12


def test_records_stay_in_the_order_in_which_they_came(shop: Hosts) -> None:
    texts = ["a", "b", "c", "d", "e"]
    for text in texts:
        assert shop("POST", "/orders/o2/notes", {"text": text}).status == 201
    notes = shop("GET", "/__mock/state/Note").json
    ids = {note["data"]["text"]: note["id"] for note in notes}
    shop("PATCH", f"/__mock/state/Note/{ids['b']}", {"data": {"text": "B"}})
    shop("DELETE", f"/__mock/state/Note/{ids['a']}")
    shop("PUT", f"/__mock/state/Note/{ids['a']}", {"data": {"text": "again"}, "parent": "o2"})
    for _ in range(2):
        assert [note["text"] for note in shop("GET", "/orders/o2/notes").json] == [
            "B",
            "c",
            "d",
            "e",
            "again",
        ]


def test_a_key_is_answered_once(shop: Hosts) -> None:
    key = {"Idempotency_Key": "k\x7fé1"}
    first = shop("POST", "/orders", {"ref": "key", "skus": ["tea"]}, **key)
    assert first.status == 201
    for _ in range(3):
        again = shop("POST", "/orders", {"ref": "key", "skus": ["tea"]}, **key)
        assert (again.status, again.json) == (201, first.json)
    assert shop("POST", "/orders", {"ref": "other", "skus": []}, **key).status == 422
    assert refs(shop).count("key") == 1
    shop("POST", "/__mock/clock", {"advance": "PT25H"})
    shop("DELETE", f"/orders/{first.json['id']}")
    assert shop("POST", "/orders", {"ref": "key", "skus": ["tea"]}, **key).status == 201


def test_a_quota_is_counted_once(shop: Hosts) -> None:
    assert [shop("POST", "/orders/o2/remind").status for _ in range(4)] == [200, 200, 429, 429]
    assert shop("POST", "/orders/o2/remind", Authorization="Bearer other").status == 200
    shop("POST", "/__mock/clock", {"advance": 61})
    answers = [shop("POST", "/orders/o2/remind") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit"].startswith('"patience";r=1;t=60')
    assert answers[1].json["reminders"] == 6
    shop("POST", "/__mock/clock", {"reset": True})
    assert [shop("POST", "/orders/o2/remind").status for _ in range(3)] == [200, 200, 429]


def test_time_is_the_same_for_all(shop: Hosts) -> None:
    now = [shop("GET", "/__mock/clock").json for _ in range(2)]
    assert now[0] == now[1]
    assert now[0]["frozen"]
    assert shop("POST", "/orders/o3/ship").status == 200
    shop("POST", "/__mock/clock", {"advance": "P3D"})
    assert [shop("GET", "/orders/o3").json["status"] for _ in range(2)] == ["delivered", "delivered"]
    shop("POST", "/__mock/clock", {"reset": True})
    assert [shop("GET", "/__mock/clock").json["frozen"] for _ in range(2)] == [False, False]


def test_faults_are_the_same_for_all(shop: Hosts) -> None:
    shop("POST", "/__mock/faults", {"operation": "getOrder", "status": 404, "times": 3})
    assert [shop("GET", "/orders/o1").status for _ in range(5)] == [404, 404, 404, 200, 200]
    shop("POST", "/__mock/faults", {"operation": "getOrder", "status": 404, "delay": 1})
    assert [fault["id"] for fault in shop("GET", "/__mock/faults").json] == [2]
    assert [shop("GET", "/orders/o1").status for _ in range(2)] == [404, 404]
    shop("DELETE", "/__mock/faults")
    assert [shop("GET", "/orders/o1").status for _ in range(2)] == [200, 200]


def test_snapshots_are_the_same_for_all(shop: Hosts) -> None:
    shop("POST", "/orders", {"ref": "old", "skus": []}, Idempotency_Key="k1")
    before = shop("GET", "/__mock/state").json
    assert shop("PUT", "/__mock/snapshots/one").status == 200
    shop("POST", "/orders", {"ref": "new", "skus": []})
    shop("DELETE", "/orders/o1")
    assert [shop("GET", "/__mock/snapshots").json for _ in range(2)] == [["one"], ["one"]]
    assert shop("POST", "/__mock/snapshots/one/restore").status == 200
    assert [shop("GET", "/__mock/state").json for _ in range(2)] == [before, before]
    again = [shop("POST", "/orders", {"ref": "old", "skus": []}, Idempotency_Key="k1") for _ in range(2)]
    assert [answer.status for answer in again] == [201, 201]
    assert shop("DELETE", "/__mock/snapshots/one").status == 200
    assert [shop("GET", "/__mock/snapshots").json for _ in range(2)] == [[], []]
    assert shop("POST", "/__mock/snapshots/one/restore").status == 404


def test_calls_are_told_to_all(shop: Hosts) -> None:
    shop("POST", "/orders", {"ref": "noted", "skus": []})
    shop("GET", "/orders/o1")
    shop("GET", "/nowhere")
    expected = ["createOrder", "getOrder", None]
    for _ in range(2):
        calls = shop("GET", "/__mock/journal").json
        assert [call["operation"] for call in calls] == expected
        assert calls[0]["body"] == {"ref": "noted", "skus": []}
        wanted = {"operation": "createOrder", "body": {"ref": "noted"}, "times": 1}
        assert shop("POST", "/__mock/verify", wanted).json["verified"]
    shop("DELETE", "/__mock/journal")
    assert [shop("GET", "/__mock/journal").json for _ in range(2)] == [[], []]


def test_what_happens_is_streamed_to_all(contract: Contract, place: str | None) -> None:
    """Server-sent events of one process tell of the calls of another."""
    shop = hosts(contract, place)
    with running(shop.mocks[0]) as root, urlopen(f"{root}/__mock/events") as events:
        assert events.readline() == b": here\n"
        for mock in shop.mocks * 5:
            assert Client(mock)("GET", "/orders/o1").status == 200
            assert Client(mock)("POST", "/orders/o1/ship").status == 409
        data = (line.removeprefix(b"data: ") for line in events if line.startswith(b"data: "))
        told = [json.loads(line)["operation"] for line in islice(data, 10 * len(shop.mocks))]
    assert told == ["getOrder", "shipOrder"] * 5 * len(shop.mocks)


def test_a_reset_is_one_for_all(shop: Hosts) -> None:
    first = shop("GET", "/__mock/state").json
    shop("POST", "/orders", {"ref": "new", "skus": []})
    shop("DELETE", "/orders/o1")
    shop("POST", "/__mock/reset", {"scenario": "closed"})
    assert [refs(shop) for _ in range(2)] == [["eve"], ["eve"]]
    assert [shop("GET", "/orders/o5").status for _ in range(3)] == [429, 200, 200]
    assert [shop("GET", "/__mock/scenarios").json["current"] for _ in range(2)] == ["closed", "closed"]
    shop("POST", "/__mock/reset", {"scenario": "default"})
    assert [len(shop("GET", "/__mock/state").json["shop"]["Order"]) for _ in range(2)] == [5, 5]
    assert {o["id"] for o in first["shop"]["Order"]} == {"o1", "o2", "o3", "o4", "o5"}


def test_sessions_are_the_same_for_all(shop: Hosts) -> None:
    ann, ben = {"X_Mock_Session": "ann"}, {"X_Mock_Session": "ben", "X_Mock_Scenario": "empty"}
    assert shop("POST", "/orders/o3/ship", **ann).status == 200
    assert [shop("GET", "/orders/o3", **ann).json["status"] for _ in range(2)] == ["shipped", "shipped"]
    assert [shop("GET", "/orders/o3").json["status"] for _ in range(2)] == ["paid", "paid"]
    assert [refs(shop, **ben) for _ in range(2)] == [[], []]
    assert [shop("GET", "/__mock/sessions").json for _ in range(2)] == [["ann", "ben"]] * 2
    assert shop("DELETE", "/__mock/sessions/ann").json == ["ben"]
    assert [shop("GET", "/orders/o3", **ann).json["status"] for _ in range(2)] == ["paid", "paid"]
    assert shop("GET", "/orders", X_Mock_Session="~").status == 400
    assert shop("GET", "/orders", X_Mock_Session="eve", X_Mock_Scenario="nothing").status == 400


def test_same_seed_same_calls_same_answers(contract: Contract, place: str | None) -> None:
    """Sessions begin alike, whichever process they are in."""
    shop = hosts(contract, place)
    made = []
    for name in ("ann", "ben"):
        bodies = [{"ref": f"r{number}", "skus": []} for number in range(3)]
        made.append([shop("POST", "/orders", body, X_Mock_Session=name).json["id"] for body in bodies])
        next(shop.turn)
    assert made[0] == made[1]
    assert len(set(made[0])) == 3


def test_what_is_wanted_of_one_call(shop: Hosts) -> None:
    asked = [shop("GET", "/orders/o3", Prefer="state=cancelled, delay=1") for _ in range(2)]
    assert [answer.json["status"] for answer in asked] == ["cancelled", "cancelled"]
    assert asked[0].headers["preference-applied"] == "delay=1, state=cancelled"
    assert shop("GET", "/orders/o3").json["status"] == "paid"


def test_a_large_scenario(contract: Contract, place: str | None) -> None:
    shop = hosts(contract, place, scenario="sale")
    shop("DELETE", "/__mock/faults")
    page = shop("GET", "/orders", query=b"size=2&page=400")
    assert page.json["total"] == 1000
    assert shop("GET", "/orders", query=b"size=2&page=400").json == page.json


def test_from_python(contract: Contract, place: str | None) -> None:
    shop = hosts(contract, place)
    for mock in shop.mocks:
        mock.clock.freeze()
        assert mock.state() == mock.state()
        assert shop("GET", "/__mock/clock").json["frozen"]
        shop("POST", "/orders/o3/ship")
        for other in shop.mocks:
            status = {order["id"]: order["data"]["status"] for order in other.state()["shop"]["Order"]}
            assert status["o3"] == "shipped"
            assert other.journal.entries()[-1]["operation"] == "shipOrder"
        mock.reset()
        assert not shop("GET", "/__mock/clock").json["frozen"]
        assert shop("GET", "/orders/o3").json["status"] == "paid"
