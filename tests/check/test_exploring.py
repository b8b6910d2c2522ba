"""`--explore`: histories that no promise tries by itself; the shortest is told, and the budget is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check.jobs_server import DOCUMENT, TOKEN, Handler, Store
from tests.check.small_server import served
from tests.check.test_clean_up import ours, told
from tests.cli.running import Done, run

BROKEN = [
    f"{call}Job/transition/from={state}"
    for call, state in (("run", "idle"), ("run", "held"), ("hold", "running"))
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(DOCUMENT)
    return tmp_path


def explored(folder: Path, url: str, *args: str) -> tuple[Done, Any]:
    env = {"TROTH_TOKEN": TOKEN}
    done = run(
        "check", "jobs.yaml", "--target", url, "--output", "json=r.json", *args, folder=folder, env=env
    )
    assert "Traceback" not in done.said
    return done, json.loads((folder / "r.json").read_text())


def test_a_fault_that_only_a_history_shows(folder: Path) -> None:
    with served(Handler, store=Store("sulky")) as url:
        done, found = explored(folder, url)
        assert done.code == 0, done
        plain, before = found["requests"], len(found["cleaned"]["left"])
        done, found = explored(folder, url, "--explore", "700", "--examples", "kept", "--seed", "1")
        assert done.code == 1, done
        assert plain < found["requests"] <= plain + 700
        (broken,) = [promise for promise in found["promises"] if promise["result"] == "broken"]
        assert broken["id"] in BROKEN
        answered = broken["evidence"]["answered"]
        assert sorted(answered) in ([201, 201, 204, 409], [200, 201, 201, 204, 409])
        assert answered[-1] == 409
        left = before + len(found["cleaned"]["left"])
        assert ours(url) == ["running"] * left  # by this fault nothing stops them
        _, found = explored(folder, url, "--explore", "200", "--examples", "kept", "--seed", "7")
        again = [promise["id"] for promise in found["promises"] if promise["result"] == "broken"]
        assert again == [broken["id"]]


def test_a_right_server_raises_no_alarm(folder: Path) -> None:
    with served(Handler, store=Store("")) as url:
        done, found = explored(folder, url, "--explore", "400", "--seed", "3", "--only", "*/explored")
        assert done.code == 0, done
        assert found["summary"]["broken"] == 0
        assert 270 <= found["requests"] <= 400
        results = {promise["id"]: promise["result"] for promise in found["promises"]}
        assert results["holdJob/explored"] == results["createNote/explored"] == "kept"
        assert ours(url) == []
        assert "running" not in told(url, "moves")["ended"]


def test_nothing_is_explored_where_nothing_may_be_written(folder: Path) -> None:
    with served(Handler, store=Store("")) as url:
        (folder / "troth.toml").write_text(f'[target.live]\nurl = "{url}"\nwrites = false\n')
        env = {"TROTH_TOKEN": TOKEN}
        done = run("check", "jobs.yaml", "--target", "live", "--explore", "100", folder=folder, env=env)
        assert done.code == 0, done
        assert ours(url) == []
        done = run(
            "check",
            "jobs.yaml",
            "--target",
            "live",
            "--explore",
            "9",
            "--examples",
            "redis://x",
            folder=folder,
        )
        assert done.code == 2
        assert "pip install redis" in done.err
