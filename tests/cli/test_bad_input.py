"""Whatever the commands are given: one clear message, the right exit code, and never a traceback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Protocol

import pytest

from tests.cli.documents import DOCUMENTS, GOOD, LEFT_OUT, write
from tests.cli.running import Done, finish, here, run, start
from tests.faulty import serve

NOWHERE = "http://127.0.0.1:9"
COMMANDS = {
    "lint": ("lint", "{}"),
    "check": ("check", "{}", "--target", NOWHERE),
    "docs": ("docs", "{}"),
    "mock": ("mock", "{}", "--port", "0"),
}


class Everyone(Protocol):
    def __call__(self, path: str) -> dict[str, Done]:
        """What each command does with a document."""


@pytest.fixture
def everyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Everyone:
    """In this process, which spares four times the imports."""
    monkeypatch.chdir(tmp_path)

    def ask(path: str) -> dict[str, Done]:
        return {
            name: here(capsys, monkeypatch, *(part.format(path) for part in command))
            for name, command in COMMANDS.items()
        }

    return ask


def test_processes_of_their_own(tmp_path: Path) -> None:
    """What the tests below see in this process is what a shell sees; all at the same time."""
    started = {
        name: start(*(part.format("nothing.yaml") for part in command), folder=tmp_path)
        for name, command in COMMANDS.items()
    }
    for process in started.values():
        says_once(finish(process), "nothing.yaml:1:1: there is no such file")


def says_once(done: Done, expected: str, code: int = 2) -> None:
    """One message that starts with the place (the word "error" may follow it), and no traceback."""
    said = done.said.replace(": error: ", ": ").replace(": error ", ": ")
    assert done.code == code, done
    assert said.count(expected) == 1, done
    assert "Traceback" not in done.said
    assert len(done.said.splitlines()) <= 6, done


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_broken_document(name: str, tmp_path: Path, everyone: Everyone) -> None:
    content, expected, status = DOCUMENTS[name]
    write(tmp_path, content)
    for command, done in everyone("api.yaml").items():
        says_once(done, expected, status if command == "lint" else 2)


@pytest.mark.parametrize("command", ["lint", "check", "docs"])
@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_told(
    name: str,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content, expected = LEFT_OUT[name]
    write(tmp_path, content)
    monkeypatch.chdir(tmp_path)
    done = here(capsys, monkeypatch, *(part.format("api.yaml") for part in COMMANDS[command]))
    told = done.said.replace(": error: ", ": ").replace(": warning: ", ": ").replace(": error ", ": ")
    assert told.count(expected) == 1, done
    assert "Traceback" not in done.said
    assert done.code == {"lint": 1, "check": 2, "docs": 0}[command]


def test_a_directory_and_no_file_at_all(tmp_path: Path, everyone: Everyone) -> None:
    (tmp_path / "folder").mkdir()
    for command, done in everyone("folder").items():
        if command == "lint":  # looks into it
            says_once(done, "folder: there is no OpenAPI document in this folder")
            continue
        says_once(done, "folder:1:1: is a directory; name the OpenAPI document inside it")
    for done in everyone("nothing.yaml").values():
        says_once(done, "nothing.yaml:1:1: there is no such file")


def test_a_file_of_70_mb_is_refused_at_once(tmp_path: Path, everyone: Everyone) -> None:
    with write(tmp_path, GOOD).open("ab") as file:
        file.write(b"# nothing but filler\n" * 3_500_000)
    for done in everyone("api.yaml").values():
        says_once(done, "at most 67,108,864 are read")


def test_the_api_cannot_be_reached(tmp_path: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        done = run("check", "puffle", "--target", url, folder=tmp_path)
    assert done.code == 2
    assert url in done.err
    assert "Traceback" not in done.said
    assert len(done.err.splitlines()) <= 2, done.err


def test_the_token_is_wrong_or_missing(tmp_path: Path) -> None:
    with serve("puffle") as server:
        wrong = run("check", "puffle", "--target", server.url, "--token", "no", folder=tmp_path)
        missing = run("check", "puffle", "--target", server.url, folder=tmp_path)
    says_once(wrong, f"GET {server.url}/api/campaigns: answered 401: it refuses the token")
    says_once(missing, "it refuses a call without a token; give one with --token or TROTH_TOKEN")


class _Page(BaseHTTPRequestHandler):
    """A login page, whatever is asked for."""

    def do_GET(self) -> None:
        page = b"<!doctype html><title>Sign in</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def login_page() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_web_page_answers(tmp_path: Path) -> None:
    with login_page() as url:
        done = run("check", "puffle", "--target", url, folder=tmp_path)
    says_once(done, f"GET {url}/api/campaigns: answered 200 with an HTML page, not with the API's JSON")


TABLE = "[target.local]\nurl = 'http://127.0.0.1:9'\n"
CONFIGS: dict[str, tuple[str | None, str]] = {
    "absent": (None, "troth.toml: there is no such file; a target is a URL, or a name in it"),
    "not toml": ("[target.local\n", "troth.toml: is not TOML: "),
    "other name": (TABLE.replace("local", "locale"), "there is no [target.local]; did you mean 'locale'?"),
    "no url": ("[target.local]\n", "[target.local]: `url` is missing"),
    "bad url": ("[target.local]\nurl = 'ftp://x'\n", "'ftp://x' is not an http or https URL"),
    "typo": (TABLE + "clok = 'x'\n", "[target.local]: there is no 'clok' here; did you mean 'clock'?"),
    "fixture": (
        TABLE + "[target.local.fixtures]\npaused_drain = 'x'\n",
        "did you mean 'paused_drained'?",
    ),
    "unset": (
        TABLE + "auth = {bearer = '$TROTH_TEST_UNSET'}\n",
        "[target.local]: the environment variable TROTH_TEST_UNSET is not set",
    ),
    "a query": ("[target.local]\nurl = 'http://127.0.0.1:9/v1?k=1'\n", "`params` are sent with every call"),
    "a password": (
        "[target.local]\nurl = 'http://me:secret@127.0.0.1:9'\n",
        'reports show the URL: say auth = {basic = "user:password"}',
    ),
    "no Latin 1": (TABLE + "headers = {X-Team = '\u2603'}\n", "/api/campaigns: cannot be sent: "),
    "a line break": (TABLE + 'cookies = {team = "a\\nb"}\n', "/api/campaigns: cannot be sent: "),
    "rate": (TABLE + "rate = 'fast'\n", '`rate` is like "5/s" or "100/min", found \'fast\''),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_broken_troth_toml(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = CONFIGS[name]
    if text is not None:
        (tmp_path / "troth.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    says_once(here(capsys, monkeypatch, "check", "puffle", "--target", "local"), expected)


def test_no_promise_is_named_like_that(tmp_path: Path) -> None:
    with serve("puffle") as server:
        done = run(
            *("check", "puffle", "--target", server.url, "--token", server.token, "--only", "pauze*"),
            folder=tmp_path,
        )
    says_once(done, "no promise of puffle is named like pauze*")


PUFLE = "there is no bundled spec and no file named 'pufle'; did you mean 'puffle'?"
OPTIONS: Mapping[tuple[str, ...], str] = {
    ("lint", "pufle"): PUFLE,
    ("mock", "pufle"): PUFLE,
    ("check", "pufle", "--target", NOWHERE): PUFLE,
    ("chek",): "there is no command 'chek'; did you mean 'check'?",
    ("check", "puffle"): "say what to check: --target URL, --target NAME (from troth.toml) or --mock",
    ("check", "puffle", "--tarjet", "x"): "No such option '--tarjet'. Did you mean '--target'?",
    ("lint",): "Missing argument 'PATH...'",
    (
        "lint",
        "puffle",
        "--format",
        "xml",
    ): "'xml' is not one of 'text', 'codeclimate', 'github', 'json', 'junit', 'sarif'",
    ("docs", "puffle", "--format", "pdf"): "'pdf' is not one of 'markdown', 'html'",
    ("diff", "puffle"): "Missing argument 'NEW'",
    ("diff", "puffle", "pufle"): PUFLE,
    ("mock",): "name at least one spec; bundled: autosend, ocamba, puffle",
    ("mock", "puffle", "--port", "99999"): "99999 is not in the range 0<=x<=65535",
    ("mock", "puffle", "--port", "-1"): "-1 is not in the range 0<=x<=65535",
    ("mock", "puffle", "--port", "many"): "'many' is not a valid integer",
    ("mock", "puffle", "puffle"): "two specs are named 'puffle'",
}


@pytest.mark.parametrize("args", OPTIONS, ids=" ".join)
def test_a_wrong_option(
    args: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    done = here(capsys, monkeypatch, *args)
    expected = OPTIONS[args]
    assert done.code == 2, done
    assert expected.replace("'", "") in done.said.replace("'", ""), done
    assert "Traceback" not in done.said
