"""`troth.yaml`: what it can say, where it is looked for, and that every mistake in it has a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.docs.pages import ROOT, blocks
from troth.contracts.commands.main import commands
from troth.contracts.errors import UsageError
from troth.contracts.lint.config import settings_for

DOCUMENT = """\
openapi: 3.0.3
info: {title: A, version: '1'}
servers: [{url: 'https://a.test/'}]
paths:
  /a:
    get:
      responses: {default: {description: A.}}
components:
  schemas:
    A: {type: string, enum: [a, a]}
"""


def run(folder: Path, config: str, *options: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(folder)
    Path("troth.yaml").write_text(config)
    Path("api.yaml").write_text(DOCUMENT)
    return CliRunner().invoke(commands, ["lint", "api.yaml", *options], standalone_mode=False)


def codes(result: Result) -> list[str]:
    lines = [line for line in result.output.splitlines() if ".yaml:" in line]
    return [f"{line.split()[1]} {line.split()[-1]}" for line in lines]


DEFAULT = [
    "warning oas3-server-trailing-slash",
    "warning oas3-unused-component",
    "warning duplicated-entry-in-enum",
]


@pytest.mark.parametrize(
    ("config", "options", "expected"),
    [
        ("", (), DEFAULT),
        ("other: {}\n", (), DEFAULT),
        ("lint: {extends: recommended}\n", (), DEFAULT),
        ("lint: {extends: minimal}\n", (), []),
        ("lint: {extends: []}\n", (), []),
        ("lint: {extends: all}\n", ("--ruleset", "minimal"), []),
        (
            "lint: {extends: [minimal, redocly], rules: {info-license: off}}\n",
            ("--ruleset", "recommended"),
            DEFAULT,
        ),
        ("lint: {rules: {oas3-unused-component: off}}\n", (), [DEFAULT[0], DEFAULT[2]]),
        ("lint: {rules: {no-unused-components: off, no-server-trailing-slash: off}}\n", (), [DEFAULT[2]]),
        (
            "lint: {extends: minimal, rules: {operation-tags: error, oas3-unused-component: {}}}\n",
            (),
            ["error operation-tags", "warning oas3-unused-component"],
        ),
        (
            "lint: {extends: minimal, rules: {no-http-verbs-in-path: {severity: note, verbs: [a]}}}\n",
            (),
            ["note no-http-verbs-in-path"],
        ),
    ],
)
def test_what_is_on(
    config: str,
    options: tuple[str, ...],
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert codes(run(tmp_path, config, *options, monkeypatch=monkeypatch)) == expected


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            "lint:\n  rules:\n    info-lisence: off\n",
            "troth.yaml:3:5: there is no rule 'info-lisence'; did you mean 'info-license'?",
        ),
        ("lint:\n  ruels: {}\n", "troth.yaml:2:3: there is no 'ruels' here; did you mean 'rules'?"),
        (
            "lint:\n  extends: recomended\n",
            "troth.yaml:2:3: there is no set 'recomended'; did you mean 'recommended'?",
        ),
        ("lint:\n  extends: [all, none]\n", "troth.yaml:2:3: there is no set 'none'"),
        (
            "lint:\n  rules:\n    info-license: warn\n",
            "troth.yaml:3:5: there is no severity 'warn'; did you mean 'warning'?",
        ),
        ("lint:\n  rules:\n    info-license: 3\n", "troth.yaml:3:5: expected a mapping"),
        (
            "lint:\n  rules:\n    camel-case-properties: {stile: snake}\n",
            "troth.yaml:3:29: there is no 'stile' here; did you mean 'style'?",
        ),
        (
            "lint:\n  rules:\n    camel-case-properties: {style: 3}\n",
            "troth.yaml:3:29: expected text, such as 'camel'",
        ),
        (
            "lint:\n  rules:\n    path-http-verbs-order: {order: get}\n",
            "troth.yaml:3:29: expected a list, such as",
        ),
        (
            "lint:\n  rules:\n    path-http-verbs-order: {order: [3]}\n",
            "troth.yaml:3:29: expected a list of texts",
        ),
        ("lint:\n  ignore: {rule: D02}\n", "troth.yaml:2:3: expected a list"),
        ("lint:\n  ignore:\n    - {rule: D02}\n", "troth.yaml:3:7: `reason` is missing"),
        ("lint:\n  ignore:\n    - {reason: x}\n", "troth.yaml:3:7: `rule` is missing"),
        ("lint:\n  ignore:\n    - {rule: D02, reason: ' '}\n", "troth.yaml:3:19: expected text"),
        ("lint:\n  ignore:\n    - {rule: D99, reason: x}\n", "troth.yaml:3:8: there is no rule 'D99'"),
        ("lint: []\n", "troth.yaml:1:1: expected a mapping"),
        ("lint: [\n", "troth.yaml:2:1"),
    ],
)
def test_a_mistake_has_a_place_and_a_way_out(
    config: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("troth.yaml").write_text(config)
    with pytest.raises(UsageError) as caught:
        settings_for(Path("api.yaml"))
    assert str(caught.value).startswith(message)


def test_the_nearest_file_counts_and_config_names_another(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "troth.yaml").write_text("lint: {extends: all}\n")
    assert settings_for(inner / "api.yaml").extends == ("all",)
    (inner.parent / "troth.yaml").write_text("lint: {extends: minimal}\n")
    assert settings_for(inner / "api.yaml").extends == ("minimal",)
    assert settings_for(inner / "api.yaml", tmp_path / "troth.yaml").extends == ("all",)


@pytest.mark.parametrize(
    ("entry", "ignores"),
    [
        ("{rule: duplicated-entry-in-enum, reason: x}", True),
        ("{rule: no-duplicated-enum-values, reason: x}", True),
        ("{rule: duplicated-entry-in-enum, pointer: /components/schemas/A, reason: x}", True),
        (
            "{rule: duplicated-entry-in-enum, pointer: '#/components/schemas', file: api.yaml, reason: x}",
            True,
        ),
        ("{rule: duplicated-entry-in-enum, pointer: /components/schemas/AB, reason: x}", False),
        ("{rule: duplicated-entry-in-enum, pointer: /components/schem, reason: x}", False),
        ("{rule: typed-enum, reason: x}", False),
    ],
)
def test_ignored_by_the_configuration(
    entry: str, ignores: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(tmp_path, f"lint:\n  ignore:\n    - {entry}\n", monkeypatch=monkeypatch)
    assert ("warning duplicated-entry-in-enum" in codes(result)) != ignores
    unused = [line for line in result.output.splitlines() if "ignore-unused" in line]
    assert [line.split()[0] for line in unused] == ([] if ignores else ["troth.yaml:3:7:"])


def test_an_entry_for_another_file_is_left_in_peace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = "{rule: duplicated-entry-in-enum, file: other.yaml, reason: x}"
    result = run(tmp_path, f"lint:\n  ignore:\n    - {entry}\n", monkeypatch=monkeypatch)
    assert codes(result) == DEFAULT


def test_the_example_of_the_reference_is_one(tmp_path: Path) -> None:
    text = next(blocks((ROOT / "docs/reference/lint.md").read_text("utf-8"), "file: troth.yaml"))[0]
    (tmp_path / "troth.yaml").write_text(text)
    settings = settings_for(tmp_path / "api.yaml")
    assert settings.chosen["camel-case-properties"].options == {"style": "snake"}
    assert [entry.reason for entry in settings.ignored] == ["the vendor's own examples"]
