"""A target's own Python file: provided records, signed calls, checks of its own; and how it may fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check.jobs_server import DOCUMENT, Handler, Store
from tests.check.small_server import served
from tests.check.test_clean_up import THEIRS, told
from tests.cli.running import Done, here

HOOKS = '''
import json, urllib.request

def provide(resource, state):
    if (resource, state) == ("Job", "held"):
        return "theirs-held"

def withdraw(resource, id):
    with open("said.txt", "a") as said:
        said.write(f"withdrawn {resource} {id}\\n")

def before(request):
    if request.authenticated:
        return {"Authorization": "Bearer good", "X-Signature": f"{request.method} {len(request.body or b'')}"}

def after(request, response):
    with open("said.txt", "a") as said:
        said.write(f"{request.operation} {response.status} {request.headers.get('X-Signature')}\\n")

def check_no_titles(request, response):
    """Titles are short."""
    if response.json and "title" in response.json and len(response.json["title"]) > 5:
        return "the title is long: " + response.json["title"]

def _helper():
    pass
'''


def checked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    hooks: str,
    *args: str,
    document: str = DOCUMENT,
) -> tuple[Done, Any]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.yaml").write_text(document)
    (tmp_path / "hooks.py").write_text(hooks)
    with served(Handler, store=Store("")) as url:
        config = f'[target.t]\nurl = "{url}"\nauth = {{bearer = "replaced"}}\nhooks = "hooks.py"\n'
        (tmp_path / "troth.toml").write_text(config)
        done = here(
            capsys, monkeypatch, "check", "jobs.yaml", "--target", "t", "--output", "json=r.json", *args
        )
        found = {}
        if (tmp_path / "r.json").exists():
            found = json.loads((tmp_path / "r.json").read_text())
        found["store"] = told(url, "store")
    return done, found


def test_a_record_a_signature_and_a_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = DOCUMENT.replace("      x-contract: {acts: Job.create}\n", "")  # nothing makes a job
    done, found = checked(tmp_path, capsys, monkeypatch, HOOKS, "--only", "runJob/*", document=without)
    assert done.code == 1, done
    results = {promise["id"]: promise for promise in found["promises"]}
    assert results["runJob/transition/from=held"]["result"] == "kept"
    wrong = results["runJob/check/no_titles"]
    assert wrong["result"] == "broken"
    assert "Titles are short." in wrong["says"]
    assert wrong["evidence"]["mismatches"][0]["got"] == "the title is long: theirs, held"
    said = (tmp_path / "said.txt").read_text()
    assert "runJob 200 POST 0" in said
    assert said.endswith("withdrawn Job theirs-held\n")
    assert set(found["store"]["jobs"]) == set(THEIRS["jobs"])


@pytest.mark.parametrize(
    ("hooks", "expected"),
    [
        ("def provide(resource, state): return 1 / 0", "hooks.py:1: provide failed: ZeroDivisionError"),
        ("def before(request): return 5", "before(listJobs) gave 5, and no dict of headers"),
        ("def provde(resource, state): ...", "provde is no hook; did you mean 'provide'?"),
        ("import nothing_like_it", "hooks.py: cannot be used: ModuleNotFoundError"),
        ("def provide(resource, state): return 'nobody'", "the Job 'nobody' is not there"),
        ("def provide(resource, state): return 'theirs-idle'", "the Job 'theirs-idle' is not held"),
    ],
)
def test_hooks_that_fail(
    hooks: str,
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "before" not in hooks:
        hooks += "\ndef before(r): return {'Authorization': 'Bearer good'} if r.authenticated else None"
    without = DOCUMENT.replace("      x-contract: {acts: Job.create}\n", "")
    done, _ = checked(
        tmp_path, capsys, monkeypatch, hooks, "--only", "runJob/transition/from=held", document=without
    )
    assert done.code == 2
    assert expected in done.said
    assert "Traceback" not in done.said


def test_what_was_made_is_removed_also_where_giving_back_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = HOOKS.replace("def withdraw(resource, id):", "def withdraw(resource, id):\n    1 / 0")
    move = ", transition: {from: running, to: held, refused: it does not run}"
    document = DOCUMENT.replace(move, "")  # jobs can be made, but nothing leads one to held
    only = ("--only", "createJob/*", "--only", "runJob/transition/from=held")
    done, found = checked(tmp_path, capsys, monkeypatch, hooks, *only, document=document)
    assert done.code == 2
    assert "withdraw failed: ZeroDivisionError" in done.said
    assert "createJob 201" in (tmp_path / "said.txt").read_text()
    assert set(found["store"]["jobs"]) == set(THEIRS["jobs"])
