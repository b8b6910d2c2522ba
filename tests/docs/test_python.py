"""The page about Python: its blocks are run as they stand, in order, and it names the whole face."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import troth
from tests.docs.pages import ROOT, blocks, compare
from tests.patience import PATIENCE

PAGE = (ROOT / "docs/reference/python.md").read_text("utf-8")


def test_the_blocks_run(tmp_path: Path) -> None:
    """In one process of its own, which takes the served thread with it."""
    found = list(blocks(PAGE, "run"))
    assert len(found) == PAGE.count("```python\n")
    script = "\nprint('@@@')\n".join(code for code, _ in found)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for (_, shown), happened in zip(found, done.stdout.split("@@@"), strict=True):
        compare(shown, happened)


@pytest.mark.parametrize("name", troth.__all__)
def test_every_name_is_explained(name: str) -> None:
    assert re.search(rf"`{name}\b", PAGE), f"docs/reference/python.md does not say what {name} is for"
