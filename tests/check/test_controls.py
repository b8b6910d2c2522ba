"""An operation that takes nothing at all: that is one finding, and its refusals prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import PLAIN, Answer, boxes, broken, kept, run
from tests.check.running import SEEDS
from tests.gate import often


def deaf(method: str, status: int) -> Callable[..., Answer]:
    """The correct server, but for one method that it always refuses."""

    def answer(asked: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if asked == method and (method == "POST" or path[1] in stored):
            return status, {}
        found = boxes(asked, path, given, stored)
        if asked == "PATCH" and found[0] == 409:
            stored[path[1]].update({name: given[name] for name in "abc" if name in given})
            return 200, stored[path[1]]
        return found

    return answer


@pytest.mark.parametrize("status", often([409, 422], 422))
@pytest.mark.parametrize("seed", SEEDS)
def test_an_update_that_takes_nothing_is_one_finding(tmp_path: Path, status: int, seed: int) -> None:
    report = run(tmp_path, PLAIN, deaf("PATCH", status), seed=seed)
    assert set(broken(report)) == {"change/accepts/any"}
    told = {v.promise.id: v.reason or "" for v in report.verdicts}
    assert f"change answers {status} to the plainest call, too" in told["change/schema/a/null/inside"]


@pytest.mark.parametrize("seed", SEEDS)
def test_refusals_prove_nothing_where_nothing_is_taken(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, PLAIN, deaf("PATCH", 422), seed=seed)
    refusing = {id for id in kept(report) if id.startswith("change/schema/") and id.endswith("/outside")}
    assert refusing == set()
    assert "change/schema/json" not in kept(report)


def test_the_same_refusals_count_where_something_is_taken(tmp_path: Path) -> None:
    report = run(tmp_path, PLAIN, deaf("DELETE", 405))
    assert broken(report) == {}
    assert {"change/schema/a/type/outside", "change/schema/json"} <= kept(report)
