"""The command as users start it: `troth` of this environment, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from troth.contracts.commands.main import main

TROTH = str(Path(sys.executable).parent / "troth")
TABLES = Path(__file__).parents[2] / ".hypothesis"
"""What takes Hypothesis seconds to make is made once for all tests."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def start(
    *args: str, folder: Path, env: Mapping[str, str] | None = None, program: str = "troth"
) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("TROTH_TOKEN", "FORCE_COLOR")}
    return subprocess.Popen(
        [str(Path(TROTH).with_name(program)), *args],
        cwd=folder,
        env={**clean, "TERM": "dumb", "HYPOTHESIS_STORAGE_DIRECTORY": str(TABLES), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Done(process.returncode, out, err)


def run(*args: str, folder: Path, env: Mapping[str, str] | None = None, program: str = "troth") -> Done:
    return finish(start(*args, folder=folder, env=env, program=program))


def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> Done:
    """The same in this process, which spares the imports."""
    monkeypatch.setattr(sys, "argv", ["troth", *args])
    monkeypatch.delenv("TROTH_TOKEN", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    return Done(int(ended.value.code or 0), *capsys.readouterr())
