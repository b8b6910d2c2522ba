"""Records that nothing makes: what uses one up comes after what it is needed for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import here
from tests.overlays.documents import written


@pytest.mark.parametrize("seed", range(3))
def test_the_only_lamp_is_lit_before_it_is_lit_again(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, behaviour = written(tmp_path)
    done = here(capsys, monkeypatch, "check", str(behaviour), "--mock", "--all", "--seed", str(seed))
    for promise in ("transition/from=dark", "transition/from=lit", "response", "acts/missing"):
        assert f"kept  light/{promise}" in done.out
