"""Worlds of many records: nobody waits for a call that is about all of them; what was saved comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mock_server.calling import Answer, Client, exchange
from troth import Contract, Mock, load

PAGED = yaml.safe_load("""
openapi: 3.1.0
info: {title: Things, version: '1'}
x-contract:
  paging: {page: page, size: limit}
  resources:
    Thing: {id: id, fixtures: {a: {id: a, page: 7}, b: {id: b, page: 7}, c: {id: c}}}
paths:
  /things:
    get:
      parameters: [{name: page, in: query, schema: {type: integer}}, {name: limit, in: query, schema: {type: integer}}]
      x-contract: {acts: Thing.list}
      responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}}
components: {schemas: {Thing: {type: object, properties: {id: {type: string}, page: {type: integer}}}}}
""")  # noqa: E501
LOCAL = [(b"host", b"localhost:4010"), (b"authorization", b"Bearer x")]


@pytest.fixture(scope="module")
def large(contracts: dict[str, Contract]) -> Mock:
    return Mock([contracts["autosend"]], limits=False, scenario="large")


LONG: dict[str, tuple[str, str, list[Any]]] = {
    "state": ("GET", "/__mock/state", []),
    "records": ("GET", "/__mock/state/Campaign", []),
    "reset": ("POST", "/__mock/reset", []),
    "save": ("PUT", "/__mock/snapshots/a", []),
    "export": ("GET", "/__mock/snapshots/a", []),
    "restore": ("POST", "/__mock/snapshots/a/restore", []),
    "delete": ("DELETE", "/__mock/snapshots/a", []),
    "clock": ("GET", "/__mock/clock", []),
    "a session begins": ("GET", "/v1/campaigns/x", [(b"x-mock-session", b"ann")]),
    "its state": ("GET", "/__mock/state", [(b"x-mock-session", b"bob")]),
}
"""Calls about very many records, in an order in which they can be made."""


@pytest.mark.parametrize("name", LONG)
def test_others_are_answered_meanwhile(large: Mock, name: str) -> None:
    method, path, headers = LONG[name]
    order: list[str] = []

    async def call(name: str, *request: Any) -> Answer:
        answer = await exchange(large, *request)
        order.append(name)
        return answer

    async def both() -> Answer:
        calls = call("long", method, path, LOCAL + headers, [b""]), call("short", "GET", "/x", LOCAL, [b""])
        return (await asyncio.gather(*calls))[0]

    answer = asyncio.run(both())
    assert order == ["short", "long"]
    assert answer.status == (404 if path.endswith("/x") else 200)


def test_pages_of_a_list_that_was_made_are_answered_at_once(contracts: dict[str, Contract]) -> None:
    mock = Mock([contracts["autosend"]], limits=False, scenario="large")

    async def first(query: bytes) -> str:
        order = list[str]()

        async def call(name: str, path: str, query: bytes) -> None:
            assert (await exchange(mock, "GET", path, LOCAL, [b""], query)).status in (200, 404)
            order.append(name)

        await asyncio.gather(call("page", "/v1/campaigns", query), call("other", "/x", b""))
        return order[0]

    async def all_of_it() -> None:
        assert await first(b"page=1&limit=20") == "other"  # the list is made
        assert await first(b"page=3&limit=20") == "page"
        assert await first(b"limit=10&page=4") == "page"
        assert await first(b"page=1&limit=20&status=draft") == "other"
        assert await first(b"page=2&limit=20&status=draft") == "page"
        mock.reset()
        assert await first(b"page=5&limit=20") == "other"

    asyncio.run(all_of_it())


def test_others_are_answered_while_a_large_record_is_read(contracts: dict[str, Contract]) -> None:
    mock, order = Mock([contracts["autosend"]], limits=False), list[str]()
    body = b'{"name": "%s"}' % (b"x" * 70_000)

    async def call(path: str, headers: list[tuple[bytes, bytes]]) -> None:
        await exchange(mock, "GET", path, headers, [b""])
        order.append(path)

    async def read() -> list[str]:
        order.clear()
        await asyncio.gather(call("/v1/campaigns", LOCAL), call("/x", [*LOCAL, (b"x-mock-session", b"ann")]))
        return list(order)

    async def all_of_it() -> None:
        await exchange(mock, "GET", "/x", [*LOCAL, (b"x-mock-session", b"ann")], [b""])
        assert await read() == ["/v1/campaigns", "/x"]
        await exchange(
            mock, "POST", "/v1/campaigns", [*LOCAL, (b"content-type", b"application/json")], [body]
        )
        assert await read() == ["/x", "/v1/campaigns"]

    asyncio.run(all_of_it())


@pytest.mark.parametrize("path", ["/v1/campaigns/x", "/v1/campaigns", "/__mock/state/Campaign/x"])
def test_others_are_answered_while_a_store_is_at_work(large: Mock, path: str) -> None:
    async def both() -> Answer:
        waiting = asyncio.ensure_future(exchange(large, "GET", path, LOCAL, [b""]))
        await asyncio.sleep(0)
        others = [("GET", "/__mock/health", LOCAL), ("GET", "/x", [*LOCAL, (b"x-mock-session", b"ann")])]
        for method, other, headers in others:
            assert (await exchange(large, method, other, headers, [b""])).status in (200, 404)
        assert not waiting.done()
        work.release()
        return await waiting

    work = large.session.store_of(large.apis[0])._lock
    asyncio.run(exchange(large, "GET", "/x", [*LOCAL, (b"x-mock-session", b"ann")], [b""]))  # it has begun
    work.acquire()
    try:
        assert asyncio.run(both()).status in (200, 404)
    finally:
        if work.locked():
            work.release()


@pytest.fixture
def client(contracts: dict[str, Contract]) -> Client:
    mock = Mock([contracts["autosend"]], limits=False, scenario="large")
    mock.clock.freeze()
    return Client(mock)


def test_what_was_exported_is_taken_again(client: Client) -> None:
    exported = client("PUT", "/__mock/snapshots/all")
    assert len(exported.json["state"]["autosend"]["Campaign"]) == 10_000
    assert client("DELETE", "/__mock/snapshots/all").json == exported.json
    assert client("PUT", "/__mock/snapshots/again", raw=exported.raw).raw == exported.raw
    client("POST", "/__mock/reset", {"scenario": "empty"})
    assert client("GET", "/__mock/state/Campaign").json == []
    restored = client("POST", "/__mock/snapshots/again/restore").json
    assert restored["records"] == {"autosend": {"Campaign": 10_000}}
    assert client("GET", "/__mock/state").raw == exported.raw[len(b'{"state":') : -1]


def test_a_session_has_a_beginning_of_its_own(client: Client) -> None:
    first = client("GET", "/v1/campaigns", X_Mock_Session="ann").json
    id = first["data"]["campaigns"][0]["campaignId"]
    client("DELETE", f"/__mock/state/Campaign/{id}", X_Mock_Session="ann")
    assert client("GET", f"/__mock/state/Campaign/{id}", X_Mock_Session="ann").status == 404
    assert client("GET", f"/__mock/state/Campaign/{id}", X_Mock_Session="bob").status == 200
    assert client("GET", f"/__mock/state/Campaign/{id}").status == 200


def test_every_page_is_of_one_list(tmp_path: Path) -> None:
    """What names the page selects nothing: one index serves all, also where records have such a name."""
    path = tmp_path / "things.yaml"
    path.write_text(yaml.safe_dump(PAGED))
    mock = Mock(load(path))
    client = Client(mock)
    for number in (1, 2, 3):
        assert [one["id"] for one in client("GET", "/things", query=b"page=%d&limit=1" % number).json] == [
            "abc"[number - 1]
        ]
    assert len(mock.session.store_of(mock.apis[0]).shelf("Thing")._lists) == 1


def test_a_refusal_repeats_little_of_a_long_header(large: Mock) -> None:
    answer = Client(large)("GET", "/v1/campaigns", Accept="a/b, " * 10_000)
    assert answer.status == 406
    assert len(answer.raw) < 1000
