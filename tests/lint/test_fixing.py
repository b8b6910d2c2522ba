"""`troth lint --fix`: what is mended; all else stays as it was, and a second run changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from troth.contracts.commands.lint import lint
from troth.contracts.lint import examine
from troth.contracts.lint.catalogue import RULES

HEAD = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n"
ENUM = HEAD + "paths: {}\ncomponents:\n  schemas:\n    A:\n      type: string\n      enum:"
CASES: dict[str, tuple[str, str]] = {
    "slash, plain": (
        HEAD + "servers: [{url: https://a.test/}]  # why\n",
        HEAD + "servers: [{url: https://a.test}]  # why\n",
    ),
    "slashes, in quotes": (
        HEAD + "servers:\n- url: 'https://ä.test//'\n",
        HEAD + "servers:\n- url: 'https://ä.test'\n",
    ),
    "slash, in double quotes": (HEAD + 'servers: [{url: "/v1/"}]\n', HEAD + 'servers: [{url: "/v1"}]\n'),
    "slash, escaped: left alone": (
        HEAD + 'servers: [{url: "\\u0061/"}]\n',
        HEAD + 'servers: [{url: "\\u0061/"}]\n',
    ),
    "enum in brackets": (ENUM + " [ä, b, ä,   b, c]  # x\n", ENUM + " [ä, b, c]  # x\n"),
    "enum, twice in a row": (ENUM + " [a, a, a]\n", ENUM + " [a]\n"),
    "enum over lines": (ENUM + " [a,\n  b,\n  a]\n", ENUM + " [a,\n  b]\n"),
    "enum in brackets with a comment between: left alone": (
        ENUM + " [a, # one\n  a]\n",
        ENUM + " [a, # one\n  a]\n",
    ),
    "enum in a block": (
        ENUM + "\n      - a  # first\n      # about b\n      - b\n      - a  # again\n      - c\n",
        ENUM + "\n      - a  # first\n      # about b\n      - b\n      - c\n",
    ),
    "enum in a block at the end of the file": (ENUM + "\n      - a\n      - a", ENUM + "\n      - a\n"),
    "enum in a block, of several lines: left alone": (
        ENUM + "\n      - a b\n      - a\n        b\n",
        ENUM + "\n      - a b\n      - a\n        b\n",
    ),
    "Windows line ends": (
        ENUM + "\r\n      - a\r\n      - a\r\n      - b\r\n",
        ENUM + "\r\n      - a\r\n      - b\r\n",
    ),
    "an alias: once, where it is written": (
        ENUM + " &e [a, a]\n    B:\n      type: string\n      enum: *e\n",
        ENUM + " &e [a]\n    B:\n      type: string\n      enum: *e\n",
    ),
    "path parameter": (
        HEAD
        + "paths:\n  /a/{b}:\n    parameters:\n    - {name: b, in: path, required: false, schema: {}}  # x\n",
        HEAD
        + "paths:\n  /a/{b}:\n    parameters:\n    - {name: b, in: path, required: true, schema: {}}  # x\n",
    ),
}
OPERATION = "    get:\n      responses: {default: {description: A.}}\n"


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(lint, [str(path), *options], standalone_mode=False)


def written(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def whole(text: str) -> str:
    return (
        text
        if "paths:" in text and "/a/" not in text
        else text + (OPERATION if "/a/" in text else "paths: {}\n")
    )


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_mended_and_nothing_else(name: str, tmp_path: Path) -> None:
    before, after = map(whole, CASES[name])
    path = written(tmp_path, before)
    run(path, "--fix")
    assert path.read_bytes().decode() == after
    run(path, "--fix")
    assert path.read_bytes().decode() == after
    assert [file.name for file in tmp_path.iterdir()] == ["a.yaml"]


def test_a_case_shows_every_rule_that_can_be_mended(tmp_path: Path) -> None:
    mended = set()
    for before, after in CASES.values():
        found = [f.code for f in examine(written(tmp_path, whole(before))).findings]
        left = [f.code for f in examine(written(tmp_path, whole(after))).findings]
        mended |= {code for code in found if code not in left}
    assert mended - {"D01"} == {rule.name for rule in RULES.values() if rule.fixable}


def test_json_and_what_is_said(tmp_path: Path) -> None:
    text = '{"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {},\n "servers": [{"url": "https://a.test/"}]}'
    path = written(tmp_path, text, "a.json")
    result = run(path, "--fix")
    assert path.read_text() == text.replace("test/", "test")
    assert (
        result.stderr == f"fixed {path}:2:15: the server URL ends in a slash [oas3-server-trailing-slash]\n"
    )
    assert result.stdout == "1 document: nothing to report\n"
    assert result.return_value == 0


def test_diff_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    before, _ = map(whole, CASES["slash, plain"])
    path = written(tmp_path, before)
    result = run(path, "--fix", "--diff")
    assert path.read_text() == before
    lines = result.output.splitlines()
    assert lines[0] == f"--- {path}"
    assert [line for line in lines if line[:1] in "+-" and line[:3] not in ("---", "+++")] == [
        "-servers: [{url: https://a.test/}]  # why",
        "+servers: [{url: https://a.test}]  # why",
    ]


def test_a_mark_of_byte_order_and_the_mode_of_the_file_stay(tmp_path: Path) -> None:
    before, after = map(whole, CASES["slash, plain"])
    path = written(tmp_path, "\ufeff" + before)
    path.chmod(0o640)
    run(path, "--fix")
    assert path.read_bytes().decode() == "\ufeff" + after
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_ignored_or_off_is_not_mended(tmp_path: Path) -> None:
    text = whole(
        HEAD + "servers: [{url: https://a.test/}]  # troth-ignore oas3-server-trailing-slash: so be it\n"
    )
    path = written(tmp_path, text)
    run(path, "--fix")
    assert path.read_text() == text
    path = written(tmp_path, whole(CASES["slash, plain"][0]))
    run(path, "--fix", "--ruleset", "minimal")
    assert path.read_text() == whole(CASES["slash, plain"][0])


def test_a_file_that_is_referred_to_is_mended_where_it_stands(tmp_path: Path) -> None:
    part = written(tmp_path, "A:\n  type: string\n  enum: [a, a]\n", "part.yaml")
    path = written(
        tmp_path,
        HEAD + "paths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: A.\n"
        "          content: {text/plain: {schema: {$ref: 'part.yaml#/A'}}}\n",
    )
    before = path.read_text()
    assert "--fix mends 1" in run(path).output
    run(path, "--fix")
    assert part.read_text() == "A:\n  type: string\n  enum: [a]\n"
    assert path.read_text() == before
