"""The docs are true: generated pages are fresh, links lead somewhere, options are mentioned, examples run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from tests.docs.pages import BIN, ROOT, blocks, compare, shell
from troth import Mock, load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import find_target
from troth.contracts.commands.check import check
from troth.contracts.commands.diff import diff
from troth.contracts.commands.docs import docs
from troth.contracts.commands.lint import lint
from troth.contracts.reports import check_json
from troth.contracts.words import WORDS
from troth.mock_server.cli import mock
from troth.mock_server.serving import running
from troth.mock_server.target import mock_target

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOSTED = f"{PROJECT['urls']['Homepage']}/blob/main/"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run `python docs/generate.py`:\n{done.stdout}{done.stderr}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """A link of the README is absolute, because it is read on the package's page, too."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        if name.startswith(HOSTED):
            target = ROOT / name.removeprefix(HOSTED)
        elif "://" in name:
            continue
        else:
            assert path.name != "README.md", f"{link} leads nowhere where only the README is shown"
            target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), f"{path.name}: {link}"


def test_every_word_has_a_section() -> None:
    found = anchors(page("docs/reference/words.md"))
    assert {word.name for word in WORDS if word.name} <= found


@pytest.mark.parametrize(
    ("command", "name"),
    [(check, "check"), (mock, "mock"), (lint, "lint"), (docs, "docs"), (diff, "diff")],
    ids=["check", "mock", "lint", "docs", "diff"],
)
def test_every_option_is_documented(command: click.Command, name: str) -> None:
    text = page(f"docs/reference/{name}.md")
    options = [
        o for parameter in command.params if isinstance(parameter, click.Option) for o in parameter.opts
    ]
    assert [option for option in options if option not in text and option != "--cors"] == []


def test_every_lever_of_the_mock_is_documented() -> None:
    text = page("docs/reference/mock.md")
    with running(Mock([load("puffle")])) as root:
        listed = json.loads(shell(f"curl -s {root}/__mock/", ROOT))
    assert [lever for lever in listed if f"`{lever}`" not in text] == []


def test_the_json_example_has_the_keys_of_a_report() -> None:
    example = json.loads(next(blocks(page("docs/reference/check.md"), "json"))[0])
    contract = load("puffle")
    with mock_target(contract) as target:
        report = Checker(contract, target, only=["listCampaigns/acts/list"]).run()
    made = json.loads(check_json.render(report))
    assert example.keys() == made.keys()
    assert example["summary"].keys() == made["summary"].keys()
    assert example["promises"][0].keys() - {"evidence"} == made["promises"][0].keys()


def test_the_example_of_a_target_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "troth.toml"
    config.write_text(next(blocks(page("docs/reference/check.md"), "file: troth.toml"))[0])
    monkeypatch.setenv("STAGING_TOKEN", "secret")
    monkeypatch.delenv("TROTH_TOKEN", raising=False)
    target = find_target(load("puffle"), "staging", config, None)
    assert (target.token, target.rate) == ("secret", 5)
    assert target.named
    assert target.listed


def test_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page("docs/tutorial.md")
    document = next(blocks(text, "file: parcels.yaml"))[0]
    (tmp_path / "parcels.yaml").write_text(document)
    (linting, clean), (calls, answers) = blocks(text, "try")
    compare(clean, shell(linting.replace("troth", str(BIN / "troth")), tmp_path))
    with running(Mock([load("parcels.yaml")])) as root:
        compare(answers, shell(calls.replace("http://127.0.0.1:4010", root), tmp_path))
    serving, checking = next(blocks(text, "wrong"))[0], next(blocks(text, "check"))
    shell("\n".join(line for line in serving.splitlines() if not line.startswith("troth")), tmp_path)
    with running(Mock([load("wrong/parcels.yaml")])) as root:
        command = checking[0].replace("http://127.0.0.1:4011", root).replace("troth ", f"{BIN / 'troth'} ", 1)
        compare(checking[1].replace("http://127.0.0.1:4011", root), shell(command, tmp_path))
    lines = re.search(r"but for (\d+) lines", text)
    assert lines is not None
    assert int(lines[1]) == carried(document) < 30


def carried(document: str) -> int:
    """The lines of a document that stand under `x-contract`, that line included."""
    count, depth = 0, None
    for line in document.splitlines():
        indent = len(line) - len(line.lstrip())
        if line.strip() == "x-contract:":
            count, depth = count + 1, indent
        elif depth is not None and line.strip() and indent > depth:
            count += 1
        else:
            depth = None
    return count
