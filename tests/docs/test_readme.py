"""What the README shows is what happens: its blocks are run as they stand, and the answers compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.catalogue import open_spec
from contracts.lint import lint
from mock_server import Mock
from mock_server.serving import running
from tests.faulty import serve

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent


def blocks(marker: str) -> Iterator[tuple[str, str]]:
    """Each fenced block under a marker, with the fenced block after it (what it answers)."""
    fence = r"```\w+\n(.*?)```"
    for found in re.finditer(rf"<!-- {re.escape(marker)} -->\n{fence}(?:\n\n{fence})?", README, re.DOTALL):
        yield found[1], found[2] or ""


def compare(shown: str, happened: str) -> None:
    """Every shown line comes, in this order; ``…`` stands for anything, places and counts may differ."""
    lines = iter(level(happened).splitlines())
    for expected in filter(None, level(shown).splitlines()):
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        assert any(re.fullmatch(pattern, line.rstrip()) for line in lines), expected + "\n--\n" + happened


def level(text: str) -> str:
    """The text without what may change with every commit: places, counts and times."""
    text = re.sub(r"\.yaml:\d+:\d+", ".yaml:L:C", text)
    return re.sub(r"[\d.]+ (kept|broken|not-exercised|requests|s)\b", r"N \1", text)


def test_the_walk_through(tmp_path: Path) -> None:
    found = list(blocks("try"))
    assert len(found) >= 2
    with running(Mock([open_spec("puffle")])) as root:
        script = "\necho @@@\n".join(command for command, _ in found)
        script = script.replace("http://127.0.0.1:4010", root)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )
    answers = done.stdout.split("@@@")
    assert len(answers) == len(found), done.stderr
    for (_, shown), happened in zip(found, answers, strict=True):
        compare(shown, happened)


def test_the_check_that_finds_a_fault(tmp_path: Path) -> None:
    (config, _), (command, shown) = next(blocks("file: troth.toml")), next(blocks("check"))
    with serve("puffle", ["pause_draft"]) as server:
        (tmp_path / "troth.toml").write_text(config.replace("http://127.0.0.1:8001", server.url))
        script = command.replace(".venv/bin/troth", str(BIN / "troth"))
        assert server.token in script
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "TERM": "dumb"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    compare(shown.replace("http://127.0.0.1:8001", server.url), done.stdout)


def test_the_smallest_contract_and_its_typo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, _ = next(blocks("file: lamps.yaml"))
    path = Path("lamps.yaml")
    path.write_text(text)
    assert lint(path)[1] == []
    path.write_text(text.replace("to: lit", "to: light"))
    (finding,) = lint(path)[1]
    where, _, said = str(finding).partition(": error: ")
    assert f"{where}: error {said.removesuffix(' [C04]')} C04" in README


def test_it_is_short_and_speaks_to_everybody() -> None:
    assert README.count("\n") < 200
    assert not re.search(r"/root/|/work/|/tmp/|pypi|localhost:\d+/simple", README, re.IGNORECASE)
    assert (
        "python3 -m venv .venv && .venv/bin/pip install -q '.[mock]' && .venv/bin/troth mock puffle" in README
    )
    assert "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest" in README
