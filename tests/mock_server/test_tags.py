"""Entity tags: another one for what is shown otherwise, and for each media type (RFC 9110, 8.8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from tests.mock_server.test_values import DOCUMENT, made
from troth import Mock, load

XML = "application/xml"


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(Mock(load(DOCUMENT)))


def test_what_follows_from_a_hidden_variable_is_shown(client: Client) -> None:
    path = f"/items/{made(client, rank=1)['id']}"
    before = client("GET", path)
    after = client("POST", f"{path}/bump")
    assert (before.json["seen"], after.json["seen"]) == (0, 1)
    assert before.headers["etag"] != after.headers["etag"]
    assert client("GET", path, If_None_Match=before.headers["etag"]).status == 200
    assert client("GET", path, If_None_Match=after.headers["etag"]).status == 304
    assert client("PATCH", path, {"rank": 2}, If_Match=before.headers["etag"]).status == 412
    assert client("PATCH", path, {"rank": 2}, If_Match=after.headers["etag"]).status == 200


def test_other_names_with_the_same_checksum(client: Client) -> None:
    path = f"/items/{made(client, name='plumless')['id']}"
    before = client("GET", path).headers["etag"]
    assert client("PATCH", path, {"name": "buckeroo"}).headers["etag"] != before
    assert client("PATCH", path, {"name": "x"}, If_Match=before).status == 412


def test_each_media_type_has_its_own(client: Client) -> None:
    path = f"/items/{made(client, name='x')['id']}"
    json, xml = client("GET", path), client("GET", path, Accept=XML)
    assert xml.headers["content-type"] == XML
    assert json.headers["etag"] != xml.headers["etag"]
    assert client("GET", path, Accept=XML, If_None_Match=json.headers["etag"]).status == 200
    assert client("GET", path, Accept=XML, If_None_Match=xml.headers["etag"]).status == 304
    assert client("GET", path, If_None_Match=xml.headers["etag"]).status == 200
    assert client("PATCH", path, {"name": "y"}, If_Match=xml.headers["etag"]).status == 200
    assert client("PATCH", path, {"name": "z"}, If_Match=json.headers["etag"]).status == 412


GUESSED = """
openapi: 3.1.0
info: {title: Things, version: '1'}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200':
          description: x
          headers: {ETag: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '404': {description: n}
    put:
      parameters: [{name: If-Match, in: header, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses:
        '200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '201': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '412': {description: p}
  /folders/{name}/files:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get:
      operationId: files
      x-contract:
        acts: File.list
        query: {parameters: {limit: {is: size, default: 1}, offset: {is: offset}}, shows: {/next: next-url}}
      parameters:
      - {name: limit, in: query, schema: {type: integer}}
      - {name: offset, in: query, schema: {type: integer}}
      responses: {'200': {description: x, content: {application/json: {schema: {type: object, properties: {
        items: {type: array, items: {$ref: '#/components/schemas/File'}}, next: {type: [string, 'null']}}}}}}}
x-contract:
  resources: {File: {id: id, fixtures: {a: {id: a}, b: {id: b}}}}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}, name: {type: string}}}
    File: {type: object, properties: {id: {type: string}}}
"""


@pytest.mark.parametrize("tag", ['"abc"', "*"])
def test_what_is_not_there_has_no_tag(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "things.yaml"
    path.write_text(GUESSED.partition("  /folders")[0] + "components:" + GUESSED.partition("components:")[2])
    client = Client(Mock(load(path, infer=True)))
    assert client("PUT", "/things/new", {"id": "new"}, If_Match=tag).status == 412
    assert client("GET", "/things/new").status == 404
    assert client("PUT", "/things/new", {"id": "new"}).status == 201


@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "a%3Fb"])
def test_the_next_page_is_where_this_one_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / "files.yaml"
    path.write_text(GUESSED)
    client = Client(Mock(load(path)))
    first = client("GET", f"/folders/{name}/files").json
    assert first["next"] == f"http://localhost:4010/folders/{name}/files?offset=1"


def test_no_length_is_told_of_what_is_not_sent(client: Client) -> None:
    path = f"/items/{made(client, name='x')['id']}"
    tag = client("GET", path).headers["etag"]
    assert "content-length" not in client("GET", path, If_None_Match=tag).headers
    assert client("HEAD", path).headers["content-length"] == str(len(client("GET", path).raw))
