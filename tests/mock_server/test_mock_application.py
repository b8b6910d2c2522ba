"""``troth.Mock`` as an ASGI application for any server, and ``troth.serve``."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import troth
from tests.mock_server.calling import Client
from troth import Mock, UsageError, load

WORDLESS = """\
openapi: 3.0.3
info: {title: Pets, version: '1'}
paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components:
  schemas:
    Pet: {type: object, properties: {id: {type: string}, name: {type: string}}}
"""


def names(mock: Mock) -> list[str]:
    return [api.contract.name for api in mock.apis]


def speak(mock: Mock, kind: str, *messages: str) -> list[dict[str, Any]]:
    """What the mock sends in one scope in which it receives these types of messages."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return {"type": waiting.pop(0)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(mock({"type": kind, "path": "/"}, receive, send))
    return sent


def test_what_a_mock_is_made_of(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"
    path.write_text(WORDLESS)
    puffle = load("puffle")
    assert names(Mock(puffle)) == names(Mock([puffle])) == names(Mock("puffle")) == ["puffle"]
    assert names(Mock([puffle, "autosend", path])) == ["puffle", "autosend", "pets"]
    inferred = Mock(str(path))
    assert inferred.state()["pets"]["Pet"], "a document without words is served with what it suggests"
    assert [api.prefix for api in Mock(["puffle", path]).apis] == ["/puffle", "/pets"]


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ("pufle", "there is no bundled spec and no file named 'pufle'; did you mean 'puffle'?"),
        ([], "a mock serves one contract at least"),
        (["puffle", "puffle"], "two specs are named 'puffle'"),
    ],
)
def test_what_no_mock_is_made_of(specs: str | list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        Mock(specs)
    assert says in str(raised.value)


def test_lifespan() -> None:
    sent = speak(Mock("puffle"), "lifespan", "lifespan.startup", "lifespan.shutdown")
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


def test_websockets_are_closed_with_a_reason() -> None:
    sent = speak(Mock("puffle"), "websocket", "websocket.connect")
    assert sent == [{"type": "websocket.close", "code": 1003, "reason": "the mock speaks HTTP only"}]


def test_other_scopes_are_an_error() -> None:
    with pytest.raises(
        UsageError, match="the mock speaks HTTP only, it cannot take an ASGI scope of type 'x'"
    ):
        speak(Mock("puffle"), "x")


def test_it_answers_under_its_prefix() -> None:
    mock = Mock("puffle")
    assert Client(mock, mock.apis[0].prefix)("GET", "/api/campaigns").status == 200


SERVING = """\
import troth
troth.serve(troth.Mock("puffle"), port=0, ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_serve_blocks_until_it_is_interrupted() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVING], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/__mock/clock") as answer:
            assert json.loads(answer.read())["frozen"] is False
        server.send_signal(signal.SIGINT)
        assert server.stdout.read() == "stopped\n"
    assert server.returncode == 0


def test_serve_says_that_a_port_is_taken() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on no\.such\.host\.invalid:4010"):
        troth.serve(Mock("puffle"), host="no.such.host.invalid")
