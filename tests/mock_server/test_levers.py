"""The control API: records, moves, snapshots, the clock, the journal, its own document."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection
from typing import Any

import jsonschema
import pytest

from tests.mock_server.calling import Answer, Client
from troth import Contract, Mock, lint, load
from troth.mock_server.serving import running

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"
STATE = f"/__mock/state/Campaign/{ID}"
DOCUMENT = "mock_server/control/openapi.yaml"


def test_its_own_document_is_sound() -> None:
    assert [finding for finding in lint(DOCUMENT) if finding.severity != "note"] == []


def test_the_document_is_served(puffle: Client) -> None:
    served = puffle("GET", "/__mock/openapi.json").json
    assert served["openapi"] == "3.1.0"
    assert "/state/{resource}/{id}" in served["paths"]


WHOLE = {"type": "email", "name": "N", "status": "paused", "sender_accounts": [], "sequence_nodes": []}
CALLS: list[tuple[str, str, Any, int]] = [
    ("GET", "", None, 200),
    ("GET", "health", None, 200),
    ("GET", "version", None, 200),
    ("GET", "openapi.json", None, 200),
    ("POST", "reset", None, 200),
    ("POST", "reset", {"scenario": "empty"}, 200),
    ("POST", "reset", {"scenario": "emtpy"}, 400),
    ("POST", "reset", {"senario": "empty"}, 400),
    ("GET", "scenarios", None, 200),
    ("GET", "state", None, 200),
    ("GET", "state/Campaign", None, 200),
    ("GET", "state/Campain", None, 404),
    ("GET", f"state/Campaign/{ID}", None, 200),
    ("GET", "state/Campaign/x", None, 404),
    ("PUT", f"state/Campaign/{ID}", {"data": WHOLE}, 200),
    ("PUT", f"state/Campaign/{ID}", {"data": {"name": "N", "status": "paused"}}, 400),
    ("PUT", f"state/Campaign/{ID}", {"data": {"name": 7}}, 400),
    ("PUT", f"state/Campaign/{ID}", None, 400),
    ("PATCH", f"state/Campaign/{ID}", {"data": {"name": "N"}}, 200),
    ("PATCH", "state/Campaign/x", {"data": {"name": "N"}}, 404),
    ("PATCH", f"state/Campaign/{ID}", {"parent": "nope"}, 400),
    ("DELETE", f"state/Campaign/{ID}", None, 200),
    ("DELETE", "state/Campaign/x", None, 404),
    ("GET", f"state/Campaign/{ID}/moves", None, 200),
    ("POST", f"state/Campaign/{ID}/moves", {"operation": "pauseCampaign"}, 200),
    ("POST", f"state/Campaign/{ID}/moves", {"operation": "resumeCampaign"}, 409),
    ("POST", f"state/Campaign/{ID}/moves", {"to": "completed"}, 200),
    ("POST", f"state/Campaign/{ID}/moves", {"to": "done"}, 400),
    ("POST", f"state/Campaign/{ID}/moves", {"to": "active", "operation": "pauseCampaign"}, 400),
    ("GET", "snapshots", None, 200),
    ("PUT", "snapshots/a", None, 200),
    ("GET", "snapshots/a", None, 404),
    ("DELETE", "snapshots/a", None, 404),
    ("POST", "snapshots/a/restore", None, 404),
    ("PUT", "snapshots/a", {"state": {"pufle": {}}}, 400),
    ("GET", "clock", None, 200),
    ("POST", "clock", {"advance": "P1D"}, 200),
    ("POST", "clock", {"advance": "a day"}, 400),
    ("POST", "clock", {"next": True}, 200),
    ("POST", "clock", {"next": True, "advance": 5}, 400),
    ("POST", "clock", {"reset": True, "next": True, "freeze": True}, 200),
    ("GET", "faults", None, 200),
    ("POST", "faults", {"status": 503}, 200),
    ("DELETE", "faults", None, 200),
    ("DELETE", "faults/7", None, 404),
    ("GET", "journal", None, 200),
    ("GET", "journal?last=x", None, 400),
    ("DELETE", "journal", None, 200),
    ("POST", "verify", {"operation": "pauseCampaign"}, 200),
    ("POST", "verify", {"operations": "pauseCampaign"}, 400),
    ("POST", "verify", {"operation": "pauseCampaign", "times": 1, "at_least": 1}, 400),
    ("POST", "verify", {"operation": "pauseCampaign", "times": 1, "at_most": 1}, 400),
    ("POST", "verify", {"operation": "pauseCampaign", "at_least": 3, "at_most": 2}, 400),
    ("GET", "state/Campaign?api=zzz", None, 404),
    ("GET", "sessions", None, 200),
    ("DELETE", "sessions/ann", None, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS)
def test_every_call_answers_as_the_document_says(
    puffle: Client, method: str, path: str, body: Any, status: int
) -> None:
    puffle("POST", f"{ONE}/pause")
    puffle("POST", f"{ONE}/resume")
    path, _, query = path.partition("?")
    answer = puffle(method, f"/__mock/{path}", body, query=query.encode())
    assert answer.status == status, answer.json
    document = puffle("GET", "/__mock/openapi.json").json
    schema = documented(document, method, path, answer)
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json)


def documented(document: Any, method: str, path: str, answer: Answer) -> Mapping[str, Any]:
    """The schema of an answer; paths with fewer parameters first."""
    given = f"/{path}".rstrip("/").split("/") if path else ["", ""]
    templates = sorted(document["paths"], key=lambda template: template.count("{"))
    for template in templates:
        parts = template.split("/")
        if len(parts) != len(given) or method.lower() not in document["paths"][template]:
            continue
        if all(part.startswith("{") or part == real for part, real in zip(parts, given, strict=True)):
            responses = document["paths"][template][method.lower()]["responses"]
            response = responses.get(str(answer.status), responses["default"])
            if "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            found: Mapping[str, Any] = response["content"]["application/json"]["schema"]
            return found
    raise AssertionError(f"{method} {path} is not documented")


@pytest.mark.parametrize(("path", "status"), [("", 200), ("health", 200), ("state", 200), ("events", 404)])
def test_a_head_is_as_a_get_without_its_body(puffle: Client, path: str, status: int) -> None:
    head = puffle("HEAD", f"/__mock/{path}")
    assert (head.status, head.raw) == (status, b"")
    if status == 200:
        assert head.headers["content-length"] == str(len(puffle("GET", f"/__mock/{path}").raw))


def test_an_unknown_api_is_told(puffle: Client) -> None:
    answer = puffle("GET", "/__mock/state/Campaign", query=b"api=pufle")
    assert answer.json == {"error": "there is no API 'pufle'; did you mean 'puffle'?", "valid": ["puffle"]}


def test_records_are_written_as_asked(puffle: Client) -> None:
    put = puffle(
        "PATCH", STATE, {"data": {"name": "Autumn", "status": "completed"}, "hidden": {"left": 0}}
    ).json
    assert (put["data"]["name"], put["hidden"]["left"]) == ("Autumn", 0)
    assert puffle("GET", ONE).json["campaign"]["name"] == "Autumn"
    assert puffle("POST", f"{ONE}/pause").status == 400
    other = ID[:-1] + "f"
    puffle("PUT", STATE[:-1] + "f", {"data": {**put["data"], "status": "active"}})
    assert puffle("POST", f"/api/campaigns/{other}/pause").status == 200
    assert other in [c["id"] for c in puffle("GET", "/api/campaigns").json["campaigns"]]
    puffle("DELETE", STATE)
    assert puffle("GET", ONE).status == 404


def test_what_a_record_cannot_be_is_said(puffle: Client) -> None:
    before = puffle("GET", STATE).json
    answer = puffle("PATCH", STATE, {"data": {"status": "sleeping"}})
    assert answer.status == 400
    assert "/status" in answer.json["error"]
    assert puffle("GET", STATE).json == before


def test_moves(puffle: Client) -> None:
    moves = puffle("GET", f"{STATE}/moves").json
    pause = next(move for move in moves if move["operation"] == "pauseCampaign")
    assert (pause["method"], pause["path"], pause["to"]) == ("POST", f"{ONE}/pause", ["paused"])
    assert "resumeCampaign" not in [move["operation"] for move in moves]
    assert puffle("POST", f"{STATE}/moves", {"operation": "pauseCampaign"}).json["data"]["status"] == "paused"
    refused = puffle("POST", f"{STATE}/moves", {"operation": "pauseCampaign"})
    assert (refused.status, "resumeCampaign" in refused.json["valid"]) == (409, True)
    assert puffle("POST", f"{STATE}/moves", {"to": "draft"}).json["data"]["status"] == "draft"
    assert puffle("GET", ONE).json["campaign"]["status"] == "draft"


UNFIT: list[tuple[Mapping[str, Any], str]] = [
    ({"id": "x"}, f"Campaign 'x' cannot be so: `id` is 'x', and id in its data '{ID}'"),
    ({"parent": "x"}, f"Campaign '{ID}' cannot be so: `parent`: a Campaign belongs to no other record"),
    ({}, f"there are 2 of Campaign '{ID}'"),
]


@pytest.mark.parametrize(("change", "says"), UNFIT)
def test_snapshots_that_cannot_be(puffle: Client, change: Mapping[str, Any], says: str) -> None:
    """They are refused as a whole: what is there under another id, or twice, would be found by nobody."""
    record = puffle("GET", STATE).json
    wanted = {"puffle": {"Campaign": [{**record, **change}, record]}}
    answer = puffle("PUT", "/__mock/snapshots/bad", {"state": wanted})
    assert (answer.status, answer.json["error"]) == (400, says)
    assert puffle("GET", "/__mock/snapshots").json == []


def test_numbers_are_kept_as_they_are(puffle: Client) -> None:
    """Integers of more than 64 bits, too; one that no number can be is told as such."""
    large = 99_999_999_999_999_999_999_999
    puffle("PATCH", STATE, {"data": {"daily_limit": large}})
    assert puffle("GET", STATE).json["data"]["daily_limit"] == large
    answer = puffle("PATCH", STATE, raw=b'{"data": {"daily_limit": 1e400}}')
    assert answer.status == 400
    assert answer.json["error"].startswith("a number is too large (")


def test_snapshots(puffle: Client) -> None:
    puffle("POST", "/__mock/clock", {"advance": 1000})
    saved = puffle("PUT", "/__mock/snapshots/before").json
    now = puffle("GET", "/__mock/clock").json["now"]
    puffle("POST", f"{ONE}/pause")
    puffle("POST", "/api/campaigns", {"type": "email", "name": "N", "sender_account_ids": []})
    puffle("POST", "/__mock/reset")
    assert puffle("GET", "/__mock/snapshots").json == ["before"]
    begun = {"scenario": "default", "records": {"puffle": {"Campaign": 10, "Prospect": 3}}}
    assert puffle("POST", "/__mock/snapshots/before/restore").json == begun
    assert puffle("GET", "/__mock/state").json == saved["state"]
    assert puffle("GET", "/__mock/clock").json["now"] == now
    saved["state"]["puffle"]["Campaign"] = saved["state"]["puffle"]["Campaign"][:1]
    puffle("PUT", "/__mock/snapshots/one", saved)
    puffle("POST", "/__mock/snapshots/one/restore")
    assert len(puffle("GET", "/api/campaigns").json["campaigns"]) == 1
    assert puffle("GET", "/__mock/snapshots/one").json["state"] == saved["state"]


def test_time_goes_to_the_next_move(puffle: Client) -> None:
    launching = next(
        r for r in puffle("GET", "/__mock/state/Campaign").json if r["data"]["status"] == "launching"
    )
    coming = puffle("GET", "/__mock/clock").json["next"]
    now = puffle("POST", "/__mock/clock", {"next": True}).json["now"]
    assert datetime.fromisoformat(now) >= datetime.fromisoformat(coming)
    assert puffle("GET", f"/__mock/state/Campaign/{launching['id']}").json["data"]["status"] != "launching"
    before = datetime.fromisoformat(now)
    later = puffle("POST", "/__mock/clock", {"advance": "P1DT1H1M1S"}).json["now"]
    assert (datetime.fromisoformat(later) - before).total_seconds() == 86400 + 3600 + 61
    puffle("POST", "/__mock/reset", {"scenario": "empty"})
    assert puffle("POST", "/__mock/clock", {"next": True}).status == 409


def test_the_journal_has_bodies_and_is_searched(puffle: Client) -> None:
    puffle("PATCH", ONE, {"name": "Autumn"}, content_type="application/json")
    puffle("POST", f"{ONE}/pause")
    puffle("POST", f"{ONE}/pause")
    puffle("GET", "/api/campaings")

    def found(query: str) -> list[Any]:
        entries: list[Any] = puffle("GET", "/__mock/journal", query=query.encode()).json
        return entries

    (patch,) = found("operation=updateCampaign")
    assert patch["body"] == {"name": "Autumn"}
    assert patch["answer"]["campaign"]["name"] == "Autumn"
    assert [entry["status"] for entry in found(f"path={ONE}/pause")] == [200, 400]
    assert [entry["status"] for entry in found("method=post&status=400")] == [400]
    (lost,) = found("unmatched=true")
    assert "near: /api/campaigns" in lost["reason"]
    assert [entry["path"] for entry in found("last=1")] == ["/api/campaings"]


VERIFIED: list[tuple[dict[str, Any], bool, int]] = [
    ({"operation": "pauseCampaign"}, True, 2),
    ({"operation": "pauseCampaign", "times": 2}, True, 2),
    ({"operation": "pauseCampaign", "times": 1}, False, 2),
    ({"operation": "pauseCampaign", "status": 200, "times": 1}, True, 1),
    ({"operation": "pauseCampaign", "at_most": 1}, False, 2),
    ({"operation": "pauseCampaign", "at_least": 2, "at_most": 3}, True, 2),
    ({"operation": "resumeCampaign", "times": 0}, True, 0),
    ({"operation": "resumeCampaign", "at_most": 1}, True, 0),
    ({"operation": "resumeCampaign"}, False, 0),
    ({"method": "patch", "body": {"name": "Autumn"}}, True, 1),
    ({"method": "PATCH", "body": {"operating_hours": {"start": "09:00"}}}, True, 1),
    ({"method": "PATCH", "body": {"name": "Winter"}}, False, 0),
    ({"path": ONE, "query": {"a": "1"}}, True, 1),
    ({"path": ONE, "headers": {"X-Request-Id": "r1"}}, True, 1),
    ({"path": ONE, "headers": {"X-Request-Id": "r2"}}, False, 0),
]


@pytest.mark.parametrize(("wanted", "verified", "count"), VERIFIED)
def test_verify(puffle: Client, wanted: dict[str, Any], verified: bool, count: int) -> None:
    body = {"name": "Autumn", "operating_hours": {"start": "09:00", "end": "17:00"}}
    puffle("PATCH", ONE, body, query=b"a=1", content_type="application/json", x_request_id="r1")
    puffle("POST", f"{ONE}/pause")
    puffle("POST", f"{ONE}/pause")
    answer = puffle("POST", "/__mock/verify", wanted).json
    assert (answer["verified"], answer["count"]) == (verified, count)
    assert ("says" in answer) is not verified
    if not verified and not count:
        assert answer["calls"]  # those that come near


def test_what_is_secret_is_not_in_the_journal(tmp_path: Any) -> None:
    file = tmp_path / "vault.yaml"
    file.write_text(
        "openapi: 3.0.3\ninfo: {title: Vault, version: '1'}\npaths:\n  /doors:\n    post:\n"
        "      operationId: open\n"
        "      parameters: [{name: pin, in: query, schema: {type: string, format: password}}]\n"
        "      requestBody: {content: {application/json: {schema: {type: object, properties: {\n"
        "        name: {type: string}, word: {type: string, format: password}, deep: {type: object,\n"
        "        properties: {seal: {type: string, writeOnly: true}}}}}}}}\n"
        "      responses: {'200': {description: ok}}\n"
    )
    client = Client(Mock([load(file)]))
    sent = {
        "name": "ann",
        "word": "S3CRET",
        "deep": {"seal": "S3CRET"},
        "unknown": "S3CRET",
        "api_key": "S3CRET",
    }
    client(
        "POST", "/doors", sent, query=b"pin=S3CRET&access_token=S3CRET&page=1", Authorization="Bearer S3CRET"
    )
    client("POST", "/doors", raw=b'{"word": "S3CRET"', content_type="application/json")
    text = client("GET", "/__mock/journal").raw.decode()
    assert "S3CRET" not in text
    entry = json.loads(text)[0]
    assert (entry["body"]["name"], entry["query"]) == ("ann", "pin=<redacted>&access_token=<redacted>&page=1")


def test_events(contracts: dict[str, Contract]) -> None:
    with running(Mock([contracts["puffle"]])) as root:
        host, _, port = root.removeprefix("http://").partition(":")
        listening = HTTPConnection(host, int(port), timeout=30)
        listening.request("GET", "/~ann/__mock/events")
        stream = listening.getresponse()
        assert stream.getheader("content-type") == "text/event-stream"
        assert stream.readline() == b": here\n"

        def act() -> None:
            for method, path, body in (
                ("POST", f"/~ann{ONE}/pause", None),
                ("POST", f"{ONE}/pause", None),  # of another session
                ("POST", "/~ann/__mock/clock", b'{"advance": 5}'),
                ("POST", "/~ann/__mock/reset", None),
            ):
                calling = HTTPConnection(host, int(port), timeout=30)
                calling.request(method, path, body, headers={"Authorization": "Bearer x"})
                calling.getresponse().read()
                calling.close()

        threading.Thread(target=act).start()
        seen: list[Any] = []
        until = time.monotonic() + 30
        while len(seen) < 3 and time.monotonic() < until:
            line = stream.readline().decode().strip()
            if line.startswith("event:"):
                kind = line.removeprefix("event: ")
                data = json.loads(stream.readline().decode().removeprefix("data: "))
                seen.append((kind, data.get("operation") or data))
        listening.close()
    assert seen == [("call", "pauseCampaign"), ("clock", {"advance": 5}), ("reset", {"scenario": "default"})]


def test_a_resource_of_several_apis(contracts: dict[str, Contract]) -> None:
    client = Client(Mock([contracts["puffle"], contracts["ocamba"]]))
    answer = client("GET", "/__mock/state/Campaign")
    assert (answer.status, answer.json["valid"]) == (400, ["puffle", "ocamba"])
    assert client("GET", "/__mock/state/Campaign", query=b"api=ocamba").status == 200


def test_a_condition_that_fails_is_told_and_stops_nothing_else(tmp_path: Any) -> None:
    file = tmp_path / "lamps.yaml"
    file.write_text(
        "openapi: 3.0.3\ninfo: {title: Lamps, version: '1'}\n"
        "x-contract:\n  resources:\n    Lamp:\n      id: id\n"
        "      state:\n        field: status\n        initial: dark\n"
        "        auto: {on: {from: dark, to: lit, when: timestamp(self.at) <= now}}\n"
        "      fixtures: {hall: {id: hall, status: dark, at: never}}\npaths:\n  /lamps/{id}:\n"
        "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n"
        "    get: {operationId: read, x-contract: {acts: Lamp.read}, responses: {'200': {description: ok}}}\n"
        "components:\n  schemas:\n    Lamp: {type: object, properties: {id: {type: string},"
        " status: {enum: [dark, lit]}, at: {type: string}}}\n"
    )
    client = Client(Mock([load(file)]))
    answer = client("GET", "/lamps/hall")
    assert (answer.status, "lamps.yaml:10:" in answer.json["detail"]) == (500, True)
    assert client("POST", "/__mock/clock", {"advance": 5}).status == 200
    state = client("GET", "/__mock/state")
    assert (state.status, "timestamp(self.at) <= now" in state.json["error"]) == (500, True)
