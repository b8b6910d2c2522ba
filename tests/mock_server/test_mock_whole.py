"""The rest of the three vendors' campaign APIs: launch, leads; abort, copy; cancel, merge patch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

CAMPAIGNS = "/api/campaigns"
DRAFT = f"{CAMPAIGNS}/8c2b2d4e-e29b-41d4-a716-446655440005"
LINKEDIN = f"{CAMPAIGNS}/8c2b2d4e-e29b-41d4-a716-446655440006"
ACTIVE = f"{CAMPAIGNS}/8c2b2d4e-e29b-41d4-a716-446655440000"
SENDER = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


def wait(client: Client, seconds: float) -> None:
    saved, client.prefix = client.prefix, ""
    assert client("POST", "/__mock/clock", {"advance": seconds}).status == 200
    client.prefix = saved


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    answer = client(method, path, body, content_type="application/json")
    return answer.status, answer.json if answer.raw else None


def status(puffle: Client, path: str) -> str:
    return str(puffle("GET", path).json["campaign"]["status"])


def kinds(nodes: Any) -> list[str]:
    assert [node["position"] for node in nodes] == list(range(len(nodes)))
    return [node["type"] for node in nodes]


# Puffle


def test_from_nothing_to_completed(puffle: Client) -> None:
    path = made_draft(puffle)
    assert send(puffle, "POST", f"{path}/launch")[0] == 400  # no leads, no content
    assert puffle("GET", f"{path}/validate").json["ready"] is False
    add_people(puffle, path)
    assert send(puffle, "POST", f"{path}/launch")[0] == 400
    add_content(puffle, path)
    launch(puffle, path)
    assert send(puffle, "POST", f"{path}/launch")[0] == 400
    assert send(puffle, "POST", f"{path}/leads", {"prospects": [{"email": "x@example.com"}]})[0] == 400
    assert send(puffle, "POST", f"{path}/pause")[0] == 200
    assert send(puffle, "POST", f"{path}/resume")[0] == 200
    wait(puffle, 14 * 86400)
    assert status(puffle, path) == "completed"


def made_draft(puffle: Client) -> str:
    """The path of a new campaign."""
    made = {"type": "email", "name": "From nothing", "sender_account_ids": [SENDER]}
    code, body = send(puffle, "POST", CAMPAIGNS, made)
    assert (code, body["campaign"]["status"]) == (201, "draft")
    return f"{CAMPAIGNS}/{body['campaign']['id']}"


def add_people(puffle: Client, path: str) -> None:
    """Two people, one of them twice."""
    people = [{"email": "Ada@Example.com"}, {"email": "ada@example.com"}, {"email": "grace@example.com"}]
    assert send(puffle, "POST", f"{path}/leads", {"prospects": people}) == (
        200,
        {"imported": 2, "duplicates": 1},
    )


def add_content(puffle: Client, path: str) -> None:
    """What a campaign of two people lacks before it can be launched."""
    nodes = [{"type": "email", "subject": "Hello", "body": "There"}, {"type": "end"}]
    assert send(puffle, "PATCH", path, {"sequence_nodes": nodes})[0] == 200
    check = puffle("GET", f"{path}/validate").json
    assert (check["ready"], check["checks"]["prospect_count"], check["errors"]) == (True, 2, [])


def launch(puffle: Client, path: str) -> None:
    """A campaign of two people is launched, and is active some seconds later."""
    code, body = send(puffle, "POST", f"{path}/launch")
    assert (code, body["success"], body["prospectsToProcess"]) == (200, True, 2)
    assert status(puffle, path) == "launching"
    assert send(puffle, "POST", f"{path}/launch")[0] == 409
    errors = puffle("GET", f"{path}/validate").json["errors"]
    assert errors == ["Campaign is launching — must be draft to launch"]
    wait(puffle, 3)
    assert status(puffle, path) == "active"


def test_the_sequence_of_a_draft(puffle: Client) -> None:
    nodes = puffle("GET", DRAFT).json["sequence_nodes"]
    assert kinds(nodes) == ["email", "delay", "email", "end"]
    code, body = send(puffle, "POST", f"{DRAFT}/sequence/nodes", {"type": "delay", "delay_days": 1})
    assert (code, kinds(body["sequence_nodes"])) == (200, ["email", "delay", "email", "delay", "end"])
    code, body = send(puffle, "POST", f"{DRAFT}/sequence/nodes", {"type": "email", "position": 1})
    assert kinds(body["sequence_nodes"]) == ["email", "email", "delay", "email", "delay", "end"]
    first, second = (node["id"] for node in body["sequence_nodes"][:2])
    move = {"nodeId": first, "toPosition": 2}
    code, body = send(puffle, "PATCH", f"{DRAFT}/sequence/nodes", move)
    assert [node["id"] for node in body["sequence_nodes"]][:3] == [second, nodes[1]["id"], first]
    code, body = send(puffle, "DELETE", f"{DRAFT}/sequence/nodes", {"nodeId": second})
    assert (code, kinds(body["sequence_nodes"])) == (200, ["delay", "email", "email", "delay", "end"])
    change = {"subject": "Again"}
    code, body = send(puffle, "PUT", f"{DRAFT}/sequence/nodes/{first}", change)
    assert (code, body["node"]["subject"], body["node"]["type"]) == (200, "Again", "email")
    stored = puffle("GET", DRAFT).json["sequence_nodes"][1]
    assert (stored["id"], stored["subject"], stored["body"]) == (first, "Again", nodes[0]["body"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/sequence/nodes", {"type": "end"}),
        ("PATCH", "/sequence/nodes", {"nodeId": "bbbb1111-1111-4111-8111-111111111111", "toPosition": 1}),
        ("DELETE", "/sequence/nodes", {"nodeId": "bbbb1111-1111-4111-8111-111111111111"}),
        ("PUT", "/sequence/nodes/bbbb1111-1111-4111-8111-111111111111", {"subject": "x"}),
        ("POST", "/leads", {"prospects": [{"email": "x@example.com"}]}),
        ("PATCH", "/leads", {"prospect_id": "bbbb1111-1111-4111-8111-111111111111", "updates": {}}),
        ("DELETE", "/leads", {"all": True}),
    ],
)
def test_drafts_only(puffle: Client, method: str, path: str, body: Any) -> None:
    before = puffle("GET", ACTIVE).json
    assert send(puffle, method, ACTIVE + path, body)[0] == 400
    assert puffle("GET", ACTIVE).json == before


def test_leads(puffle: Client) -> None:
    new = [
        {"linkedin_url": "https://www.linkedin.com/in/mira-novak/?trk=1"},
        {"linkedin_url": "https://li/in/ada"},
    ]
    assert send(puffle, "POST", f"{LINKEDIN}/leads", {"prospects": new}) == (
        200,
        {"imported": 1, "duplicates": 1},
    )
    listed = puffle("GET", f"{LINKEDIN}/leads").json
    assert (listed["total"], listed["page"], listed["limit"]) == (2, 1, 100)
    second = puffle("GET", f"{LINKEDIN}/leads", query=b"page=2&limit=1").json
    assert (second["prospects"], second["page"]) == (listed["prospects"][1:], 2)
    ada = listed["prospects"][1]["id"]
    change = {"prospect_id": ada, "updates": {"company": "Engines", "status": "sent"}}
    code, body = send(puffle, "PATCH", f"{LINKEDIN}/leads", change)
    assert (code, body["prospect"]["company"], body["prospect"]["status"]) == (200, "Engines", "pending")
    assert puffle("GET", f"{DRAFT}/leads").json["total"] == 2  # those of another campaign
    assert send(puffle, "DELETE", f"{LINKEDIN}/leads", {"prospect_ids": [ada]}) == (200, {"deleted": 1})
    assert send(puffle, "DELETE", f"{LINKEDIN}/leads", {"all": True}) == (200, {"deleted": "all"})
    assert puffle("GET", f"{LINKEDIN}/leads").json["prospects"] == []
    assert puffle("GET", f"{DRAFT}/leads").json["total"] == 2
    assert send(puffle, "DELETE", f"{LINKEDIN}/leads", {})[0] == 400
    assert send(puffle, "POST", f"{LINKEDIN}/leads", {"prospects": []})[0] == 400


# AutoSend

PAUSED, SENDING = "/campaigns/60d5ec49f1b2c72d9c8b4567", "/campaigns/60d5ec49f1b2c72d9c8b4563"


def test_update_duplicate_abort_delete(autosend: Client) -> None:
    old = autosend("GET", PAUSED).json["data"]
    code, body = send(autosend, "PATCH", PAUSED, {"subject": "Last chance"})
    assert code == 200
    assert body["data"] == old | {"subject": "Last chance", "updatedAt": body["data"]["updatedAt"]}
    code, body = send(autosend, "POST", f"{PAUSED}/duplicate")
    copy = body["data"]
    assert (code, copy["status"], copy["subject"]) == (201, "draft", "Last chance")
    assert copy["campaignId"] != old["campaignId"]
    code, body = send(autosend, "POST", f"{SENDING}/abort")
    assert (code, body["data"]["status"]) == (200, "aborted")
    assert send(autosend, "POST", f"{SENDING}/resume")[0] == 400
    assert autosend("DELETE", PAUSED).status == 200
    assert autosend("GET", PAUSED).status == 404


def test_scheduled_goes_out_and_is_sent(autosend: Client) -> None:
    new = {"name": "Now", "subject": "Now", "publish": True, "sendNow": True}
    code, body = send(autosend, "POST", "/campaigns", new)
    path = f"/campaigns/{body['data']['campaignId']}"
    assert (code, body["data"]["status"]) == (201, "scheduled")
    for seconds, reached in ((119, "scheduled"), (1, "sending"), (600, "sent")):
        wait(autosend, seconds)
        assert autosend("GET", path).json["data"]["status"] == reached


def test_two_requests_a_second() -> None:
    mock = Mock([load("autosend")])
    autosend = Client(mock, mock.apis[0].prefix)
    mock.clock.freeze()
    answers = [autosend("GET", PAUSED) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
    wait(autosend, 1)
    assert autosend("GET", PAUSED).status == 200


# Ocamba

CANCELABLE = {"running": "1000244", "scheduled": "1000243", "paused": "1000248"}
OTHERS = {"draft": "1000241", "manual": "1000242", "canceled": "1000245", "sent": "1000246"}


def state(ocamba: Client, id: str) -> Any:
    return ocamba("GET", f"/hood/campaigns/{id}").json["items"][0]


@pytest.mark.parametrize(("before", "id"), {**CANCELABLE, **OTHERS}.items())
def test_cancel(client_of: Callable[[str], Client], before: str, id: str) -> None:
    ocamba = client_of("ocamba")
    code, _ = send(ocamba, "POST", f"/hood/campaigns/{id}/cancel", {"reason": "Sold out"})
    assert (code, state(ocamba, id)["status"]) == (
        (204, "canceled") if before in CANCELABLE else (400, before)
    )
    if before in CANCELABLE:
        for again in ("resume", "pause", "cancel"):
            assert send(ocamba, "POST", f"/hood/campaigns/{id}/{again}", {"reason": "x"})[0] == 400


def test_merge_patch(ocamba: Client) -> None:
    id = OTHERS["manual"]
    first = {"metadata": {"team": "a", "deep": {"x": 1, "y": 2}}, "labels": ["one"]}
    assert send(ocamba, "PATCH", f"/hood/campaigns/{id}", first)[0] == 204
    second = {"metadata": {"team": None, "deep": {"y": 3}}, "description": None}
    assert send(ocamba, "PATCH", f"/hood/campaigns/{id}", second)[0] == 204
    found = state(ocamba, id)
    assert found["metadata"] == {"deep": {"x": 1, "y": 3}}
    assert (found["labels"], found["description"], found["name"]) == (
        ["one"],
        None,
        "Store opening, Novi Sad",
    )
    for closed in (CANCELABLE["running"], OTHERS["canceled"], OTHERS["sent"], "1000247"):
        assert send(ocamba, "PATCH", f"/hood/campaigns/{closed}", {"name": "x"})[0] == 400
