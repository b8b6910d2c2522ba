"""A world of its own for every session, and what it begins with."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.mock_server.calling import Client, exchange
from troth import Contract, Mock, UsageError, load
from troth.mock_server import sessions
from troth.mock_server.serving import running

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"


def status(client: Client, path: str = ONE, **headers: Any) -> Any:
    return client("GET", path, **headers).json["campaign"]["status"]


WAYS: list[tuple[str, Any]] = [
    ("", {"X_Mock_Session": "ann"}),
    ("", {"Cookie": "theme=dark; mock-session=ann"}),
    ("/~ann", {}),
    ("/~ann", {"X_Mock_Session": "ben"}),
]


@pytest.mark.parametrize(("before", "headers"), WAYS, ids=["header", "cookie", "path", "path before header"])
def test_a_session_is_named(puffle: Client, before: str, headers: Any) -> None:
    assert puffle("POST", f"{before}{ONE}/pause", **headers).status == 200
    assert status(puffle, before + ONE, **headers) == "paused"
    assert status(puffle, X_Mock_Session="ann") == "paused"
    assert status(puffle) == "active"
    assert status(puffle, X_Mock_Session="ben") == "active"
    assert puffle("GET", "/__mock/sessions").json == ["ann", "ben"]


def test_a_session_has_records_clock_journal_faults_and_ids_of_its_own(puffle: Client) -> None:
    body = {"type": "email", "name": "N", "sender_account_ids": []}
    made = [puffle("POST", "/api/campaigns", body, X_Mock_Session=name).json for name in ("ann", "ben")]
    assert made[0]["campaign"]["id"] == made[1]["campaign"]["id"]  # same seed, same calls, same answers
    puffle("POST", "/__mock/clock", {"advance": 500}, X_Mock_Session="ann")
    puffle("POST", "/~ann/__mock/faults", {"status": 503})
    assert puffle("GET", ONE, X_Mock_Session="ann").status == 503
    assert puffle("GET", ONE, X_Mock_Session="ben").status == 200
    clocks = [puffle("GET", f"/~{name}/__mock/clock").json["now"] for name in ("ann", "ben")]
    assert clocks[0] > clocks[1]
    assert [e["operation"] for e in puffle("GET", "/~ann/__mock/journal").json] == [
        "createCampaign",
        "getCampaign",
    ]
    assert puffle("GET", "/__mock/journal").json == []


def test_a_session_begins_with_its_scenario(puffle: Client) -> None:
    first = puffle("GET", "/api/campaigns", X_Mock_Session="ann", X_Mock_Scenario="empty")
    assert first.json["campaigns"] == []
    assert puffle("GET", "/api/campaigns", X_Mock_Session="ann").json["campaigns"] == []
    assert puffle("GET", "/~ann/__mock/scenarios").json["current"] == "empty"
    puffle(
        "POST",
        "/api/campaigns",
        {"type": "email", "name": "N", "sender_account_ids": []},
        X_Mock_Session="ann",
    )
    puffle("POST", "/~ann/__mock/reset")
    assert puffle("GET", "/api/campaigns", X_Mock_Session="ann").json["campaigns"] == []
    puffle("POST", "/~ann/__mock/reset", {"scenario": "default"})
    assert len(puffle("GET", "/api/campaigns", X_Mock_Session="ann").json["campaigns"]) == 10


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X_Mock_Session": "two words"}, "'two words' is no name of a session; valid: 1 to 64 letters"),
        ({"X_Mock_Session": "a" * 65}, "is no name of a session"),
        ({"X_Mock_Session": "ann", "X_Mock_Scenario": "emty"}, "did you mean 'empty'?"),
    ],
)
def test_what_is_no_session_is_said(puffle: Client, headers: Any, says: str) -> None:
    answer = puffle("GET", ONE, **headers)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert says in answer.json["detail"]
    assert puffle("GET", "/__mock/sessions").json == []


def test_a_scenario_for_what_has_begun_is_ignored_aloud(puffle: Client) -> None:
    for _ in range(2):
        answer = puffle("GET", "/api/campaigns", X_Mock_Session="ann", X_Mock_Scenario="empty")
        assert "x-mock-ignored" not in answer.headers
    answer = puffle("GET", "/api/campaigns", X_Mock_Session="ann", X_Mock_Scenario="paused")
    assert answer.headers["x-mock-ignored"] == "x-mock-scenario=paused: it has begun with empty"
    answer = puffle("GET", "/api/campaigns", X_Mock_Scenario="no")
    assert answer.headers["x-mock-ignored"] == "x-mock-scenario=no: it has begun with default"


def test_spaces_around_a_name_are_not_of_it(puffle: Client) -> None:
    """RFC 9110, section 5.5."""
    assert puffle("POST", f"{ONE}/pause", X_Mock_Session=" ann ").status == 200
    assert puffle("GET", "/__mock/sessions").json == ["ann"]


def test_sessions_are_bounded(puffle: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    for name in ("a", "b", "c"):
        puffle("GET", ONE, X_Mock_Session=name)
    refused = puffle("GET", ONE, X_Mock_Session="d")
    says = "3 sessions are in use: end one (DELETE /__mock/sessions/NAME), or wait"
    assert (refused.status, refused.headers["retry-after"], refused.json["detail"]) == (503, "1", says)
    refused = puffle("GET", "/__mock/clock", X_Mock_Session="d")
    assert (refused.status, refused.headers["retry-after"], refused.json["error"]) == (503, "1", says)
    monkeypatch.setattr(sessions, "BUSY", 0.0)
    puffle("GET", ONE, X_Mock_Session="a")
    assert puffle("GET", ONE, X_Mock_Session="d").status == 200
    assert puffle("GET", "/__mock/sessions").json == ["c", "a", "d"]
    monkeypatch.setattr(sessions, "IDLE", 0.0)
    assert puffle("GET", "/__mock/sessions").json == []


def test_the_records_of_large_sessions_are_bounded(
    contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(Mock([contracts["autosend"]], limits=False, scenario="large"))
    monkeypatch.setattr(sessions, "RECORDS", 25_000)
    for name in ("a", "b"):
        assert client("GET", "/v1/campaigns/x", X_Mock_Session=name).status == 404
    refused = client("GET", "/v1/campaigns/x", X_Mock_Session="c")
    assert refused.status == 503
    assert "2 sessions are in use, with 25,000 records or more together" in refused.json["detail"]
    assert client("GET", "/v1/campaigns/x", X_Mock_Session="c", X_Mock_Scenario="empty").status == 404
    monkeypatch.setattr(sessions, "BUSY", 0.0)
    assert client("GET", "/v1/campaigns/x", X_Mock_Session="d").status == 404
    assert client("GET", "/__mock/sessions").json == ["b", "c", "d"]


def test_a_session_ends(puffle: Client) -> None:
    puffle("POST", f"/~ann{ONE}/pause")
    assert puffle("DELETE", "/__mock/sessions/ann").json == []
    assert status(puffle, X_Mock_Session="ann") == "active"
    answer = puffle("DELETE", "/__mock/sessions/ben")
    assert (answer.status, answer.json) == (404, {"error": "there is no session 'ben'"})


def test_many_sessions_side_by_side_never_meet(contracts: dict[str, Contract]) -> None:
    names = [f"worker-{number}" for number in range(64)]
    with running(Mock([contracts["puffle"]], limits=False)) as root:

        def call(name: str, method: str, path: str) -> Any:
            headers = {"X-Mock-Session": name, "Authorization": "Bearer x"}
            with urlopen(Request(root + path, method=method, headers=headers)) as answer:
                return json.load(answer)

        def live(name: str) -> list[str]:
            seen = []
            for act in ("pause", "resume") * 3:
                call(name, "POST", f"{ONE}/{act}")
                seen.append(call(name, "GET", ONE)["campaign"]["status"])
            assert len(call(name, "GET", "/__mock/journal")) == 12
            return seen

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(live, names)) == [["paused", "active"] * 3] * 64


def test_a_document_whose_paths_look_like_sessions(tmp_path: Any) -> None:
    file = tmp_path / "homes.yaml"
    file.write_text(
        "openapi: 3.0.3\ninfo: {title: Homes, version: '1'}\npaths:\n"
        "  /~{user}/page: {parameters: [{name: user, in: path, required: true, schema: {type: string}}],\n"
        "    get: {operationId: page, responses: {'200': {description: ok}}}}\n"
    )
    client = Client(Mock([load(file)]))
    assert client("GET", "/~ann/page").status == 200
    assert client("GET", "/__mock/sessions").json == []


SCENARIOS = """
openapi: 3.0.3
info: {title: Boats, version: '1'}
x-contract:
  limits: {all: {q: 1, w: 60}}
  resources:
    Boat:
      id: id
      managed: {id: create, built: create}
      fixtures:
        red: {id: b1, name: Tern, colour: red, built: '2026-01-01T00:00:00Z'}
        blue: {id: b2, colour: blue}
    Oar: {id: id, parent: {resource: Boat, by: id}, fixtures: {left: {id: o1, parent: red}}}
    Dock: {single: true, fixtures: {dock: {open: true}}}
  scenarios:
    fleet: {records: {Boat: 50}, set: {Boat: {colour: red}}}
    oar: {fixtures: [left]}
    late: {clock: {advance: 86400, frozen: true}, limits: false}
    storm: {faults: [{operation: readBoat, status: 503, times: 1}]}
paths:
  /boats:
    get:
      operationId: listBoats
      x-contract: {acts: Boat.list}
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Boat'}}}}
  /boats/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readBoat
      x-contract: {acts: Boat.read}
      responses: {'200': {description: ok}, '429': {description: too many}, '503': {description: storm}}
  /dock: {get: {operationId: readDock, x-contract: {acts: Dock.read}, responses: {'200': {description: ok}}}}
components:
  schemas:
    Boat:
      type: object
      properties:
        id: {type: string, example: b7}
        name: {type: string, maxLength: 20}
        colour: {enum: [red, blue]}
        built: {type: string, format: date-time}
    Oar: {type: object, properties: {id: {type: string}}}
    Dock: {type: object, properties: {open: {type: boolean}}}
"""


@pytest.fixture
def boats(tmp_path: Any) -> Client:
    file = tmp_path / "boats.yaml"
    file.write_text(SCENARIOS)
    return Client(Mock([load(file)]))


def test_records_are_made_up_to_a_number(boats: Client) -> None:
    boats("POST", "/__mock/reset", {"scenario": "fleet"})
    records = boats("GET", "/__mock/state/Boat").json
    assert len(records) == len({record["id"] for record in records}) == 50
    assert {record["data"]["colour"] for record in records} == {"red"}
    names = [record["data"]["name"] for record in records if "name" in record["data"]]
    assert names[:3] == ["Tern", "Tern 3", "Tern 5"]
    assert len(set(names)) == len(names)
    boats("POST", "/__mock/reset", {"scenario": "fleet"})
    assert boats("GET", "/__mock/state/Boat").json == records


def test_fixtures_come_with_what_they_belong_to(boats: Client) -> None:
    boats("POST", "/__mock/reset", {"scenario": "oar"})
    state = boats("GET", "/__mock/state").json["boats"]
    assert [[record["id"] for record in state[name]] for name in ("Boat", "Oar")] == [["b1"], ["o1"]]


def test_an_empty_account_has_what_there_is_always_one_of(boats: Client) -> None:
    boats("POST", "/__mock/reset", {"scenario": "empty"})
    state = boats("GET", "/__mock/state").json["boats"]
    assert (state["Boat"], state["Oar"], len(state["Dock"])) == ([], [], 1)


def test_time_quotas_and_faults_of_a_scenario(boats: Client) -> None:
    boats("POST", "/__mock/reset", {"scenario": "default"})
    assert [boats("GET", "/boats/b1").status for _ in range(2)] == [200, 429]
    early = boats("GET", "/__mock/clock").json["now"]
    boats("POST", "/__mock/reset", {"scenario": "late"})
    assert [boats("GET", "/boats/b1").status for _ in range(2)] == [200, 200]
    late = boats("GET", "/__mock/clock").json
    assert late["frozen"] is True
    assert late["now"] > early
    boats("POST", "/__mock/reset", {"scenario": "storm"})
    assert [boats("GET", "/boats/b1").status for _ in range(2)] == [503, 200]


def test_a_mock_begins_with_a_scenario(tmp_path: Any) -> None:
    file = tmp_path / "boats.yaml"
    file.write_text(SCENARIOS)
    client = Client(Mock([load(file)], scenario="empty"))
    assert client("GET", "/boats").json == []
    client("POST", "/__mock/reset")
    assert client("GET", "/__mock/scenarios").json["current"] == "empty"
    with pytest.raises(UsageError, match="there is no scenario 'fleets'; did you mean 'fleet'"):
        Mock([load(file)], scenario="fleets")


@pytest.mark.parametrize("name", ["puffle", "autosend", "ocamba"])
def test_the_scenarios_that_ship(contracts: dict[str, Contract], name: str) -> None:
    client = Client(Mock([contracts[name]], limits=False))
    known = client("GET", "/__mock/scenarios").json["scenarios"]
    assert set(known) == {"default", "empty", "paused", "each-state", "large", "rate-limited"}
    assert all(known.values())
    states = {}
    for scenario in known:
        client("POST", "/__mock/reset", {"scenario": scenario})
        records = client("GET", "/__mock/state").json[name]["Campaign"]
        states[scenario] = [record["data"]["status"] for record in records]
    every = set(contracts[name].resources["Campaign"].states)
    assert states["empty"] == []
    assert set(states["paused"]) == {"paused"}
    assert set(states["each-state"]) == every
    assert len(states["each-state"]) == len(every)
    assert len(states["large"]) == 10_000
    client("POST", "/__mock/reset", {"scenario": "rate-limited"})
    listing = contracts[name].acting("Campaign", "list")
    assert listing is not None
    assert client("GET", contracts[name].base_path + listing.path).status == 429


@pytest.mark.parametrize(
    "cookies", [["mock-session=ann", "a=1"], ["a=1", "mock-session=ann"], ["a=1; mock-session=ann"]]
)
def test_cookies_may_come_in_several_fields(puffle: Client, cookies: list[str]) -> None:
    headers = [(b"authorization", b"Bearer x"), *((b"cookie", one.encode()) for one in cookies)]
    answer = asyncio.run(exchange(puffle.mock, "POST", f"{ONE}/pause", headers, [b""]))
    assert answer.status == 200
    assert status(puffle, X_Mock_Session="ann") == "paused"
    assert status(puffle) == "active"


def test_a_record_keeps_its_id(puffle: Client) -> None:
    changed = puffle("PATCH", f"/__mock/state/Campaign/{ID}", {"data": {"id": ID.replace("8c", "9c")}})
    assert (changed.status, changed.json["error"][:2]) == (400, "id")
    assert puffle("PATCH", f"/__mock/state/Campaign/{ID}", {"data": {"id": ID, "name": "New"}}).status == 200
