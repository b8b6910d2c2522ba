"""Where output goes: streams that are closed, full or of few characters, and no current folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import TROTH
from tests.gate import seldom
from tests.patience import PATIENCE

DOCUMENT = """\
openapi: 3.1.0
info: {title: 'Täst → 日本 😀', version: '1'}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: get
      responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}, 'ß→😀': {enum: [日, 日]}}}
"""  # noqa: E501
COMMANDS = [
    "lint api.yaml", "lint api.yaml --format json", "lint api.yaml --format sarif",
    "lint api.yaml --format junit",
    "lint api.yaml --format github", "lint api.yaml --format codeclimate", "docs api.yaml",
    "docs api.yaml --format html", "diff api.yaml puffle", "diff api.yaml puffle --format json",
    "infer api.yaml", "explain C04", "schema", "specs", "lint --help",
    "check api.yaml --mock",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(DOCUMENT)
    return tmp_path


def run(folder: Path, command: str, shell: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a shell: ``$T`` stands for it, ``$RC`` is its exit code."""
    return subprocess.run(
        ["bash", "-c", shell.replace("$T", f"{TROTH} {command}")],
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    seldom(
        COMMANDS,
        "lint api.yaml --format sarif",
        "lint api.yaml --format github",
        "lint api.yaml --format codeclimate",
        "diff api.yaml puffle",
        "docs api.yaml",
        "schema",
        "specs",
    ),
)
def test_few_characters(folder: Path, command: str) -> None:
    ended = run(folder, command, "PYTHONIOENCODING=cp1252 PYTHONUTF8=0 $T")
    assert ended.returncode in (0, 1, 2), ended.stderr
    assert b"Traceback" not in ended.stderr
    assert b"internal error" not in ended.stderr
    if command.endswith("json") and ended.returncode != 2:
        json.loads(ended.stdout.decode("cp1252"))


STREAMS = [">/dev/full", ">&-", "2>/dev/full", "2>&-", ">&- 2>&-", "<&-", "| head -0"]
EACH = ["lint api.yaml", "docs api.yaml", "check api.yaml --mock", "lint none.yaml"]
"""Every run tries each stream with the first command, and the first and the last stream with each."""
TRIED = [
    pytest.param(
        command,
        stream,
        marks=() if command == EACH[0] or stream in (STREAMS[0], STREAMS[-1]) else pytest.mark.slow,
    )
    for command in EACH
    for stream in STREAMS
]


@pytest.mark.parametrize(("command", "stream"), TRIED)
def test_streams_that_take_nothing(folder: Path, command: str, stream: str) -> None:
    ended = run(folder, command, f"$T {stream}; exit ${{PIPESTATUS[0]}}")
    assert ended.returncode in (0, 1, 2, 141), ended.stderr
    assert b"Traceback" not in ended.stderr + ended.stdout
    assert b"internal error" not in ended.stderr


@pytest.mark.parametrize("command", [*COMMANDS[::3], "mock api.yaml --port 0", "infer api.yaml"])
def test_no_current_folder(folder: Path, command: str) -> None:
    command = command.replace("api.yaml", str(folder / "api.yaml"))
    ended = run(folder, command, "mkdir gone; cd gone; rmdir ../gone; $T")
    assert ended.returncode == 2
    assert ended.stderr.decode().splitlines()[-1] == (
        "troth: the current folder does not exist any more; change to one that does"
    )


def test_an_interruption_at_any_time_is_one_line(folder: Path) -> None:
    """Also while modules are loaded; only before the first of ours does Python itself speak."""
    for milliseconds in range(60, 1500, 180):
        process = subprocess.Popen(
            [sys.executable, "-X", "frozen_modules=off", TROTH, "check", "api.yaml", "--mock"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        if "Traceback" in said and "/contracts/" not in said:
            continue
        assert "Traceback" not in said, (milliseconds, said)
        code = process.returncode
        if code == -signal.SIGINT:  # Python is ending, and has no handler any more: a shell says 130, too
            code = 130
        assert code in (0, 1, 2, 130), (milliseconds, said)
