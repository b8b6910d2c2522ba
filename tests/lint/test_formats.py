"""The formats for machines: each is read back by what it is for."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from troth.contracts.commands.lint import lint
from troth.contracts.lint import LintReport
from troth.contracts.lint.catalogue import RULES
from troth.contracts.model import Finding, Location
from troth.contracts.reports import lint_github, lint_junit, lint_sarif
from troth.contracts.reports.linted import Linted

TEXT = """\
openapi: 3.0.3
info: {title: A, version: '1'}
servers: [{url: 'https://a.test/'}]
paths:
  /a/{b}:
    get:
      responses: {default: {description: A.}}
"""
ODD = Finding("D01", "100%: a\r\nb,\x00c <&> ]]>", "", Location("a,b:c.yaml", 2, 3), "warning")


def run(folder: Path, form: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    monkeypatch.chdir(folder)
    Path("a.yaml").write_text(TEXT)
    return CliRunner().invoke(lint, ["a.yaml", *more, "--format", form], standalone_mode=False)


def test_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, "github", monkeypatch).output.splitlines() == [
        "::warning file=a.yaml,line=3,col=12,title=oas3-server-trailing-slash"
        "::the server URL ends in a slash",
        "::error file=a.yaml,line=6,col=5,title=path-params"
        "::{b} in the path is declared by no path parameter",
    ]


def test_github_escapes_what_the_runner_would_read() -> None:
    assert lint_github.render(Linted({}, [ODD])) == (
        "::warning file=a%2Cb%3Ac.yaml,line=2,col=3,title=D01::100%25: a%0D%0Ab,\x00c <&> ]]>"
    )
    note = Finding("C00", "no place", severity="note")
    assert lint_github.render(Linted({}, [note])) == "::notice title=C00::no place"


def test_junit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(tmp_path / "b.yaml").write_text(TEXT.split("servers", maxsplit=1)[0] + "paths: {}\n")
    suites = ElementTree.fromstring(run(tmp_path, "junit", monkeypatch, "b.yaml").output)
    first, second = suites
    assert [s.get("name") for s in suites] == ["a.yaml", "b.yaml"]
    assert (first.get("tests"), first.get("failures")) == ("2", "2")
    assert [failure.get("type") for failure in first.iter("failure")] == ["warning", "error"]
    assert first[1].get("name") == "path-params a.yaml:6:5"
    assert (second.get("tests"), second.get("failures"), len(second)) == ("1", "0", 1)


def test_junit_carries_what_xml_cannot() -> None:
    note = Finding("C00", "no place", severity="note")
    suite = ElementTree.fromstring(lint_junit.render(Linted({"x": LintReport(None, [ODD, note])})))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert "<&> ]]>" in failure.text
    assert "\x00" not in failure.text


def test_sarif_explains_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = json.loads(run(tmp_path, "sarif", monkeypatch).output)["runs"][0]["tool"]["driver"]
    for rule in driver["rules"]:
        known = RULES[rule["id"]]
        assert rule["shortDescription"]["text"] == known.means
        assert known.why in rule["help"]["text"]
        assert known.bad in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


def test_sarif_of_a_code_that_is_not_known() -> None:
    log = json.loads(lint_sarif.render(Linted({}, [Finding("X99", "odd")])))
    assert log["runs"][0]["tool"]["driver"]["rules"] == [{"id": "X99"}]


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_a_document_that_cannot_be_read(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("a: [")
    result = CliRunner().invoke(lint, ["a.yaml", "--format", form], standalone_mode=False)
    assert result.return_value == 2
    assert "C01" in result.output


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_an_idle_entry_of_the_configuration_is_reported(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "troth.yaml").write_text("lint: {ignore: [{rule: D02, reason: gone by now}]}\n")
    output = run(tmp_path, form, monkeypatch).output
    assert "ignore-unused" in output
    assert "troth.yaml" in output
    assert "path-params" in output
