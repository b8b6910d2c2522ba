"""HTTP around the contract: odd requests, methods, media types, HEAD, CORS; always in the vendor's shape."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.mock_server.calling import Answer, Client, exchange
from troth import Contract, Mock
from troth.mock_server.wire import BODY_LIMIT

ACTIVE, DRAFT = "8c2b2d4e-e29b-41d4-a716-446655440000", "8c2b2d4e-e29b-41d4-a716-446655440005"
ONE = f"/api/campaigns/{ACTIVE}"
TEXT = {"type": "string", "minLength": 1}
SHAPES: dict[str, Any] = {
    "puffle": {"required": ["error"], "properties": {"error": TEXT}},
    "autosend": {
        "required": ["success", "message"],
        "properties": {"success": {"const": False}, "message": TEXT, "retryAfter": {"type": "integer"}},
    },
    "ocamba": {
        "required": ["code", "title", "trace_id"],
        "properties": {"code": {"type": "integer"}, "title": TEXT, "message": TEXT, "trace_id": TEXT},
    },
}
ROOTS = {"puffle": "/api/campaigns", "autosend": "/campaigns", "ocamba": "/hood/campaigns"}
KNOWN = {"puffle": ACTIVE, "autosend": "60d5ec49f1b2c72d9c8b4567", "ocamba": "1000248"}


def assert_refused(api: str, answer: Answer, status: int) -> None:
    assert answer.status == status
    Draft202012Validator(SHAPES[api] | {"additionalProperties": False}).validate(answer.json)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-mock-rule"]
    assert answer.headers["x-mock-reason"]
    if api == "ocamba":
        assert answer.json["code"] == status


@pytest.mark.parametrize("api", SHAPES)
@pytest.mark.parametrize(
    ("status", "method", "tail", "how"),
    [
        (400, "POST", "", {"raw": b"{"}),
        (401, "GET", "", {"Authorization": ""}),
        (401, "GET", "", {"Authorization": "Bearer"}),
        (401, "GET", "", {"Authorization": "Basic abc"}),
        (401, "GET", "", {"Authorization": "Bearer \x00"[:7]}),
        (404, "GET", "/{known}/nothing/here", {}),
        (404, "GET", "/", {}),
        (405, "DELETE", "", {}),
        (405, "GET", "/{known}/pause", {}),
        (405, "BREW", "/{known}", {}),
        (413, "POST", "", {"raw": b" " * (BODY_LIMIT + 1)}),
        (415, "POST", "", {"raw": b"a=b", "content_type": "application/x-www-form-urlencoded"}),
        (415, "POST", "", {"raw": b"{}", "content_type": "application/json; charset=klingon"}),
        (431, "GET", "", {"X_Long": "a" * 70_000}),
    ],
)
def test_refusals(
    client_of: Callable[[str], Client], api: str, status: int, method: str, tail: str, how: dict[str, Any]
) -> None:
    client = client_of(api)
    answer = client(method, ROOTS[api] + tail.format(known=KNOWN[api]), **how)
    assert_refused(api, answer, status)


def test_allow_names_the_methods(puffle: Client) -> None:
    assert puffle("DELETE", ONE).headers["allow"] == "GET, HEAD, PATCH"
    assert puffle("PUT", f"{ONE}/pause").headers["allow"] == "POST"


def test_an_unknown_path_names_what_is_near(puffle: Client) -> None:
    answer = puffle("POST", f"{ONE}/paus")
    assert_refused("puffle", answer, 404)
    assert "/api/campaigns/{id}/pause" in answer.headers["x-mock-reason"]


DEEP = [b"[" * 500_000 + b"]" * 500_000, b'{"name":' * 101 + b"1" + b"}" * 101, b"[" * 1_000_000]
BODIES = [
    *DEEP, b"", b"{", b"[]", b"null", b'"a"', b"\xff\xfe", b'{"name": "\xff"}', b'{"name": "\\ud800"}',
    b"\x00",
    b'{"daily_limit": 99999999999999999999999}', b'{"daily_limit": 1e999}', b'{"daily_limit": NaN}',
    b'{"sequence_nodes": [{"type": "delay", "delay_days": 9000000000000000000}]}',
    b'{"sequence_nodes": [{"type": "delay", "delay_days": 9223372036854775808}]}',
    b'{"sequence_nodes": [{"type": "delay", "delay_days": 1e300}]}',
    b'{"sequence_nodes": [{"type": "delay", "delay_minutes": -1}]}',
    b'{"sequence_nodes": {}}', b'{"account_limits": [[]]}', b'{"operating_hours": 1}',
]  # fmt: skip


@pytest.mark.parametrize("raw", BODIES, ids=[repr(b[:40]) for b in BODIES])
def test_odd_bodies_are_bad_requests(puffle: Client, raw: bytes) -> None:
    puffle.mock.clock.freeze()  # else a launch may be through before a deep body is looked through
    before = puffle.mock.state()
    assert_refused("puffle", puffle("PATCH", f"/api/campaigns/{DRAFT}", raw=raw), 400)
    assert puffle.mock.state() == before


def test_depth_is_named(puffle: Client) -> None:
    answer = puffle("PATCH", ONE, raw=DEEP[0])
    assert answer.json == {"error": "the body is nested more than 100 levels deep"}


def test_depth_is_not_counted_in_texts_or_side_by_side(puffle: Client) -> None:
    hours = {"text": "[" * 200 + '"', "many": [{} for _ in range(200)]}
    assert puffle("PATCH", ONE, {"operating_hours": hours}).json["campaign"]["operating_hours"] == hours


TAKEN: list[Any] = [
    {"__proto__": {"a": 1}}, {"constructor": 1, "": 2, "\x00": 3},
    {"operating_hours": {"__proto__": {"$ref": "#"}}},
    {"operating_hours": {"n": 18446744073709551615, "m": -9223372036854775808}}, {"name": "a\x00b"},
    {"name": "\u2028 \U0001f600 \x7f"},
]  # fmt: skip


@pytest.mark.parametrize("body", TAKEN, ids=ascii)
def test_odd_keys_and_values_are_taken(puffle: Client, body: Any) -> None:
    answer = puffle("PATCH", ONE, body)
    assert answer.status == 200
    stored = puffle("GET", ONE).json["campaign"]
    known = {name: value for name, value in body.items() if name in ("name", "operating_hours")}
    assert {name: stored[name] for name in known} == known
    assert not set(body) - set(known) & set(stored)


PATHS = ["\ufffd\ufffd", "a\x00b", "%", "\n", "..", "{id}", " ", "é" * 300, "'; DROP TABLE campaigns"]


@pytest.mark.parametrize("key", PATHS, ids=ascii)
@pytest.mark.parametrize("api", SHAPES)
def test_odd_paths(client_of: Callable[[str], Client], api: str, key: str) -> None:
    answer = client_of(api)("GET", f"{ROOTS[api]}/{key}")
    assert answer.status in (400, 404)
    assert_refused(api, answer, answer.status)


QUERIES = [
    b"page=1&page=x",
    b"page=1_0",
    b"page= 1",
    b"page=1.5",
    b"page=-1",
    b"page=%ff",
    b"page=" + b"9" * 5000,
]


@pytest.mark.parametrize("query", QUERIES, ids=[q[:12].decode() for q in QUERIES])
def test_odd_queries_are_refused(autosend: Client, query: bytes) -> None:
    assert_refused("autosend", autosend("GET", "/campaigns", query=query), 400)


@pytest.mark.parametrize("query", [b"page=x&page=1", b"&&=&a", b"a[]=%ff&a[]=2", b"\xff=\xfe", b"page=1"])
def test_odd_queries_are_taken(autosend: Client, query: bytes) -> None:
    assert autosend("GET", "/campaigns", query=query).status == 200


def test_a_body_that_nobody_wants_is_ignored(puffle: Client) -> None:
    assert puffle("GET", ONE, {"name": "X"}).json["campaign"]["name"] == "Q2 Enterprise Outreach"
    assert puffle("POST", f"{ONE}/pause", raw=b"{").status == 200


def test_chunks_are_put_together(puffle: Client) -> None:
    headers = [(b"authorization", b"Bearer x"), (b"host", b"localhost")]
    chunks = [b'{"na', b"", b'me": "In ', b'parts"}']
    answer = asyncio.run(exchange(puffle.mock, "PATCH", ONE, headers, chunks))
    assert (answer.status, answer.json["campaign"]["name"]) == (200, "In parts")


def test_a_request_that_breaks_off_does_nothing(puffle: Client) -> None:
    before, journal = puffle.mock.state(), len(puffle.mock.journal.entries())
    with pytest.raises(ValueError, match="not enough values"):  # there is no answer
        asyncio.run(exchange(puffle.mock, "POST", f"{ONE}/pause", [(b"authorization", b"Bearer x")], []))
    assert (puffle.mock.state(), len(puffle.mock.journal.entries())) == (before, journal)


def test_head_is_get_without_a_body(puffle: Client) -> None:
    get, head = puffle("GET", ONE), puffle("HEAD", ONE)
    assert (head.status, head.raw) == (200, b"")
    assert head.headers == get.headers
    missing = puffle("HEAD", "/api/campaigns/00000000-0000-0000-0000-000000000000")
    assert (missing.status, missing.raw) == (404, b"")


def test_every_answer_says_which_rule_spoke(puffle: Client) -> None:
    done, refused = puffle("POST", f"{ONE}/pause"), puffle("POST", f"{ONE}/pause")
    line = r"\(specs/puffle/openapi\.yaml:(\d+):\d+\)"
    assert re.fullmatch(rf"pauseCampaign/ok {line}", done.headers["x-mock-rule"])
    found = re.fullmatch(rf"pauseCampaign/transition {line}", refused.headers["x-mock-rule"])
    assert found is not None
    with open("specs/puffle/openapi.yaml", encoding="utf-8") as file:
        assert "Only active campaigns can be paused" in file.readlines()[int(found[1]) - 1]
    assert done.headers["x-mock-reason"] == "status: active -> paused"
    assert refused.headers["x-mock-reason"] == "Only active campaigns can be paused"


def test_reasons_fit_into_a_header(puffle: Client) -> None:
    reason = puffle("PATCH", ONE, {"daily_limit": "\r\nSet-Cookie: a=b \x00 é" + "x" * 9000}).headers[
        "x-mock-reason"
    ]
    assert reason.isascii()
    assert reason.isprintable()
    assert len(reason) <= 4000


PREFLIGHT: Any = {
    "Origin": "http://localhost:3000",
    "Access_Control_Request_Method": "PATCH",
    "Access_Control_Request_Headers": "authorization,content-type",
}


def test_preflight(puffle: Client) -> None:
    puffle.token = None
    answer = puffle("OPTIONS", ONE, **PREFLIGHT)
    assert (answer.status, answer.raw) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "PATCH" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", [ONE, f"{ONE}/resume", "/nowhere"])
def test_pages_may_read_every_answer(puffle: Client, path: str) -> None:
    answer = puffle("GET", path, Origin="http://localhost:3000")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["vary"] == "Origin"
    assert "X-Mock-Rule" in answer.headers["access-control-expose-headers"]


def test_an_answer_to_no_page_says_that_a_page_is_told_more(puffle: Client) -> None:
    """A cache would give it to a page, which could not read it."""
    assert puffle("GET", ONE).headers["vary"] == "Origin"


def test_without_cors(contracts: dict[str, Contract]) -> None:
    closed = Client(Mock([contracts["puffle"]], cors=False))
    assert not any(
        name.startswith("access-control") for name in closed("GET", ONE, Origin="http://x").headers
    )
    assert_refused("puffle", closed("OPTIONS", ONE, **PREFLIGHT), 405)


def test_only_the_token_is_accepted(contracts: dict[str, Contract]) -> None:
    client = Client(Mock([contracts["puffle"]], token="s3cret"))
    assert client("GET", ONE).status == 401
    client.token = "s3cret"
    assert client("GET", ONE).status == 200
    assert client("GET", ONE, Authorization="Bearer s3cre\xe9").status == 401


def test_several_apis_have_their_own_places_and_records(contracts: dict[str, Contract]) -> None:
    mock, fresh = (Mock(list(contracts.values())) for _ in range(2))
    for each in (mock, fresh):
        each.clock.freeze()
    assert [api.prefix for api in mock.apis] == ["/puffle", "/autosend/v1", "/ocamba/v1"]
    for api, root in ROOTS.items():
        prefix = next(a.prefix for a in mock.apis if a.contract.name == api)
        client = Client(mock, prefix)
        assert client("GET", f"{root}/{KNOWN[api]}").status == 200
        assert_refused(api, client("GET", "/nowhere"), 404)
    Client(mock, "/puffle")("POST", f"{ONE}/pause")
    changed = mock.state()
    untouched = fresh.state()
    assert [name for name in untouched if changed[name] != untouched[name]] == ["puffle"]


def test_same_seed_same_ids(contracts: dict[str, Contract]) -> None:
    def ids(seed: int) -> list[str]:
        client = Client(Mock([contracts["puffle"]], seed=seed))
        bodies = [{"type": "email", "name": f"N{n}", "sender_account_ids": []} for n in range(3)]
        return [client("POST", "/api/campaigns", body).json["campaign"]["id"] for body in bodies]

    assert ids(7) == ids(7)
    assert not set(ids(7)) & set(ids(8))
    assert len(set(ids(7))) == 3


def test_reset_repeats_the_ids(puffle: Client) -> None:
    body = {"type": "email", "name": "N", "sender_account_ids": []}
    first = puffle("POST", "/api/campaigns", body).json["campaign"]["id"]
    assert Client(puffle.mock)("POST", "/__mock/reset").status == 200
    assert puffle("POST", "/api/campaigns", body).json["campaign"]["id"] == first
