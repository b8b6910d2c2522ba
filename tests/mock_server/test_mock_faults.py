"""Faults of the author at run time, effects that fail, and fields that several calls change at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

LAMPS = """\
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  errors: {message: /oops/0/text}
  resources:
    Lamp:
      id: id
      state: {field: status, initial: dark}
      computed: {ratio: self.volts / self.amps}
      fixtures:
        good: {id: good, volts: 10, amps: 5}
        zero: {id: zero, volts: 10, amps: 0}
        short: {id: short, volts: 0, amps: 1}
paths:
  /lamps/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getLamp
      x-contract: {acts: Lamp.read}
      responses: {'200': {$ref: '#/components/responses/Lamp'}, 4XX: {$ref: '#/components/responses/Oops'}}
    patch:
      operationId: updateLamp
      x-contract: {acts: Lamp.update}
      requestBody:
        content: {application/json: {schema: {type: object, properties: {amps: {type: integer}}}}}
      responses: {'200': {$ref: '#/components/responses/Lamp'}, 4XX: {$ref: '#/components/responses/Oops'}}
  /lamps/{id}/light:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: lightLamp
      x-contract:
        acts: Lamp.action
        transition:
          from: dark
          to:
            lit: 100 / self.volts < 50
            dark: otherwise
        effects:
          ring: {with: {bell: 1}}
      responses:
        '200': {$ref: '#/components/responses/Lamp'}
        4XX: {$ref: '#/components/responses/Oops'}
        5XX: {$ref: '#/components/responses/Oops'}
components:
  responses:
    Lamp: {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
    Oops:
      description: No.
      content:
        application/json:
          schema:
            type: object
            required: [oops]
            properties:
              oops: {type: array, items: {type: object, properties: {text: {type: string}}}}
  schemas:
    Lamp:
      type: object
      required: [id, status]
      properties:
        id: {type: string}
        status: {type: string, enum: [dark, lit]}
        volts: {type: integer}
        amps: {type: integer}
        ratio: {type: integer}
      example: {id: good, status: dark, volts: 10, amps: 5}
"""
RATIO, GUARD = (
    1 + next(n for n, line in enumerate(LAMPS.splitlines()) if part in line)
    for part in ("computed:", "lit: 100")
)


@pytest.fixture
def lamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.chdir(tmp_path)
    Path("lamps.yaml").write_text(LAMPS, "utf-8")
    return Client(Mock([load("lamps.yaml")]))


def test_the_honest_lamp(lamps: Client) -> None:
    assert lamps("GET", "/lamps/good").json["ratio"] == 2
    assert lamps("POST", "/lamps/good/light").json["status"] == "lit"


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("GET", "/lamps/zero", RATIO),
        ("POST", "/lamps/zero/light", RATIO),
        ("POST", "/lamps/short/light", GUARD),
    ],
)
def test_a_failing_expression_names_its_line(lamps: Client, method: str, path: str, line: int) -> None:
    before = lamps.mock.state()
    answer = lamps(method, path)
    assert answer.status == 500
    assert list(answer.json) == ["oops"]
    assert isinstance(answer.json["oops"][0]["text"], str)
    assert f"lamps.yaml:{line}:" in answer.headers["x-mock-reason"]
    assert f"lamps.yaml:{line}:" in answer.headers["x-mock-rule"]
    assert lamps("GET", "/__mock/journal").json[-1]["at"].startswith(f"lamps.yaml:{line}:")
    assert lamps.mock.state() == before


def test_a_write_that_breaks_the_answer_is_not_made(lamps: Client) -> None:
    assert lamps("PATCH", "/lamps/good", {"amps": 0}).status == 500
    assert lamps("GET", "/lamps/good").json["amps"] == 5


def test_a_failing_effect_fails_the_call(lamps: Client) -> None:
    before = lamps.mock.state()
    answer = lamps("POST", "/lamps/good/light", Prefer="respond-async, Fail-Effect=ring; x=1")
    assert answer.status == 500
    assert list(answer.json) == ["oops"]
    assert answer.headers["x-mock-rule"].startswith("lightLamp/effects/ring (lamps.yaml:")
    assert answer.headers["x-mock-reason"] == "effect ring failed"
    assert lamps.mock.state() == before
    assert lamps("POST", "/lamps/good/light", Prefer="fail-effect=bell").status == 200
