"""`troth lint` as a command: text with a caret, JSON, SARIF, exit codes, and the documents that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.lint.documents import LAMP, changed
from troth.contracts.commands.lint import lint
from troth.contracts.loading.catalogue import bundled_names

NOTE = changed(("        acts: Lamp.list\n", "        {}\n"))
WARNING = changed((", message: /error", ""))
ERROR = changed(("to: lit, refused", "to: lift, refused"))


def run(folder: Path, text: str, *options: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(folder)
    Path("lamps.yaml").write_text(text)
    return CliRunner().invoke(lint, ["lamps.yaml", *options], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (LAMP, (), 0),
        (NOTE, (), 0),
        (NOTE, ("--strict",), 0),
        (WARNING, (), 0),
        (WARNING, ("--strict",), 1),
        (ERROR, (), 1),
        ("a: [", (), 2),
        ("a: [", ("--format", "json"), 2),
    ],
)
def test_exit_codes(
    text: str, options: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path, text, *options, monkeypatch=monkeypatch).return_value == code


def test_text_shows_the_line_with_a_caret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(tmp_path, ERROR, monkeypatch=monkeypatch)
    assert result.output.splitlines() == [
        "lamps.yaml:50:34: error 'lift' is not in the enum of Lamp.status; did you mean 'lit'? C04",
        " 50 |         transition: {from: dark, to: lift, refused: It is lit already}",
        "    |                                  ^",
        "1 document: 1 error",
    ]


def test_the_caret_stands_right_on_a_long_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = changed(("hidden.hours == 0", " && ".join(["hidden.hours == 0"] * 9 + ["hidden.huors == 1"])))
    _, text, caret, _ = run(tmp_path, long, monkeypatch=monkeypatch).output.splitlines()
    assert text[caret.index("^") :].startswith("hidden.huors == 1")


def test_json_names_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = json.loads(run(tmp_path, ERROR, "--format", "json", monkeypatch=monkeypatch).output)
    assert finding == {
        "code": "C04",
        "severity": "error",
        "message": "'lift' is not in the enum of Lamp.status; did you mean 'lit'?",
        "pointer": "/paths/~1lamps~1{id}~1light/post/x-contract/transition/to",
        "file": "lamps.yaml",
        "line": 50,
        "column": 34,
    }


def test_sarif_has_what_code_scanning_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log: dict[str, Any] = json.loads(
        run(tmp_path, ERROR, "--format", "sarif", monkeypatch=monkeypatch).output
    )
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (of,) = log["runs"]
    driver = of["tool"]["driver"]
    assert driver["name"] == "troth"
    assert driver["version"]
    (result,) = of["results"]
    assert result["ruleId"] in [rule["id"] for rule in driver["rules"]]
    assert result["level"] in ("error", "warning", "note")
    assert result["message"]["text"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "lamps.yaml"},
        "region": {"startLine": 50, "startColumn": 34},
    }


def test_findings_come_by_place_and_several_documents_are_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(ERROR)
    Path("b.yaml").write_text(WARNING)
    result = CliRunner().invoke(lint, ["a.yaml", "b.yaml"], standalone_mode=False)
    places = [line.split(" ")[0] for line in result.output.splitlines() if ".yaml:" in line]
    assert places == ["a.yaml:50:34:", "b.yaml:50:9:"]
    assert result.output.splitlines()[-1] == "2 documents: 1 error, 1 warning"


@pytest.mark.parametrize("name", bundled_names())
def test_what_ships_is_sound(name: str) -> None:
    result = CliRunner().invoke(lint, [name, "--strict"], standalone_mode=False)
    assert result.return_value == 0, result.output


def test_an_id_that_is_there_twice_is_one_finding_and_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = changed(("operationId: light", "operationId: change"))
    result = run(tmp_path, twice, "--format", "json", monkeypatch=monkeypatch)
    assert result.return_value == 1
    (finding,) = json.loads(result.output)
    assert (finding["code"], finding["line"]) == ("operation-operationId-unique", 47)
    result = run(tmp_path, twice, "--ruleset", "minimal", monkeypatch=monkeypatch)
    assert result.return_value == 1
    assert "operationId 'change' is taken already" in result.output


def test_a_clean_document_makes_no_annotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, LAMP, "--format", "github", monkeypatch=monkeypatch).output == ""


def test_colours_are_for_terminals_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lamps.yaml").write_text(ERROR)
    shown = CliRunner().invoke(lint, ["lamps.yaml"], standalone_mode=False, color=True).output
    assert "\x1b[" in shown
    assert "\x1b[" not in run(tmp_path, ERROR, monkeypatch=monkeypatch).output
