"""``troth compare``: two servers that answer alike under other ids, and ones that differ in one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import PLAIN, Answer, Handler, boxes
from tests.check.small_server import served
from tests.cli.running import run

Server = Callable[..., Answer]


def other_ids(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """The same API, which numbers its records otherwise and has some already."""
    if method == "POST":
        status, made = boxes(method, path, given, stored)
        if status == 201:
            stored[f"box-{made['id']}0"] = stored.pop(made["id"]) | {"id": f"box-{made['id']}0"}
            made = stored[f"box-{made['id']}0"]
        return status, made
    return boxes(method, path, given, stored)


def forgets_c(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """One that does not store `c`."""
    if method == "PATCH" and isinstance(given, dict):
        answer = boxes(method, path, given, deepcopy(stored))
        if answer[0] != 200:
            return answer
        given = {name: value for name, value in given.items() if name != "c"}
    return boxes(method, path, given, stored)


def refuses_otherwise(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """One that says 400 where the other says 422."""
    status, body = boxes(method, path, given, stored)
    return {422: 400}.get(status, status), body


ALL = ("--only", "make/*", "--only", "read/*", "--only", "change/schema/*", "--only", "change/writes/*")


def compared(folder: Path, second: Server, *options: str) -> tuple[int, dict[str, Any]]:
    path = folder / "boxes.yaml"
    path.write_text(yaml.safe_dump(PLAIN, sort_keys=False))
    with ExitStack() as stack:
        urls = [
            stack.enter_context(served(Handler, answer=answer, stored={}, token=None, denied=401))
            for answer in (boxes, second)
        ]
        done = run("compare", str(path), *urls, "--format", "json", *(options or ALL), folder=folder)
    return done.code, json.loads(done.out)


def test_other_ids_are_no_difference(tmp_path: Path) -> None:
    code, report = compared(tmp_path, other_ids)
    assert (code, report["differences"]) == (0, [])
    assert report["calls"]["change"] > 10
    assert report["calls"]["make"] > 3


@pytest.mark.parametrize(
    ("second", "operations", "at"),
    [(forgets_c, {"change", "read"}, "/c"), (refuses_otherwise, {"change", "make"}, "the status")],
)
def test_what_differs_is_shown_with_both_calls(
    tmp_path: Path, second: Server, operations: set[str], at: str
) -> None:
    code, report = compared(tmp_path, second)
    found = report["differences"]
    assert code == 1
    assert {one["operation"] for one in found} == operations
    assert {one["at"] for one in found} == {at}
    assert all(command.startswith("curl ") for one in found for command in one["curl"])
    if second is refuses_otherwise:
        assert {(one["first"], one["second"]) for one in found} == {("422", "400")}


def test_a_budget_ends_it(tmp_path: Path) -> None:
    code, report = compared(tmp_path, other_ids, "--max-requests", "10")
    assert code == 0
    assert "10 requests" in report["ended"]
    assert 0 < sum(report["calls"].values()) <= 12


def test_one_target_is_not_compared_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "boxes.yaml"
    path.write_text(yaml.safe_dump(PLAIN, sort_keys=False))
    done = run("compare", str(path), "mock", "mock", folder=tmp_path)
    assert done.code == 2
    assert "not one with itself" in done.err
