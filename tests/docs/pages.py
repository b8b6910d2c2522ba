"""Marked blocks of a page: found, run, and compared with what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FENCE = r"```\w+\n(.*?)```"


def blocks(text: str, marker: str) -> Iterator[tuple[str, str]]:
    """Each fenced block under a marker, with the fenced block right after it (what it answers)."""
    pattern = rf"<!-- {re.escape(marker)} -->\n{FENCE}(?:\n\n{FENCE})?"
    for found in re.finditer(pattern, text, re.DOTALL):
        yield found[1], found[2] or ""


def shell(script: str, folder: Path) -> str:
    """What a script prints."""
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout + done.stderr


def compare(shown: str, happened: str) -> None:
    """Every shown line comes, in this order; ``…`` stands for anything, places and counts may differ."""
    lines = iter(level(happened).splitlines())
    for expected in filter(None, level(shown).splitlines()):
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        assert any(re.fullmatch(pattern, line.rstrip()) for line in lines), expected + "\n--\n" + happened


def level(text: str) -> str:
    """The text without what may change with every commit: places, counts and times."""
    text = re.sub(r"\.yaml:\d+:\d+", ".yaml:L:C", text)
    return re.sub(r"[\d.]+ (kept|broken|not-exercised|undistinguished|requests|s)\b", r"N \1", text)
