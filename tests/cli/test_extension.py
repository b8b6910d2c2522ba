"""The example distribution, installed as its users would: its word, its rule and its format are there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = """\
openapi: 3.0.3
info: {title: Lamps API, version: '1'}
x-contract: {resources: {Lamp: {id: id, fixtures: {hall: {id: hall}}}}}
paths:
  /lamps:
    post:
      operationId: makeLamp
      x-contract: {acts: Lamp.create, at-most: MOST}
      responses: {'201': {description: Made.}, '409': {description: Enough.}}
components:
  schemas:
    Lamp: {type: object, properties: {id: {type: string}}}
"""
DECIDE = """\
import json, troth
from troth.contracts.deciding.known_world import KnownWorld
contract = troth.load("lamps.yaml")
world = KnownWorld([troth.Record("Lamp", "hall", {"id": "hall"})])
outcome = next(troth.decide(contract, troth.Call("makeLamp"), world))
print(json.dumps([outcome.status, outcome.detail]))
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the example was installed."""
    folder = tmp_path_factory.mktemp("extension")
    source = ROOT / "docs/examples/extension"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Runs Python beside the installed example."""

    def python(*arguments: str, most: object = 1) -> subprocess.CompletedProcess[str]:
        (tmp_path / "lamps.yaml").write_text(DOCUMENT.replace("MOST", str(most)))
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            check=False,
        )

    return python


def test_the_word_decides(run: Run) -> None:
    done = run("-c", DECIDE)
    assert json.loads(done.stdout) == [409, "there are 1 already, at most 1 may be"], done.stderr
    done = run("-c", DECIDE, most=2)
    assert json.loads(done.stdout) == [201, None], done.stderr


def test_the_words_shape_is_checked(run: Run) -> None:
    done = run("-m", "troth", "lint", "lamps.yaml", most="many")
    assert done.returncode == 1
    assert "error found 'many', expected integer C01" in done.stdout
    assert "lamps.yaml:8:" in done.stdout


def test_the_rule_finds_and_is_explained(run: Run) -> None:
    done = run("-m", "troth", "lint", "lamps.yaml")
    assert "warning the title ends in `API` title-says-api" in done.stdout
    assert "every document describes one" in run("-m", "troth", "explain", "title-says-api").stdout


def test_the_format_is_there(run: Run) -> None:
    listed = json.loads(run("-m", "troth", "lint", "--format", "json", "lamps.yaml").stdout)
    assert run("-m", "troth", "lint", "--format", "count", "lamps.yaml").stdout == f"{len(listed)}\n"


def test_without_it_nothing_of_it_is_known(run: Run, tmp_path: Path) -> None:
    run("-c", "")
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "troth", "lint", "lamps.yaml"],
        cwd=tmp_path,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is no 'at-most' here" in done.stdout
