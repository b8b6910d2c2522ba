"""The shop of orders.yaml: each of its faults breaks one promise, and the correct one none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.orders_server import shop
from tests.check.running import SEEDS, WHOLE, finds, stand_still
from tests.gate import seldom
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

DOCUMENT = Path(__file__).parent / "orders.yaml"

UNSEEN = {  # no response shows the effects; at that time the order has one note only
    *("placeOrder/effects/none", "addNote/effects/count"),
    *("listNotes/frame/others", "readNote/frame/others"),
}
FAULTS = {
    "key_ignored": "placeOrder/repeat/key",
    "key_other_body": "placeOrder/repeat/key/other",
    "key_answers_anew": "placeOrder/repeat/key",
    "key_forgotten_soon": "placeOrder/repeat/key/remembered",
    "expires_soon": "placeOrder/auto/expired",
    "expires_late": "placeOrder/auto/expired",
    "stale_tag_taken": "changeOrder/if-match/stale",
    "tag_of_any_time": "changeOrder/if-match/lost-update",
    "right_tag_refused": "changeOrder/if-match/current",
    "tag_never_changes": "changeOrder/if-match/lost-update",
    "shrinks": "changeOrder/rules/grows/invariant",
    "never_expires": "placeOrder/auto/expired",
    "expires_at_once": "placeOrder/acts/create",
    "pages_overlap": "listOrders/paging/walk",
    "pages_skip": "listOrders/paging/walk",
    "unsorted": "listOrders/order",
    "notes_of_all": "listNotes/parent/own",
    "note_when_paid": "addNote/rules/open",
    "note_elsewhere": "addNote/acts/create",
    "drops_two_notes": "dropNote/frame/declared",
    "note_of_another": "readNote/parent/other",
    "note_closes_order": "addNote/frame/declared",
    "two_notes": "addNote/frame/declared",
    "summary_off_by_one": "summary/answers/notes",
    "summary_always_open": "summary/answers/open",
    "unknown_parent": "listNotes/parent/missing",
}
ONLY_IN_A_WHOLE_RUN = ("tag_never_changes", "note_closes_order", "two_notes")
"""They take long to find; so does `drops_two_notes`, which is tried in every run."""


def run(*faults: str, seed: int = 0, only: tuple[str, ...] = ()) -> Report:
    with shop(*faults) as url:
        target = Target("shop", url, clock=f"{url}/clock")
        checker = Checker(load(DOCUMENT), target, number=seed, only=only)
        stand_still(checker)
        return checker.run()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_alarm(seed: int) -> None:
    report = run(seed=seed)
    broken = [
        (v.promise.id, v.evidence and v.evidence.mismatches) for v in report.verdicts if v.result == BROKEN
    ]
    assert broken == []
    missing = {v.promise.id: v.reason for v in report.verdicts if v.result != KEPT}
    assert set(missing) <= UNSEEN, missing


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize(("fault", "promise"), seldom(FAULTS.items(), *ONLY_IN_A_WHOLE_RUN))
def test_each_fault_is_found(fault: str, promise: str, *, whole: bool) -> None:
    assert finds(lambda only: run(fault, only=only), promise, whole=whole)
