"""Ignore comments: which line they are about, that they need a reason, and that idle ones are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from troth.contracts.lint import examine

HEAD = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\ncomponents:\n  responses: {}\n"
SERVER = "servers: [{url: 'https://a.test/'}]"
SLASH = "oas3-server-trailing-slash"


def found(folder: Path, text: str) -> list[str]:
    path = folder / "a.yaml"
    path.write_text(f"{HEAD}x-schemas: {{}}\ntags: []\n{text}")
    return [f"{f.location.line if f.location else 0} {f.code}" for f in examine(path).findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SERVER, [f"8 {SLASH}"]),
        (f"{SERVER}  # troth-ignore {SLASH}: they want it", []),
        (f"{SERVER}  #troth-ignore {SLASH}: they want it", []),
        (f"{SERVER}  # troth-ignore no-server-trailing-slash: its name elsewhere", []),
        (f"{SERVER}  # troth-ignore typed-enum, {SLASH}: two rules", ["8 ignore-unused"]),
        (f"# troth-ignore {SLASH}: the line above\n{SERVER}", []),
        (f"# troth-ignore {SLASH}: the lines above\n\n# more\n{SERVER}", []),
        (f"# troth-ignore {SLASH}: one line off\nx-more: 1\n{SERVER}", ["8 ignore-unused", f"10 {SLASH}"]),
        (f"{SERVER}  # troth-ignore {SLASH}", ["8 ignore-reason"]),
        (f"{SERVER}  # troth-ignore {SLASH}:  ", ["8 ignore-reason"]),
        (f"{SERVER}  # troth-ignore", [f"8 {SLASH}", "8 ignore-unused"]),
        (f"{SERVER}  # troth-ignore oas3-server-traling-slash: typo", [f"8 {SLASH}", "8 ignore-unused"]),
        (f"{SERVER}  # troth-ignore typed-enum: another rule", [f"8 {SLASH}", "8 ignore-unused"]),
        (f"{SERVER}\n# troth-ignore {SLASH}: below is too late\n", [f"8 {SLASH}", "9 ignore-unused"]),
        (f"{SERVER}  # troth-ignored {SLASH}: no such comment", [f"8 {SLASH}"]),
        (f"{SERVER}  # troth-ignore info-license: it is off", [f"8 {SLASH}"]),
    ],
)
def test_a_comment(text: str, expected: list[str], tmp_path: Path) -> None:
    assert found(tmp_path, text + "\n") == expected


def test_the_hint_of_a_misspelt_rule(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}tags: []  # troth-ignore typed-enums: x\n")
    (finding,) = [f for f in examine(path).findings if f.code == "ignore-unused"]
    assert finding.message == "there is no rule 'typed-enums'; did you mean 'typed-enum'?"
    assert finding.location is not None
    assert (finding.location.line, finding.location.column) == (6, 11)


def test_a_comment_in_a_file_that_is_referred_to(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(
        "A:\n  type: string\n  enum: [a, a]  # troth-ignore duplicated-entry-in-enum: x\n"
    )
    reference = "{$ref: 'part.yaml#/A'}"
    path = tmp_path / "a.yaml"
    path.write_text(
        "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n"
        f"        '200': {{description: A., content: {{text/plain: {{schema: {reference}}}}}}}\n"
    )
    assert examine(path).findings == []
    (tmp_path / "part.yaml").write_text("A:\n  type: string\n  enum: [a, a]\n")
    assert [str(f.location).rpartition("/")[2] for f in examine(path).findings] == ["part.yaml:3:13"]


def test_json_has_no_comments(tmp_path: Path) -> None:
    text = '{"openapi": "3.0.3", "info": {"title": "# troth-ignore x", "version": "1"}, "paths": {}}'
    path = tmp_path / "a.json"
    path.write_text(text)
    assert examine(path).findings == []
