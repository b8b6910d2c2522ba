"""The guides' own code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks
from tests.mock_server.calling import Client
from tests.patience import PATIENCE
from troth import Mock, load
from troth.contracts.lint import examine


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


def test_the_guide_to_handlers(tmp_path: Path) -> None:
    page = (ROOT / "docs/guides/handlers.md").read_text("utf-8")
    for name in ("pairs.yaml", "handlers.py"):
        ((text, _),) = blocks(page, f"file: {name}")
        (tmp_path / name).write_text(text)
    contract = load(str(tmp_path / "pairs.yaml"), run=True)
    mock = Mock([contract])
    call = Client(mock, prefix=mock.apis[0].mount)
    assert call("POST", "/lamps/hall/darken").json == {"id": "hall", "lit": False}
    assert call("GET", "/lamps/yard").json == {"id": "yard", "lit": False}
    assert call("POST", "/lamps/hall/darken").status == 409
    assert [f.code for f in examine(tmp_path / "pairs.yaml").findings if f.severity == "error"] == []
