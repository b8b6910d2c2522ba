"""AutoSend's documented behaviour, over HTTP messages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_server.calling import Client

IDS = {
    "draft": "60d5ec49f1b2c72d9c8b4561",
    "scheduled": "60d5ec49f1b2c72d9c8b4562",
    "sending": "60d5ec49f1b2c72d9c8b4563",
    "sending_gradual": "60d5ec49f1b2c72d9c8b4564",
    "paused_immediate": "60d5ec49f1b2c72d9c8b4565",
    "paused_gradual": "60d5ec49f1b2c72d9c8b4567",
    "sent": "60d5ec49f1b2c72d9c8b4568",
    "aborted": "60d5ec49f1b2c72d9c8b4569",
}
FIELDS = {
    "campaignId", "name", "subject", "previewText", "status", "sendMode", "trackingClick", "trackingOpen",
    "createdAt", "updatedAt",
}  # fmt: skip


def read(autosend: Client, name: str) -> Any:
    answer = autosend("GET", f"/campaigns/{IDS.get(name, name)}")
    assert answer.status == 200
    assert answer.json["success"] is True
    return answer.json["data"]


def everything(autosend: Client) -> Any:
    return {name: read(autosend, name) for name in IDS}


MOVES = {
    "resume": {"paused_immediate": "sending", "paused_gradual": "sending_gradual"},
    "pause": {"sending": "paused", "sending_gradual": "paused"},
}


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("move", MOVES)
def test_moves(autosend: Client, move: str, name: str) -> None:
    before = everything(autosend)
    answer = autosend("POST", f"/campaigns/{IDS[name]}/{move}")
    after = everything(autosend)
    reached = MOVES[move].get(name)
    if reached is None:
        assert answer.status == 400
        assert answer.json["success"] is False
        assert isinstance(answer.json["message"], str)
        assert after == before
        return
    assert (answer.status, answer.json) == (200, {"success": True, "data": after[name]})
    assert set(after[name]) == FIELDS
    stamp = after[name]["updatedAt"]
    assert stamp > before[name]["updatedAt"]
    assert after == before | {name: before[name] | {"status": reached, "updatedAt": stamp}}


def test_a_gradual_campaign_stays_gradual(autosend: Client) -> None:
    where = f"/campaigns/{IDS['sending_gradual']}"
    moves = ("pause", "resume", "pause", "resume")
    found = [autosend("POST", f"{where}/{move}").json["data"]["status"] for move in moves]
    assert found == ["paused", "sending_gradual"] * 2


@pytest.mark.parametrize("tail", ["", "/pause", "/resume"])
@pytest.mark.parametrize("key", ["0" * 24, "nope"])
def test_unknown_campaign(autosend: Client, tail: str, key: str) -> None:
    answer = autosend("POST" if tail else "GET", f"/campaigns/{key}{tail}")
    assert answer.status in ((404,) if key != "nope" else (400, 404))
    assert answer.json["success"] is False


@pytest.mark.parametrize("tail", ["", "/pause", "/resume"])
def test_no_token(autosend: Client, tail: str) -> None:
    before = everything(autosend)
    autosend.token = None
    answer = autosend("POST" if tail else "GET", f"/campaigns/{IDS['paused_gradual']}{tail}")
    autosend.token = "any"
    assert (answer.status, answer.json["success"]) == (401, False)
    assert everything(autosend) == before


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, "draft"), ({"publish": False}, "draft"), ({"sendNow": True}, "draft"),
     ({"publish": True, "sendNow": True}, "scheduled")],
)  # fmt: skip
def test_create(autosend: Client, more: Any, status: str) -> None:
    plain = {"name": "N", "subject": "S", "previewText": "P", "sendMode": "gradual", "trackingClick": False}
    answer = autosend("POST", "/campaigns", plain | more)
    data = answer.json["data"]
    assert answer.status in (200, 201)
    assert data["status"] == status
    assert {name: data[name] for name in plain} == plain
    assert read(autosend, data["campaignId"]) == data


BAD: list[Any] = [
    {"name": ""}, {"name": "n" * 201}, {"subject": ""}, {"subject": "s" * 999}, {"previewText": "p" * 201},
    {"sendMode": "never"}, {"trackingOpen": "yes"}, {"name": None},
]  # fmt: skip


@pytest.mark.parametrize("more", BAD, ids=str)
def test_create_refused(autosend: Client, more: Any) -> None:
    answer = autosend("POST", "/campaigns", {"name": "N", "subject": "S"} | more)
    assert (answer.status, answer.json["success"]) == (400, False)
    assert len(autosend("GET", "/campaigns").json["data"]["campaigns"]) == len(IDS)
