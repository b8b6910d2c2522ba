"""Calls that go wrong on purpose."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Contract, Mock
from troth.mock_server.serving import running

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"


def fault(client: Client, **what: Any) -> Any:
    answer = client("POST", "/__mock/faults", what)
    assert answer.status == 200, answer.json
    return answer.json


def test_the_documents_own_answer_so_many_times(puffle: Client) -> None:
    assert fault(puffle, operation="pauseCampaign", status=400, times=2) == [
        {"id": 1, "operation": ["pauseCampaign"], "status": 400, "times": 2}
    ]
    assert puffle("GET", ONE).status == 200
    first = puffle("POST", f"{ONE}/pause")
    assert (first.status, first.headers["x-mock-reason"]) == (400, "a fault that was asked for")
    assert set(first.json) == {"error"}
    assert puffle("GET", "/__mock/faults").json[0]["times"] == 1
    assert [puffle("POST", f"{ONE}/pause").status for _ in range(2)] == [400, 200]
    assert puffle("GET", "/__mock/faults").json == []


def test_a_refusal_by_a_fault_changes_nothing(puffle: Client) -> None:
    before = puffle.mock.state()
    fault(puffle, status=503)
    assert puffle("POST", f"{ONE}/pause").status == 503
    assert puffle.mock.state() == before


def test_faults_go(puffle: Client) -> None:
    fault(puffle, status=500)
    fault(puffle, status=502, operation=["getCampaign", "listCampaigns"])
    assert [known["id"] for known in puffle("DELETE", "/__mock/faults/1").json] == [2]
    assert [puffle("GET", path).status for path in (ONE, "/api/campaigns", f"{ONE}/sequence")][:2] == [
        502,
        502,
    ]
    assert puffle("DELETE", "/__mock/faults").json == []
    assert puffle("GET", ONE).status == 200
    fault(puffle, status=500)
    puffle("POST", "/__mock/reset")
    assert puffle("GET", ONE).status == 200


def test_a_fault_expires(puffle: Client) -> None:
    fault(puffle, status=500, seconds=0.05)
    assert puffle("GET", ONE).status == 500
    until = time.monotonic() + 30
    while puffle("GET", "/__mock/faults").json and time.monotonic() < until:
        time.sleep(0.01)
    assert puffle("GET", ONE).status == 200


def test_a_part_of_the_calls(puffle: Client) -> None:
    fault(puffle, status=500, chance=0.5)
    statuses = [puffle("GET", ONE).status for _ in range(60)]
    assert {200, 500} == set(statuses)
    assert 10 < statuses.count(500) < 50


def test_a_delay(puffle: Client) -> None:
    fault(puffle, delay=[50, 60])
    begun = time.monotonic()
    assert puffle("GET", ONE).status == 200
    assert time.monotonic() - begun >= 0.05


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({}, "/: {} has less than 1 property"),
        ({"status": 99}, "/status: 99 is less than the minimum of 200"),
        ({"stauts": 500}, "takes a JSON object of id, operation, status"),
        ({"operation": "pauseCampain", "cut": True}, "there is no operation 'pauseCampain'; did you mean"),
        ({"delay": [1, 2, 3]}, "/delay:"),
        ({"times": 0}, "/times: 0 is less than the minimum of 1"),
    ],
)  # fmt: skip
def test_what_is_no_fault_is_said(puffle: Client, what: Any, says: str) -> None:
    answer = puffle("POST", "/__mock/faults", what)
    assert answer.status == 400
    assert says in answer.json["error"]
    assert puffle("GET", "/__mock/faults").json == []


def test_there_are_so_many_faults_at_most(puffle: Client) -> None:
    for _ in range(100):
        fault(puffle, status=500)
    assert puffle("POST", "/__mock/faults", {"status": 500}).status == 409


def test_a_connection_is_cut(contracts: dict[str, Contract]) -> None:
    mock = Mock([contracts["puffle"]])
    with running(mock) as root:
        host, _, port = root.removeprefix("http://").partition(":")
        connection = HTTPConnection(host, int(port))
        connection.request("POST", "/__mock/faults", b'{"cut": true, "times": 1}')
        assert connection.getresponse().read()
        connection.request("GET", ONE, headers={"Authorization": "Bearer x"})
        with pytest.raises((IncompleteRead, RemoteDisconnected, ConnectionResetError)):
            connection.getresponse().read()
        connection.close()
        connection.request("GET", ONE, headers={"Authorization": "Bearer x"})
        assert connection.getresponse().read()
        connection.close()


def test_a_slow_body(contracts: dict[str, Contract]) -> None:
    mock = Mock([contracts["puffle"]])
    with running(mock) as root:
        host, _, port = root.removeprefix("http://").partition(":")
        connection = HTTPConnection(host, int(port))
        connection.request("POST", "/__mock/faults", b'{"rate": 5000}')
        connection.getresponse().read()
        begun = time.monotonic()
        connection.request("GET", ONE, headers={"Authorization": "Bearer x"})
        body = connection.getresponse().read()
        assert time.monotonic() - begun >= (len(body) - 500) / 5000
        assert body.endswith(b"}")
        connection.close()


def test_a_delay_of_the_whole_mock(contracts: dict[str, Contract]) -> None:
    client = Client(Mock([contracts["puffle"]], delay=(50, 50)))
    for path in (ONE, f"/~ann{ONE}"):
        begun = time.monotonic()
        assert client("GET", path).status == 200
        assert time.monotonic() - begun >= 0.05
    client("POST", "/__mock/reset")
    assert client("GET", "/__mock/faults").json == [{"id": 1, "delay": [50, 50]}]


QUOTA = [
    # seconds that pass, status, what is left of the second, when it opens
    (0, 200, 1, 1),
    (0.5, 200, 0, 1),
    (0.4, 429, 0, 1),
    (0.2, 200, 0, 1),  # a refused call does not count
    (5, 200, 1, 1),
]


def test_rate_limit_fields(contracts: dict[str, Contract]) -> None:
    client = Client(Mock([contracts["autosend"]]))
    client.mock.clock.freeze()
    for passes, status, left, opens in QUOTA:
        client.mock.clock.advance(passes)
        answer = client("GET", "/v1/campaigns")
        assert answer.status == status
        assert answer.headers["ratelimit-policy"] == '"rate";q=2;w=1'
        assert answer.headers["ratelimit"] == f'"rate";r={left};t={opens}'
    unlimited = Client(Mock([contracts["autosend"]], limits=False))("GET", "/v1/campaigns")
    assert "ratelimit" not in unlimited.headers


def test_no_port_is_left_open(contracts: dict[str, Contract]) -> None:
    with running(Mock([contracts["puffle"]])) as root:
        host, _, port = root.removeprefix("http://").partition(":")
    with pytest.raises(OSError), socket.create_connection((host, int(port)), 1):  # noqa: PT011
        pass
