"""What the checker starts from: given ids, created records, declared moves; never anybody else's records."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faulty import Running, serve
from troth import TargetError, load
from troth.contracts.check.results import BROKEN, KEPT, SKIPPED, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

MOVES = ["pauseCampaign/transition/*", "resumeCampaign/transition/*"]


def results(report: Report) -> dict[str, str]:
    return {verdict.promise.id: verdict.result for verdict in report.verdicts}


def run(api: str, server: Running, *, only: list[str], **target: Any) -> tuple[Checker, Report]:
    given = replace(Target(api, server.url, server.token, clock=server.clock), **target)
    checker = Checker(load(api), given, only=only)
    return checker, checker.run()


def test_one_paused_campaign_is_enough_for_pause_and_resume() -> None:
    with serve("autosend") as server:
        paused = (server.fixtures["paused_immediate"],)
        _, report = run("autosend", server, only=MOVES, listed={"Campaign": paused})
    found = results(report)
    assert found["resumeCampaign/transition/from=paused"] == KEPT
    assert found["pauseCampaign/transition/from=sending"] == KEPT
    assert found["pauseCampaign/transition/from=paused"] == KEPT
    assert found["resumeCampaign/transition/from=sending"] == KEPT


def test_what_cannot_be_reached_is_reported_with_the_reason() -> None:
    with serve("puffle") as server:
        paused = (server.fixtures["paused_email"],)
        _, report = run("puffle", server, only=MOVES, listed={"Campaign": paused})
    verdicts = {verdict.promise.id: verdict for verdict in report.verdicts}
    done = verdicts["pauseCampaign/transition/from=completed"]
    assert done.result == SKIPPED
    tried = "resumeCampaign led to active, updateCampaign led to active"
    assert done.reason == f"Campaign in completed could not be reached: {tried}"
    assert verdicts["pauseCampaign/transition/from=active"].result == KEPT
    assert verdicts["resumeCampaign/transition/from=paused"].result == KEPT


def test_without_fixtures_records_are_created() -> None:
    with serve("puffle") as server:
        _, report = run("puffle", server, only=["createCampaign/acts/*", *MOVES])
    found = results(report)
    assert found["pauseCampaign/transition/from=draft"] == KEPT
    assert found["pauseCampaign/transition/from=active"] == KEPT  # created, then launched
    with serve("ocamba") as server:
        _, report = run("ocamba", server, only=["createCampaign/acts/*", *MOVES])
    assert results(report)["resumeCampaign/transition/from=manual"] == KEPT


@pytest.mark.parametrize(
    "only",
    [["*/acts/*", "updateCampaign/writes/name/*", *MOVES], pytest.param(["*"], marks=pytest.mark.slow)],
)
def test_records_that_were_not_given_are_not_touched(only: list[str]) -> None:
    with serve("puffle") as server:
        mine = (server.fixtures["active_email"],)
        checker, _ = run("puffle", server, only=only, listed={"Campaign": mine})
        used = {record.id for record in checker.pool.own("Campaign")}
    others = {id_ for name, id_ in server.fixtures.items() if name != "active_email"}
    assert not used & others


def test_hidden_facts_need_a_named_fixture() -> None:
    only = ["resumeCampaign/auto/*"]
    with serve("puffle", ["no_autocomplete"]) as server:
        ids = tuple(server.fixtures.values())
        _, listed = run("puffle", server, only=only, listed={"Campaign": ids})
        assert results(listed)["resumeCampaign/auto/finished"] == SKIPPED
    with serve("puffle", ["no_autocomplete"]) as server:
        _, named = run("puffle", server, only=only, named=server.fixtures)
        assert results(named)["resumeCampaign/auto/finished"] == BROKEN


def test_a_given_id_that_is_not_there() -> None:
    missing = "8c2b2d4e-0000-4000-8000-000000000000"
    with serve("puffle") as server, pytest.raises(TargetError, match=f"{missing}.*is not there"):
        run("puffle", server, only=["*"], listed={"Campaign": (missing,)})


def test_the_declared_quota_is_kept() -> None:
    with serve("ocamba") as server:
        only = ["resumeCampaign/transition/*", "getCampaign/acts/*", "createCampaign/writes/*"]
        checker, _ = run("ocamba", server, only=only, named=server.fixtures)
    assert checker.client.sent > 50
    assert checker.client.limited == 0


def test_same_seed_same_requests(tmp_path: Path) -> None:
    """But for values that no two records share: what another run has left has the old ones."""

    def bodies(seed: int) -> list[bytes]:
        sent: list[bytes] = []
        with serve("puffle") as server:
            target = Target("t", server.url, server.token, clock=server.clock, named=server.fixtures)
            checker = Checker(load("puffle"), target, number=seed, only=["updateCampaign/schema/broken"])
            send = checker.client.send_once

            def spy(*given: Any) -> Any:
                exchange = send(*given)
                sent.append(re.sub(rb"troth[- ][0-9a-f]{8}", b"troth new", exchange.payload or b""))
                return exchange

            checker.client.send_once = spy  # type: ignore[assignment, method-assign]
            checker.run()
        return sent

    first = bodies(5)
    assert first == bodies(5)
    assert first != bodies(6)
