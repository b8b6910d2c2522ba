"""`troth check` against what is no API, or a hostile one: bytes by hand. No alarm, and a report each."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.check.troubled_server import DOCUMENT
from tests.cli.running import here

Answer = Callable[[str, str], bytes]


def response(status: int, body: bytes, *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """A server whose answers are bytes; what it has answered with nothing it closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection, connection.makefile("rb") as lines:
                while line := lines.readline():
                    method, path, _ = line.decode("latin-1").split()
                    length = 0
                    while (field := lines.readline()) not in (b"\r\n", b""):
                        if field.lower().startswith(b"content-length:"):
                            length = int(field.partition(b":")[2])
                    lines.read(length)
                    said = answer(method, path)
                    if not said:
                        return
                    connection.sendall(said)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


MANY = [f"X-{number}: a" for number in range(300)]
LONG = json.dumps([{"id": f"id{number}", "status": "odd"} for number in range(20_000)]).encode()
ALIKE = "every call is answered alike"
CASES: dict[str, tuple[Answer, str]] = {
    "a tenant is missing": (lambda *_: response(400, b'{"error": "X-Tenant missing"}'), ALIKE),
    "an id of each request": (
        lambda method, path: response(400, b'{"error": "no tenant", "request": "%d"}' % (hash(path) % 10**9)),
        ALIKE,
    ),
    "it repeats the call": (
        lambda method, path: response(400, f"Cannot {method} {path}".encode()),
        ALIKE,
    ),
    "another place": (lambda *_: response(404, b"{}"), "is the base URL right?"),
    "it crashes": (lambda *_: response(500, b"{}"), ALIKE),
    "a stub": (lambda *_: response(200, b""), ALIKE),
    "a list too long to be the thing": (lambda *_: response(200, LONG), ALIKE),
    "many header fields": (lambda *_: response(200, b"[]", *MANY), "the head of the answer is larger"),
    "a long header field": (
        lambda *_: response(200, b"[]", "X-Long: " + "a" * 70_000),
        "the head of the answer is larger",
    ),
    "a redirect that steers the terminal": (
        lambda *_: response(302, b"", "Location: http://localhost:1/\x1b[2J\x1b]0;pwned\x07"),
        "no redirect is followed",
    ),
    "no HTTP": (lambda *_: b"SSH-2.0-x\r\n", "without a whole answer"),
    "it closes": (lambda *_: b"", "without a whole answer"),
    "two lengths": (
        lambda *_: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\n[]",
        "the head of the answer is wrong",
    ),
    "status 0": (lambda *_: b"HTTP/1.1 0 X\r\nContent-Length: 0\r\n\r\n", "without a whole answer"),
    "a wrong chunk": (
        lambda *_: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        "without a whole answer",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_api(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "things.yaml").write_text(DOCUMENT)
    answer, expected = CASES[name]
    with listening(answer) as url:
        done = here(
            *(capsys, monkeypatch, "check", "things.yaml", "--target", url, "--token", "good"),
            *("--timeout", "20s", "--retries", "1"),
            *("--output", "json=r.json", "--output", "junit=r.xml", "--output", "html=r.html"),
        )
    assert done.code == 2, done
    assert expected in done.err
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.said)
    assert "Traceback" not in done.said
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["summary"]["broken"] == report["summary"]["differs"] == 0
    assert report["requests"] < 20
    assert expected in report["ended"]
    cases = list(ElementTree.parse(tmp_path / "r.xml").iter("testcase"))
    assert len(cases) == len(report["promises"]) > 30
    assert all(case.find("skipped") is not None for case in cases)
    assert "not-exercised" in (tmp_path / "r.html").read_text()
