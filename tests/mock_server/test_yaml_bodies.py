"""Bodies in YAML and long numbers: what JSON cannot say is no body; what is stored is what was sent."""

from __future__ import annotations

import pytest

from tests.mock_server.calling import Client
from tests.mock_server.test_values import DOCUMENT
from troth import Mock, load

YAML, JSON, FORM = "application/yaml", "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(Mock(load(DOCUMENT)))


@pytest.mark.parametrize(
    "body",
    [
        "any: !!binary aGk=",
        "any: !!set {a, b}",
        "any: !!timestamp 2020-01-01",
        "any: !!omap [a: 1]",
        "any: !!pairs [a: 1]",
        "any: !!python/object:x {}",
        "any: 1e999",
        "any: " + "[" * 101 + "]" * 101,
        "any: [" + "1, " * 100_001 + "1]",
    ],
)
def test_what_json_cannot_say_is_refused(client: Client, body: str) -> None:
    answer = client("POST", "/items", raw=body.encode(), Content_Type=YAML)
    assert (answer.status, answer.headers["x-mock-reason"]) == (422, f"the body is not {YAML}")
    assert client("GET", "/items").status == 200


def test_what_it_can_say_is_taken(client: Client) -> None:
    body = "any: [!!str 1, !!int '2', 2020-01-01, ~, .inf, " + "[" * 90 + "]" * 90 + "]"
    answer = client("POST", "/items", raw=body.encode(), Content_Type=YAML)
    assert answer.json["any"][:5] == ["1", 2, "2020-01-01", None, ".inf"]


@pytest.mark.parametrize(
    "number", ["123456789012345678901234567890", "18446744073709551616", "-9223372036854775809"]
)
@pytest.mark.parametrize("media", [JSON, YAML])
def test_long_integers_stay_what_they_are(client: Client, number: str, media: str) -> None:
    answer = client("POST", "/items", raw=b'{"any": [%s]}' % number.encode(), Content_Type=media)
    assert answer.json["any"] == [int(number)]
    assert client("GET", f"/items/{answer.json['id']}").raw == answer.raw


def test_what_no_number_can_hold_is_refused(client: Client) -> None:
    assert client("POST", "/items", raw=b'{"any": 1e400}', Content_Type=JSON).status == 422
    assert client("POST", "/items", raw=b'{"any": %s}' % (b"9" * 5000), Content_Type=JSON).status == 422
    answer = client("POST", "/items", raw=b"price=" + b"9" * 300 + b"e99", Content_Type=FORM)
    assert answer.json["price"] == "9" * 300 + "e99"
