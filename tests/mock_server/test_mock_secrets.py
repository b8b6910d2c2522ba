"""What is secret stays so: credentials and secret values are in no reason, journal or message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Mock, UsageError, lint, load

DOCUMENT = """\
openapi: 3.1.0
info: {title: T, version: '1'}
security: [{sign: []}]
paths:
  /login:
    post:
      operationId: login
      requestBody:
        content: {application/json: {schema: {type: object, required: [user], properties: {
          user: {type: string, maxLength: 3}, word: {type: string, format: password, maxLength: 3},
          pin: {type: string, writeOnly: true, pattern: '^[0-9]+$'}, cards: {type: array, items: {$ref: '#/components/schemas/Card'}}}}}}
      responses: {'200': {description: OK}}
components:
  securitySchemes: {sign: {type: apiKey, in: header, name: X-Stamp}}
  schemas: {Card: {type: object, maxProperties: 1, properties: {number: {type: string, writeOnly: true}}}}
"""  # noqa: E501

SECRET = "s3cret-value"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT)
    return Client(Mock(path))


@pytest.mark.parametrize(
    "body",
    [
        {"user": "a", "word": SECRET},
        {"user": "a", "pin": SECRET},
        {"user": "a", "cards": [{"number": SECRET, "more": 1}]},
        {"user": "a", "cards": {"number": SECRET}},
        {"word": SECRET},
        [SECRET],
        SECRET,
    ],
)
def test_a_secret_value_is_not_quoted(client: Client, body: Any) -> None:
    answer = client("POST", "/login", body, x_stamp=SECRET)
    assert answer.status == 400
    assert answer.headers["x-mock-reason"]
    journal = client("GET", "/__mock/journal").raw
    for text in (answer.raw, json.dumps(answer.headers).encode(), journal):
        assert SECRET.encode() not in text


def test_a_value_that_is_none_is_quoted(client: Client) -> None:
    answer = client("POST", "/login", {"user": "longer"}, x_stamp="x")
    assert '"longer" is longer than 3 characters' in answer.headers["x-mock-reason"]


@pytest.mark.parametrize("name", ["token", "control_token"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_secret_is_none(name: str, value: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        Mock("puffle", **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://example.com"},
        {"Host": "example.com"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"Forwarded": "for=10.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_the_control_api_is_for_this_machine(client: Client, header: dict[str, str]) -> None:
    assert client("GET", "/__mock/state").status == 200
    assert client("GET", "/__mock/state", raw=None, query=b"", **header).status == 403


HANDLED = """\
openapi: 3.1.0
info: {title: T, version: '1'}
x-contract: {handlers: handlers.py}
paths: {/a: {get: {operationId: a, responses: {'200': {description: OK}}}}}
"""


@pytest.mark.parametrize("ends", ["raise SystemExit(0)", "raise RuntimeError('no')", "open('ran', 'w')"])
def test_reading_a_document_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "api.yaml"
    path.write_text(HANDLED)
    (tmp_path / "handlers.py").write_text(f"def a(asked):\n    'Answers.'\n    return None\n\n\n{ends}\n")
    assert [finding.code for finding in lint(path) if finding.severity == "error"] == []
    assert load(path, run=False).operations.keys() == {"a"}
    assert not (tmp_path / "ran").exists()
