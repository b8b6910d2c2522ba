"""Ocamba's documented behaviour, over HTTP messages, and its quotas on a still clock."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.mock_server.calling import Answer, Client

IDS = {
    "draft": "1000241",
    "manual": "1000242",
    "scheduled": "1000243",
    "running": "1000244",
    "cancelled": "1000245",
    "finished": "1000246",
    "paused": "1000248",
}
TIME = "2027-01-01 00:00:00"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ROOT = "/hood/campaigns"


@pytest.fixture(autouse=True)
def still(ocamba: Client) -> None:
    control(ocamba, {"freeze": True})


def control(ocamba: Client, change: Any) -> Answer:
    answer = Client(ocamba.mock)("POST", "/__mock/clock", change)
    assert answer.status == 200
    return answer


def read(ocamba: Client, name: str) -> Any:
    answer = ocamba("GET", f"{ROOT}/{IDS.get(name, name)}")
    assert answer.status == 200
    assert answer.json["total"] == 1
    return answer.json["items"][0]


def everything(ocamba: Client) -> Any:
    control(ocamba, {"advance": 61})
    return {name: read(ocamba, name) for name in IDS}


def assert_bad_request(answer: Answer) -> None:
    assert answer.status == 400
    body = answer.json
    assert UUID.fullmatch(body.pop("trace_id"))
    assert body == {"code": 400, "title": "Bad request.", "message": "The request body is not valid."}


RESUMES: list[tuple[Any, str | None]] = [
    (None, "running"),
    ({}, "running"),
    ({"run_immediately": 1}, "running"),
    ({"scheduled_time": TIME}, "scheduled"),
    ({"run_immediately": 1, "scheduled_time": TIME}, None),
    ({"run_immediately": 2}, None),
    ({"run_immediately": True}, None),
    ({"run_immediately": "1"}, None),
    ({"scheduled_time": "2027-01-01T00:00:00Z"}, None),
    ({"scheduled_time": "2027-02-30 00:00:00"}, None),
    ({"scheduled_time": "soon"}, None),
    ([], None),
]


@pytest.mark.parametrize(("body", "status"), RESUMES, ids=[str(row[0]) for row in RESUMES])
def test_resume(ocamba: Client, body: Any, status: str | None) -> None:
    before = everything(ocamba)
    answer = ocamba("POST", f"{ROOT}/{IDS['paused']}/resume", body)
    after = everything(ocamba)
    if status is None:
        assert_bad_request(answer)
        assert after == before
        return
    assert (answer.status, answer.raw) == (204, b"")
    assert after["paused"]["status"] == status
    loose = ("next_run_time", "update_time", "run_counter", "status")
    assert {k: v for k, v in after.pop("paused").items() if k not in loose} == {
        k: v for k, v in before.pop("paused").items() if k not in loose
    }
    assert after == before


@pytest.mark.parametrize("name", [n for n in IDS if n != "paused"])
@pytest.mark.parametrize("body", [None, {"run_immediately": 1}, {"scheduled_time": TIME}], ids=str)
def test_only_paused_campaigns_are_resumed(ocamba: Client, name: str, body: Any) -> None:
    before = everything(ocamba)
    assert_bad_request(ocamba("POST", f"{ROOT}/{IDS[name]}/resume", body))
    assert everything(ocamba) == before


@pytest.mark.parametrize("name", IDS)
def test_pause(ocamba: Client, name: str) -> None:
    before = everything(ocamba)
    answer = ocamba("POST", f"{ROOT}/{IDS[name]}/pause", {"reason": "r"})
    after = everything(ocamba)
    if name not in ("running", "scheduled"):
        assert_bad_request(answer)
        assert after == before
        return
    assert (answer.status, answer.raw, after[name]["status"]) == (204, b"", "paused")


def test_pause_needs_a_reason(ocamba: Client) -> None:
    for body in (None, {}, {"reason": 5}):
        assert_bad_request(ocamba("POST", f"{ROOT}/{IDS['running']}/pause", body))
    assert read(ocamba, "running")["status"] == "running"


CREATES: list[tuple[Any, str]] = [
    ({}, "manual"),
    ({"status": "draft"}, "draft"),
    ({"run_immediately": 1}, "running"),
    ({"run_immediately": 0}, "manual"),
    ({"scheduled_time": TIME}, "scheduled"),
]


@pytest.mark.parametrize(("more", "status"), CREATES, ids=[str(row[0]) for row in CREATES])
def test_create(ocamba: Client, more: Any, status: str) -> None:
    answer = ocamba("POST", ROOT, {"name": "N", "description": "D"} | more)
    (made,) = answer.json["items"]
    assert answer.status == 201
    assert (made["status"], made["name"], made["description"]) == (status, "N", "D")
    assert made["id"].isdigit()
    assert read(ocamba, made["id"]) == made


OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", f"/{IDS['draft']}", None),
    ("POST", "", {"name": "N"}),
    ("POST", f"/{IDS['running']}/pause", {"reason": "r"}),
    ("POST", f"/{IDS['paused']}/resume", None),
]


@pytest.mark.parametrize(("method", "tail", "body"), OPERATIONS, ids=[f"{m} {t}" for m, t, _ in OPERATIONS])
def test_burst(ocamba: Client, method: str, tail: str, body: Any) -> None:
    def call() -> Answer:
        return ocamba(method, ROOT + tail, body)

    assert all(call().status != 429 for _ in range(10))
    before = ocamba.mock.state()
    refused = call()
    assert refused.status == 429
    assert refused.headers["retry-after"] == "1"
    assert (refused.json["code"], UUID.fullmatch(refused.json["trace_id"]) is None) == (429, False)
    assert ocamba.mock.state() == before
    control(ocamba, {"advance": 0.5})
    assert call().status == 429
    control(ocamba, {"advance": 0.5})
    assert call().status != 429


def test_steady(ocamba: Client) -> None:
    seen = []
    for _ in range(15):
        control(ocamba, {"advance": 1.5})
        seen += [ocamba("GET", ROOT).status for _ in range(10)]
    assert seen == [200] * 150
    control(ocamba, {"advance": 1.5})
    refused = ocamba("GET", ROOT)
    assert (refused.status, refused.headers["retry-after"]) == (429, "38")  # the first call was 22.5 s ago
    control(ocamba, {"advance": 37})
    assert ocamba("GET", ROOT).status == 429
    control(ocamba, {"advance": 1})
    assert ocamba("GET", ROOT).status == 200


def test_quotas_are_for_each_credential(ocamba: Client) -> None:
    assert [ocamba("GET", ROOT).status for _ in range(11)] == [200] * 10 + [429]
    ocamba.token = "another"
    assert ocamba("GET", ROOT).status == 200


def test_a_clock_that_goes_back_opens_the_quotas(ocamba: Client) -> None:
    control(ocamba, {"advance": 1000})
    assert [ocamba("GET", ROOT).status for _ in range(11)][-1] == 429
    control(ocamba, {"reset": True})
    assert ocamba("GET", ROOT).status == 200


def test_without_token_nothing_counts(ocamba: Client) -> None:
    ocamba.token = None
    assert {ocamba("GET", ROOT).status for _ in range(20)} == {401}
    assert ocamba("GET", ROOT).json["code"] == 401
