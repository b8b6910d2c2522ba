"""Promises as tests of pytest: from a folder, from troth.yaml, from a line; with -k, --lf, -n, --junitxml."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.check.test_plain_documents import plain
from tests.check.test_staging import count, server
from tests.check.troubled_server import DOCUMENT, TOKEN
from tests.cli.running import Done, run

BROKEN = "finishThing/transition/from=done"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "things.yaml").write_text(DOCUMENT)
    return tmp_path


def pytest_run(folder: Path, *args: str) -> Done:
    return run(*args, "-p", "no:randomly", folder=folder, env={"TROTH_TOKEN": TOKEN}, program="pytest")


def results(path: Path) -> dict[str, str]:
    """What pytest says of each promise."""
    found = {}
    for case in ElementTree.parse(path).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[str(case.get("name"))] = kinds[0] if kinds else "passed"
    return found


def test_workers_share_one_run(folder: Path) -> None:
    (folder / "test_other.py").write_text("def test_one(): pass\n")
    with server("bug") as url:
        done = pytest_run(folder, ".", "--troth-target", url, "-n", "2", "--junitxml=two.xml")
        assert done.code == 1, done
        calls, alive = count(url)["calls"], count(url)["alive"]
        assert alive == 0
    with server("bug") as url:
        pytest_run(folder, ".", "--troth-target", url, "-n", "0", "--junitxml=one.xml")
        assert count(url)["calls"] == calls
    two, one = results(folder / "two.xml"), results(folder / "one.xml")
    assert two == one
    assert [id for id, result in two.items() if result == "failure"] == [BROKEN]
    assert two.pop("test_one") == "passed"
    assert len(two) > 30


def test_a_target_that_is_lost_is_told_by_every_worker(folder: Path) -> None:
    done = pytest_run(folder, "specs", "--troth-target", "http://127.0.0.1:9", "-n", "2", "-k", "finish")
    assert done.code == 1
    assert "troth: the target is lost: GET http://127.0.0.1:9/things: cannot connect" in done.out
    assert "Traceback" not in done.said
    assert "passed" not in done.out


def test_troth_yaml_says_what_to_check(folder: Path) -> None:
    with server("bug") as url:
        (folder / "specs" / "troth.toml").write_text(f'[target.staging]\nurl = "{url}"\n')
        (folder / "specs" / "troth.yaml").write_text(
            "lint: {extends: recommended}\n"
            "check:\n"
            "  - {spec: things.yaml, target: staging, config: troth.toml, only: ['finishThing/*']}\n"
            f"  - {{spec: things.yaml, target: '{url}', only: ['getThing/*'], exclude: ['*/missing']}}\n"
        )
        done = pytest_run(folder, "--junitxml=r.xml")
        assert done.code == 1, done
        found = results(folder / "r.xml")
        assert {id.split("/")[0] for id in found} == {"finishThing", "getThing"}
        assert "getThing/acts/missing" not in found
        assert found[BROKEN] == "failure"
        done = pytest_run(folder, "specs/troth.yaml", "--lf")
        assert "1 failed" in done.out
        assert "passed" not in done.out
        assert count(url)["alive"] == 0


WRONG = {
    "check: [{target: x}]": "troth.yaml:1:9: `spec` is missing",
    "check:\n  - {spec: things.yaml, targt: x}": (
        "troth.yaml:2:25: there is no 'targt' here; did you mean 'target'"
    ),
    "check: 5": "troth.yaml:1:1: `check` is a list",
    "check: {spec: things.yaml, only: finish}": "troth.yaml:1:28: a list of texts is expected",
    "check: {spec: things.yaml, infer: often}": "troth.yaml:1:28: true or false is expected, found 'often'",
}


def test_each_troth_yaml_that_is_wrong_is_told(folder: Path) -> None:
    for number, text in enumerate(WRONG):
        (folder / f"wrong{number}").mkdir()
        (folder / f"wrong{number}" / "troth.yaml").write_text(text)
    done = pytest_run(folder)
    assert done.code == 2
    assert [expected for expected in WRONG.values() if expected not in done.out] == []
    assert "Traceback" not in done.said


def test_what_names_suggest_is_tried_where_that_is_asked(folder: Path) -> None:
    (folder / "specs" / "boxes.yaml").write_text(yaml.safe_dump(plain("401", "404", "422")))
    asked = {"check": [{"spec": "boxes.yaml", "target": "http://127.0.0.1:9", "infer": True}]}
    (folder / "specs" / "troth.yaml").write_text(yaml.safe_dump(asked))
    (folder / "test_line.py").write_text(
        "import troth\ntest_api = troth.Promises('specs/boxes.yaml', infer=True)\n"
    )
    done = pytest_run(folder, "--collect-only", "-q")
    assert done.out.count("::read/acts/missing") == 2
    (folder / "test_line.py").write_text("import troth\ntest_api = troth.Promises('specs/boxes.yaml')\n")
    done = pytest_run(folder, "--collect-only", "-q")
    assert done.out.count("::read/acts/missing") == 1
