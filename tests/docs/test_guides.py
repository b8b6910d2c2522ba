"""The guides' own code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chromium import require_chromium
from tests.docs.pages import ROOT, blocks
from tests.mock_server.calling import Client
from tests.node import install, output_of_tests
from tests.patience import PATIENCE
from troth import Mock, load
from troth.contracts.lint import examine

MSW = "2.15.0"

MANY_TIMES = """
def pytest_generate_tests(metafunc):
    metafunc.fixturenames.append("time")
    metafunc.parametrize("time", range(TIMES))
"""


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


@pytest.mark.parametrize(("workers", "times"), [(2, 2), pytest.param(4, 10, marks=pytest.mark.slow)])
def test_the_guide_to_playwright(tmp_path: Path, workers: int, times: int) -> None:
    """Three tests so many times in several processes, against one mock."""
    browser = require_chromium()
    page = (ROOT / "docs/guides/tests.md").read_text("utf-8")
    ((app, _),) = blocks(page, "file: index.html")
    ((code, _),) = blocks(page, "file: test_page.py")
    (tmp_path / "index.html").write_text(app)
    (tmp_path / "pytest.ini").write_text(page.split("```ini\n")[1].split("```")[0])
    (tmp_path / "test_page.py").write_text(code)
    (tmp_path / "conftest.py").write_text(MANY_TIMES.replace("TIMES", str(times)))
    with Mock("puffle").running() as mock:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", str(workers)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "PYTEST_ADDOPTS": "", "CHROMIUM": browser, "TROTH_MOCK_URL": mock.root},
        )
    assert f"{3 * times} passed" in done.stdout, done.stdout


def test_the_guide_to_msw(tmp_path: Path) -> None:
    page = (ROOT / "docs/guides/tests.md").read_text("utf-8")
    ((code, _),) = blocks(page, "file: campaigns.test.js")
    (tmp_path / "campaigns.test.js").write_text(code)
    install(tmp_path, f"msw@{MSW}", str(ROOT / "clients/js"))
    with Mock("puffle").running() as mock:
        printed = output_of_tests(tmp_path, mock.root)
    assert "pass 3" in printed, printed
    assert "Warning" not in printed


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
