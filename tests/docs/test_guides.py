"""The guides' own code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks
from tests.patience import PATIENCE


def test_the_guide_to_tests(tmp_path: Path) -> None:
    page = (ROOT / "docs/guides/tests.md").read_text("utf-8")
    ((code, _),) = blocks(page, "file: test_campaigns.py")
    settings = page.split("```ini\n")[1].split("```")[0]
    (tmp_path / "test_campaigns.py").write_text(code)
    (tmp_path / "pytest.ini").write_text(settings)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    )
    assert "4 passed" in done.stdout, done.stdout
