"""A user's own folders `contracts`, `mock_server`, `specs` and ours do not get into each other's way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NAMES = ("contracts", "mock_server", "specs", "tests", "docs")
THEIRS = """
import contracts, docs, mock_server, specs
import troth

OURS = (contracts, docs, mock_server, specs)


def test_both_are_there():
    assert {module.OWNER for module in OURS} == {"the user"}
    contract = troth.load("puffle")
    assert troth.Mock(contract).state()["puffle"]["Campaign"]
    assert all(finding.severity != "error" for finding in troth.lint("puffle"))
    assert {module.OWNER for module in OURS} == {"the user"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody who has such folders, each of them a package."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('OWNER = "the user"\n')
    (tmp_path / "test_theirs.py").write_text(THEIRS)
    (tmp_path / "api.py").write_text(f"{THEIRS}\n\ntest_both_are_there()\nprint('both')\n")
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    """What Python prints there; nothing of this run's settings goes along."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_under_pytest(project: Path) -> None:
    assert "1 passed" in run(project, "-m", "pytest", "-p", "no:cacheprovider", "test_theirs.py")


def test_the_command(project: Path) -> None:
    assert run(project, "-m", "troth", "lint", "puffle").splitlines()[-1].startswith("1 document: ")


@pytest.mark.parametrize("how", [("api.py",), ("-m", "api"), ("-c", "import api")], ids=" ".join)
def test_an_import(project: Path, how: tuple[str, ...]) -> None:
    assert run(project, *how) == "both\n"


def test_a_document_in_their_folder(project: Path) -> None:
    """`specs/api.yaml` is their file, and no bundled document."""
    document = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n"
    (project / "specs" / "api.yaml").write_text(document)
    said = run(project, "-c", "import troth; print(troth.load('specs/api.yaml').name)")
    assert said == "api\n"
