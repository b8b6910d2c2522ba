"""Lint where no human looks on: folders, standard input, what fails, files, shared configurations."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.distributions import install
from tests.cli.running import TROTH, Done, here
from tests.cli.running import run as start
from tests.lint.documents import changed

HEAD = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n"
CLEAN = HEAD + "paths: {}\n"
NOTED = changed(("        acts: Lamp.list\n", "        {}\n"))
WARNED = HEAD + "servers: [{url: 'https://a.test/'}]\npaths: {}\n"
BROKEN = HEAD + "paths:\n  /a/{b}: {get: {responses: {'200': {description: A.}}}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def lint(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> Done:
    return here(capsys, monkeypatch, "lint", *words)


def files_of(said: Done) -> list[str]:
    return [
        line.split(":")[0] for line in said.out.splitlines() if line.endswith("oas3-server-trailing-slash")
    ]


def test_a_folder(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    as_json = json.dumps({"info": {"title": "A", "version": "1"}, "openapi": "3.1.0", "paths": {},
                          "servers": [{"url": "https://a.test/"}]})  # fmt: skip
    write({
        "api/b.yaml": WARNED, "api/deep/a.yml": WARNED, "api/plain.json": as_json, "api/.hid/c.yaml": WARNED,
        "api/node_modules/d.yaml": WARNED, "api/part.yaml": "type: object\n", "api/e.txt": WARNED,
        "api/lines.json": json.dumps(json.loads(as_json), indent=1), "api/broken.bin.yaml": "\x00",
    })  # fmt: skip
    said = lint(capsys, monkeypatch, "api")
    assert files_of(said) == ["api/b.yaml", "api/lines.json", "api/plain.json", "api/deep/a.yml"]
    assert said.out.splitlines()[-1].startswith("4 documents: 4 warnings")
    assert files_of(lint(capsys, monkeypatch, "api/deep", "api/b.yaml")) == ["api/deep/a.yml", "api/b.yaml"]


def test_a_folder_without_documents(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"api/part.yaml": "type: object\n"})
    said = lint(capsys, monkeypatch, "api")
    assert (said.code, said.err) == (
        2,
        "troth: api: there is no OpenAPI document in this folder (of .yaml, .yml, .json)\n",
    )


def test_what_is_shared_is_said_once(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = (
        HEAD + "paths: {}\ncomponents: {schemas: {A: {type: array, items: {$ref: '../parts/all.yaml#/T'}}}}\n"
    )
    write({
        "parts/all.yaml": "T: {type: string, enum: [a, a]}\n",
        "x/one.yaml": one,
        "y/two.yaml": one,
    })  # fmt: skip
    said = lint(capsys, monkeypatch, ".", "--format", "json")
    found = [(f["file"], f["code"]) for f in json.loads(said.out) if f["code"].startswith("dupl")]
    assert found == [("parts/all.yaml", "duplicated-entry-in-enum")]


@pytest.mark.parametrize(
    "text", [WARNED, json.dumps({"openapi": "3.0.3", "servers": [{"url": "https://a.test/"}]})]
)
def test_standard_input(folder: Path, text: str) -> None:
    said = subprocess.run([TROTH, "lint", "-"], input=text, capture_output=True, text=True, check=False)
    assert "oas3-server-trailing-slash" in said.stdout
    assert said.stdout.startswith("<stdin>:")
    refused = subprocess.run(
        [TROTH, "lint", "-", "--fix"], input=text, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, "--fix mends files" in refused.stderr) == (2, True)


def test_standard_input_has_a_folder(folder: Path) -> None:
    write({"parts.yaml": "T: {type: string, enum: [a, a]}\n"})
    text = HEAD + "paths: {}\ncomponents: {schemas: {A: {$ref: 'parts.yaml#/T'}}}\n"
    said = subprocess.run([TROTH, "lint", "-"], input=text, capture_output=True, text=True, check=False)
    assert "parts.yaml:1:29: warning" in said.stdout


FAILING = [
    (NOTED, (), 0), (NOTED, ("--fail-on", "note"), 1), (NOTED, ("--fail-on", "note", "--ignore-notes"), 0),
    (NOTED, ("--fail-on", "warning"), 0), (WARNED, (), 0), (WARNED, ("--fail-on", "warning"), 1),
    (WARNED, ("--fail-on", "none"), 0), (BROKEN, (), 1), (BROKEN, ("--fail-on", "none"), 0),
    (BROKEN, ("--fail-on", "none", "--strict"), 0), ("a: [", ("--fail-on", "none"), 2),
    (WARNED, ("--strict", "--fail-on", "error"), 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "code"), FAILING)
def test_what_fails(
    folder: Path,
    text: str,
    options: tuple[str, ...],
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write({"a.yaml": text})
    assert lint(capsys, monkeypatch, "a.yaml", *options).code == code


@pytest.mark.parametrize(
    ("text", "options", "codes"),
    [
        (CLEAN, (), []),
        (WARNED, (), []),
        (WARNED, ("--fail-on", "warning"), ["oas3-server-trailing-slash"]),
        (BROKEN, (), ["path-params"]),
        ("a: [", (), ["C01"]),
    ],
)
def test_quiet(
    folder: Path,
    text: str,
    options: tuple[str, ...],
    codes: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write({"a.yaml": text})
    said = lint(capsys, monkeypatch, "a.yaml", "-q", *options)
    assert [line.split()[-1] for line in said.out.splitlines() if line.startswith("a.yaml")] == codes
    assert (said.out == "") is (not codes)
    as_json = lint(capsys, monkeypatch, "a.yaml", "-q", "--format", "json", *options)
    assert [finding["code"] for finding in json.loads(as_json.out)] == codes


def test_reports_in_files(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.yaml": BROKEN})
    said = lint(capsys, monkeypatch, "a.yaml", "--output", "junit=r.xml", "--output", "sarif=r.sarif")
    assert (said.code, "path-params" in said.out) == (1, True)
    assert ElementTree.parse("r.xml").find(".//failure") is not None
    assert json.loads(Path("r.sarif").read_text())["version"] == "2.1.0"
    said = lint(capsys, monkeypatch, "a.yaml", "--output", "r.txt")
    assert (said.out, "path-params" in Path("r.txt").read_text()) == ("", True)
    said = lint(capsys, monkeypatch, "a.yaml", "--output", "jnit=r.xml")
    assert (said.code, "there is no format 'jnit'" in said.err) == (2, True)
    said = lint(capsys, monkeypatch, "a.yaml", "--output", "none/r.txt")
    assert (said.code, said.err) == (2, "troth: none/r.txt: cannot be written: No such file or directory\n")


def test_a_report_in_a_file_whose_path_has_an_equals_sign(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.yaml": BROKEN, "out/os=linux/there.txt": ""})
    said = lint(
        capsys,
        monkeypatch,
        "a.yaml",
        "--output",
        "out/os=linux/r.txt",
        "--output",
        "json=out/os=linux/r.json",
    )
    assert (said.code, said.err) == (1, "")
    assert "path-params" in Path("out/os=linux/r.txt").read_text()
    assert json.loads(Path("out/os=linux/r.json").read_text())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_a_report_that_cannot_be_written_takes_no_other_with_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.yaml": BROKEN})
    said = lint(capsys, monkeypatch, "a.yaml", "--output", "json=/dev/full", "--output", "junit=r.xml")
    assert said.code == 2
    assert said.err == "troth: /dev/full: cannot be written: No space left on device\n"
    assert "path-params" in said.out
    assert ElementTree.parse("r.xml").find(".//failure") is not None


def test_code_climate(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.yaml": BROKEN})

    def issues(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(
            lint(capsys, monkeypatch, name, "--format", "codeclimate").out
        )
        return found

    [issue] = issues("a.yaml")
    assert (issue["check_name"], issue["severity"]) == ("path-params", "major")
    assert issue["location"] == {"path": "a.yaml", "lines": {"begin": 4}}
    assert issue["description"] == "{b} in the path is declared by no path parameter"
    assert issues(str(folder / "a.yaml")) == [issue]
    Path("a.yaml").write_text(f"# a line more\n{BROKEN}")
    [moved] = issues("a.yaml")
    assert moved["fingerprint"] == issue["fingerprint"]
    assert moved["location"]["lines"]["begin"] == 5


def test_one_configuration_for_many(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({
        ".git/x": "",
        "house/lint.yaml": "lint: {extends: minimal, rules: {info-license: error, info-contact: note}}\n",
        "house/more.yaml": "lint: {extends: ./lint.yaml, rules: {info-contact: warning}}\n",
        "one/troth.yaml": "lint: {extends: ../house/more.yaml, rules: {info-license: warning}}\n",
        "one/a.yaml": CLEAN, "two/a.yaml": CLEAN,
        "two/troth.yaml": "lint: {extends: [recommended, ../house/more.yaml]}\n",
    })  # fmt: skip
    for where, expected in (("one", {"info-license": "warning"}), ("two", {"info-license": "error"})):
        said = lint(capsys, monkeypatch, where, "--format", "json")
        found = {f["code"]: f["severity"] for f in json.loads(said.out)}
        assert found == {"info-contact": "warning", **expected}


MISTAKES = {
    "extends: ./gone.yaml": "there is no file './gone.yaml'",
    "extends: ./troth.yaml": "'./troth.yaml' leads back to itself through `extends`",
    "extends: ./round.yaml": "round.yaml:1:8: './troth.yaml' leads back to itself",
    "extends: /etc/hosts.yaml": "leads out of the document's folder",
    "extends: ./bad.yaml": "bad.yaml:1:16: there is no rule 'nope'",
    "extends: acme": "there is no set 'acme'",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes_in_what_is_shared(
    line: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write({
        "troth.yaml": f"lint: {{{line}}}\n", "a.yaml": CLEAN, "round.yaml": "lint: {extends: ./troth.yaml}\n",
        "bad.yaml": "lint: {rules: {nope: off}}\n",
    })  # fmt: skip
    said = lint(capsys, monkeypatch, "a.yaml")
    assert said.code == 2
    assert MISTAKES[line] in said.err


def test_a_package_brings_a_configuration(folder: Path) -> None:
    write({"troth.yaml": "lint: {extends: acme, rules: {info-contact: off}}\n", "a.yaml": CLEAN})
    rules = {"info-license": "error", "info-contact": "error"}
    module = f"LINT = {{'extends': 'minimal', 'rules': {rules}}}\nBAD = {{'x': 1}}\n"
    groups = "[troth.lint_configs]\nacme = acme_rules:LINT\nbad = acme_rules:BAD\nlost = acme_rules:LOST\n"
    env = install(folder / "site", "acme_rules", module, groups)
    said = start("lint", "a.yaml", folder=folder, env=env)
    assert (said.code, "info-license" in said.out, "info-contact" in said.out) == (1, True, False)
    write({"troth.yaml": "lint: {extends: bad}\n"})
    said = start("lint", "a.yaml", folder=folder, env=env)
    assert (said.code, "the configuration 'bad' of acme_rules:BAD" in said.err) == (2, True)
    assert "there is no 'x' here" in said.err
    write({"troth.yaml": "lint: {extends: lost}\n"})
    said = start("lint", "a.yaml", folder=folder, env=env)
    assert (said.code, "acme_rules" in said.err) == (2, True)
