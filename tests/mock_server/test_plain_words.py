"""What the mock says when it refuses: which thing, which state, which name, in plain words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

PREFIX = "8c2b2d4e-e29b-41d4-a716-44665544"
CAMPAIGNS = "/api/campaigns"
ONE = "/notes/0b0b0b0b-1111-4111-8111-111111111111"
DRAFT = f"{CAMPAIGNS}/{PREFIX}0005"
JSON: Any = {"content_type": "application/json"}

# What refusals say


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "the header 'Authorization' is missing"),
        ({"Authorization": "Basic eDp5"}, "the header 'Authorization' must say `Bearer ...`"),
        ({"Authorization": "secret"}, "the header 'Authorization' must say `Bearer ...`"),
        ({"Authorization": "Bearer "}, "the header 'Authorization' has no token in it"),
        ({"Authorization": "Bearer no"}, "the token is not the one that the mock was started with"),
    ],
)
def test_refused_credentials_are_told_apart(headers: Any, says: str) -> None:
    client = Client(Mock("puffle", token="secret"), token=None)
    answer = client("GET", CAMPAIGNS, **headers)
    assert (answer.status, answer.headers["x-mock-reason"]) == (401, says)


PUFFLE_SAYS = [
    ("POST", f"{CAMPAIGNS}/{PREFIX}0005/leads", {"prospects": [{}]}, "needs a value for email"),
    ("POST", f"{CAMPAIGNS}/{PREFIX}0000/leads", {"prospects": [{"email": "a@b.c"}]},
     "the Campaign: `parent.status == 'draft'` does not hold"),
    ("DELETE", f"{DRAFT}/leads", {},
     'fits none of 2 alternatives: "prospect_ids" is a required property; or "all"'),
    ("POST", CAMPAIGNS, {"type": "email", "name": "Beta waiting list", "sender_account_ids": []},
     "another Campaign has this name"),
    ("PUT", f"{DRAFT}/sequence/nodes/1", {}, "path parameter 'nodeId': \"1\" is not a \"uuid\""),
    ("GET", f"{CAMPAIGNS}/{PREFIX}9999", None, f"there is no Campaign '{PREFIX}9999'"),
    ("PATCH", f"{DRAFT}/leads", {"prospect_id": f"{PREFIX}9999", "updates": {}}, "there is no such Prospect"),
    ("POST", f"{CAMPAIGNS}/{PREFIX}0000/sequence/nodes", {"type": "end"},
     "The Campaign is active; addSequenceNode is for one that is draft"),
    ("POST", f"{DRAFT}/pause", None, "Only active campaigns can be paused"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "says"), PUFFLE_SAYS)
def test_refusals_say_what_is_wrong_with_what(
    puffle: Client, method: str, path: str, body: Any, says: str
) -> None:
    answer = puffle(method, path, body, **JSON)
    assert answer.status >= 400
    assert says in answer.headers["x-mock-reason"]


def test_refusals_of_others_say_it_too(ocamba: Client, autosend: Client) -> None:
    both = {"run_immediately": 1, "scheduled_time": "2030-01-01 00:00:00"}
    told = ocamba("POST", "/hood/campaigns/1000248/resume", both, **JSON).headers["x-mock-reason"]
    assert '"run_immediately" and "scheduled_time" may not be there together' in told
    paused = ocamba("POST", "/hood/campaigns/1000248/pause", {"reason": "x"}, **JSON)
    assert "The Campaign is paused; pauseCampaign is for one that is" in paused.headers["x-mock-reason"]
    assert paused.json["message"] == "The request body is not valid."
    media = ocamba("POST", "/hood/campaigns/1000248/pause", {}, content_type="text/csv")
    assert (media.status, media.json["code"], media.json["title"]) == (415, 415, "Unsupported Media Type.")
    assert "/parameters/page" in ocamba("GET", "/hood/campaigns", query=b"page=0").headers["x-mock-rule"]
    sending = "/campaigns/60d5ec49f1b2c72d9c8b4563"
    told = autosend("PATCH", sending, {"sendMode": "gradual"}, **JSON).headers["x-mock-reason"]
    assert told == "`sendMode` cannot be written while the Campaign is sending"
    notes = Client(Mock(Path(__file__).with_name("notes.yaml")))
    told = notes("PATCH", ONE, {"kind": "a7", "to": {}}, **JSON).headers["x-mock-reason"]
    assert told == '/kind: "a7" is not one of "a1", "a2", "a3", "a4", "a5" or "a6"'


def test_no_text_escapes_what_ascii_can_say(puffle: Client) -> None:
    told = puffle("POST", f"{CAMPAIGNS}/{PREFIX}0000/launch").headers
    assert not re.search(r"\\u20", json.dumps(told).replace("\\\\", "\\"))


def test_the_root_leads_to_the_levers(puffle: Client) -> None:
    answer = puffle("GET", "/")
    assert (answer.status, "/__mock/" in answer.headers["x-mock-reason"]) == (404, True)


# The control API


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("journal", b"foo=1", "no 'foo'"), ("journal", b"operaton=x", "did you mean 'operation'"),
        ("journal", b"last=0", "`last`"), ("journal", b"last=x", "`last`"),
        ("journal", b"status=x", "`status`"),
        ("journal", b"operation=pausCampaign", "did you mean 'pauseCampaign'"),
        ("clock", b"x=1", "no 'x'"), ("state", b"api=puffle", "no 'api'"),
    ],
)  # fmt: skip
def test_a_query_that_says_nothing_is_refused(puffle: Client, path: str, query: bytes, says: str) -> None:
    answer = puffle("GET", f"/__mock/{path}", query=query)
    assert (answer.status, says in answer.json["error"]) == (400, True), answer.json


def test_what_is_verified_must_be_an_operation(puffle: Client) -> None:
    answer = puffle("POST", "/__mock/verify", {"operation": "pausCampaign"})
    assert (answer.status, "did you mean 'pauseCampaign'" in answer.json["error"]) == (400, True)


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [("Origin", "http://localhost", "`Origin`"), ("Host", "mock.example", "`Host`"), ("Via", "x", "`via`")],
)
def test_who_may_not_use_the_levers_is_told_why(puffle: Client, header: str, value: str, says: str) -> None:
    sent: Any = {header: value}
    assert says in puffle("GET", "/__mock/state", **sent).json["error"]


def test_alternatives_of_the_levers_are_named(puffle: Client) -> None:
    says = puffle("POST", "/__mock/clock", {"advance": []}).json["error"]
    assert "oneOf" not in says
    assert 'is not of type "number"' in says


def test_what_is_preferred_and_not_there_is_told(puffle: Client) -> None:
    told = puffle("POST", f"{CAMPAIGNS}/{PREFIX}0000/pause", Prefer="fail-effect=nope")
    assert (told.status, "complete_waitpoints" in told.headers["x-mock-ignored"]) == (200, True)
    assert "preference-applied" not in told.headers
    told = puffle("GET", DRAFT, Prefer="example=nope")
    assert told.headers["x-mock-ignored"].count("example,") == 0
    made, plain = (puffle("GET", DRAFT, Prefer=wish).json for wish in ("dynamic=true", "code=200"))
    assert made["campaign"]["name"] != plain["campaign"]["name"]


def test_an_answer_that_is_given_again_says_so() -> None:
    client = Client(Mock(load("docs/examples/shop.yaml", run=True)))
    sent: Any = {"Content-Type": "application/json", "Idempotency-Key": "k1"}
    first, again = (client("POST", "/orders", {"ref": "fay", "skus": []}, **sent) for _ in range(2))
    assert (first.status, again.status, first.json["id"]) == (201, 201, again.json["id"])
    assert first.headers["x-mock-reason"].endswith("is new")
    assert "once more: nothing is done" in again.headers["x-mock-reason"]
    assert again.headers["x-mock-rule"].startswith("createOrder/repeat (")
