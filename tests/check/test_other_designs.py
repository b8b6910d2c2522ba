"""Designs that the checker's authors had not met: parents with numbers as ids, lists cut by an offset."""

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
    texts = given.values() if isinstance(given, dict) else [None]
    if method == "POST" and not all(isinstance(one, str) for one in texts):
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
    return cards(method, path[1], given, stored.setdefault("cards", []))


def cards(method: str, board: str, given: Any, stored: list[dict[str, Any]]) -> Answer:
    if method == "GET":
        return 200, [{"id": card["id"], "text": card["text"]} for card in stored if card["of"] == board]
    stored.append({"id": f"c{len(stored)}", "text": given.get("text", ""), "of": board})
    return 201, {"id": stored[-1]["id"], "text": stored[-1]["text"]}


def test_the_list_of_another_parent_whose_id_is_a_number(tmp_path: Path) -> None:
    report = run(tmp_path, BOARDS, boards, only=("listCards/*",))
    assert broken(report) == {}
    assert "listCards/parent/own" in kept(report)


def _sized(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", **schema}}


def crates(first: int = 0, **roles: Any) -> dict[str, Any]:
    """A list that `query` says how to cut, and to count."""
    shown = {"crates": {"type": "array", "items": {"$ref": "#/components/schemas/Crate"}}}
    query = {"parameters": roles, "shows": {"/total": "total"}}
    names = [_sized(name, minimum=1 if name == "size" else first) for name in roles]
    return document(
        {"Crate": {"id": "id", "managed": {"id": "create"}}},
        {
            "/crates": {
                "post": operation("addCrate", "Crate.create", "Crate", **body(a="string")),
                "get": operation(
                    "listCrates", "Crate.list", "Crates", words={"query": query}, parameters=names
                ),
            },
            "/crates/{id}": {
                "parameters": parameters("id"),
                "get": operation("readCrate", "Crate.read", "Crate"),
            },
        },
        {
            "Crate": schema(id="string", a="string"),
            "Crates": {"type": "object", "properties": {**shown, "total": {"type": "integer"}}},
        },
    )


def crate_server(first: int, fault: str | None) -> Server:
    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], query: dict[str, str]
    ) -> Answer:
        if method == "POST":
            if not isinstance(given, dict) or not isinstance(given.get("a", ""), str):
                return 422, {}
            made = {"id": f"k{len(stored)}", "a": given.get("a", "")}
            return 201, stored.setdefault(made["id"], made)
        if len(path) == 2:
            return (200, stored[path[1]]) if path[1] in stored else (404, {})
        try:
            sent = {name: int(text) for name, text in query.items()}
        except ValueError:
            return 422, {}
        size, offset, page = sent.get("size", 20), sent.get("offset", 0), sent.get("page", first)
        if size < 1 or offset < 0 or page < first:
            return 422, {}
        start = offset + (page - first) * size
        if fault == "skips" and start:
            start += 1
        if fault == "size ignored":
            size = 20
        if fault == "offset ignored":
            start = 0
        shown = list(stored.values())[start : start + size]
        total = len(shown) if fault == "counts the page" else len(stored)
        return 200, {"crates": shown, "total": total}

    return answer


SIZE, OFFSET = {"is": "size", "default": 20}, {"is": "offset"}
CUTS = {
    "offset": crates(size=SIZE, offset=OFFSET),
    "page": crates(1, size=SIZE, page={"is": "page"}),
    "page from 0": crates(size=SIZE, page={"is": "page", "first": 0}),
}


@pytest.mark.parametrize("way", CUTS)
def test_a_list_that_a_query_cuts(way: str, tmp_path: Path) -> None:
    report = run(tmp_path, CUTS[way], crate_server(int(way == "page"), None), only=("listCrates/*",))
    assert broken(report) == {}
    assert kept(report) >= {"listCrates/paging", "listCrates/paging/walk", "listCrates/acts/list"}


@pytest.mark.parametrize(
    ("way", "fault", "promise"),
    [
        ("offset", "skips", "listCrates/paging/walk"),
        ("offset", "size ignored", "listCrates/paging"),
        ("offset", "offset ignored", "listCrates/paging/walk"),
        ("page", "counts the page", "listCrates/paging"),
        ("page from 0", "skips", "listCrates/paging/walk"),
    ],
)
def test_a_list_that_is_cut_otherwise(way: str, fault: str, promise: str, tmp_path: Path) -> None:
    report = run(tmp_path, CUTS[way], crate_server(int(way == "page"), fault), only=("listCrates/*",))
    assert promise in broken(report)
