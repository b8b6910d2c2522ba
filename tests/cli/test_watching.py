"""Progress in a log: a line now and then, of promises or of what is done after them."""

from __future__ import annotations

import pytest

from troth import load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target
from troth.contracts.commands import watching


def test_what_follows_the_promises_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watching, "EVERY", -1.0)
    checker = Checker(load("puffle"), Target("t", "http://127.0.0.1:9", "x"))
    with watching.watched(checker) as progress:
        progress(3, 7, "pauseCampaign/acts/missing")
        progress(0, 0, "removing what was made")
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("3 of 7 promises, 0 requests")
    assert second.startswith("removing what was made, 0 requests")
