"""Over real sockets: 64 clients at once, the target of checks, bytes that are hardly HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts import Contract
from mock_server import Mock
from mock_server.serving import running
from mock_server.target import mock_target

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"
CLIENTS, CALLS = 64, 12


def test_sixty_four_clients(contracts: dict[str, Contract]) -> None:
    mock, found, gate = Mock([contracts["puffle"]]), Counter[tuple[str, int]](), threading.Barrier(CLIENTS)
    with running(mock) as url:

        def hammer(number: int) -> None:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
            gate.wait()
            for turn in range(CALLS):
                move = ("pause", "resume")[(number + turn) % 2]
                connection.request("POST", f"{ONE}/{move}", headers={"Authorization": "Bearer x"})
                response = connection.getresponse()
                response.read()
                found[move, response.status] += 1
            connection.close()

        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
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


def test_target(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        with mock_target(contract) as target:
            root = {"puffle": "/api/campaigns", "autosend": "/campaigns", "ocamba": "/hood/campaigns"}[name]
            assert target.url.endswith(contract.base_path)
            assert target.token == "troth"
            for id_ in target.named.values():
                assert get(f"{target.url}{root}/{id_}", target.token)[0] == 200
            assert get(f"{target.url}{root}/{id_}", "wrong")[0] == 401
            assert get(str(target.clock), "")[1].keys() == {"now", "frozen"}
        with pytest.raises(ConnectionRefusedError):
            get(str(target.clock), "")


def get(url: str, token: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=10)) as connection:
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


def test_hardly_http_is_never_a_server_error(contracts: dict[str, Contract]) -> None:
    mock = Mock([contracts["puffle"]])
    with running(mock) as url:
        before = mock.state()
        for raw in RAW:
            with socket.create_connection(
                (urlsplit(url).hostname or "", urlsplit(url).port or 0), 10
            ) as plain:
                plain.sendall(raw)
                answer = plain.recv(100)
            assert answer[:9] == b"HTTP/1.1 ", raw[:80]
            assert answer[9:10] in (b"2", b"4"), raw[:80]
        assert mock.state() == before
        assert get(f"{url}{ONE}", "x")[0] == 200
