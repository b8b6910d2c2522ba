"""Every fault that breaks a documented promise is found, by the promise that docs/faults.md names."""

from __future__ import annotations

import zlib

import pytest

from tests.check.catalogue import caught, rows
from tests.check.running import check
from tests.faulty.serving import APIS, catalogues
from troth.contracts.check.results import BROKEN

DOCUMENTED = [(api, name) for api in APIS for name, fault in catalogues(api)[0].items() if fault.documented]


def test_there_are_enough_faults() -> None:
    assert len(DOCUMENTED) >= 60


@pytest.mark.parametrize("api", APIS)
def test_the_page_lists_every_fault(api: str) -> None:
    assert set(rows(api)) == set(catalogues(api)[0])


LONG = {
    *("node_add_reuses_id", "resume_sibling", "leads_list_writes", "hours_not_stored"),
    *(
        "node_bodies_lost",
        "limits_replace_senders",
        "start_renames",
        "node_delete_gap",
        "name_blocked_paused",
    ),
    *("node_delete_unauthenticated", "node_delete_paused", "launch_linkedin_refused"),
}
"""Those that only a whole run shows, which takes a minute, and those that take many seconds alone."""


def often(api: str, fault: str) -> bool:
    """Whether a fault is tried in every run: each tenth, for one takes seconds; the nightly run tries all.
    Not those of `LONG`."""
    if fault in LONG:
        return False
    return zlib.crc32(f"{api}/{fault}".encode()) % 10 == 0


TRIED = [
    pytest.param(api, fault, id=f"{api}-{fault}", marks=() if often(api, fault) else pytest.mark.slow)
    for api, fault in DOCUMENTED
]


@pytest.mark.parametrize(("api", "fault"), TRIED)
def test_fault_is_found(api: str, fault: str) -> None:
    """Only the promise that caught it is tried; where that needs the history of a whole run, all are."""
    row = rows(api)[fault]
    assert row.probed, "no documented fault may be missed"
    report = check(api, fault=fault, only=[row.probed])
    broken = {v.promise.id for v in report.verdicts if v.result == BROKEN}
    assert row.promise in broken or caught(api, fault).probed


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
def test_the_promises_that_catch_faults_are_kept_without_them(api: str) -> None:
    """Without this the test above would prove nothing: a promise that is always broken catches everything.

    In every run test_no_alarm shows the same of all promises, with the same seed; here they are tried alone.
    """
    probed = sorted({row.probed for row in rows(api).values() if row.probed})
    report = check(api, only=probed)
    assert [v.promise.id for v in report.verdicts if v.result == BROKEN] == []
