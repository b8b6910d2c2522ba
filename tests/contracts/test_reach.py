"""Which files a document may read, whose Python code is run, and that nothing is waited for."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import here
from troth import ContractError, lint, load

DOCUMENT = """\
openapi: 3.1.0
info: {{title: T, version: '1'}}
paths:
  /a:
    get:
      operationId: a
      responses: {{'200': {{description: OK, content: {{application/json: {{schema: {{$ref: '{ref}'}}}}}}}}}}
"""
PART = "type: object\nproperties: {secret: {type: string}}\n"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``mine`` (a repository with ``api``), ``here`` (the current folder), ``theirs``."""
    for name in ("mine/.git", "mine/api/deep", "mine/shared", "here", "theirs"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("mine/shared", "mine/api/deep", "here", "theirs"):
        (tmp_path / name / "part.yaml").write_text(PART)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def messages(folder: Path, ref: str, *, outside: bool = False) -> list[str]:
    path = folder / "mine/api/api.yaml"
    path.write_text(DOCUMENT.format(ref=ref))
    return [fault.message for fault in load(path, outside=outside).document.faults]


@pytest.mark.parametrize("ref", ["deep/part.yaml", "../shared/part.yaml", "../../here/part.yaml"])
def test_what_is_in_reach(folders: Path, ref: str) -> None:
    assert messages(folders, ref) == []


@pytest.mark.parametrize("ref", ["../../theirs/part.yaml", "/etc/passwd", "../../theirs/nothing.yaml"])
def test_what_is_out_of_reach(folders: Path, ref: str) -> None:
    [message] = messages(folders, ref)
    assert message.startswith(f"$ref {ref!r} leads out of the document's folder")
    assert "--allow-outside" in message


def test_outside_can_be_allowed(folders: Path) -> None:
    assert messages(folders, "../../theirs/part.yaml", outside=True) == []
    path = folders / "mine/api/api.yaml"
    assert [f for f in lint(path, outside=True) if f.code == "C03"] == []


def test_the_finding_has_a_place(folders: Path) -> None:
    messages(folders, "../../theirs/part.yaml")
    [found] = [f for f in lint(folders / "mine/api/api.yaml") if f.severity == "error"]
    assert found.location is not None
    assert (found.location.line, found.code) == (7, "C03")


def test_links_are_resolved_first(folders: Path) -> None:
    (folders / "mine/api/link.yaml").symlink_to(folders / "theirs/part.yaml")
    (folders / "mine/api/linked").symlink_to(folders / "theirs")
    for ref in ("link.yaml", "linked/part.yaml"):
        [message] = messages(folders, ref)
        assert "leads out" in message


def test_the_whole_machine_is_no_tree(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    [message] = messages(folders, "../../theirs/part.yaml")
    assert "leads out" in message


def test_what_an_overlay_extends(folders: Path) -> None:
    (folders / "theirs/api.yaml").write_text(DOCUMENT.format(ref="part.yaml"))
    overlay = folders / "mine/api/overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nextends: ../../theirs/api.yaml\n"
        "actions: [{target: $.info, update: {title: U}}]\n"
    )
    with pytest.raises(ContractError, match=r"overlay.yaml:3:1: .*leads out"):
        load(overlay)
    assert load(overlay, outside=True).title == "U"


@pytest.mark.parametrize("command", ["lint", "docs", "infer", "mock", "check", "mutants", "diff"])
def test_every_command_can_allow_it(
    folders: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--allow-outside" in here(capsys, monkeypatch, command, "--help").out


# What is no file


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    with closing(socket.socket(socket.AF_UNIX)) as server:

        def listen(path: Path) -> None:
            os.chdir(path.parent)  # names of sockets are short
            server.bind(path.name)

        yield listen


MADE = {"fifo": (fifo, "pipe"), "device": (device, "device"), "folder": (folder, "directory")}


@pytest.mark.parametrize("kind", MADE)
def test_no_file_is_an_error_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    make, word = MADE[kind]
    make(tmp_path / "odd.yaml")
    with pytest.raises(ContractError, match=word):
        load("odd.yaml")
    Path("api.yaml").write_text(DOCUMENT.format(ref="odd.yaml"))
    [message] = [fault.message for fault in load("api.yaml", outside=True).document.faults]
    assert "there is no file 'odd.yaml'" in message


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: Callable[[Path], None]) -> None:
    monkeypatch.chdir(tmp_path)
    listening(tmp_path / "odd.yaml")
    with pytest.raises(ContractError, match=r"cannot be read|socket"):
        load("odd.yaml")


def test_other_files_that_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("api.yaml").write_text(DOCUMENT.format(ref="#/info"))
    os.mkfifo("pipe")
    said = here(capsys, monkeypatch, "check", "api.yaml", "--target", "x", "--config", "pipe")
    assert (said.code, "is a pipe" in said.err) == (2, True)
    said = here(capsys, monkeypatch, "lint", "api.yaml", "--config", "/dev/zero")
    assert (said.code, "is a device" in said.err) == (2, True)


# Python code

HANDLED = """\
openapi: 3.1.0
info: {title: T, version: '1'}
x-contract: {handlers: handlers.py}
paths: {/a: {get: {operationId: a, responses: {'200': {description: OK}}}}}
"""


@pytest.fixture
def handled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.yaml").write_text(HANDLED)
    (tmp_path / "handlers.py").write_text("open('ran', 'w').close()\n\n\ndef a(asked):\n    'Answers.'\n")
    return tmp_path


@pytest.mark.parametrize("command", ["mock", "check", "mutants"])
def test_code_runs_only_where_it_is_asked_for(
    command: str, handled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"mock": ("--port", "0"), "check": ("--mock",), "mutants": ()}[command]
    said = here(capsys, monkeypatch, command, "api.yaml", *options)
    assert said.code == 2
    assert "api.yaml:3:14: error: handlers.py is Python code of this document's author" in said.err
    assert "--allow-handlers" in said.err
    assert not (handled / "ran").exists()
    assert "--allow-handlers" in here(capsys, monkeypatch, command, "--help").out


def test_code_in_python(handled: Path) -> None:
    with pytest.raises(ContractError, match=r"run=True"):
        load("api.yaml")
    load("api.yaml", run=False)
    assert not (handled / "ran").exists()
    load("api.yaml", run=True)
    assert (handled / "ran").exists()


def test_an_overlay_on_what_ships_is_not_what_ships(handled: Path) -> None:
    (handled / "overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: O, version: '1'}\n"
        "actions:\n- target: $['x-contract']\n  update: {handlers: handlers.py}\n"
    )
    with pytest.raises(ContractError, match=r"overlay.yaml:5:.*--allow-handlers"):
        load("puffle", overlays=["overlay.yaml"])
    assert not (handled / "ran").exists()


def test_what_ships_runs_its_own() -> None:
    handlers = load("puffle").words["handlers"].functions
    assert all(handler.call is not None for handler in handlers.values())
