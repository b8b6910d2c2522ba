"""The control API: what it shows and turns, and who may use it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Contract, Mock
from troth.mock_server.journal import CAP

ONE = "/api/campaigns/8c2b2d4e-e29b-41d4-a716-446655440000"
LEVERS = [
    ("GET", ""), ("GET", "health"), ("GET", "version"), ("GET", "openapi.json"), ("POST", "reset"),
    ("GET", "scenarios"), ("GET", "state"), ("GET", "state/{resource}"), ("GET", "state/{resource}/{id}"),
    ("PUT", "state/{resource}/{id}"), ("PATCH", "state/{resource}/{id}"), ("DELETE", "state/{resource}/{id}"),
    ("GET", "state/{resource}/{id}/moves"), ("POST", "state/{resource}/{id}/moves"), ("GET", "snapshots"),
    ("GET", "snapshots/{name}"), ("PUT", "snapshots/{name}"), ("DELETE", "snapshots/{name}"),
    ("POST", "snapshots/{name}/restore"), ("GET", "clock"), ("POST", "clock"), ("GET", "faults"),
    ("POST", "faults"), ("DELETE", "faults"), ("DELETE", "faults/{id}"), ("GET", "journal"),
    ("DELETE", "journal"), ("POST", "verify"), ("GET", "events"), ("GET", "sessions"),
    ("DELETE", "sessions/{name}"),
]  # fmt: skip


def now(client: Client) -> datetime:
    return datetime.fromisoformat(client("GET", "/__mock/clock").json["now"])


def test_index(puffle: Client) -> None:
    for path in ("/__mock", "/__mock/"):
        assert puffle("GET", path).json == [f"{method} /__mock/{name}" for method, name in LEVERS]


def test_what_is_not_there_names_what_is(puffle: Client) -> None:
    answer = puffle("GET", "/__mock/clocks")
    assert answer.status == 404
    assert "GET /__mock/clock" in answer.json["valid"]


def test_clock(puffle: Client) -> None:
    puffle("POST", "/__mock/clock", {"freeze": True})
    begun = now(puffle)
    assert now(puffle) == begun
    shown = puffle("POST", "/__mock/clock", {"advance": 90}).json
    assert (shown["frozen"], datetime.fromisoformat(shown["now"])) == (True, begun + timedelta(seconds=90))
    puffle("POST", "/__mock/clock", {"freeze": False})
    assert now(puffle) >= begun + timedelta(seconds=90)
    assert puffle("POST", "/__mock/clock", {"reset": True}).json["frozen"] is False
    assert now(puffle) < begun + timedelta(seconds=60)


def test_stamps_are_of_the_clock(puffle: Client) -> None:
    puffle("POST", "/__mock/clock", {"freeze": True})
    puffle("POST", "/__mock/clock", {"advance": 86400 * 400})
    stamp = puffle("PATCH", ONE, {"name": "Late"}, content_type="application/json").json["campaign"][
        "updated_at"
    ]
    assert abs(datetime.fromisoformat(stamp) - now(puffle)) < timedelta(milliseconds=2)


@pytest.mark.parametrize(
    "body",
    [{}, [], None, {"advance": "1"}, {"advance": -1}, {"advance": True}, {"advance": 1e300}, {"freeze": 1},
     {"reset": 1}, {"advance": 1, "wait": 2}],
    ids=str,
)  # fmt: skip
def test_the_clock_refuses(puffle: Client, body: Any) -> None:
    puffle("POST", "/__mock/clock", {"freeze": True})
    before = now(puffle)
    answer = puffle("POST", "/__mock/clock", raw=json.dumps(body).encode())
    assert (answer.status, list(answer.json)) == (400, ["error"])
    assert now(puffle) == before


def test_the_clock_cannot_leave_the_calendar(puffle: Client) -> None:
    answers = [puffle("POST", "/__mock/clock", {"advance": 1e11}).status for _ in range(4)]
    assert (answers[0], answers[-1]) == (200, 400)
    assert puffle("GET", ONE).json["campaign"]["status"] == "completed"  # it had time enough


def test_journal(puffle: Client) -> None:
    puffle("POST", f"{ONE}/pause", Cookie="a=b", X_Api_Key="k", X_Request_Id="r1")
    puffle("POST", f"{ONE}/pause")
    puffle("GET", "/nowhere")
    first, second, third = puffle("GET", "/__mock/journal").json
    assert (first["api"], first["method"], first["path"]) == ("puffle", "POST", f"{ONE}/pause")
    assert (first["operation"], first["status"], first["rule"]) == ("pauseCampaign", 200, "pauseCampaign/ok")
    assert first["headers"]["x-request-id"] == "r1"
    secrets = ("authorization", "cookie", "x-api-key")
    assert {first["headers"][name] for name in secrets} == {"<redacted>"}
    (effect,) = first["effects"]
    assert effect["effect"] == "complete_waitpoints"
    assert (second["status"], second["rule"], second["effects"]) == (400, "pauseCampaign/transition", [])
    assert second["at"].startswith("specs/puffle/openapi.yaml:")
    assert second["reason"] == "Only active campaigns can be paused"
    assert (third["operation"], third["status"], third["rule"], third["at"]) == (None, 404, "http/404", None)
    assert puffle("DELETE", "/__mock/journal").status == 200
    assert puffle("GET", "/__mock/journal").json == []


def test_the_journal_is_capped(puffle: Client) -> None:
    for _ in range(CAP + 5):
        puffle("GET", "/nowhere", X_Long="a" * 5000)
    puffle("POST", f"{ONE}/pause")
    entries = puffle("GET", "/__mock/journal").json
    assert len(entries) == CAP
    assert entries[-1]["operation"] == "pauseCampaign"
    assert max(len(e["headers"].get("x-long", "")) for e in entries) <= 500


def test_the_bodies_in_the_journal_are_capped(puffle: Client) -> None:
    body = {"name": "a" * 200, "signature": "b" * 9000}
    for _ in range(CAP):
        puffle("PATCH", ONE, body, content_type="application/json")
    entries = puffle("GET", "/__mock/journal").json
    assert 200 < len(entries) < 600
    assert entries[-1]["operation"] == "updateCampaign"


def test_reset(puffle: Client) -> None:
    puffle("POST", "/__mock/clock", {"freeze": True})  # a launch goes on by itself
    before = puffle("GET", "/__mock/state").json
    puffle("POST", "/__mock/clock", {"advance": 5000})
    puffle("POST", f"{ONE}/pause")
    puffle("POST", "/api/campaigns", {"type": "email", "name": "N", "sender_account_ids": []})
    assert puffle("GET", "/__mock/state").json != before
    begun = {"scenario": "default", "records": {"puffle": {"Campaign": 10, "Prospect": 3}}}
    assert puffle("POST", "/__mock/reset").json == begun
    puffle("POST", "/__mock/clock", {"freeze": True})
    assert puffle("GET", "/__mock/state").json == before
    assert puffle("GET", "/__mock/journal").json == []
    assert abs(now(puffle) - datetime.now().astimezone()) < timedelta(seconds=60)


def test_state_names_the_fixtures(puffle: Client) -> None:
    (api,) = puffle.mock.apis
    records = puffle("GET", "/__mock/state").json["puffle"]["Campaign"]
    people = {fixture.name for fixture in api.contract.resources["Prospect"].fixtures}
    fixtures = puffle.mock.session.kept["puffle"].fixtures
    named = [id for name, id in fixtures.items() if name not in people]
    assert [record["id"] for record in records] == named
    assert fixtures["paused_drained"] == "8c2b2d4e-e29b-41d4-a716-446655440004"
    assert next(r for r in records if r["id"] == fixtures["paused_drained"])["hidden"]["left"] == 0


@pytest.mark.parametrize(("method", "name"), LEVERS)
@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"Host": "evil.example:4010"}),
        ("127.0.0.1", {"Host": "127.0.0.1.evil.example"}),
        ("127.0.0.1", {"Host": ""}),
        ("127.0.0.1", {"Host": "["}),
        ("127.0.0.1", {"Origin": "http://localhost:4010"}),
        ("127.0.0.1", {"Origin": "null"}),
        ("127.0.0.1", {"Origin": "http://evil.example", "X_Mock_Token": ""}),
    ],
)
def test_strangers(puffle: Client, method: str, name: str, peer: str, headers: Any) -> None:
    puffle("POST", f"{ONE}/pause")
    before, journal = puffle.mock.state(), puffle.mock.journal.entries()
    puffle.peer = peer
    answer = puffle(method, f"/__mock/{name}", {"advance": 5} if name == "clock" else None, **headers)
    assert (answer.status, list(answer.json)) == (403, ["error"])
    assert not any(header.startswith("access-control") for header in answer.headers)
    assert (puffle.mock.state(), puffle.mock.journal.entries()) == (before, journal)


def test_no_preflight_for_the_levers(puffle: Client) -> None:
    headers: Any = {"Origin": "http://localhost:3000", "Access_Control_Request_Method": "POST"}
    answer = puffle("OPTIONS", "/__mock/reset", **headers)
    assert answer.status == 403
    assert not any(header.startswith("access-control") for header in answer.headers)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:4010", "[::1]:4010", "[::1]", "127.3.2.1"]
)
def test_this_machine(puffle: Client, host: str) -> None:
    for peer in ("127.0.0.1", "::1"):
        puffle.peer = peer
        assert puffle("GET", "/__mock/clock", Host=host).status == 200


def test_control_token(contracts: dict[str, Contract]) -> None:
    client = Client(Mock([contracts["puffle"]], control_token="lever"), peer="192.0.2.7")
    assert client("GET", "/__mock/state").status == 403
    assert client("GET", "/__mock/state", X_Mock_Token="leve").status == 403
    assert client("GET", "/__mock/state", X_Mock_Token="l\xe9ver").status == 403
    assert client("GET", "/__mock/state", X_Mock_Token="lever", Host="mock.example").status == 200
    assert client("GET", "/__mock/state", X_Mock_Token="lever", Origin="http://x").status == 403
    client.peer = "127.0.0.1"
    assert client("GET", "/__mock/state").status == 403


def test_an_endless_control_body(puffle: Client) -> None:
    assert puffle("POST", "/__mock/clock", raw=b" " * 50_000_001).status == 413
