"""A check is cheap: one reading for many calls, and still the one call is blamed that did it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
    PLAIN,
    Answer,
    body,
    boxes,
    broken,
    document,
    kept,
    operation,
    parameters,
    run,
    schema,
)
from tests.check.running import check

TASKS = document(
    {"Task": {"id": "id", "managed": {"id": "create"}, "state": {"field": "status", "initial": "new"}}},
    {
        "/tasks": {"post": operation("make", "Task.create", "Task", **body(title_="string", note="string"))},
        "/tasks/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Task.read", "Task"),
            "patch": operation("change", "Task.update", "Task", **body(title="string", note="string")),
        },
        **{
            f"/tasks/{{id}}/{name}": {
                "parameters": parameters("id"),
                "post": operation(
                    name, "Task.action", "Task", words={"transition": {"from": source, "to": target}}
                ),
            }
            for name, source, target in (
                ("begin", "new", "begun"),
                ("finish", "begun", "finished"),
                ("reopen", "finished", "new"),
            )
        },
    },
    {"Task": schema(id="string", title="string", note="string", status="string")},
)
TASKS["components"]["schemas"]["Task"]["properties"]["status"]["enum"] = ["new", "begun", "finished"]
MOVES = {"begin": ("new", "begun"), "finish": ("begun", "finished"), "reopen": ("finished", "new")}


def tasks(lapse: str | None) -> Any:
    """A server; ``lapse``: what it does although it refuses, or does not do although it says so."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) == 1:
            return made(given, stored)
        if path[1] not in stored:
            return 404, {}
        task = stored[path[1]]
        if len(path) == 3:
            return moved(task, path[2], lapse)
        if method == "PATCH":
            return changed(task, given, lapse)
        return 200, task

    return answer


def made(given: Any, stored: dict[str, Any]) -> Answer:
    if not texts(given) or "title" not in given:
        return 422, {}
    id = str(len(stored) + 1)
    stored[id] = {"id": id, "title": given["title"], "note": given.get("note", ""), "status": "new"}
    return 201, stored[id]


def moved(task: dict[str, Any], move: str, lapse: str | None) -> Answer:
    source, target = MOVES[move]
    refused = task["status"] != source
    if not refused or lapse == f"{move} refused and done":
        task["status"] = target
    if refused:
        return 409, {}
    return 200, task


def changed(task: dict[str, Any], given: Any, lapse: str | None) -> Answer:
    if not texts(given):
        if lapse == "half" and isinstance(given, dict) and isinstance(given.get("note"), str):
            task["note"] = given["note"]
        return 422, {}
    if lapse == "told only" and "note" in given:
        return 200, {**task, **given}
    task.update({name: given[name] for name in ("title", "note") if name in given})
    return 200, task


def texts(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    return all(isinstance(given.get(name, ""), str) for name in ("title", "note"))


def test_a_correct_server(tmp_path: Path) -> None:
    """Nobody is accused, and all that counts is proved with two requests a promise."""
    report = run(tmp_path, TASKS, tasks(None))
    assert broken(report) == {}
    assert {"finish/transition/from=new", "change/writes/note/in=new", "begin/frame/refused"} <= kept(report)
    assert report.requests <= 2 * len(report.verdicts)


@pytest.mark.parametrize(
    ("lapse", "promise"),
    [
        ("finish refused and done", "finish/frame/refused"),
        ("reopen refused and done", "reopen/frame/refused"),
        ("told only", "change/writes/note/in=new"),
        ("half", "change/frame/refused"),
    ],
)
def test_the_guilty_one_is_found_among_many(lapse: str, promise: str, tmp_path: Path) -> None:
    """And only its operation is accused, though others were called on the same record before and after."""
    found = broken(run(tmp_path, TASKS, tasks(lapse)))
    assert promise in found
    assert {id.partition("/")[0] for id in found} == {promise.partition("/")[0]}


@pytest.mark.parametrize("fault", ["pause_draft", "resume_completed"])
def test_a_wrong_state_is_found_soon(fault: str) -> None:
    report = check("puffle", fault=fault, fail_fast=True)
    assert report.counts["broken"] == 1
    assert report.requests <= 40


def test_one_reading_for_many(tmp_path: Path) -> None:
    assert run(tmp_path, PLAIN, boxes).requests <= 90
