"""Large and odd bodies: refused for what is too much of them, in no more work than they are long."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import pytest

from tests.mock_server.calling import Answer, Client, exchange
from tests.work import counted_calls
from troth import Mock

DEEP = "the body is nested more than 100 levels deep"
MANY = "the body has more than 100,000 values"
NO_JSON = "the body is not JSON"

BODIES: dict[str, tuple[bytes, str]] = {
    "levels": (b"[" * 101 + b"]" * 101, DEEP),
    "objects": (b'{"a":' * 101 + b"1" + b"}" * 101, DEEP),
    "never closed": (b"[" * 50_000, DEEP),
    "quotes": (b'"' * 16_001, NO_JSON),
    "escaped quotes": (b'{"a":"' + b'\\"' * 8_000, NO_JSON),
    "half an escape": (b'["' + b"[" * 200 + b"\\", NO_JSON),
    "brackets and quotes": (b'["' * 8_000, DEEP),
    "numbers": (b"[" + b"1," * 100_001 + b"1]", MANY),
    "lists": (b"[" + b"[]," * 60_000 + b"[]]", MANY),
}


def sent(mock: Mock, parts: list[bytes], **headers: str) -> Answer:
    given = {"content-type": "application/json", "authorization": "Bearer x"} | headers
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    return asyncio.run(exchange(mock, "POST", "/api/campaigns", pairs, parts))


def cut(body: bytes, length: int) -> list[bytes]:
    return [body[at : at + length] for at in range(0, len(body), length)]


@pytest.mark.parametrize("length", [10_000_000, 65_536, 7], ids=["whole", "parts", "crumbs"])
@pytest.mark.parametrize("name", BODIES)
def test_what_is_too_much_of_a_body(puffle: Client, name: str, length: int) -> None:
    body, says = BODIES[name]
    if length == 7:
        body = body[-2_100:] if name in ("numbers", "lists") else body[:2_100]
        says = NO_JSON if name in ("numbers", "lists", "quotes") else says
    answer = sent(puffle.mock, cut(body, length))
    assert (answer.status, answer.headers["x-mock-reason"]) == (400, says)


BRACKETS = b'{"name":"' + b"[{" * 500 + b'\\"' + b"[{" * 500 + b'","type":"email"}'


@pytest.mark.parametrize("length", [5_000, 1, 3])
def test_brackets_in_a_text_are_no_levels(puffle: Client, length: int) -> None:
    answer = sent(puffle.mock, cut(BRACKETS, length))
    assert "levels" not in answer.headers["x-mock-reason"]
    assert "sender_account_ids" in answer.headers["x-mock-reason"]


@pytest.mark.parametrize("name", ["levels", "numbers", "lists"])
def test_what_is_too_much_of_a_coded_body(puffle: Client, name: str) -> None:
    body, says = BODIES[name]
    answer = sent(puffle.mock, [gzip.compress(body)], **{"content-encoding": "gzip"})
    assert (answer.status, answer.headers["x-mock-reason"]) == (400, says)


@pytest.mark.parametrize("length", ["10000001", "999999999999999", "9" * 30])
def test_nobody_waits_for_what_is_announced_as_too_large(puffle: Client, length: str) -> None:
    answer = sent(puffle.mock, [b"{}"], **{"content-length": length})
    assert answer.status == 413


def test_what_is_not_json_has_no_levels(puffle: Client) -> None:
    answer = sent(puffle.mock, [b"[" * 200], **{"content-type": "text/plain"})
    assert answer.status == 415


def test_a_long_message_shows_both_ends(puffle: Client) -> None:
    answer = sent(puffle.mock, [b'["' + b"x" * 90_000 + b'"]'])
    reason = answer.headers["x-mock-reason"]
    assert len(reason) < 500
    assert reason.endswith('is not of type "object"')


def work(mock: Mock, body: bytes) -> int:
    with counted_calls() as calls:
        sent(mock, [body])
    return calls.number


@pytest.mark.parametrize("grown", [lambda n: b'"' * n, lambda n: b'{"a":"' + b'\\"' * n, lambda n: b"[[" * n])
def test_work_grows_no_faster_than_the_body(puffle: Client, grown: Callable[[int], bytes]) -> None:
    work(puffle.mock, grown(10))
    assert work(puffle.mock, grown(30_000)) < 40_000


def test_others_are_answered_while_a_large_body_is_read(puffle: Client) -> None:
    body = b'{"name":"' + b"x" * 2_000_000 + b'","type":"email","sender_account_ids":[]}'
    headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json")]
    order: list[str] = []

    async def call(name: str, method: str, sent: list[bytes]) -> None:
        await exchange(puffle.mock, method, "/api/campaigns", headers, sent)
        order.append(name)

    async def both() -> None:
        await asyncio.gather(call("large", "POST", [body]), call("small", "GET", [b""]))

    asyncio.run(both())
    assert order == ["small", "large"]
