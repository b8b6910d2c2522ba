"""Designs that the checker's authors had not met: numbers as ids of parents, what only a parent's funds allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, body, broken, document, kept, operation, parameters, run, schema

NUMBER = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
BOARDS = document(
    {
        "Board": {"id": "id", "managed": {"id": "create"}},
        "Card": {"id": "id", "managed": {"id": "create"}, "parent": {"resource": "Board", "by": "id"}},
    },
    {
        "/boards": {"post": operation("addBoard", "Board.create", "Board", **body(name="string"))},
        "/boards/{id}": {"parameters": NUMBER, "get": operation("readBoard", "Board.read", "Board")},
        "/boards/{id}/cards": {
            "parameters": NUMBER,
            "post": operation("addCard", "Card.create", "Card", **body(text="string")),
            "get": operation("listCards", "Card.list", "Cards"),
        },
    },
    {
        "Board": schema(id="integer", name="string"),
        "Card": schema(id="string", text="string"),
        "Cards": {"type": "array", "items": {"$ref": "#/components/schemas/Card"}},
    },
)


def boards(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    known = stored.setdefault("boards", {})
    if method == "POST":
        texts = given.values() if isinstance(given, dict) else [None]
        if not all(isinstance(one, str) for one in texts):
            return 422, {}
    if len(path) == 1:
        number = len(known) + 1
        known[number] = {"id": number, "name": given.get("name", "")}
        return 201, known[number]
    if not path[1].lstrip("-").isdigit():
        return 422, {}
    if int(path[1]) not in known:
        return 404, {}
    if len(path) == 2:
        return 200, known[int(path[1])]
    cards = stored.setdefault("cards", [])
    if method == "GET":
        return 200, [{n: card[n] for n in ("id", "text")} for card in cards if card["of"] == path[1]]
    cards.append({"id": f"c{len(cards)}", "text": given.get("text", ""), "of": path[1]})
    return 201, {n: cards[-1][n] for n in ("id", "text")}


def test_the_list_of_another_parent_whose_id_is_a_number(tmp_path: Path) -> None:
    report = run(tmp_path, BOARDS, boards)
    assert broken(report) == {}
    assert "listCards/parent/own" in kept(report)
