"""What a check leaves in a store in which others have records, too: nothing of its own, however it ends."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.check.jobs_server import DOCUMENT, TOKEN, Handler, Store
from tests.check.small_server import served
from tests.cli.running import Done, finish, run, start
from tests.gate import often
from tests.patience import PATIENCE

THEIRS = Store("").everything()
ENV = {"TROTH_TOKEN": TOKEN}


def told(url: str, what: str) -> Any:
    with urlopen(f"{url}/__{what}") as answer:
        return json.load(answer)


def ours(url: str) -> list[str]:
    """The jobs that are not others'; others' must be as they were, to the byte."""
    store = told(url, "store")
    assert {id: job for id, job in store["jobs"].items() if id.startswith("theirs")} == THEIRS["jobs"]
    assert store["notes"].pop("theirs-idle") == THEIRS["notes"]["theirs-idle"]
    assert set(store["notes"]) <= set(store["jobs"])
    return [job["state"] for id, job in store["jobs"].items() if not id.startswith("theirs")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(DOCUMENT)
    return tmp_path


@contextmanager
def store(mode: str = "") -> Iterator[str]:
    with served(Handler, store=Store(mode)) as url:
        yield url


def is_tidy(url: str, folder: Path) -> None:
    assert ours(url) == []
    assert "running" not in told(url, "moves")["ended"]
    assert list(folder.glob(".troth/*.ledger")) == []


@pytest.mark.parametrize("mode", often(["", "lost"], "lost"))
def test_a_whole_run(mode: str, folder: Path) -> None:
    with store(mode) as url:
        done = run("check", "jobs.yaml", "--target", url, "--output", "json=r.json", folder=folder, env=ENV)
        assert done.code == 0, done
        assert len(told(url, "moves")["ended"]) > 3
        is_tidy(url, folder)
    found = json.loads((folder / "r.json").read_text())
    assert found["cleaned"]["left"] == []
    assert f"records of this run: {found['cleaned']['removed']} removed\n" in done.out
    assert {v["id"]: v["result"] for v in found["promises"]}["deleteJob/rules/still"] == "kept"


def interrupted(url: str, folder: Path, number: signal.Signals) -> Done:
    """A run that is stopped when a job of its own runs."""
    process = start("check", "jobs.yaml", "--target", url, folder=folder, env=ENV)
    until = time.monotonic() + PATIENCE
    while "running" not in ours(url) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(number)
    return finish(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped(number: signal.Signals, folder: Path) -> None:
    with store("slow") as url:
        done = interrupted(url, folder, number)
        assert done.code == 130, done
        is_tidy(url, folder)


def test_a_run_that_is_killed(folder: Path) -> None:
    with store("slow") as url:
        interrupted(url, folder, signal.SIGKILL)
        assert "running" in ours(url)
        done = run("cleanup", folder=folder, env=ENV)
        assert done.code == 0, done
        is_tidy(url, folder)


def test_a_run_that_goes_on_keeps_its_records(folder: Path) -> None:
    """Whatever other runs left beside it: theirs are removed."""
    with store("slow") as url:
        interrupted(url, folder, signal.SIGKILL)
        (old,) = folder.glob(".troth/*.ledger")
        process, new = start("check", "jobs.yaml", "--target", url, folder=folder, env=ENV), old
        until = time.monotonic() + PATIENCE
        while new == old or new.stat().st_size == 0:
            assert time.monotonic() < until
            time.sleep(0.002)
            new = max(folder.glob(".troth/*.ledger"))
        process.send_signal(signal.SIGSTOP)
        done = run("cleanup", folder=folder, env=ENV)
        assert done.code == 0, done
        assert (new.exists(), old.exists()) == (True, False)
        assert f"{new.relative_to(folder)}: its run goes on" in done.err
        done = run("cleanup", str(new), folder=folder, env=ENV)
        assert (done.code, f"{new}: its run goes on" in done.err) == (2, True)
        process.send_signal(signal.SIGCONT)
        assert finish(process).code == 0
        is_tidy(url, folder)


@pytest.mark.parametrize("call", often([12, 40], 12))
def test_a_target_that_is_lost_and_comes_back(call: int, folder: Path) -> None:
    with store(f"gone:{call}") as url:
        done = run("check", "jobs.yaml", "--target", url, "--retries", "0", folder=folder, env=ENV)
        assert done.code == 2, done
        assert "the target is lost" in done.out
        assert ours(url)
        assert "left behind" in done.out
        told(url, "back")
        done = run("cleanup", folder=folder, env=ENV)
        assert done.code == 0, done
        is_tidy(url, folder)


def test_a_used_up_budget(folder: Path) -> None:
    for most in ("20", "60"):
        with store() as url:
            run("check", "jobs.yaml", "--target", url, "--max-requests", most, folder=folder, env=ENV)
            is_tidy(url, folder)
