"""A broken promise is shown small, with commands that reproduce it and the line that promised it."""

from __future__ import annotations

import json
import shlex
import subprocess

from tests.check.running import check
from tests.faulty import serve
from troth import load
from troth.contracts.check.results import BROKEN, Report, Verdict
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target
from troth.contracts.reports import check_json, check_text

DELAY = "updateCampaign/rules/delay_total/broken"
DRAFT = "pauseCampaign/transition/from=draft"


def broken(report: Report, promise: str) -> Verdict:
    (found,) = [v for v in report.verdicts if v.promise.id == promise]
    assert found.result == BROKEN
    assert found.evidence is not None
    return found


def test_a_failure_is_shrunk() -> None:
    """What was drawn besides is gone, and so is everything in the value that makes no difference."""
    report = check("puffle", fault="hours_not_stored", only=["updateCampaign/writes/operating_hours/*"])
    found = [v for v in report.verdicts if v.result == BROKEN]
    assert found
    evidence = found[0].evidence
    assert evidence is not None
    body = evidence.exchanges[-1].call.body
    assert isinstance(body, dict)
    assert body.keys() == {"operating_hours"}
    assert len(json.dumps(body)) < 40


def test_the_curl_lines_reproduce_it() -> None:
    with serve("puffle", ["pause_draft"]) as server:
        target = Target("t", server.url, server.token, clock=server.clock, named=server.fixtures)
        report = Checker(load("puffle"), target, only=[DRAFT]).run()
    evidence = broken(report, DRAFT).evidence
    assert evidence is not None
    (line,) = (exchange.curl() for exchange in evidence.exchanges)
    assert server.token not in line
    with serve("puffle", ["pause_draft"]) as again:
        here = line.replace(server.url, again.url).replace("$TROTH_TOKEN", again.token)
        done = subprocess.run(shlex.split(here), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["campaign"]["status"] == "paused"


def test_text_report() -> None:
    report = check("puffle", fault="pause_wrong_text", only=[DRAFT])
    text = check_text.render(report)
    assert "broken pauseCampaign/transition/from=draft" in text
    assert "Only active campaigns can be paused" in text
    assert "specs/puffle/openapi.yaml:" in text
    assert "expected" in text
    assert "1 broken" in text


def test_json_report() -> None:
    report = check("puffle", fault="delay_31d", only=[DELAY])
    found = json.loads(check_json.render(report))
    (promise,) = [p for p in found["promises"] if p["id"] == DELAY]
    assert promise["result"] == "broken"
    assert promise["calls"] > 0
    file, line, column = promise["where"].rsplit(":", 2)
    assert file.endswith("specs/puffle/openapi.yaml")
    assert int(line) > 1
    assert int(column) > 1
    assert promise["evidence"]["answered"][-1] == 200
    assert promise["evidence"]["curl"][-1].startswith("curl -X PATCH http://127.0.0.1:")
    assert {"what", "expected", "got"} == promise["evidence"]["mismatches"][0].keys()
    assert found["summary"]["broken"] >= 1
    assert found["seed"] == 0


def test_exit_codes() -> None:
    assert check("puffle", only=[DRAFT]).exit_code == 0
    assert check("puffle", fault="pause_draft", only=[DRAFT]).exit_code == 1
    assert check("puffle", only=["pauseCampaign/effects/*"]).exit_code == 2


def test_what_is_only_assumed_is_a_warning() -> None:
    """A server that answers another status than the document guesses is not broken."""
    report = check("puffle", reading="unknown_id_400", only=["pauseCampaign/acts/missing"])
    assert report.counts == {"kept": 0, "broken": 0, "differs": 1, "not-exercised": 0}
    assert report.exit_code == 0
