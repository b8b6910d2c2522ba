"""Every promise of the documents that ship can be seen broken: no mutant survives."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import PLAIN
from tests.cli.running import finish, run, start
from tests.gate import seldom

ROOT = Path(__file__).parents[2]


def tutorial(folder: Path) -> Path:
    """The document of the tutorial, as readers save it."""
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    found = re.search(r"<!-- file: parcels.yaml -->\n```yaml\n(.*?)\n```", page, re.DOTALL)
    assert found is not None
    path = folder / "parcels.yaml"
    path.write_text(found[1], "utf-8")
    return path


def mutants(folder: Path, *args: str) -> tuple[int, dict[str, Any]]:
    done = run("mutants", *args, "--format", "json", folder=folder)
    return done.code, json.loads(done.out)


def survivors(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(m["promise"], m["denied"], m["reason"]) for m in report["mutants"] if m["outcome"] == "survived"]


def test_the_tutorial(tmp_path: Path) -> None:
    code, report = mutants(tmp_path, str(tutorial(tmp_path)))
    assert survivors(report) == []
    assert code == 0
    assert report["summary"]["untried"] == 0
    assert report["summary"]["found"] >= 40
    assert report["tried"] == report["of"]


@pytest.mark.slow
@pytest.mark.parametrize("document", ["docs/examples/shop.yaml", "tests/check/orders.yaml"])
def test_small_documents(document: str, tmp_path: Path) -> None:
    code, report = mutants(tmp_path, str(ROOT / document), "--allow-handlers")
    assert survivors(report) == []
    assert code == 0
    assert report["summary"]["found"] >= 80


SAMPLES = {
    "puffle": ["pauseCampaign/transition/*", "listCampaigns/*", "getCampaign/*"],
    "autosend": ["pauseCampaign/*", "duplicateCampaign/*", "updateCampaign/writes/name/*"],
    "ocamba": ["pauseCampaign/transition/*", "updateCampaign/writes/name/*", "getCampaign/*"],
}


@pytest.mark.parametrize("spec", seldom(SAMPLES, "autosend", "ocamba"))
def test_a_sample_of_the_specs(spec: str, tmp_path: Path) -> None:
    only = [part for glob in SAMPLES[spec] for part in ("--only", glob)]
    _, report = mutants(tmp_path, spec, *only)
    assert survivors(report) == []
    assert report["summary"]["found"] >= 10


@pytest.mark.slow
@pytest.mark.parametrize("spec", SAMPLES)
def test_the_specs(spec: str, tmp_path: Path) -> None:
    _, report = mutants(tmp_path, spec)
    assert survivors(report) == []


def test_what_nothing_shows_is_told(tmp_path: Path) -> None:
    """`x` may be sent and is shown nowhere; what becomes of it cannot be proved."""
    path = tmp_path / "boxes.yaml"
    path.write_text(yaml.safe_dump(PLAIN, sort_keys=False))
    code, report = mutants(tmp_path, str(path), "--only", "change/writes/*")
    assert code == 0
    assert {m["promise"]: m["reason"] for m in report["mutants"] if m["outcome"] != "found"} == {
        "change/writes/x/any": "no answer shows it: Box has no 'x'"
    }
    told = run("mutants", str(path), "--only", "change/writes/*", folder=tmp_path)
    assert told.code == 0
    assert "untried change/writes/x/any" in told.out
    assert re.search(r"boxes: 3 found, 1 untried · 4 of 4 promises in", told.out)


def test_nothing_to_try(tmp_path: Path) -> None:
    done = run("mutants", "puffle", "--only", "nothing/*", folder=tmp_path)
    assert done.code == 2
    assert "nothing/*" in done.err


def test_it_can_be_stopped(tmp_path: Path) -> None:
    process = start("mutants", "puffle", "--format", "json", folder=tmp_path)
    assert process.stderr is not None
    assert "promises to try" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    done = finish(process)
    report = json.loads(done.out)
    assert done.code == 130
    assert report["stopped"]
    assert report["tried"] < report["of"]
