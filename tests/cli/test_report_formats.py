"""Formats that other distributions bring are found, listed and used; a broken one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.distributions import install
from tests.cli.documents import GOOD, spoiled, write
from tests.cli.running import here, run
from tests.docs.pages import ROOT, blocks

COUNTED = next(blocks((ROOT / "docs/reference/reports.md").read_text("utf-8"), "file: counted.py"))[0]
FORMATS = {
    "lint": ["text", "codeclimate", "github", "json", "junit", "sarif"],
    "check": ["text", "github", "html", "json", "junit", "markdown", "sarif"],
    "diff": ["text", "json", "markdown"],
}


def entry(target: str = "counted") -> str:
    return f"[troth.report_formats]\nmine = {target}\n"


def test_a_format_of_another_distribution(tmp_path: Path) -> None:
    env = install(tmp_path / "site", "counted", COUNTED, entry())
    write(tmp_path, spoiled("to: lit,", "to: lift,"))
    done = run("lint", "api.yaml", "--format", "counted", folder=tmp_path, env=env)
    assert (done.code, done.out, done.err) == (1, "1 C04\n", "")
    assert "[text|codeclimate|counted|github|" in run("lint", "--help", folder=tmp_path, env=env).out
    wrong = run("lint", "api.yaml", "--format", "xml", folder=tmp_path, env=env)
    assert wrong.code == 2
    assert "'xml' is not one of 'text', 'codeclimate', 'counted', 'github'" in wrong.err
    elsewhere = run("diff", "api.yaml", "api.yaml", "--format", "counted", folder=tmp_path, env=env)
    assert elsewhere.code == 2
    assert "'counted' is not one of 'text', 'json', 'markdown'" in elsewhere.err


@pytest.mark.parametrize(
    ("module", "target", "says"),
    [
        ("1 / 0\n", "counted", "cannot be loaded: ZeroDivisionError: division by zero"),
        (COUNTED, "counted:absent", "cannot be loaded: AttributeError: "),
        ("NAME = 'x'\n", "counted", "cannot be loaded: AttributeError: "),
        (COUNTED.replace('"lint"', "7"), "counted", "NAME and COMMAND are texts, render is a function"),
        (COUNTED.replace('"counted"', '"sarif"'), "counted", "lint has a format 'sarif' already"),
    ],
    ids=["raises", "no such object", "no shape", "wrong shape", "taken"],
)
def test_a_broken_entry_point(module: str, target: str, says: str, tmp_path: Path) -> None:
    env = install(tmp_path / "site", "counted", module, entry(target))
    write(tmp_path, GOOD)
    done = run("lint", "api.yaml", "--format", "other", folder=tmp_path, env=env)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"troth: the report format 'mine' of the distribution counted: {says}")
    assert len(done.err.splitlines()) == 1
    assert run("lint", "api.yaml", "--format", "json", folder=tmp_path, env=env).code == 0


@pytest.mark.parametrize("command", FORMATS)
def test_what_is_listed(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = "|".join(FORMATS[command])
    assert f"--format [{listed}]" in here(capsys, monkeypatch, command, "--help").out
    page = (ROOT / "docs" / "reference" / "reports.md").read_text("utf-8")
    names = ", ".join(f"`{name}`" for name in FORMATS[command])
    assert f"| `troth {command}` | {names} |" in page
