"""docs/guides/overlays.md shows what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import BIN, ROOT, blocks, compare, shell
from troth import Mock, load
from troth.mock_server.serving import running

PAGE = (ROOT / "docs/guides/overlays.md").read_text("utf-8")


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("vendor.yaml", "behaviour.yaml"):
        Path(name).write_text(next(blocks(PAGE, f"file: {name}"))[0])
    for marker in ("lint", "rename"):
        script, shown = next(blocks(PAGE, marker))
        compare(shown, shell(script.replace("troth ", f"{BIN / 'troth'} "), tmp_path))
    script, shown = next(blocks(PAGE, "try"))
    with running(Mock([load("behaviour.yaml")])) as root:
        compare(shown, shell(script.replace("http://127.0.0.1:4010", root), tmp_path))
