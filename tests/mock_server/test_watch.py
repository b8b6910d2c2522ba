"""A document that changes while its mock runs."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.mock_server.calling import Client
from tests.mock_server.test_mock_cli import started
from tests.patience import PATIENCE
from troth import Mock, UsageError, load

DOCUMENT = """
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  resources:
    Lamp: {id: id, state: {field: status, initial: dark}, fixtures: {hall: {id: hall, status: dark}}}
paths:
  /lamps/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readLamp
      x-contract: {acts: Lamp.read}
      responses: &ok
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
    post:
      operationId: light
      x-contract: {acts: Lamp.action, transition: {from: dark, to: lit}}
      responses: *ok
components:
  schemas:
    Lamp: {$ref: schemas.yaml#/Lamp}
"""
SCHEMAS = "Lamp: {type: object, properties: {id: {type: string}, status: {enum: [dark, lit]}}}\n"


def call(url: str, method: str = "GET") -> tuple[int, Any]:
    try:
        with urlopen(Request(url, method=method)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, None


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    (tmp_path / "schemas.yaml").write_text(SCHEMAS)
    file = tmp_path / "lamps.yaml"
    file.write_text(DOCUMENT)
    return file


@pytest.fixture
def watched(lamps: Path) -> Iterator[tuple[str, Callable[[str], None]]]:
    """The URL of a mock, and what waits until something is on its stderr."""
    with watching(str(lamps)) as found:
        yield found


@contextmanager
def watching(spec: str) -> Iterator[tuple[str, Callable[[str], None]]]:
    """The URL of a mock, and what waits until something is on its stderr."""
    with started(spec, "--port", "0", "--watch") as (mock, printed):
        root = printed[printed.index("http://") :].split()[0]
        told: list[str] = []

        def read() -> None:
            assert mock.stderr is not None
            for line in mock.stderr:
                told.append(line)

        threading.Thread(target=read, daemon=True).start()

        def until(text: str) -> None:
            end = time.monotonic() + PATIENCE
            while text not in "".join(told):
                assert time.monotonic() < end, told
                time.sleep(0.05)
            told.clear()

        yield root, until


def test_a_change_is_taken_over_and_state_kept(
    lamps: Path, watched: tuple[str, Callable[[str], None]]
) -> None:
    root, until = watched
    assert call(f"{root}/lamps/hall", "POST")[0] == 200
    text = lamps.read_text()
    lamps.write_text(text.replace("/lamps/{id}:", "/lights/{id}:"))
    until("lamps taken over")
    assert call(f"{root}/lights/hall") == (200, {"id": "hall", "status": "lit"})
    assert call(f"{root}/lamps/hall")[0] == 404
    lamps.write_text("openapi: 3.0.3\npaths: [")
    until("is still served")
    assert call(f"{root}/lights/hall")[0] == 200
    lamps.write_text(text.replace("to: lit", "to: light"))
    until("'light' is not in the enum of Lamp.status")
    assert call(f"{root}/lights/hall")[0] == 200
    lamps.write_text(text)
    until("taken over")
    (lamps.parent / "schemas.yaml").write_text(SCHEMAS.replace("dark, lit", "dark, on"))
    until("is still served")
    lamps.write_text(text.replace("to: lit", "to: on"))
    until("Lamp hall does not fit any more: /status")
    lamps.write_text(
        text.replace("to: lit", "to: on").replace("to: on}}", "to: on}}\n      requestBody: {$ref: '#/x'}")
    )
    until("it is left out [C03]")


def test_few_of_many_misfits_are_named(lamps: Path) -> None:
    many = ", ".join(f"l{n}: {{id: l{n}, status: dark}}" for n in range(15))
    lamps.write_text(lamps.read_text().replace("hall: {id: hall, status: dark}", many))
    with watching(str(lamps)) as (root, until):
        for number in range(15):
            assert call(f"{root}/lamps/l{number}", "POST")[0] == 200
        (lamps.parent / "schemas.yaml").write_text(SCHEMAS.replace("dark, lit", "dark, lit, off"))
        until("taken over")
        lamps.write_text(lamps.read_text().replace("to: lit", "to: off"))
        until("taken over")
        (lamps.parent / "schemas.yaml").write_text(SCHEMAS.replace("dark, lit", "dark, off"))
        until("… and 5 more")


class Published:
    """A document on a server of its own, and what it was asked."""

    def __init__(self, text: str) -> None:
        self.text, self.status, self.asked = text, 200, list[str | None]()
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, tag = published.text.encode(), f'"{hash(published.text)}"'
                published.asked.append(self.headers["If-None-Match"])
                status = published.status
                if published.asked[-1] == tag and status == 200:
                    status, content = 304, b""
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/lamps.yaml"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_a_document_at_a_url_is_followed() -> None:
    """Also when it is broken for a while, or away; what has not changed is not sent again."""
    text = DOCUMENT.replace("Lamp: {$ref: schemas.yaml#/Lamp}", SCHEMAS)
    published = Published(text)
    with contextlib.closing(published.server.socket), watching(published.url) as (root, until):
        assert call(f"{root}/lamps/hall", "POST")[0] == 200
        published.text = text.replace("/lamps/{id}:", "/lights/{id}:")
        until("lamps taken over")
        assert call(f"{root}/lights/hall") == (200, {"id": "hall", "status": "lit"})
        published.text = "openapi: 3.0.3\npaths: ["
        until(f"{published.url}:3:1: error")
        published.text, published.status = json.dumps(yaml.safe_load(text)), 503
        until(f"{published.url} cannot be fetched: it answers 503 Service Unavailable")
        assert call(f"{root}/lights/hall")[0] == 200
        published.status = 200
        until("lamps taken over")
        assert call(f"{root}/lamps/hall") == (200, {"id": "hall", "status": "lit"})
        first, *later = published.asked
        assert first is None
        assert all(later)


def test_resources_come_and_go(lamps: Path) -> None:
    mock = Mock([load(lamps)])
    mock.sessions.find("ann")
    client = Client(mock)
    text = lamps.read_text()
    more = text.replace("  resources:\n", "  resources:\n    Bulb: {id: id, fixtures: {old: {id: old}}}\n")
    lamps.write_text(more + "    Bulb: {type: object, properties: {id: {type: string}}}\n")
    assert mock.follow([load(lamps)]) == []
    for session in (mock.session, mock.sessions.find("ann")):
        assert [record["id"] for record in session.state()["lamps"]["Bulb"]] == ["old"]
    client("PUT", "/__mock/snapshots/both")
    lamps.write_text(text)
    assert mock.follow([load(lamps)]) == ["lamps: there are no Bulb any more"]
    assert set(mock.state()["lamps"]) == {"Lamp"}
    restored = client("POST", "/__mock/snapshots/both/restore")
    assert (restored.status, set(restored.json["records"]["lamps"])) == (200, {"Lamp"})
    with pytest.raises(UsageError, match="the mock serves lamps"):
        mock.follow([load("puffle")])


def test_what_is_said_to_be_secret_later_is_hidden_in_what_was_kept(lamps: Path) -> None:
    mock = Mock([load(lamps)])
    client = Client(mock)
    client("GET", "/lamps/hall", query=b"pin=S3CRET")
    assert b"S3CRET" in client("GET", "/__mock/journal").raw
    pin = "{name: pin, in: query, schema: {type: string, format: password}}"
    lamps.write_text(
        lamps.read_text().replace("schema: {type: string}}]", f"schema: {{type: string}}}}, {pin}]")
    )
    mock.follow([load(lamps)])
    assert b"S3CRET" not in client("GET", "/__mock/journal").raw
