"""What one request asks of the mock: `Prefer` and its twins in the query."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"

DOCUMENT = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
x-contract:
  errors: {message: /error, refused: {status: 409, message: It is gone}}
  resources:
    Pet:
      id: id
      state: {field: mood, initial: calm}
      fixtures: {rex: {id: p1, name: Rex, mood: calm}}
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readPet
      x-contract: {acts: Pet.read}
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
              examples:
                cat: {value: {id: c1, name: Tom, mood: wild}}
                dog: {value: {id: d1, name: Rex, mood: calm}}
        '404':
          description: no
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Error'}
              examples: {lost: {value: {error: It ran away}}}
        5XX: {description: broken}
    post:
      operationId: ride
      x-contract: {acts: Pet.action, transition: {from: calm, to: wild}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '409': {description: no, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name, mood]
      properties: {id: {type: string}, name: {type: string, minLength: 2}, mood: {enum: [calm, wild]}}
    Error: {type: object, required: [error], properties: {error: {type: string}}}
"""


@pytest.fixture
def pets(tmp_path: Any) -> Client:
    file = tmp_path / "pets.yaml"
    file.write_text(DOCUMENT)
    return Client(Mock([load(file)]))


REX = {"id": "p1", "name": "Rex", "mood": "calm"}
TOM = {"id": "c1", "name": "Tom", "mood": "wild"}
PROBLEM = {"type": "about:blank", "title": "I'm a Teapot", "status": 418, "detail": "I'm a Teapot"}
CASES: list[tuple[str, str, int, Any, str | None, str | None]] = [
    # method, what is asked, status, body, Preference-Applied, what is said to be ignored
    ("GET", "code=404", 404, {"error": "It ran away"}, "code=404", None),
    ("GET", "code=200", 200, TOM, "code=200", None),
    ("GET", 'example="cat"', 200, TOM, "example=cat", None),
    ("GET", "example=lost", 404, {"error": "It ran away"}, "example=lost", None),
    ("GET", "code=404, example=lost", 404, {"error": "It ran away"}, "code=404, example=lost", None),
    (
        "GET",
        "code=200; example=dog",
        200,
        {"id": "d1", "name": "Rex", "mood": "calm"},
        "code=200, example=dog",
        None,
    ),
    ("GET", "code=404, example=cat", 200, REX, None, "there is no example 'cat'; valid: lost"),
    ("GET", "example=cow", 200, REX, None, "there is no example 'cow'; valid: cat, dog, lost"),
    ("GET", "code=503", 503, None, "code=503", None),
    ("GET", "code=204", 200, REX, None, "readPet documents no 204; valid: 200, 404, 5XX"),
    ("GET", "code=999", 200, REX, None, "code=999: a status from 200 to 599 is taken"),
    ("GET", "dynamic=yes", 200, REX, None, "dynamic=yes: true or false is taken"),
    ("GET", "delay=-1", 200, REX, None, "delay=-1: milliseconds up to 600,000 are taken"),
    ("GET", "mood=wild", 200, REX, None, "mood: not known; valid: code, example, dynamic, delay, state"),
    ("GET", "return=minimal", 200, REX, None, None),
    ("GET", "state=wild", 200, {**REX, "mood": "wild"}, "state=wild", None),
    ("GET", "state=angry", 200, REX, None, "state=angry: valid: calm, wild"),
    ("POST", "state=wild", 409, {"error": "It is gone"}, "state=wild", None),
    ("POST", "state=calm", 200, {**REX, "mood": "wild"}, "state=calm", None),
    (
        "GET",
        "code=404, code=200",
        404,
        None,
        "code=404",
        "code=200: code is said before, and the first counts",
    ),
    ("GET", "code=404, state=wild", 404, None, "code=404", "state=wild: nothing is decided here"),
    ("POST", "code=409, fail-effect=x", 409, None, "code=409", "fail-effect=x: nothing is decided here"),
    ("GET", "b" * 50_000, 200, REX, None, "b" * 1_000),
    ("POST", "code=409", 409, {"error": "It is gone"}, "code=409", None),
]


@pytest.mark.parametrize(("method", "asked", "status", "body", "applied", "ignored"), CASES)
def test_preferences(
    pets: Client, method: str, asked: str, status: int, body: Any, applied: str | None, ignored: str | None
) -> None:
    before = pets.mock.state()
    answer = pets(method, "/pets/p1", Prefer=asked)
    assert answer.status == status
    if body is not None:
        assert answer.json == body
    assert answer.headers.get("preference-applied") == applied
    assert len(answer.headers.get("x-mock-ignored") or "") <= 1_000
    assert (answer.headers.get("x-mock-ignored") or "")[: len(ignored or "")] == (ignored or "")
    assert pets.mock.state() == before


def test_an_error_that_the_document_lacks_is_a_problem(pets: Client) -> None:
    answer = pets("POST", "/pets/p1", Prefer="code=418")
    assert (answer.status, answer.json) == (418, {"error": "I'm a Teapot"})
    answer = Client(Mock([load("puffle")]))("GET", ONE, Prefer="code=502")
    assert answer.status == 502


@pytest.mark.parametrize(
    ("status", "text"), [(419, "Bad Request"), (499, "Bad Request"), (520, "Internal Server Error")]
)
def test_a_status_that_nobody_has_registered_is_the_first_of_its_class(
    pets: Client, status: int, text: str
) -> None:
    answer = pets("POST", "/pets/p1", Prefer=f"code={status}")
    assert (answer.status, answer.json) == (status, {"error": text})
    pets("POST", "/__mock/faults", {"status": status})
    assert pets("POST", "/pets/p1").status == status


def test_a_body_made_up_anew(pets: Client) -> None:
    answer = pets("GET", "/pets/p1", Prefer="dynamic=true")
    assert answer.headers["preference-applied"] == "dynamic=true"
    assert set(answer.json) == {"id", "name", "mood"}
    assert answer.json["mood"] in ("calm", "wild")
    assert pets("GET", "/pets/p1", Prefer="dynamic=false").json == REX


def test_twins_in_the_query(puffle: Client) -> None:
    answer = puffle("GET", ONE, query=b"__code=404&x=1&__wild=2")
    assert (answer.status, answer.headers["preference-applied"]) == (404, "code=404")
    (entry,) = puffle("GET", "/__mock/journal").json
    assert (entry["status"], entry["reason"]) == (404, "asked for: code=404; nothing is written")
    assert entry["query"] == "x=1&__wild=2"


def test_a_delay(puffle: Client) -> None:
    begun = time.monotonic()
    answer = puffle("GET", ONE, Prefer="delay=60")
    assert time.monotonic() - begun >= 0.06
    assert (answer.status, answer.headers["preference-applied"]) == (200, "delay=60")


def test_a_lost_record_and_a_path_without_one(puffle: Client) -> None:
    assert (
        puffle("GET", "/api/campaigns/8c2b2d4e-e29b-41d4-a716-999999999999", Prefer="state=paused").status
        == 404
    )
    answer = puffle("GET", "/api/campaigns", Prefer="state=paused")
    assert answer.headers["x-mock-ignored"].startswith("state=paused: listCampaigns is about no record")
