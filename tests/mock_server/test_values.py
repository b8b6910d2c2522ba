"""What is stored is what was sent; values are compared, found and sorted as JSON says, not as Python does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Contract, Mock, load

DOCUMENT = Path(__file__).with_name("items.yaml")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(DOCUMENT)


@pytest.fixture
def client(contract: Contract) -> Client:
    return Client(Mock(contract))


def made(client: Client, **data: Any) -> dict[str, Any]:
    answer = client("POST", "/items", data)
    assert answer.status == 201, answer.raw
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"1", b"true"),
        (b"0", b"false"),
        (b"[0]", b"[false]"),
        (b'{"a":[1]}', b'{"a":[true]}'),
        (b"1", b"1.0"),
        (b"1.0", b"1"),
    ],
)
def test_what_is_answered_is_stored(client: Client, before: bytes, after: bytes) -> None:
    path = f"/items/{made(client)['id']}"
    client("PATCH", path, raw=b'{"any":%s}' % before, Content_Type="application/json")
    answer = client("PATCH", path, raw=b'{"any":%s}' % after, Content_Type="application/json")
    assert b'"any":%s,' % after in answer.raw + b","
    assert answer.headers["x-mock-reason"] == "changed: any"
    read = client("GET", path)
    assert (read.raw, read.headers["etag"]) == (answer.raw, answer.headers["etag"])


def test_one_is_not_true(client: Client) -> None:
    made(client, mix=1, name="number")
    made(client, mix=True, name="truth")
    for query, names in ((b"mix=1", ["number"]), (b"mix=true", ["truth"]), (b"mix=false", [])):
        assert [item["name"] for item in client("GET", "/items", query=query).json] == names
    assert client("POST", "/items", {"mix": 1}).status == 409
    assert client("POST", "/items", raw=b'{"mix":1.0}', Content_Type="application/json").status == 409
    assert client("POST", "/items", {"mix": True}).status == 409


def test_the_order_of_numbers(client: Client) -> None:
    for price in (1, None, 2.5, "x", 3, 0.5, 2):
        made(client, price=price)
    made(client)
    for price in (1.5, 4):
        made(client, price=price)
    prices = [item.get("price", "-") for item in client("GET", "/items").json]
    assert prices == [0.5, 1, 1.5, 2, 2.5, 3, 4, "x", None, "-"]


def test_one_without_a_value_leaves_the_others_in_order(client: Client) -> None:
    ids = [made(client, **data)["id"] for data in ({"price": 3}, {}, {"price": 1})]
    assert [item.get("price") for item in client("GET", "/items").json] == [1, 3, None]
    client("PATCH", f"/items/{ids[1]}", {"price": 2})
    client("PATCH", f"/items/{ids[0]}", {"price": None})
    assert [item.get("price") for item in client("GET", "/items").json] == [1, 2, None]


QUERIES: list[tuple[bytes, list[str], int]] = [
    (b"min=4", ["b", "c"], 2),
    (b"sort=-twice", ["c", "b", "a", "a,b"], 4),
    (b"sort=twice&limit=1", ["a"], 4),
    (b"eq=a,b", ["a,b"], 1),
    (b"ne=a,b", ["a", "b", "c"], 3),
    (b"limit=-2", ["a", "b", "c", "a,b"], 4),
    (b"limit=2&offset=-1", ["a", "b"], 4),
]


@pytest.mark.parametrize(("query", "names", "total"), QUERIES)
def test_asked_for(client: Client, query: bytes, names: list[str], total: int) -> None:
    for name, rank in (("a", 1), ("b", 2), ("c", 3)):
        made(client, name=name, rank=rank)
    made(client, name="a,b")
    shown = client("GET", "/asked", query=query).json
    assert ([item["name"] for item in shown["items"]], shown["total"]) == (names, total)


def test_a_filter_leaves_out_what_lacks_the_property(client: Client) -> None:
    made(client, rank=1)
    made(client, name="zed", rank=2)
    for query in (b"name=zed", b"twice=4", b"rank=2"):
        assert [item["rank"] for item in client("GET", "/items", query=query).json] == [2]


@pytest.mark.parametrize("name", ["opt", "name"])
def test_a_null_in_a_merge_patch_removes(client: Client, name: str) -> None:
    path = f"/items/{made(client, opt='x', name='y', rank=1)['id']}"
    answer = client("PATCH", path, {name: None}, Content_Type="application/merge-patch+json")
    assert (answer.status, name in answer.json) == (200, False)
    assert client("GET", path).raw == answer.raw
    if name == "name":
        assert client("PATCH", path, {name: None}, Content_Type="application/json").status == 422
