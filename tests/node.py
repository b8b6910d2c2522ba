"""Programs of Node.js and packages of npm, where a test needs the real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE


def program(name: str) -> str:
    """Where a program of Node.js is; with CI=true it must be there."""
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not installed")
    return found or ""


def install(folder: Path, *packages: str) -> None:
    """Install packages of npm in a folder; with CI=true that must work."""
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
    command = [program("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        _missing(f"npm cannot install {', '.join(packages)}: {done.stderr}")


def output_of_tests(folder: Path, mock: str) -> str:
    """What the tests of a folder print, told where a mock is; all of them must pass."""
    done = subprocess.run(
        [program("node"), "--test"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "TROTH_MOCK_URL": mock},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _missing(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
