"""What the commands print when all is well."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from tests.cli.documents import GOOD, write
from tests.cli.running import here, run
from tests.faulty import serve
from troth.contracts.errors import ContractFault


def test_help_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    helped, version = run("--help", folder=tmp_path), run("--version", folder=tmp_path)
    assert helped.code == version.code == 0
    assert version.out.startswith("troth, version ")
    for name in ("check", "diff", "docs", "lint", "mock", "specs"):
        assert f"  {name} " in helped.out
        assert here(capsys, monkeypatch, name, "--help").code == 0


def test_specs_lists_what_ships_and_cuts_no_path(tmp_path: Path) -> None:
    done = run("specs", folder=tmp_path, env={"COLUMNS": "20"})
    assert done.code == 0
    header, *rows = done.out.splitlines()
    assert header.split() == ["name", "title", "operations", "file"]
    assert [row.split()[0] for row in rows] == ["autosend", "ocamba", "puffle"]
    assert all(Path(tmp_path, row.split()[-1]).is_file() for row in rows)


def test_check_as_json(tmp_path: Path) -> None:
    with serve("puffle", ["pause_draft"]) as server:
        done = run(
            *("check", "puffle", "--target", server.url, "--format", "json", "--seed", "7"),
            *("--only", "createCampaign/acts/create", "--only", "pauseCampaign/transition/from=draft"),
            folder=tmp_path,
            env={"TROTH_TOKEN": server.token},
        )
    report = json.loads(done.out)
    assert done.code == 1
    assert done.err == ""
    assert list(report) == [
        "spec",
        "target",
        "seed",
        "requests",
        "seconds",
        "summary",
        "undistinguished",
        "known",
        "mended",
        "ended",
        "troubles",
        "cleaned",
        "promises",
    ]
    assert report["seed"] == 7
    assert set(report["summary"]) == {"kept", "broken", "differs", "not-exercised"}
    found = {promise["id"]: promise for promise in report["promises"]}
    broken = found["pauseCampaign/transition/from=draft"]
    assert broken["result"] == "broken"
    told = ["id", "says", "result", "reason", "known", "assumed", "calls", "where", "evidence"]
    assert list(broken) == told
    assert set(broken["evidence"]) == {"curl", "answered", "mismatches"}
    assert {"what": "status", "expected": "400", "got": "200"} in broken["evidence"]["mismatches"]
    assert server.token not in done.out
    assert found["createCampaign/acts/create"]["result"] == "kept"
    assert "evidence" not in found["createCampaign/acts/create"]


def test_lint_of_a_sound_document(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    done = run("lint", "api.yaml", folder=tmp_path)
    assert (done.code, done.out, done.err) == (0, "1 document: nothing to report\n", "")


class _Missing:
    """An entry point whose extra is not installed."""

    name = "check"

    def load(self) -> None:
        raise ModuleNotFoundError(name="hypothesis")


def test_a_command_whose_extra_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("troth.contracts.commands.main._entries", lambda: {"check": _Missing()})
    hint = "not installed; in the checkout of troth: pip install '.[check]'"
    done = here(capsys, monkeypatch, "check", "puffle", "--target", "x")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"Error: `troth check` needs hypothesis, which is {hint}\n"
    helped = here(capsys, monkeypatch, "--help")
    assert helped.code == 0
    assert "not installed" in helped.out


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (click.Abort(), 130, "troth: interrupted\n"),
        (ContractFault("self.x / 0", "divides by zero"), 2, "troth: `self.x / 0` divides by zero\n"),
    ],
)
def test_how_a_command_can_end(
    raised: Exception,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("troth.contracts.commands.main.commands.main", fail)
    done = here(capsys, monkeypatch, "specs")
    assert (done.code, done.err) == (code, said)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("troth mo", ["plain,mock"]),
        ("troth mock --acc", ["plain,--access-log"]),
        ("troth mock pu", ["plain,puffle", "file,pu"]),
        ("troth diff x.yaml au", ["plain,autosend", "file,au"]),
        ("troth lint --format sa", ["plain,sarif"]),
    ],
)
def test_shells_complete(words: str, offered: list[str], tmp_path: Path) -> None:
    asked = {"_TROTH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    assert run(folder=tmp_path, env=asked).out.splitlines() == offered
