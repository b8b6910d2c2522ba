"""Every kind of security scheme: sent as the document says, shown without the secret."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from troth import load
from troth.contracts.check.client import Client
from troth.contracts.check.clock import Clock
from troth.contracts.check.targets import Target
from troth.contracts.model import Call

DOCUMENT = """
openapi: 3.0.3
info: {{title: Safe, version: '1'}}
security: [{{it: []}}]
paths:
  /safe:
    get: {{operationId: look, responses: {{'200': {{description: ok}}}}}}
components:
  securitySchemes: {{it: {scheme}}}
"""
CASES = {
    "bearer": ("{type: http, scheme: bearer}", "Authorization", "Bearer s3cret"),
    "basic": ("{type: http, scheme: basic}", "Authorization", "Basic czNjcmV0OnMzY3JldA=="),
    "header": ("{type: apiKey, in: header, name: X-Key}", "X-Key", "s3cret"),
    "query": ("{type: apiKey, in: query, name: key}", "path", "/safe?key=s3cret"),
    "cookie": ("{type: apiKey, in: cookie, name: sid}", "Cookie", "sid=s3cret"),
    "oauth2": ("{type: oauth2, flows: {}}", "Authorization", "Bearer s3cret"),
}


@pytest.fixture
def listening() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({**self.headers, "path": self.path})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


@pytest.mark.parametrize("kind", CASES)
def test_credentials(kind: str, tmp_path: Path, listening: Any) -> None:
    scheme, name, value = CASES[kind]
    url, seen = listening
    path = tmp_path / "safe.yaml"
    path.write_text(DOCUMENT.format(scheme=scheme))
    client = Client(load(path), Target("t", url, "s3cret"), Clock(None))
    exchange = client.send(Call("look"))
    assert seen[0][name] == value
    assert "s3cret" not in exchange.curl()
    done = shlex.split(exchange.curl().replace("$TROTH_TOKEN", "s3cret"))
    subprocess.run(done, check=True, capture_output=True)
    assert seen[1][name] == value
    client.send(Call("look"), token="wrong")
    assert seen[2].get(name) != value
    client.send(Call("look"), token=None)
    assert seen[3].get(name) in (None, "/safe")
