"""``troth mock`` as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import here
from tests.patience import PATIENCE

TROTH = [sys.executable, "-c", "from troth.contracts.commands.main import main; main()", "mock"]


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running mock and what it printed up to its last line."""
    with subprocess.Popen(
        [*TROTH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as mock:
        assert mock.stdout is not None
        lines = []
        for line in mock.stdout:
            lines.append(line)
            if "Ctrl+C" in line:
                break
        try:
            yield mock, "".join(lines)
        finally:
            mock.kill()


def refused(*arguments: str, cwd: Path | None = None) -> str:
    """What a mock that does not start says."""
    done = subprocess.run(
        [*TROTH, *arguments], capture_output=True, text=True, timeout=PATIENCE, cwd=cwd, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def run(command: str) -> tuple[int, str]:
    """The printed curl line, without a shell, by urllib: curl need not be installed."""
    program, *words = shlex.split(command)
    assert (program, words[:2]) == ("curl", ["-i", "-X"])
    method, url, *options = words[2:]
    headers = dict(
        h.split(": ", 1) for flag, h in zip(options[::2], options[1::2], strict=True) if flag == "-H"
    )
    with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers)) as answer:
        return answer.status, answer.read().decode()


def test_one_spec() -> None:
    with started("puffle", "--port", "0") as (mock, printed):
        url = re.search(r"http://127\.0\.0\.1:\d+/api/campaigns/8c2b2d4e\S*/pause", printed)
        assert re.search(r"listLeads .*/api/campaigns/\S*440005/leads\n", printed), (
            "the campaign that has leads"
        )
        assert url is not None
        assert "paused_drained" in printed
        command = next(line for line in printed.splitlines() if "curl" in line).partition("curl")
        status, body = run(command[1] + command[2])
        assert status == 200
        assert '"status":"paused"' in body
        mock.send_signal(signal.SIGINT)
        out, err = mock.communicate(timeout=PATIENCE)
        assert (mock.returncode, out, err) == (0, "", "")


def test_three_specs_and_a_token() -> None:
    with started("puffle", "autosend", "ocamba", "--port", "0", "--token", "it's") as (_, printed):
        for place in ("/puffle/api/campaigns", "/autosend/v1/campaigns", "/ocamba/v1/hood/campaigns"):
            assert place in printed
        command = next(line for line in printed.splitlines() if "curl" in line).partition("curl")
        assert "it" in command[2]
        assert run(command[1] + command[2])[0] == 200


def test_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with contextlib.closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
    with started("puffle", "--host", "::1", "--port", "0") as (_, printed):
        root = re.search(r"http://\[::1\]:\d+/__mock/", printed)
        assert root is not None
        with urllib.request.urlopen(root[0] + "clock") as answer:
            assert answer.status == 200


def test_a_taken_port() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        message = refused("puffle", "--port", port)
    assert f"127.0.0.1:{port}" in message
    assert "--port" in message


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pufle"], "did you mean 'puffle'"),
        ([], "bundled: autosend, ocamba, puffle"),
        (["puffle", "puffle"], "two specs are named 'puffle'"),
        (["./nothing.yaml"], "nothing.yaml"),
        (["puffle", "--port", "70000"], "70000"),
        (["puffle", "--port", "-1"], "-1"),
        (["puffle", "--host", "no.such.host.invalid"], "no.such.host.invalid"),
        (["puffle", "--port", "x"], "x"),
        (["puffle", "--prot", "0"], "--prot"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = here(capsys, monkeypatch, "mock", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


BAD = {
    "empty.yaml": "",
    "text.yaml": "hello",
    "list.yaml": "- 1",
    "broken.yaml": "openapi: 3.0.3\ninfo: {",
    "swagger.yaml": "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {}\n",
    "binary.yaml": "\x00\x01",
    "word.yaml": "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\nx-contract: {resorces: {}}\n",
    "broken.json": '{"openapi": ',
}


@pytest.mark.parametrize("name", BAD)
def test_bad_documents(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: each of its own would spend seconds on imports."""
    (tmp_path / name).write_text(BAD[name], "utf-8")
    monkeypatch.chdir(tmp_path)
    done = here(capsys, monkeypatch, "mock", f"./{name}")
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert name in done.err


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    assert "folder.yaml" in refused("./folder.yaml", cwd=tmp_path)


def test_a_scenario_and_a_delay() -> None:
    with started("puffle", "-p", "0", "--scenario", "empty", "--delay", "10..20") as (_, printed):
        assert "paused_drained" not in printed
    with started("autosend", "-p", "0", "--scenario", "large") as (_, printed):
        assert "… and 9,950 more records: http://127.0.0.1:" in printed
        assert len(printed.splitlines()) < 80
    assert "there is no scenario 'emty'; did you mean 'empty'?" in refused("puffle", "--scenario", "emty")
    assert "'soon' is neither milliseconds (300) nor a range of them (200..800)" in refused(
        "puffle", "--delay", "soon"
    )
    assert "'800..200' ends before it begins: 200..800" in refused("puffle", "--delay", "800..200")


def test_its_page_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/opening && mv {tmp_path}/opening {tmp_path}/opened\n'
    )
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with started("puffle", "-p", "0", "--open") as (_, printed):
        url = re.search(r"http://\S+/__mock/", printed)
        assert url is not None
        until = time.monotonic() + PATIENCE
        while not (tmp_path / "opened").exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert (tmp_path / "opened").read_text() == url[0]
    assert "do not go together" in refused("puffle", "--open", "--control-token", "x")


def test_each_call_is_a_line(tmp_path: Path) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text("before\n")
    with started("puffle", "-p", "0", "--access-log", str(log)) as (_, printed):
        root = re.search(r"http://127\.0\.0\.1:\d+", printed)
        assert root is not None
        for path in ("/api/campaigns?api_key=secret", "/~ann/api/campaigns/x", "/~/x"):
            asked = urllib.request.Request(root[0] + path, headers={"Authorization": "Bearer secret"})
            with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(asked):
                pass
    before, *lines = log.read_text().splitlines()
    assert before == "before"
    assert "secret" not in "".join(lines)
    told = [json.loads(line) for line in lines]
    assert [(one["session"], one["path"], one["status"]) for one in told] == [
        (None, "/api/campaigns", 200),
        ("ann", "/~ann/api/campaigns/x", 404),
        (None, "/~/x", 404),
    ]
    assert all(one["ms"] >= 0 and one["client"] == "127.0.0.1" for one in told)
    assert told[0]["rule"].startswith("listCampaigns/ok (")
    assert "cannot be written: Is a directory" in refused("puffle", "--access-log", str(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_stopped_in_the_middle_of_calls(number: signal.Signals) -> None:
    """Somebody listens to events, and a call lasts: both end, nothing is printed, and it is no failure."""
    with started("puffle", "--port", "0", "--delay", "60000") as (mock, printed):
        found = re.search(r"127\.0\.0\.1:(\d+)", printed)
        assert found is not None
        address = ("127.0.0.1", int(found[1]))
        with (
            socket.create_connection(address, PATIENCE) as events,
            socket.create_connection(address, PATIENCE) as call,
        ):
            events.sendall(b"GET /__mock/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b": here" in events.recv(1000) + events.recv(1000)
            call.sendall(b"GET /api/campaigns HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n")
            time.sleep(0.3)  # it is being answered
            mock.send_signal(number)
            assert mock.wait(PATIENCE) == 0
            assert call.recv(1000).startswith(b"HTTP/1.1 503 ")
            assert events.recv(1000) in (b"", b"0\r\n\r\n")
        assert mock.stderr is not None
        assert mock.stderr.read() == ""


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_it_is_stopped_while_clients_send_one_call_after_another(
    reads: bool, stored: bool, tmp_path: Path
) -> None:
    """They do not wait for answers, nor do some read them: nothing is printed, and it is no failure."""
    more = ["--workers", "2", "--store", f"sqlite:///{tmp_path}/world.db"] if stored else []
    with started("puffle", "--port", "0", *more) as (mock, printed):
        found = re.search(r"127\.0\.0\.1:(\d+)", printed)
        assert found is not None
        with contextlib.ExitStack() as stack:
            threads = []
            for _ in range(4):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", int(found[1])), PATIENCE))
                assert _answered(client)
                threads.append(threading.Thread(target=_send_on, args=(client,)))
                if reads:
                    threads.append(threading.Thread(target=_read_on, args=(client,)))
            for thread in threads:
                thread.start()
            time.sleep(0.5)  # more has come than can be answered
            mock.send_signal(signal.SIGTERM)
            assert mock.wait(PATIENCE) == 0
            for thread in threads:
                thread.join(PATIENCE)
        assert mock.stderr is not None
        assert mock.stderr.read() == ""


LIST = b"GET /api/campaigns HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n"


def _answered(client: socket.socket) -> bool:
    client.sendall(LIST.replace(b"GET", b"HEAD", 1))
    return client.recv(10_000).startswith(b"HTTP/1.1 ")


def _send_on(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            client.sendall(LIST * 50)


def _read_on(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while client.recv(100_000):
            pass


BRACKETS = """
openapi: 3.0.3
info: {title: 'Shop [beta] [/nope]', version: '1'}
paths: {'/a': {get: {operationId: 'op[/]', responses: {'200': {description: ok}}}}}
"""


def test_brackets_in_a_document_are_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(BRACKETS)
    with started(str(path), "--port", "0") as (_, output):
        assert "shop Shop [beta] [/nope]  http" in output
        assert "op[/]" in output
    done = subprocess.run(
        [*TROTH[:-1], "check", str(path), "--mock"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "--infer" in done.stderr
    assert "op[/]" in done.stdout


def test_a_long_start_is_told_on_a_terminal() -> None:
    code = "import troth.mock_server.cli as cli; cli.LONG = 0.0; cli.mock(['puffle', '-p', '0'])"
    screen, ours = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=ours) as mock:
        try:
            assert mock.stdout is not None
            assert any("Ctrl+C" in line.decode() for line in mock.stdout)
            assert os.read(screen, 1000).decode().strip() == "reading the documents …"
        finally:
            mock.kill()
            os.close(ours)
            os.close(screen)


def test_nothing_is_told_of_it_elsewhere() -> None:
    code = "import troth.mock_server.cli as cli; cli.LONG = 0.0; cli.mock(['puffle', '-p', '0'])"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as mock:
        assert mock.stdout is not None
        assert any("Ctrl+C" in line.decode() for line in mock.stdout)
        mock.terminate()
        assert "reading" not in mock.communicate()[1].decode()


def test_what_keeps_no_state_is_named(tmp_path: Path) -> None:
    there = {"responses": {"200": {"description": "ok"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "x-contract": {"resources": {"Thing": {"id": "id"}}},
        "paths": {
            "/things": {
                "get": {**there, "operationId": "things", "x-contract": {"acts": "Thing.list"}},
                "post": {**there, "operationId": "addThing"},
            },
            "/health": {"get": {**there, "operationId": "health"}},
        },
        "components": {"schemas": {"Thing": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    }
    path = tmp_path / "t.json"
    path.write_text(json.dumps(document))
    with started(str(path), "-p", "0") as (_, printed):
        assert "Without state, for they act on no resource: addThing, health\n" in printed
    with started("autosend", "-p", "0") as (_, printed):
        assert "Without state" not in printed
