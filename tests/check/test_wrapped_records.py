"""What real record stores brought: records in wrappers, tags of their own format, filters by relation."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.check.running import SEEDS
from tests.check.small_server import served
from tests.check.wrapped_server import DOCUMENT, SECRET, NotesHandler
from tests.gate import often
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target


def run(folder: Path, fault: str | None = None, *, seed: int = 0, only: tuple[str, ...] = ()) -> Report:
    path = folder / "notes.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT, sort_keys=False))
    with served(NotesHandler, stored={}, last=0, fault=fault) as url:
        return Checker(load(path), Target("t", url, SECRET), number=seed, only=only).run()


def ids(report: Report, result: str) -> set[str]:
    return {verdict.promise.id for verdict in report.verdicts if verdict.result == result}


PROVED = {
    "updateNote/if-match/stale",
    "updateNote/if-match/current",
    "updateNote/if-match/lost-update",
    "deleteNote/if-match/stale",
    "createNote/schema/data/required/outside",
    "createNote/schema/data/type/outside",
    "createNote/schema/data/text/maxLength/inside",
    "createNote/schema/data/text/maxLength/outside",
    "createNote/schema/data/text/required/outside",
    "createNote/writes/stars/any",
    "createNote/writes/done/any",
    "updateNote/schema/data/stars/type/outside",
    "updateNote/writes/text/any",
    "updateNote/writes/stars/any",
    "updateNote/acts/undeclared/id",
    "listNotes/query/min_stars",
    "listNotes/query/below",
    "listNotes/query/like",
    "listNotes/query/sort",
    "listNotes/query/done",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_store_is_proved_right(seed: int, tmp_path: Path) -> None:
    report = run(tmp_path, seed=seed)
    assert ids(report, BROKEN) == set()
    assert ids(report, KEPT) >= PROVED


@pytest.mark.parametrize(
    ("fault", "guilty"),
    often(
        [
            ("tag_ignored", {f"{name}/if-match/stale" for name in ("updateNote", "deleteNote")}),
            (
                "one_longer",
                {f"{name}Note/schema/data/text/maxLength/outside" for name in ("create", "update")},
            ),
            ("no_wrapper", {f"{name}Note/schema/data/required/outside" for name in ("create", "update")}),
            ("stars_lost", {"updateNote/writes/stars/any"}),
            ("min_ignored", {"listNotes/query/min_stars"}),
            ("below_or_equal", {"listNotes/query/below"}),
            ("like_ignored", {"listNotes/query/like"}),
            ("done_ignored", {"listNotes/query/done"}),
            ("either_filter", {f"listNotes/query/{name}" for name in ("min_stars", "below", "like")}),
            ("sort_ignored", {"listNotes/query/sort"}),
            ("sort_one_way", {"listNotes/query/sort"}),
        ],
        "tag_ignored",
        "one_longer",
        "stars_lost",
        "sort_ignored",
    ),
)
def test_a_fault_breaks_its_promise_alone(fault: str, guilty: set[str], tmp_path: Path) -> None:
    found = ids(run(tmp_path, fault), BROKEN)
    about_tags = {"updateNote/if-match/lost-update"}
    about_bodies = {f"{name}Note/schema/broken" for name in ("create", "update")}
    assert found >= guilty
    assert found <= guilty | (about_tags if fault == "tag_ignored" else about_bodies)


def test_what_is_shown_of_a_body_that_had_to_be_refused_is_no_finding(tmp_path: Path) -> None:
    found = ids(run(tmp_path, "any_length"), BROKEN)
    assert "createNote/schema/data/text/maxLength/outside" in found
    assert not [id for id in found if id.endswith("/response")]


def test_commands_send_the_tag_and_the_credential(tmp_path: Path) -> None:
    report = run(tmp_path, "tag_ignored", only=("deleteNote/*",))
    (verdict,) = (v for v in report.verdicts if v.promise.id == "deleteNote/if-match/stale")
    assert verdict.evidence is not None
    command = verdict.evidence.exchanges[-1].curl()
    assert "-H 'If-Match: \"100" in command
    assert '-u "$TROTH_TOKEN"' in command
