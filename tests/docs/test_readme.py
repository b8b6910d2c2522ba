"""What the README shows is what happens: its blocks are run as they stand, and the answers compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import BIN, ROOT, blocks, compare, shell
from tests.faulty import serve
from troth import Mock, load
from troth.contracts.lint import lint
from troth.mock_server.serving import running

README = (ROOT / "README.md").read_text("utf-8")


def test_the_walk_through(tmp_path: Path) -> None:
    found = list(blocks(README, "try"))
    assert len(found) >= 2
    with running(Mock([load("puffle")])) as root:
        script = "\necho @@@\n".join(command for command, _ in found)
        answers = shell(script.replace("http://127.0.0.1:4010", root), tmp_path).split("@@@")
    for (_, shown), happened in zip(found, answers, strict=True):
        compare(shown, happened)


def checked(options: str, folder: Path) -> tuple[str, str]:
    """What the README shows of its check, and what the check prints with these options besides."""
    (config, _), (command, shown) = next(blocks(README, "file: troth.toml")), next(blocks(README, "check"))
    with serve("puffle", ["pause_draft"]) as server:
        (folder / "troth.toml").write_text(config.replace("http://127.0.0.1:8001", server.url))
        assert server.token in command
        command = command.replace(".venv/bin/troth", str(BIN / "troth")).rstrip()
        printed = shell(f"{command} {options}", folder)
    return shown.replace("http://127.0.0.1:8001", server.url), printed


def test_the_check_that_finds_a_fault(tmp_path: Path) -> None:
    """Of the operation that is shown: a whole check takes a minute, and test_no_alarm makes some."""
    shown, printed = checked("--only 'pauseCampaign/*'", tmp_path)
    *evidence, counts = shown.splitlines(keepends=True)
    assert counts.startswith("puffle against local: ")
    compare("".join(evidence), printed)


@pytest.mark.slow
def test_the_counts_of_the_whole_check(tmp_path: Path) -> None:
    compare(*checked("", tmp_path))


def test_the_smallest_contract_and_its_typo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, _ = next(blocks(README, "file: lamps.yaml"))
    path = Path("lamps.yaml")
    path.write_text(text)
    assert lint(path) == []
    path.write_text(text.replace("to: lit", "to: light"))
    (finding,) = lint(path)
    where, _, said = str(finding).partition(": error: ")
    assert f"{where}: error {said.removesuffix(' [C04]')} C04" in README


def test_it_is_short_and_speaks_to_everybody() -> None:
    assert README.count("\n") < 200
    assert not re.search(r"/home/|/tmp/", README, re.IGNORECASE)
    assert set(re.findall(r"https?://[a-z][^/]*/", README)) == {"https://github.com/"}
    venv, pip = "python3 -m venv .venv", ".venv/bin/pip install -q -c constraints.txt"
    assert f"{venv} && {pip} '.[mock]' && .venv/bin/troth mock puffle" in README
    assert f"{venv} && {pip} -e '.[dev]' && .venv/bin/pytest" in README
