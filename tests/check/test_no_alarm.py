"""A correct server is never accused, whatever it does where the document leaves it free."""

from __future__ import annotations

import pytest

from tests.check.running import check
from tests.faulty.serving import APIS, catalogues
from troth.contracts.check.results import BROKEN, KEPT, Report

READINGS = [(api, reading) for api in APIS for reading in catalogues(api)[1]]


# One or two of each API: one takes seconds.
OFTEN = {
    "ocamba": ["no_update_time"],
    "autosend": ["message_beside_data"],
    "puffle": ["account_limits_ignored_done", "account_limits_rejected_done", "leads_touch_campaign"],
}
TRIED = [
    pytest.param(api, reading, marks=() if reading in OFTEN[api] else pytest.mark.slow)
    for api, reading in READINGS
]


# What a reading is about, by the beginning of its name; for the others a cross-section is tried here, and
# everything in the nightly run.
ABOUT = {
    "launch": ["launchCampaign/*"],
    "slow_start": ["launchCampaign/*"],
    "start": ["launchCampaign/*"],
    "validate": ["validateCampaign/*"],
    "unknown_node": ["moveSequenceNode/*", "updateSequenceNode/*"],
    "foreign_node": ["updateSequenceNode/*"],
    "ai_node": ["updateSequenceNode/*"],
    "nameless": ["addLeads/*"],
    "identity": ["addLeads/*"],
    "leads": ["addLeads/*", "removeLeads/*", "listLeads/*"],
    "draft_has": ["addLeads/*", "removeLeads/*"],
    "lead_unique": ["updateLead/*"],
    "name_follows": ["updateLead/*"],
    "unknown_lead": ["updateLead/*"],
    "account_limits": ["updateCampaign/writes/account_limits/*"],
    "limits_before": ["updateCampaign/writes/account_limits/*"],
    "foreign_field": ["updateCampaign/writes/*"],
    "ignored": ["updateCampaign/writes/*"],
    "unchanged": ["updateCampaign/writes/*"],
    "patch_name": ["updateCampaign/writes/name/*"],
    "other_type": ["updateCampaign/writes/sender_account_ids/*"],
    "uuid": ["updateCampaign/writes/sender_account_ids/*", "updateCampaign/writes/sequence_nodes/*"],
}
CROSS_SECTION = ["*/acts/*", "pauseCampaign/*", "resumeCampaign/*"]


def about(api: str, reading: str) -> list[str]:
    """The promises of a reading: what it is about, or a cross-section."""
    if api != "puffle":
        return [*CROSS_SECTION, "updateCampaign/*", "*/limits/*", "*/order", "*/paging"]
    return next((only for name, only in ABOUT.items() if reading.startswith(name)), CROSS_SECTION)


def accused(report: Report) -> dict[str, object]:
    return {v.promise.id: v.evidence for v in report.verdicts if v.result == BROKEN}


# A whole check of Puffle takes a minute or more, so there is one of each API in every run, for all that is to
# be said of a whole run; the nightly one makes twenty more.
@pytest.mark.parametrize("api", APIS)
def test_correct_server(api: str) -> None:
    """Nobody is accused, most is exercised; Puffle with at most 3.3 requests for a promise, for which each is
    held against its denials, too."""
    report = check(api)
    assert accused(report) == {}
    assert report.counts[KEPT] >= 60
    if api == "puffle":
        assert report.requests <= 3.3 * len(report.verdicts)


@pytest.mark.parametrize(("api", "reading"), TRIED, ids=lambda value: value)
def test_other_reading(api: str, reading: str) -> None:
    assert accused(check(api, reading=reading, seed=3, only=about(api, reading))) == {}


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
