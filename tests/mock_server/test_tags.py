"""Entity tags: another one for what is shown otherwise, and for each media type (RFC 9110, 8.8)."""

from __future__ import annotations

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
