"""Letters that must have a text to be sent, and no stamps to be burnt: what leads there is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
    Answer,
    Server,
    body,
    broken,
    document,
    kept,
    operation,
    parameters,
    run,
    schema,
)


def moving(name: str, **words: Any) -> dict[str, Any]:
    return {
        "parameters": parameters("id"),
        "post": operation(name, "Letter.action", "Letter", words=words),
    }


TEXT = {"type": "string", "maxLength": 30, "default": ""}
NEW, CHANGE = body(text="string"), body(text="string")
for place in (NEW, CHANGE):
    place["requestBody"]["content"]["application/json"]["schema"]["properties"]["text"] = TEXT
CHANGE["requestBody"]["content"]["application/json"]["schema"]["minProperties"] = 1
LETTERS = document(
    {"Letter": {"id": "id", "managed": {"id": "create"}, "state": {"field": "state", "initial": "draft"}}},
    {
        "/letters": {"post": operation("write", "Letter.create", "Letter", **NEW)},
        "/letters/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Letter.read", "Letter"),
            "patch": operation(
                "edit",
                "Letter.update",
                "Letter",
                words={"transition": {"from": "draft", "to": "draft"}},
                **CHANGE,
            ),
        },
        "/letters/{id}/send": moving(
            "send",
            transition={"from": "draft", "to": "sent"},
            rules={"text": {"rule": "size(self.text) > 0", "status": 422}},
        ),
        "/letters/{id}/recall": moving("recall", transition={"from": "sent", "to": "draft"}),
        "/letters/{id}/stamp": moving("stamp", effects={"one": {"set": {"stamps": "self.stamps + 1"}}}),
        "/letters/{id}/burn": moving(
            "burn",
            transition={"from": ["draft", "sent"], "to": "burnt"},
            rules={"stamps": {"rule": "self.stamps == 0", "status": 422}},
        ),
    },
    {"Letter": schema(id="string", text="string", state="string", stamps="integer")},
)
LETTERS["components"]["schemas"]["Letter"]["required"] = ["id", "text", "state", "stamps"]
LETTERS["components"]["schemas"]["Letter"]["properties"]["state"]["enum"] = ["draft", "sent", "burnt"]
FAULTS = {
    "sends nothing": "send/rules/text",
    "edits what is sent": "edit/transition/from=sent",
    "an edit sends": "edit/transition/from=draft",
    "takes no change": "edit/schema/minProperties/outside",
    "recalls drafts": "recall/transition/from=draft",
    "recalls nothing": "recall/transition/from=sent",
    "burns stamps": "burn/rules/stamps",
}


MOVES = {"send": (["draft"], "sent"), "recall": (["sent"], "draft"), "burn": (["draft", "sent"], "burnt")}


def letters(fault: str | None) -> Server:
    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        change = given if isinstance(given, dict) else {"text": None}
        text = change.get("text", "")
        if method in ("POST", "PATCH") and len(path) < 3 and not (isinstance(text, str) and len(text) < 31):
            return 422, {}
        if len(path) == 1:
            id = str(len(stored))
            stored[id] = {"id": id, "text": text, "state": "draft", "stamps": 0}
            return 201, stored[id]
        if path[1] not in stored:
            return 404, {}
        if method == "PATCH":
            return edited(stored[path[1]], change, fault)
        if len(path) == 2:
            return 200, stored[path[1]]
        return moved(stored[path[1]], path[2], fault)

    return answer


def edited(letter: dict[str, Any], change: Any, fault: str | None) -> Answer:
    if not change and fault != "takes no change":
        return 422, {}
    if letter["state"] != "draft" and fault != "edits what is sent":
        return 409, {}
    letter["text"] = change.get("text", letter["text"])
    if fault == "an edit sends":
        letter["state"] = "sent"
    return 200, letter


def moved(letter: dict[str, Any], how: str, fault: str | None) -> Answer:
    if how == "stamp":
        letter["stamps"] += 1
        return 200, letter
    froms, to = MOVES[how]
    if how == "send" and not letter["text"] and fault != "sends nothing":
        return 422, {}
    if how == "burn" and letter["stamps"] and fault != "burns stamps":
        return 422, {}
    if letter["state"] not in froms and not (how == "recall" and fault == "recalls drafts"):
        return 409, {}
    if fault != "recalls nothing" or how != "recall":
        letter["state"] = to
    return 200, letter


def test_nothing_is_broken(tmp_path: Path) -> None:
    report = run(tmp_path, LETTERS, letters(None))
    assert broken(report) == {}
    assert kept(report) >= set(FAULTS.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(fault: str, tmp_path: Path) -> None:
    report = run(tmp_path, LETTERS, letters(fault), only=(FAULTS[fault],))
    assert broken(report).keys() == {FAULTS[fault]}
