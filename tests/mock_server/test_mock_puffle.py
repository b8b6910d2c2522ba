"""Puffle's documented behaviour, over HTTP messages, from tables that know nothing of the spec's words."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY as ANYTHING

import pytest

from tests.mock_server.calling import Client

STATES = ("draft", "active", "paused", "completed")
IDS = {
    ("active", "email"): "8c2b2d4e-e29b-41d4-a716-446655440000",
    ("active", "linkedin"): "8c2b2d4e-e29b-41d4-a716-446655440001",
    ("paused", "email"): "8c2b2d4e-e29b-41d4-a716-446655440002",
    ("paused", "linkedin"): "8c2b2d4e-e29b-41d4-a716-446655440003",
    ("draft", "email"): "8c2b2d4e-e29b-41d4-a716-446655440005",
    ("draft", "linkedin"): "8c2b2d4e-e29b-41d4-a716-446655440006",
    ("completed", "email"): "8c2b2d4e-e29b-41d4-a716-446655440007",
    ("completed", "linkedin"): "8c2b2d4e-e29b-41d4-a716-446655440008",
}
DRAINED = "8c2b2d4e-e29b-41d4-a716-446655440004"
LAUNCHING = "8c2b2d4e-e29b-41d4-a716-446655440009"
NIL, MAX = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
EVERY = [*IDS, ("paused", "drained")]
CAMPAIGNS = "/api/campaigns"


def path(state: str, channel: str) -> str:
    return f"{CAMPAIGNS}/{DRAINED if channel == 'drained' else IDS[state, channel]}"


def read(puffle: Client, where: str) -> Any:
    answer = puffle("GET", where)
    assert answer.status == 200
    return answer.json


def bare(body: Any) -> Any:
    """The body with the campaign as reading shows it: the sequence stands beside it."""
    return {"campaign": {k: v for k, v in body["campaign"].items() if k != "sequence_nodes"}}


def everything(puffle: Client) -> Any:
    return [read(puffle, path(*which)) for which in EVERY]


@pytest.mark.parametrize(("state", "channel"), EVERY)
def test_pause(puffle: Client, state: str, channel: str) -> None:
    before = everything(puffle)
    answer = puffle("POST", f"{path(state, channel)}/pause")
    if state != "active":
        assert (answer.status, answer.json) == (400, {"error": "Only active campaigns can be paused"})
        assert everything(puffle) == before
        return
    assert answer.status == 200
    after = read(puffle, path(state, channel))["campaign"]
    was = next(one["campaign"] for one in before if one["campaign"]["id"] == after["id"])
    assert bare(answer.json) == {"campaign": after}
    assert after["updated_at"] > was["updated_at"]
    assert after == was | {"status": "paused", "updated_at": after["updated_at"]}


@pytest.mark.parametrize(("state", "channel"), EVERY)
def test_resume(puffle: Client, state: str, channel: str) -> None:
    before = everything(puffle)
    answer = puffle("POST", f"{path(state, channel)}/resume")
    if state != "paused":
        assert (answer.status, answer.json) == (400, {"error": "Only paused campaigns can be resumed"})
        assert everything(puffle) == before
        return
    after = read(puffle, path(state, channel))["campaign"]
    was = next(one["campaign"] for one in before if one["campaign"]["id"] == after["id"])
    reached = "completed" if channel == "drained" else "active"
    assert (answer.status, bare(answer.json)) == (200, {"campaign": after})
    assert after == was | {"status": reached, "updated_at": after["updated_at"]}
    assert after["updated_at"] > was["updated_at"]


def test_neither_is_idempotent(puffle: Client) -> None:
    where = path("active", "email")
    moves = ("pause", "pause", "resume", "resume", "pause")
    assert [puffle("POST", f"{where}/{m}").status for m in moves] == [200, 400, 200, 400, 200]


def test_one_pause_leaves_the_others_alone(puffle: Client) -> None:
    before = everything(puffle)
    puffle("POST", f"{path('active', 'email')}/pause")
    changed = [a["campaign"]["id"] for a, b in zip(before, everything(puffle), strict=True) if a != b]
    assert changed == [IDS["active", "email"]]


def test_effects_are_journalled(puffle: Client) -> None:
    where = path("active", "email")
    puffle("POST", f"{where}/pause")
    puffle("POST", f"{where}/resume")
    done = [(e["effect"], e["with"], e["failed"]) for row in journal(puffle) for e in row["effects"]]
    assert done == [
        ("complete_waitpoints", {"paused": True}, False),
        ("clear_pause_reason", None, False),
        ("complete_waitpoints", {"resumed": True}, False),
    ]


def test_pause_reason_is_cleared_by_resuming(puffle: Client) -> None:
    where = path("paused", "email")
    assert hidden(puffle, where)["pause_reason"] == "Subject lines under review"
    puffle("POST", f"{where}/resume")
    assert hidden(puffle, where)["pause_reason"] is None


@pytest.mark.parametrize(("move", "state"), [("pause", "active"), ("resume", "paused")])
def test_waitpoints_are_best_effort(puffle: Client, move: str, state: str) -> None:
    where = path(state, "email")
    answer = puffle("POST", f"{where}/{move}", Prefer="fail-effect=complete_waitpoints")
    assert answer.status == 200
    assert answer.headers["preference-applied"] == "fail-effect"
    assert hidden(puffle, where)["sleeping"] == 40
    assert [e["failed"] for e in journal(puffle)[-1]["effects"] if e["effect"] == "complete_waitpoints"] == [
        True
    ]


def test_new_hours_wake_those_who_sleep(puffle: Client) -> None:
    for state, left in (("active", 0), ("paused", 40)):
        puffle("PATCH", path(state, "email"), {"operating_hours": {"start": "10:00"}})
        assert hidden(puffle, path(state, "email"))["sleeping"] == left


def journal(puffle: Client) -> Any:
    return puffle("GET", "/__mock/journal").json


def hidden(puffle: Client, where: str) -> Any:
    records = puffle("GET", "/__mock/state").json["puffle"]["Campaign"]
    return next(r["hidden"] for r in records if r["id"] == where.rpartition("/")[2])


# The matrix: field, a new value, in which states it is written, on which channels.

A, B = "3c90c3cc-0d44-4b50-8888-8dd25736052a", "5f0d9c1e-7a41-4c0e-9b52-6c1d2e8f0a11"
NODES = [
    {"type": "message", "body": "One", "position": 9},
    {"type": "delay", "delay_days": 30, "delay_hours": 0, "delay_minutes": 0, "position": 9},
    {"type": "end", "position": 0},
]
ANY, DRAFT = set(STATES), {"draft"}
MATRIX: list[tuple[str, Any, set[str], set[str]]] = [
    ("name", "Another name", ANY, {"email", "linkedin"}),
    ("operating_hours", {"start": "11:00"}, ANY, {"email", "linkedin"}),
    ("daily_limit", 499, ANY, {"email"}),
    ("account_limits", [{"account_id": A, "daily_limit": 3}, {"account_id": A, "daily_limit": 4}],
     {"draft", "active", "paused"}, {"email"}),
    ("skip_other_campaigns", None, DRAFT, {"linkedin"}),
    ("stop_on_reply", False, DRAFT, {"email"}),
    ("open_tracking", False, DRAFT, {"email"}),
    ("signature", "Cheers", DRAFT, {"email"}),
    ("sender_account_ids", None, DRAFT, {"email", "linkedin"}),
    ("sequence_nodes", NODES, DRAFT, {"email", "linkedin"}),
]  # fmt: skip

OPEN = {("account_limits", "completed")}


def shown(body: Any, name: str) -> Any:
    """How a written field can be read."""
    campaign = body["campaign"]
    if name == "account_limits":
        return {a["id"]: a["daily_limit"] for a in campaign["sender_accounts"]}
    if name == "sender_account_ids":
        return [a["id"] for a in campaign["sender_accounts"]]
    if name == "sequence_nodes":
        return [{k: v for k, v in node.items() if k != "id"} for node in body["sequence_nodes"]]
    return campaign[name]


def wanted(name: str, value: Any, before: Any) -> Any:
    if name == "account_limits":
        return before | {A: 4}
    if name == "sequence_nodes":
        return [node | {"position": index} for index, node in enumerate(value)]
    return value


def rest(body: Any, name: str) -> Any:
    """Everything that is not the field, nor the time of the change."""
    parts = {"account_limits": "sender_accounts", "sender_account_ids": "sender_accounts"}
    left = {k: v for k, v in body["campaign"].items() if k not in (parts.get(name, name), "updated_at")}
    if name == "sequence_nodes":
        left.pop("node_count", None)
        return left
    return left, body["sequence_nodes"]


CELLS = [(*row, *which) for row in MATRIX for which in IDS if (row[0], which[0]) not in OPEN]


@pytest.mark.parametrize(("name", "value", "states", "channels", "state", "channel"), CELLS)
def test_matrix(
    puffle: Client, name: str, value: Any, states: set[str], channels: set[str], state: str, channel: str
) -> None:
    where = path(state, channel)
    before = read(puffle, where)
    if name == "sender_account_ids":
        value = [B, A] if channel == "email" else [A]
    if name == "skip_other_campaigns":
        value = not before["campaign"][name]
    answer = puffle("PATCH", where, {name: value})
    after = read(puffle, where)
    assert answer.status == 200
    assert set(answer.json) == {"campaign", "sequence_nodes"}
    assert answer.json == {k: after[k] for k in answer.json}
    written = state in states and channel in channels
    old = shown(before, name)
    assert shown(after, name) == (wanted(name, value, old) if written else old)
    assert (shown(after, name) != old) == written
    assert rest(after, name) == rest(before, name)


DELAYS = [
    ((0, 0, 0), 400), ((0, 0, 1), 200), ((0, 0, 43200), 200), ((0, 0, 43201), 400), ((30, 0, 0), 200),
    ((30, 0, 1), 400), ((29, 23, 60), 200), ((29, 23, 61), 400), ((29, 25, 0), 400), ((31, 0, 0), 400),
    ((0, 720, 0), 200), ((0, 721, 0), 400),
]  # fmt: skip


@pytest.mark.parametrize(("delay", "status"), DELAYS)
@pytest.mark.parametrize("place", [0, 1])
def test_delay_total(puffle: Client, delay: tuple[int, int, int], status: int, place: int) -> None:
    days, hours, minutes = delay
    node = {"type": "delay", "delay_days": days, "delay_hours": hours, "delay_minutes": minutes}
    good = {"type": "delay", "delay_days": 1}
    nodes = [node, {"type": "end"}] if place == 0 else [good, node, {"type": "end"}]
    where = path("draft", "email")
    before = read(puffle, where)
    answer = puffle("PATCH", where, {"name": "New", "sequence_nodes": nodes})
    assert answer.status == status
    if status == 400:
        assert list(answer.json) == ["error"]
        assert read(puffle, where) == before
    else:
        assert read(puffle, where)["campaign"]["name"] == "New"


INVALID = [
    {"name": ""}, {"name": 5}, {"daily_limit": 0}, {"daily_limit": 501}, {"daily_limit": "5"},
    {"daily_limit": True}, {"daily_limit": 1.5},
    {"account_limits": [{"account_id": A, "daily_limit": 1}] * 51},
    {"account_limits": [{"account_id": "x", "daily_limit": 1}]}, {"account_limits": [{"account_id": A}]},
    {"operating_hours": []}, {"sender_account_ids": ["x"]}, {"sequence_nodes": [{}]},
    {"sequence_nodes": [{"type": "sms"}]}, {"stop_on_reply": "yes"}, {"open_tracking": 1}, {"signature": 7},
]  # fmt: skip


@pytest.mark.parametrize("change", INVALID, ids=[str(i)[:40] for i in INVALID])
def test_a_refused_patch_changes_nothing(puffle: Client, change: Any) -> None:
    where = path("draft", "email")
    before = everything(puffle)
    answer = puffle("PATCH", where, {"operating_hours": {"start": "12:00"}} | change)
    assert answer.status == 400
    assert list(answer.json) == ["error"]
    assert isinstance(answer.json["error"], str)
    assert everything(puffle) == before


def test_fifty_account_limits_are_taken(puffle: Client) -> None:
    many = [{"account_id": A, "daily_limit": n} for n in range(1, 51)]
    body = puffle("PATCH", path("active", "email"), {"account_limits": many}).json
    assert body["campaign"]["sender_accounts"][0]["daily_limit"] == 50


@pytest.mark.parametrize("limit", [1, 500, 5.0])
def test_daily_limits_at_the_edge(puffle: Client, limit: float) -> None:
    body = puffle("PATCH", path("paused", "email"), {"daily_limit": limit}).json
    assert body["campaign"]["daily_limit"] == limit


def test_type_and_status_cannot_be_written(puffle: Client) -> None:
    where = path("draft", "email")
    puffle("PATCH", where, {"type": "linkedin", "status": "active", "id": NIL})
    campaign = read(puffle, where)["campaign"]
    assert (campaign["type"], campaign["status"], campaign["id"]) == ("email", "draft", IDS["draft", "email"])


@pytest.mark.parametrize(("key", "statuses"), [(NIL, {404}), (MAX, {404}), ("nope", {400, 404})])
@pytest.mark.parametrize(
    ("method", "tail"), [("GET", ""), ("PATCH", ""), ("POST", "/pause"), ("POST", "/resume")]
)
def test_unknown_campaign(puffle: Client, key: str, statuses: set[int], method: str, tail: str) -> None:
    answer = puffle(method, f"{CAMPAIGNS}/{key}{tail}", {} if method == "PATCH" else None)
    assert answer.status in statuses
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize(
    ("method", "tail"), [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("PATCH", "")]
)
@pytest.mark.parametrize("state", STATES)
def test_no_token(puffle: Client, method: str, tail: str, state: str) -> None:
    before = everything(puffle)
    puffle.token = None
    answer = puffle(method, path(state, "email") + tail, {"name": "X"} if method == "PATCH" else None)
    puffle.token = "any"
    assert answer.status == 401
    assert list(answer.json) == ["error"]
    assert everything(puffle) == before


def create(puffle: Client, **fields: Any) -> Any:
    return puffle("POST", CAMPAIGNS, {"type": "email", "name": "N", "sender_account_ids": [A]} | fields)


@pytest.mark.parametrize(
    ("channel", "first"),
    [
        ("email", {"type": "email", "position": 0, "subject": "", "body": ""}),
        ("linkedin", {"type": "connection_request", "position": 0}),
    ],
)
def test_create(puffle: Client, channel: str, first: Any) -> None:
    every = {"daily_limit": 77, "signature": "S", "skip_other_campaigns": True, "operating_hours": {"a": 1}}
    sender = read(puffle, f"{CAMPAIGNS}/{IDS['active', channel]}")["campaign"]["sender_accounts"][0]["id"]
    answer = create(puffle, type=channel, **every, sender_account_ids=[sender])
    campaign = answer.json["campaign"]
    assert answer.status in (200, 201)
    assert (campaign["status"], campaign["stats"], campaign["type"]) == ("draft", None, channel)
    nodes = campaign["sequence_nodes"]
    assert [{k: v for k, v in n.items() if k != "id"} for n in nodes] == [
        first,
        {"type": "end", "position": 1},
    ]
    assert len({n["id"] for n in nodes}) == 2
    own = {"daily_limit", "signature"} if channel == "email" else {"skip_other_campaigns", "operating_hours"}
    for name, value in every.items():
        assert (campaign.get(name) == value) == (name in own)
    assert read(puffle, f"{CAMPAIGNS}/{campaign['id']}") == {
        **bare(answer.json),
        "sequence_nodes": nodes,
        "prospects_by_status": ANYTHING,
        "prospects_by_node": ANYTHING,
    }
    assert campaign in read(puffle, CAMPAIGNS)["campaigns"]


def test_a_sender_of_the_other_channel_is_refused(puffle: Client) -> None:
    count = len(read(puffle, CAMPAIGNS)["campaigns"])
    assert create(puffle, type="linkedin").status == 400
    assert len(read(puffle, CAMPAIGNS)["campaigns"]) == count


def test_a_taken_name_is_a_conflict(puffle: Client) -> None:
    first, count = create(puffle), len(read(puffle, CAMPAIGNS)["campaigns"])
    second = create(puffle)
    assert (first.status in (200, 201), second.status) == (True, 409)
    assert second.json == {"error": "A campaign with this name already exists"}
    assert len(read(puffle, CAMPAIGNS)["campaigns"]) == count


@pytest.mark.parametrize("missing", ["type", "name", "sender_account_ids"])
def test_create_lacks_a_field(puffle: Client, missing: str) -> None:
    body = {"type": "email", "name": "N", "sender_account_ids": [A]}
    del body[missing]
    count = len(read(puffle, CAMPAIGNS)["campaigns"])
    assert puffle("POST", CAMPAIGNS, body).status == 400
    assert len(read(puffle, CAMPAIGNS)["campaigns"]) == count


def test_list_shows_what_read_shows(puffle: Client) -> None:
    listed = {c["id"]: c for c in read(puffle, CAMPAIGNS)["campaigns"]}
    assert set(listed) == {*IDS.values(), DRAINED, LAUNCHING}
    states = [campaign["status"] in ("active", "paused") for campaign in listed.values()]
    assert states == sorted(states, reverse=True)  # active and paused ones first
    for one in everything(puffle):
        campaign, nodes = one["campaign"], one["sequence_nodes"]
        assert {k: listed[campaign["id"]].get(k) for k in campaign} == campaign
        assert listed[campaign["id"]]["node_count"] == len(nodes)
