"""An answer is given again as it was; and whatever could change it has changed it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Answer, Client
from tests.work import counted_calls
from troth import Mock, load

DOCUMENT = """
openapi: 3.1.0
info: {title: Notes, version: '1'}
x-contract:
  scenarios: {none: {fixtures: []}}
  resources:
    Note:
      id: id
      managed: {id: create}
      state: {field: state, initial: x, auto: {later: {from: x, to: y, after: PT20S}}}
      fixtures: {one: {id: n1, state: x, text: first}}
paths:
  /notes:
    get:
      operationId: list
      x-contract: {acts: Note.list}
      responses: {'200': {description: All., content: {application/json: {schema:
        {type: array, items: &Note {$ref: '#/components/schemas/Note'}}}}}}
    post:
      operationId: add
      x-contract: {acts: Note.create}
      requestBody: &body {content: {application/json: {schema: {type: object, properties: {
        text: {type: string}}}}}}
      responses: {'201': {description: Made., content: &note {application/json: {schema: *Note}}}}
  /notes/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      security: [{key: []}]
      x-contract: {acts: Note.read}
      responses: &one {'200': {description: It., content: *note}}
    patch:
      operationId: change
      x-contract: {acts: Note.update}
      requestBody: *body
      responses: *one
    delete:
      operationId: remove
      x-contract: {acts: Note.delete}
      responses: {'204': {description: Gone.}}
  /notes/{id}/early:
    parameters: *id
    get:
      operationId: early
      x-contract: {acts: Note.read, rules: {early: {rule: "now < timestamp('2030-01-01T12:00:10Z')",
        status: 409}}}
      responses: *one
  /notes/{id}/limited:
    parameters: *id
    get:
      operationId: limited
      x-contract: {acts: Note.read, limits: {reads: {q: 3, w: 60}}}
      responses: *one
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Note: {type: object, properties: {id: {type: string}, state: {enum: [x, y]}, text: {type: string}}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "notes.yaml"
    made.write_text(DOCUMENT)
    return made


@pytest.fixture
def client(path: Path) -> Client:
    made = Client(Mock(load(path), token="k"), defaults={"Host": "localhost:4010", "X-Key": "k"})
    advance(made, 0, freeze=True)
    return made


def advance(client: Client, seconds: float, **more: Any) -> None:
    assert client("POST", "/__mock/clock", {"advance": seconds, **more}).status == 200


def text(client: Client, path: str = "/notes/n1", **headers: Any) -> Any:
    answer = client("GET", path, **headers)
    return answer.json.get("text") if answer.status == 200 else answer.status


CHANGES: dict[str, tuple[Callable[[Client], Any], object]] = {
    "nothing": (lambda client: client("GET", "/notes"), "first"),
    "a write": (lambda client: client("PATCH", "/notes/n1", {"text": "new"}), "new"),
    "a write elsewhere": (lambda client: client("POST", "/notes", {"text": "new"}), "first"),
    "a delete": (lambda client: client("DELETE", "/notes/n1"), 404),
    "control": (lambda client: client("PATCH", "/__mock/state/Note/n1", {"data": {"text": "set"}}), "set"),
    "another scenario": (lambda client: client("POST", "/__mock/reset", {"scenario": "none"}), 404),
    "a fault": (lambda client: client("POST", "/__mock/faults", {"cut": True, "operation": "add"}), "first"),
    "a delay of all": (lambda client: client("POST", "/__mock/faults", {"delay": 1}), "first"),
}


@pytest.mark.parametrize(("change", "then"), CHANGES.values(), ids=CHANGES)
def test_what_is_asked_again_is_as_it_is_now(
    client: Client, change: Callable[[Client], Answer], then: object
) -> None:
    assert [text(client), text(client)] == ["first", "first"]
    assert change(client).status < 300
    assert [text(client), text(client)] == [then, then]


def test_a_list_shows_what_has_been_made(client: Client) -> None:
    for number in range(1, 4):
        assert [len(client("GET", "/notes").json) for _ in range(2)] == [number, number]
        client("POST", "/notes", {"text": "more"})


def test_a_record_moves_when_its_time_has_come(client: Client) -> None:
    states = []
    for seconds in (0, 19, 2):
        advance(client, seconds)
        states += [client("GET", "/notes/n1").json["state"] for _ in range(2)]
    assert states == ["x", "x", "x", "x", "y", "y"]


def test_a_snapshot_brings_back_what_was(client: Client) -> None:
    client("PUT", "/__mock/snapshots/before")
    client("PATCH", "/notes/n1", {"text": "new"})
    assert text(client) == "new"
    client("POST", "/__mock/snapshots/before/restore")
    assert text(client) == "first"


def test_what_hangs_on_the_time_is_decided_each_time(client: Client) -> None:
    advance(client, 30)  # past the last move: nothing is written any more
    assert text(client, "/notes/n1/early") == "first"
    advance(client, 366 * 86_400 * 4)
    assert text(client, "/notes/n1/early") == 409


def test_every_call_counts_against_a_quota(client: Client) -> None:
    assert [text(client, "/notes/n1/limited") for _ in range(5)] == ["first"] * 3 + [429] * 2


def test_who_sends_other_credentials_gets_another_answer(client: Client) -> None:
    assert text(client) == "first"
    assert text(client, **{"X-Key": "other"}) == 401
    assert text(client) == "first"


def test_what_is_asked_of_the_mock_itself_is_heard(client: Client) -> None:
    assert text(client) == "first"
    assert client("GET", "/notes/n1", Prefer="state=y").json["state"] == "y"
    assert client("GET", "/notes/n1", query=b"__code=404").status == 404
    assert client("GET", "/notes/n1").json["state"] == "x"
    client("POST", "/__mock/faults", {"status": 200, "times": 1, "cut": True})
    assert client("GET", "/notes/n1").raw == b""
    assert text(client) == "first"


def test_another_contract_answers_by_its_own_rules(client: Client, path: Path) -> None:
    assert text(client) == "first"
    path.write_text(
        DOCUMENT.replace(
            "x-contract: {acts: Note.read}",
            "x-contract: {acts: Note.read, rules: {never: {rule: self.text != 'first', status: 409}}}",
            1,
        )
    )
    client.mock.follow([load(path)])
    assert text(client) == 409


def test_every_call_is_in_the_journal_with_its_time(client: Client) -> None:
    for _ in range(3):
        advance(client, 1)
        assert text(client) == "first"
    entries = client("GET", "/__mock/journal").json
    assert [entry["operation"] for entry in entries] == ["read"] * 3
    assert len({entry["time"] for entry in entries}) == 3
    assert entries[2]["answer"] == entries[0]["answer"] != None  # noqa: E711


def test_a_session_has_its_own_answers(client: Client) -> None:
    assert text(client) == text(client, X_Mock_Session="ann") == "first"
    client("PATCH", "/notes/n1", {"text": "hers"}, X_Mock_Session="ann")
    assert (text(client), text(client, X_Mock_Session="ann")) == ("first", "hers")


def test_an_answer_that_stands_costs_a_fraction(client: Client) -> None:
    client("GET", "/notes/n1")
    calls = []
    for path in ("/notes", "/notes"):
        with counted_calls() as counted:
            client("GET", path)
        calls.append(counted.number)
    assert calls[1] < calls[0] * 0.7


DIVIDING = """
openapi: 3.0.3
info: {title: M, version: '1'}
x-contract:
  resources:
    T: {id: id, fixtures: {x: {id: x, n: 1}}}
paths:
  /t/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: g
      x-contract: {acts: T.read, rules: {enough: {rule: 10 / self.n > 0, status: 409}}}
      responses: {'200': {description: x, content: {application/json: {schema:
        {$ref: '#/components/schemas/T'}}}}, '409': {description: few}}
components:
  schemas:
    T: {type: object, required: [n], properties: {id: {type: string}, n: {type: integer}}}
"""


def test_what_cannot_be_worked_out_is_told_again(tmp_path: Path) -> None:
    path = tmp_path / "dividing.yaml"
    path.write_text(DIVIDING)
    client = Client(Mock(load(path)))
    assert client("GET", "/t/x").status == 200
    assert client("PUT", "/__mock/state/T/p", {"data": {"n": 0}}).status == 200
    told = [client("GET", "/t/p") for _ in range(2)]
    assert [answer.status for answer in told] == [500, 500]
    assert "dividing.yaml:12" in told[1].headers["x-mock-rule"]


def test_headers_may_come_as_lists(client: Client) -> None:
    """ASGI: each header is an iterable of two."""
    sent: list[Any] = []

    async def call() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {
            "type": "http",
            "method": "GET",
            "path": "/notes",
            "query_string": b"",
            "headers": [[b"x-key", b"k"]],
        }
        await client.mock(scope, receive, send)

    for _ in range(2):
        asyncio.run(call())
    assert [message["status"] for message in sent if "status" in message] == [200, 200]


def test_what_is_kept_is_bounded_by_what_was_sent(client: Client) -> None:
    standing = client.mock.session.standing
    for number in range(200):
        text(client, **{f"X-{number}": "long" * 3000})
    kept = sum(len(part) for asked in standing._known for part in asked)
    assert 100_000 < kept < 2_000_000
