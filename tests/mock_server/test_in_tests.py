"""The mock in the tests of its users: from Python, and as a pytest fixture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.patience import PATIENCE
from troth import Contract, Mock, MockClient, TargetError, UsageError

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"


def status(url: str) -> str:
    request = Request(f"{url}/api/campaigns/{ID}", headers={"Authorization": "Bearer x"})
    with urlopen(request) as answer:
        found: str = json.load(answer)["campaign"]["status"]
        return found


def pause(url: str) -> None:
    request = Request(f"{url}/api/campaigns/{ID}/pause", method="POST", headers={"Authorization": "Bearer x"})
    urlopen(request).close()


def test_records_and_moves(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"]).running() as mock:
        pause(mock.url)
        assert status(mock.url) == "paused"
        assert mock.record("Campaign", ID)["data"]["status"] == "paused"
        assert ID in [record["id"] for record in mock.records("Campaign")]
        mock.save()
        assert mock.move("Campaign", ID, "resumeCampaign")["data"]["status"] == "active"
        assert [move["operation"] for move in mock.moves("Campaign", ID)]
        assert mock.move("Campaign", ID, to="completed")["data"]["status"] == "completed"
        mock.restore()
        assert status(mock.url) == "paused"
        assert mock.change("Campaign", ID, {"name": "New"})["data"]["name"] == "New"
        whole = {"type": "email", "name": "Other", "sender_accounts": [], "sequence_nodes": []}
        mock.put("Campaign", ID[:-1] + "9", whole, hidden={"left": 3})
        mock.delete("Campaign", ID[:-1] + "9")
        mock.reset()
        assert status(mock.url) == "active"
        assert mock.state["puffle"]["Campaign"]


def test_calls_time_and_faults(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"]).running() as mock:
        pause(mock.url)
        mock.verify("pauseCampaign", times=1)
        with pytest.raises(AssertionError, match="there were 1 such calls, not 2"):
            mock.verify("pauseCampaign", times=2)
        assert [call["operation"] for call in mock.calls(status=200)] == ["pauseCampaign"]
        assert mock.freeze()["frozen"] is True
        before = mock.clock["now"]
        assert mock.advance("P1D")["now"] > before
        mock.reset()
        assert mock.next_move()["now"] > before
        mock.fault("getCampaign", status=503, times=1)
        with pytest.raises(OSError, match="503"):
            status(mock.url)
        mock.fault(cut=True)
        mock.mend()
        assert status(mock.url) == "active"


def test_sessions_of_one_mock(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"]).running() as mock:
        ann, empty = mock.session("ann"), mock.session("ben", "empty")
        pause(ann.url)
        assert (status(ann.url), status(mock.url)) == ("paused", "active")
        assert empty.records("Campaign") == []
        ann.end()
        assert status(ann.url) == "active"


def test_what_is_not_possible_is_said(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"]).running() as mock:
        with pytest.raises(UsageError, match="there is no scenario 'emty'; did you mean 'empty'"):
            mock.reset("emty")
        with pytest.raises(UsageError, match="there is no Campaign 'x'"):
            mock.record("Campaign", "x")
        with pytest.raises(UsageError, match=r"resumeCampaign does not start from .*, where it is; valid: "):
            mock.move("Campaign", ID, "resumeCampaign")
        for name in ("", "two words"):
            with pytest.raises(UsageError, match="is no name of a session; valid: "):
                mock.session(name)
    with pytest.raises(TargetError, match="there is no mock at"):
        mock.reset()
    with pytest.raises(TargetError, match="there is no mock at nonsense"):
        MockClient("nonsense").reset()


def test_a_control_token(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"], control_token="t0ken").running() as mock:
        assert mock.reset()
        with pytest.raises(UsageError, match="X-Mock-Token"):
            MockClient(mock.root).reset()


SUITE = """
import json
from urllib.request import Request, urlopen

import pytest

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"

def call(mock, method, path):
    with urlopen(Request(mock.url + path, method=method, headers={"Authorization": "Bearer x"})) as answer:
        return json.load(answer)

@pytest.mark.parametrize("number", range(30))
def test_pause(troth_mock, number):
    assert call(troth_mock, "GET", f"/api/campaigns/{ID}")["campaign"]["status"] == "active"
    assert call(troth_mock, "POST", f"/api/campaigns/{ID}/pause")["campaign"]["status"] == "paused"
    troth_mock.verify("pauseCampaign", times=1)

@pytest.mark.troth_mock(scenario="empty")
def test_empty(troth_mock):
    assert call(troth_mock, "GET", "/api/campaigns") == {"campaigns": []}

@pytest.mark.troth_mock("ocamba", limits=False)
def test_another(troth_mock):
    assert "ocamba" in troth_mock.state
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": "", **environment},
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_fixture(tmp_path: Path, workers: str) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntroth_mock = puffle\n")
    (tmp_path / "test_it.py").write_text(SUITE)
    done = run(tmp_path, "-n", workers)
    assert "32 passed" in done.stdout, done.stdout


def test_the_fixture_on_a_mock_that_runs(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    with Mock(contracts["puffle"]).running() as mock:
        done = run(tmp_path, "-n", "2", "-k", "not another", TROTH_MOCK_URL=mock.root)
        assert mock.calls() == []
    assert "31 passed" in done.stdout, done.stdout


def test_the_fixture_must_know_the_document(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(troth_mock): ...\n")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "troth_mock: say which document" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_plugin_does_not_slow_other_tests_down() -> None:
    code = "import sys, troth.pytest_plugin; print([m for m in sys.modules if m.startswith('troth.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['troth.pytest_plugin']"
