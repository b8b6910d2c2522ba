"""Over real sockets: 64 clients at once, the target of checks, bytes that are hardly HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mock_server.calling import Client
from tests.patience import PATIENCE
from troth import Contract, Mock
from troth.mock_server.serving import running
from troth.mock_server.target import mock_target

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"
CLIENTS, CALLS = 64, 12


def test_sixty_four_clients(contracts: dict[str, Contract]) -> None:
    mock, gate = Mock([contracts["puffle"]]), threading.Barrier(CLIENTS)
    answers: list[tuple[str, int]] = []
    with running(mock) as url:

        def hammer(number: int) -> None:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
            gate.wait()
            for turn in range(CALLS):
                move = ("pause", "resume")[(number + turn) % 2]
                connection.request("POST", f"{ONE}/{move}", headers={"Authorization": "Bearer x"})
                response = connection.getresponse()
                response.read()
                answers.append((move, response.status))
            connection.close()

        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = Counter(answers)
    assert found.total() == CLIENTS * CALLS
    assert {status for _, status in found} <= {200, 400}
    paused, resumed = found["pause", 200], found["resume", 200]
    assert paused - resumed in (0, 1)
    assert paused > 0
    state = next(r["data"]["status"] for r in mock.state()["puffle"]["Campaign"] if r["id"] == ID)
    assert state == ("paused" if paused > resumed else "active")
    moves = [e["operation"] for e in mock.journal.entries() if e["status"] == 200]
    assert moves == (["pauseCampaign", "resumeCampaign"] * len(moves))[: len(moves)]
    assert len(moves) == paused + resumed


def test_threads_without_a_common_loop(contracts: dict[str, Contract]) -> None:
    """Several event loops over one store: here only compare-and-set keeps the order."""
    mock = Mock([contracts["puffle"]])
    answers: list[tuple[str, int]] = []
    client, gate, interval = Client(mock), threading.Barrier(8), sys.getswitchinterval()

    def hammer(number: int) -> None:
        gate.wait()
        for turn in range(40):
            move = ("pause", "resume")[(number + turn) % 2]
            answers.append((move, client("POST", f"{ONE}/{move}").status))

    client("GET", ONE)  # connexion builds its routes with the first call
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    found = Counter(answers)
    assert found.total() == 8 * 40
    assert found["pause", 200] - found["resume", 200] in (0, 1)
    record = next(r for r in mock.session.store_of(mock.apis[0]).of("Campaign") if r.id == ID)
    assert record.version == 1 + found["pause", 200] + found["resume", 200]


def test_target(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        with mock_target(contract) as target:
            root = {"puffle": "/api/campaigns", "autosend": "/campaigns", "ocamba": "/hood/campaigns"}[name]
            assert target.url.endswith(contract.base_path)
            assert target.token == "troth"
            campaigns = {fixture.name for fixture in contract.resources["Campaign"].fixtures}
            ids = [id_ for fixture, id_ in target.named.items() if fixture in campaigns]
            assert len(ids) == len(campaigns)
            for id_ in ids[-1:]:
                assert get(f"{target.url}{root}/{id_}", target.token)[0] == 200
            assert get(f"{target.url}{root}/{id_}", "wrong")[0] == 401
            assert get(str(target.clock), "")[1].keys() == {"now", "frozen", "next"}
        with pytest.raises(ConnectionRefusedError):
            get(str(target.clock), "")


def test_the_first_five_minutes(contracts: dict[str, Contract]) -> None:
    with (
        mock_target(contracts["puffle"]) as target,
        contextlib.closing(http.client.HTTPConnection(urlsplit(target.url).netloc, timeout=PATIENCE)) as wire,
    ):

        def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
            raw = None if body is None else json.dumps(body)
            headers = {"Authorization": "Bearer troth", "Content-Type": "application/json"}
            wire.request(method, f"/api/campaigns/{path}", raw, headers)
            response = wire.getresponse()
            return response.status, json.loads(response.read())

        def moved(path: str) -> tuple[int, str]:
            status, body = call("POST", path)
            return status, body["error"] if status >= 400 else body["campaign"]["status"]

        assert moved(f"{ID}/pause") == (200, "paused")
        assert moved(f"{ID}/pause") == (400, "Only active campaigns can be paused")
        assert moved(f"{ID}/resume") == (200, "active")
        assert moved(f"{ID}/resume") == (400, "Only paused campaigns can be resumed")
        draft = target.named["draft_email"]
        before = call("GET", draft)
        month = {"type": "delay", "delay_days": 30, "delay_minutes": 1}
        assert call("PATCH", draft, {"name": "New", "sequence_nodes": [month, {"type": "end"}]})[0] == 400
        assert call("GET", draft) == before
        assert moved(f"{target.named['paused_drained']}/resume") == (200, "completed")


def get(url: str, token: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)) as connection:
        connection.request("GET", parts.path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


HEAD = b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n"
RAW = [
    b"GET /api/campaigns/%ff%fe%00" + HEAD + b"\r\n",
    b"GET /api/campaigns/" + ONE.encode()[1:] + b"%2F..%2F" + HEAD + b"\r\n",
    b"GET " + ONE.encode() + HEAD + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST " + ONE.encode() + b"/pause" + HEAD + b"Content-Length: x\r\n\r\n",
    b"PATCH " + ONE.encode() + HEAD + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"name"\r\n0\r\n\r\n',
    b"GET /api/campaigns/\xff\xfe" + HEAD + b"\r\n",
    b"GET "
    + ONE.encode()
    + b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"HTTP/1.1\r\n", 400),
        (b"HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        (b"HTTP/1.1\r\nHost: a\r\n", 401),
        (b"HTTP/1.0\r\n", 401),
    ],
)
def test_a_request_has_one_host(contracts: dict[str, Contract], start: bytes, status: int) -> None:
    with running(Mock([contracts["puffle"]])) as url:
        where = urlsplit(url).hostname or "", urlsplit(url).port or 0
        with socket.create_connection(where, PATIENCE) as plain:
            plain.sendall(b"GET " + ONE.encode() + b" " + start + b"\r\n")
            assert int(plain.recv(100)[9:12]) == status


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (b"\x00\x01 nonsense\r\n\r\n", b"400"),
        (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    ],
)
@pytest.mark.parametrize("before", [1, 3])
def test_what_is_no_request_is_told_after_the_answers(
    contracts: dict[str, Contract], before: int, after: bytes, status: bytes
) -> None:
    mock = Mock([contracts["puffle"]])
    whole = b"GET " + ONE.encode() + b" HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n"
    with running(mock) as url:
        where = urlsplit(url).hostname or "", urlsplit(url).port or 0
        with socket.create_connection(where, PATIENCE) as plain:
            plain.sendall(whole * before + after)
            answers = b"".join(iter(lambda: plain.recv(65536), b""))
    statuses = [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200"] * before + [status]


def test_hardly_http_is_never_a_server_error(contracts: dict[str, Contract]) -> None:
    mock = Mock([contracts["puffle"]])
    with running(mock) as url:
        mock.clock.freeze()  # a campaign that is being launched would move on
        before = mock.state()
        for raw in RAW:
            with socket.create_connection(
                (urlsplit(url).hostname or "", urlsplit(url).port or 0), PATIENCE
            ) as plain:
                plain.sendall(raw)
                answer = plain.recv(100)
            assert answer[:9] == b"HTTP/1.1 ", raw[:80]
            assert answer[9:10] in (b"2", b"4"), raw[:80]
        assert mock.state() == before
        assert get(f"{url}{ONE}", "x")[0] == 200
