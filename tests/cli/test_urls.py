"""Documents that are named by a URL, from a real server."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.cli.running import Done, run
from troth import Mock

PLAIN = """
openapi: 3.1.0
info: {title: Notes, version: '1'}
servers: [{url: 'http://127.0.0.1/'}]
paths:
  /notes/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': &one {description: It., content: &json {application/json: {schema: &note
        {$ref: '#/components/schemas/Note'}}}}}
  /notes:
    post:
      requestBody: {content: *json}
      responses: {'201': *one}
components: {schemas: {Note: {type: object, properties: {id: {type: string}, text: {type: string}}}}}
"""

WORDS = """
x-contract: {resources: {Note: {id: id, fixtures: {first: {id: one, text: treasure}}}}}
"""


class Server(BaseHTTPRequestHandler):
    """Documents, and what is none."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, body = 200, {}, PLAIN
        if self.path == "/moved":
            status, headers = 302, {"Location": "/v1/notes"}
        elif self.path == "/stolen":
            status, headers = 302, {"Location": "file:///etc/hostname"}
        elif self.path == "/ftp":
            status, headers = 302, {"Location": "ftp://127.0.0.1/notes.yaml"}
        elif self.path == "/page":
            headers, body = {"Content-Type": "text/html"}, "<h1>API</h1>"
        elif self.path == "/gone":
            status = 404
        elif self.path == "/links/openapi.yaml":
            body = PLAIN + WORDS
        elif self.path.startswith("/refers"):
            body = PLAIN.replace("'#/components/schemas/Note'", f"'{os.environ['REFERS']}'")
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def lint(url: str, tmp_path: Path) -> Done:
    return run("lint", url, folder=tmp_path)


@pytest.mark.parametrize("path", ["/v1/notes", "/v1/notes.yaml?a=b", "/moved"])
def test_a_document_is_fetched_once(root: str, tmp_path: Path, path: str) -> None:
    Server.asked.clear()
    done = lint(root + path, tmp_path)
    assert (done.code, done.err) == (0, "")
    assert f"{root}{path}:" in done.out  # findings name it so
    assert Server.asked in ([path], [path, "/v1/notes"])


def test_words_work(root: str) -> None:
    (api,) = Mock(f"{root}/links/openapi.yaml").apis
    assert api.contract.name == "127.0.0.1"  # the file is called openapi, so that it is named by its host
    assert [fixture.name for fixture in api.contract.resources["Note"].fixtures] == ["first"]


def test_what_is_inferred_does_not_name_a_file_that_is_gone(root: str, tmp_path: Path) -> None:
    done = run("infer", f"{root}/v1/notes", "--output", "words.yaml", folder=tmp_path)
    assert done.code == 0, done.err
    assert "extends" not in (tmp_path / "words.yaml").read_text()
    both = run("lint", f"{root}/v1/notes", "--overlay", "words.yaml", folder=tmp_path)
    assert both.code == 0, both.said


WRONG = {
    "/stolen": "Redirection to url 'file:///etc/hostname' is not allowed",
    "/ftp": "cannot be fetched: unknown url type: ftp",
    "/page": "is a web page; name the URL of the OpenAPI document itself",
    "/gone": "cannot be fetched: it answers 404 Not Found",
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_no_document(root: str, tmp_path: Path, path: str) -> None:
    done = lint(root + path, tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"troth: {root}{path} ")
    assert WRONG[path] in done.err


@pytest.mark.parametrize("url", ["http://[bad/x.yaml", "http://a:b/x.yaml", "http:///x.yaml", "http://a b/"])
def test_what_is_no_url(url: str, tmp_path: Path) -> None:
    done = lint(url, tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"troth: {url} ")


def test_nobody_is_there(tmp_path: Path) -> None:
    done = lint("http://127.0.0.1:1/openapi.yaml", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "troth: http://127.0.0.1:1/openapi.yaml cannot be fetched: " in done.err


def test_credentials_are_not_sent(root: str, tmp_path: Path) -> None:
    Server.asked.clear()
    done = lint(root.replace("//", "//ann:secret@") + "/v1/notes", tmp_path)
    assert done.code == 2
    assert "secret" not in done.said
    assert Server.asked == []


@pytest.mark.parametrize(
    "reference", ["./near.yaml#/Note", "{here}/mine.yaml#/Note", "../../mine.yaml#/Note"]
)
def test_a_stranger_reads_no_file_of_this_machine(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    """Not even of the current folder, nor where a user lets documents of his own lead further."""
    (tmp_path / "mine.yaml").write_text("Note: {type: object, properties: {id: {const: treasure}}}\n")
    monkeypatch.setenv("REFERS", reference.format(here=tmp_path))
    done = run("docs", f"{root}/refers/openapi.yaml", "--allow-outside", folder=tmp_path)
    assert "treasure" not in done.said
    assert (
        f"$ref {reference.format(here=tmp_path)!r} leads to a file; a document that is named by" in done.err
    )
