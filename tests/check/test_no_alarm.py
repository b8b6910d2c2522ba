"""A correct server is never accused, whatever it does where the document leaves it free."""

from __future__ import annotations

import pytest

from contracts.check.results import BROKEN, KEPT, Report
from tests.check.running import check
from tests.faulty.serving import APIS, catalogues

READINGS = [(api, reading) for api in APIS for reading in catalogues(api)[1]]


def accused(report: Report) -> dict[str, object]:
    return {v.promise.id: v.evidence for v in report.verdicts if v.result == BROKEN}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("api", APIS)
def test_correct_server(api: str, seed: int) -> None:
    report = check(api, seed=seed)
    assert accused(report) == {}
    assert report.counts[KEPT] >= 60


@pytest.mark.parametrize(("api", "reading"), READINGS, ids=lambda value: value)
def test_other_reading(api: str, reading: str) -> None:
    assert accused(check(api, reading=reading, seed=3)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("api", APIS)
def test_correct_server_over_twenty_seeds(api: str, seed: int) -> None:
    assert accused(check(api, seed=100 + seed)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("api", "reading"), READINGS, ids=lambda value: value)
def test_other_reading_over_seeds(api: str, reading: str, seed: int) -> None:
    assert accused(check(api, reading=reading, seed=200 + seed)) == {}


def test_the_measures_of_a_whole_run() -> None:
    """Puffle: at most 1,500 requests (the time, 30 s, is a benchmark's business)."""
    assert check("puffle").requests <= 1500
