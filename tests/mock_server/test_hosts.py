"""Several APIs in one mock, told apart by the host that a request names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mock_server.calling import Client
from troth import Contract, Mock, load

THINGS = """
openapi: 3.1.0
info: {title: TITLE, version: '1'}
servers: SERVERS
paths:
  /things:
    post:
      requestBody: {content: &json {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'201': {description: Made., headers: {Location: {schema: {type: string}}}, content: *json}}
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: It., content: *json}}
components: {schemas: {Thing: {type: object, properties: {id: {type: string}, name: {type: string}}}}}
"""

Make = Callable[..., Contract]


@pytest.fixture
def things(tmp_path: Path) -> Make:
    def make(name: str, *servers: str) -> Contract:
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            THINGS.replace("TITLE", name).replace("SERVERS", str([{"url": url} for url in servers]))
        )
        return load(path, infer=True)

    return make


CALLS: list[tuple[str, str, str | None]] = [
    ("ann.localhost:4010", "/v1/things", "/v1/things/"),
    ("Ann.LocalHost", "/v1/things", "/v1/things/"),
    ("bob.localhost", "/v1/things", "/v1/things/"),
    ("api.ann.example", "/v1/things", "/v1/things/"),
    ("eu.ann.example:80", "/v1/things", "/v1/things/"),
    ("shared.example", "/v1/things", None),  # both say that they are there
    ("127.0.0.1:4010", "/v1/things", None),
    ("localhost", "/v1/things", None),
    ("localhost", "/ann/v1/things", "/ann/v1/things/"),
    ("shared.example", "/bob/v1/things", "/bob/v1/things/"),
    ("cid.localhost", "/ann/v1/things", "/ann/v1/things/"),
    ("[::1]:4010", "/ann/v1/things", "/ann/v1/things/"),
    ("", "/ann/v1/things", "/ann/v1/things/"),
]


@pytest.mark.parametrize(("host", "path", "below"), CALLS)
def test_a_host_names_an_api(things: Make, host: str, path: str, below: str | None) -> None:
    more = ("https://shared.example/v1", "http://localhost:3000/v1", "http://127.0.0.1/v1")
    ann = things("ann", "https://api.ann.example/v1", "https://eu.ann.example/v1", *more)
    client = Client(Mock([ann, things("bob", "https://api.bob.example/v1", *more)]))
    said: Any = {"Host": host, "Content-Type": "application/json"}
    answer = client("POST", path, {"name": "x"}, **said)
    if below is None:
        assert answer.status == 404
        return
    assert answer.status == 201
    location = urlsplit(answer.headers["location"]).path
    assert location.startswith(below)
    assert client("GET", location, **said).json["name"] == "x"
    whose = "bob" if "bob" in host + path else "ann"
    state = client("GET", "/__mock/state").json
    assert [api for api in state if any(one["data"].get("name") == "x" for one in state[api]["Thing"])] == [
        whose
    ]


def test_one_api_is_there_under_any_name(things: Make) -> None:
    client = Client(Mock(things("ann", "https://api.ann.example/v1")))
    for host in ("ann.localhost", "bob.localhost", "localhost"):
        said: Any = {"Host": host, "Content-Type": "application/json"}
        assert client("POST", "/v1/things", {"name": "x"}, **said).status == 201
