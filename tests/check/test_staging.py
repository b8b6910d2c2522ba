"""`troth check` against targets that have troubles, or need more than a token: over HTTP, by the command."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from tests.check.troubled_server import DOCUMENT, TOKEN, serve
from tests.cli.running import Done, finish, run, start
from tests.gate import often
from tests.patience import PATIENCE


@contextmanager
def server(mode: str = "") -> Iterator[str]:
    """A server in this process."""
    with serve(0, mode) as found:
        threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def count(url: str) -> dict[str, int]:
    with urlopen(f"{url}/__count") as answer:
        found: dict[str, int] = json.load(answer)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "things.yaml").write_text(DOCUMENT)
    return tmp_path


def check(folder: Path, *args: str, token: str | None = TOKEN) -> Done:
    env = {} if token is None else {"TROTH_TOKEN": token}
    return run("check", "things.yaml", *args, folder=folder, env=env)


def report(folder: Path, *args: str, **named: Any) -> tuple[Done, Any]:
    done = check(folder, *args, "--output", "json=r.json", **named)
    assert "Traceback" not in done.said
    return done, json.loads((folder / "r.json").read_text())


def config(folder: Path, text: str) -> None:
    (folder / "troth.toml").write_text(text)


TROUBLES = ["", "drop", "502", "503", "504", "429", "429date", "429odd", "lost_answer"]


@pytest.mark.parametrize("mode", often(TROUBLES, "", "429date", "lost_answer"))
def test_troubles_are_no_findings(mode: str, folder: Path) -> None:
    with server(mode) as url:
        done, found = report(folder, "--target", url)
        assert done.code == 0, done
        assert found["summary"]["broken"] == found["summary"]["differs"] == 0
        assert found["summary"]["kept"] > 30
        assert bool(found["troubles"]) is bool(mode)
        assert count(url)["alive"] == 0
    assert list(folder.glob(".troth/*.ledger")) == []


def test_what_an_answer_does_not_name_is_found_in_the_list_and_removed(folder: Path) -> None:
    with server("mute") as url:
        _, found = report(folder, "--target", url, "--only", "createThing/*")
        assert found["summary"]["broken"] > 0
        assert found["cleaned"]["left"] == []
        assert count(url)["alive"] == 0


def test_an_early_hint_is_not_the_answer(folder: Path) -> None:
    with server("hints") as url:
        done, found = report(folder, "--target", url, "--only", "*/transition/*", "--only", "*/acts/*")
        assert done.code == 0, done
        assert (found["summary"]["broken"], found["troubles"]) == (0, {})
        assert found["summary"]["kept"] > 3
        assert count(url)["alive"] == 0


def test_a_body_that_drips_is_cut(folder: Path) -> None:
    with server("drip") as url:
        done, found = report(folder, "--target", url, "--timeout", "1s")
        assert done.code == 0, done
        assert found["summary"]["broken"] == 0
        results = {promise["id"]: promise for promise in found["promises"]}
        assert "no whole answer within 1 s" in results["finishThing/transition/from=new"]["reason"]
        assert results["createThing/acts/create"]["result"] == "kept"
        assert count(url)["alive"] == 0


def test_a_redirect_is_told_and_not_followed(folder: Path) -> None:
    with server("redirect") as url:
        done, found = report(folder, "--target", url)
        assert done.code == 2
        assert "a redirect to http://localhost:1/things" in done.err
        assert found["summary"]["not-exercised"] == len(found["promises"]) > 30


def test_a_token_that_expires_ends_the_run_with_a_report(folder: Path) -> None:
    with server("expire") as url:
        done, found = report(folder, "--target", url)
        assert done.code == 2
        assert found["summary"]["broken"] == 0
        assert "it has expired" in found["ended"]
        left = [one["id"] for one in found["cleaned"]["left"]]
        assert len(left) == count(url)["alive"] > 0
        assert all(id in done.out for id in left)


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("tenant", 'headers = {X-Tenant = "$TENANT"}\nauth = {bearer = "good"}'),
        ("cookie", 'cookies = {site = "a"}\nauth = {bearer = "good"}'),
        ("", 'auth = {command = "printf good"}'),
        ("", 'auth = {oauth2 = {token_url = "URL/token", client_id = "me", client_secret = "s"}}'),
        (
            "",
            'auth = {oauth2 = {token_url = "URL/token", client_id = "public", refresh_token = "r0"}}',
        ),
        ("", 'auth = {api_key = "Bearer good", in = "header", name = "Authorization"}'),
    ],
)
def test_what_opens_a_target(mode: str, more: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT", "acme")
    with server(mode) as url:
        config(folder, f'[target.staging]\nurl = "{url}"\n{more.replace("URL", url)}\n')
        done, found = report(folder, "--target", "staging", token=None)
        assert done.code == 0, done
        assert found["summary"]["kept"] > 30
        assert count(url)["alive"] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('auth = {oauth2 = {client_id = "x"}}', "auth.oauth2: token_url is missing"),
        ('auth = {barer = "x"}', "`auth` is {bearer"),
        ('timeout = "soon"', 'a time is like "2s"'),
        ("writes = 1", "`writes` is true or false"),
        ("retries = -1", "`retries` is a whole number"),
        ('ca = "nowhere.pem"', "there is no file nowhere.pem"),
        ("headers = {a = 1}", "`headers` is a table of texts"),
        ('auth = {api_key = "x", in = "body", name = "k"}', "auth.in is header, query or cookie"),
        ('auth = {command = "false"}', "exit code 1"),
    ],
)
def test_a_target_that_is_wrong(text: str, expected: str, folder: Path) -> None:
    with server() as url:
        config(folder, f'[target.staging]\nurl = "{url}"\n{text}\n')
        done = check(folder, "--target", "staging", token=None)
    assert done.code == 2
    assert expected in done.err
    assert "Traceback" not in done.said


def test_a_target_that_must_not_be_written_to(folder: Path) -> None:
    with server() as url:
        config(folder, f'[target.live]\nurl = "{url}"\nwrites = false\n')
        done, found = report(folder, "--target", "live")
        assert done.code == 0
        results = {promise["id"]: promise for promise in found["promises"]}
        assert results["createThing/security/missing"]["result"] == "kept"
        assert "--allow-writes" in results["createThing/acts/create"]["reason"]
        assert found["cleaned"]["removed"] == 0
        assert count(url)["alive"] == 0
        done, found = report(folder, "--target", "live", "--allow-writes")
        assert found["summary"]["kept"] > 30


def test_another_machine_is_not_written_to_unless_asked(folder: Path) -> None:
    done = check(folder, "--target", "https://staging.example.com", "--dry-run")
    assert done.code == 0
    assert "finishThing: about" in done.out
    assert "refusals only" in done.out
    done = check(folder, "--target", "https://staging.example.com", "--dry-run", "--allow-writes")
    assert "refusals only" not in done.out
    assert "Thing: made as needed, removed at the end" in done.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_the_report_so_far(number: signal.Signals, folder: Path) -> None:
    with server("slow") as url:
        process = _started(folder, url)
        process.send_signal(number)
        done = finish(process)
        assert done.code == 130, done
        assert "ended early: interrupted" in done.out
        assert "Traceback" not in done.said
        assert count(url)["alive"] == 0


def test_a_killed_run_is_cleaned_up_after(folder: Path) -> None:
    with server("slow") as url:
        process = _started(folder, url)
        process.kill()
        finish(process)
        assert count(url)["alive"] > 0
        done = run("cleanup", folder=folder, env={"TROTH_TOKEN": TOKEN})
        assert done.code == 0, done
        assert count(url)["alive"] == 0
    assert list(folder.glob(".troth/*.ledger")) == []


def _started(folder: Path, url: str) -> Any:
    """A check that has made something already."""
    env = {"TROTH_TOKEN": TOKEN}
    process = start("check", "things.yaml", "--target", url, folder=folder, env=env)
    until = time.monotonic() + PATIENCE
    while count(url)["alive"] < 3 and time.monotonic() < until:
        time.sleep(0.02)
    return process


def test_a_budget_of_requests(folder: Path) -> None:
    with server() as url:
        done, found = report(folder, "--target", url, "--max-requests", "30")
        assert done.code == 0
        assert "--max-requests" in found["ended"]
        assert found["requests"] <= 30
        assert count(url)["calls"] <= 32
        assert count(url)["alive"] == 0


def test_what_is_known_does_not_fail_a_run(folder: Path) -> None:
    broken, finish = "finishThing/transition/from=done", ("--only", "finishThing/*")
    with server("bug") as url:
        assert check(folder, "--target", url).code == 1
        done = check(folder, "--target", url, *finish, "--baseline", "known.json", "--update-baseline")
        assert done.code == 1
        assert list(json.loads((folder / "known.json").read_text())["broken"]) == [broken]
        done, found = report(folder, "--target", url, *finish, "--baseline", "known.json")
        assert done.code == 0
        assert found["known"] == 1
        config(folder, f'[target.t]\nurl = "{url}"\nexpect = {{"finish*/from=done" = "TICKET-1"}}\n')
        done, found = report(folder, "--target", "t", *finish, "--output", "junit=r.xml")
        assert done.code == 0
        (case,) = [c for c in ElementTree.parse(folder / "r.xml").iter("testcase") if c.get("name") == broken]
        skipped = case.find("skipped")
        assert skipped is not None
        assert "TICKET-1" in str(skipped.get("message"))
    with server() as url:
        done, found = report(folder, "--target", url, *finish, "--baseline", "known.json")
        assert found["mended"] == [broken]


def test_shards_share_all_promises(folder: Path) -> None:
    everything = check(folder, "--list").out.splitlines()
    parts = [check(folder, "--list", "--shard", f"{n}/3").out.splitlines() for n in (1, 2, 3)]
    assert sorted(line for part in parts for line in part) == sorted(everything)
    assert all(parts)
    assert check(folder, "--list", "--exclude", "*").code == 2


def test_promises_are_tests_of_pytest(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:xdist\n")
    with server("bug") as url:
        env = {"TROTH_TOKEN": TOKEN}
        done = pytest_run(
            folder, "things.yaml", "--troth-target", url, "--junitxml=j.xml", "-k", "finish", env=env
        )
        assert done.code == 1, done
        assert "1 failed" in done.out
        assert "got       200" in done.out
        cases = {case.get("name") for case in ElementTree.parse(folder / "j.xml").iter("testcase")}
        assert "finishThing/transition/from=done" in cases
        assert all(str(name).startswith("finishThing/") for name in cases)
        (folder / "test_it.py").write_text(
            "import troth\n"
            f"test_api = troth.Promises('things.yaml', target='{url}')\n"
            "def test_target(troth_target, troth_contract):\n"
            f"    assert troth_target.url == '{url}'\n"
            "    assert 'finishThing' in troth_contract.operations\n"
        )
        (folder / "pytest.ini").write_text(
            f"[pytest]\naddopts = -p no:xdist\ntroth_contract = things.yaml\ntroth_target = {url}\n"
        )
        done = pytest_run(folder, "test_it.py", "-m", "transition or not finishThing", env=env)
        assert "1 failed" in done.out
        done = pytest_run(folder, "test_it.py", "--lf", env=env)
        assert "1 failed" in done.out
        assert "passed" not in done.out
        assert count(url)["alive"] == 0


def pytest_run(folder: Path, *args: str, env: dict[str, str]) -> Done:
    return run(*args, folder=folder, env=env, program="pytest")


def test_nothing_is_left_in_the_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What Hypothesis keeps is in the user's cache, or where its own variable says."""
    cache = tmp_path_factory.mktemp("cache")
    before = sorted(folder.iterdir())
    with server("") as url:
        env = {"TROTH_TOKEN": TOKEN, "HYPOTHESIS_STORAGE_DIRECTORY": "", "XDG_CACHE_HOME": str(cache)}
        done = run("check", "things.yaml", "--target", url, folder=folder, env=env)
    assert done.code == 0, done
    assert [path for path in sorted(folder.iterdir()) if path.name != ".troth"] == before
    if sys.platform == "linux":
        assert list((cache / "troth" / "hypothesis").iterdir())


def test_a_report_that_has_no_place_is_told_before_anything_is_called(folder: Path) -> None:
    with server() as url:
        done = check(folder, "--target", url, "--output", "json=none/r.json")
        assert (done.code, done.said) == (
            2,
            "troth: none/r.json: cannot be written: No such file or directory\n",
        )
        assert count(url)["calls"] == 0
