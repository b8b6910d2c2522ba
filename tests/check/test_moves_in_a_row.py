"""A move of time that starts from where another one has led: no operation leads there, yet it is promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import Answer, Handler, body, broken, document, kept, operation, parameters
from tests.check.small_server import served
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

AUTO = {
    "begins": {"from": "queued", "to": "running", "after": "PT20S"},
    "ends": {"from": "running", "to": "done", "after": "PT40S"},
}
RUNS = document(
    {
        "Run": {
            "id": "id",
            "managed": {"id": "create"},
            "state": {"field": "status", "initial": "queued", "auto": AUTO},
        }
    },
    {
        "/runs": {"post": operation("start", "Run.create", "Run", **body(name_="string"))},
        "/runs/{id}": {"parameters": parameters("id"), "get": operation("read", "Run.read", "Run")},
    },
    {
        "Run": {
            "type": "object",
            "required": ["id", "status"],
            "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "status": {"enum": ["queued", "running", "done"]},
            },
        }
    },
)


class Runs:
    """The server, with a clock that a test may set."""

    def __init__(self, runs_for: float) -> None:
        self.runs_for, self.ahead = runs_for, 0.0
        self.runs: dict[str, tuple[datetime, str]] = {}

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.ahead)

    def answer(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        if path == ["clock"]:
            self.ahead += (given or {}).get("advance", 0)
            return 200, {"now": self.now().isoformat(), "frozen": True}
        if method == "POST":
            if not isinstance(given, dict) or not isinstance(given.get("name"), str):
                return 422, {}
            id = str(len(self.runs) + 1)
            self.runs[id] = self.now(), given["name"]
            return 201, self.shown(id)
        if path[1] not in self.runs:
            return 404, {}
        return 200, self.shown(path[1])

    def shown(self, id: str) -> dict[str, Any]:
        began, name = self.runs[id]
        age, status = (self.now() - began).total_seconds(), "queued"
        if age >= 20:
            status = "running"
        if age >= 20 + self.runs_for:
            status = "done"
        return {"id": id, "name": name, "status": status}


def checked(folder: Path, runs_for: float) -> Report:
    path, server = folder / "runs.yaml", Runs(runs_for)
    path.write_text(yaml.safe_dump(RUNS, sort_keys=False))
    with served(Handler, answer=server.answer, stored={}, token=None, denied=401) as url:
        return Checker(load(path), Target("runs", url, clock=f"{url}/clock")).run()


def test_it_comes_when_it_should(tmp_path: Path) -> None:
    report = checked(tmp_path, 40)
    assert broken(report) == {}
    assert {"start/auto/begins", "start/auto/ends"} <= kept(report)


@pytest.mark.parametrize("runs_for", [10, 20, 60], ids=["soon", "after half the time", "late"])
def test_it_comes_at_another_time(tmp_path: Path, runs_for: float) -> None:
    assert set(broken(checked(tmp_path, runs_for))) == {"start/auto/ends"}


def test_it_never_comes(tmp_path: Path) -> None:
    assert "start/auto/ends" in broken(checked(tmp_path, 1e9))
