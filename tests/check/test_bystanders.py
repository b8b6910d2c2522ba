"""What other calls do to a record is not blamed on the call that comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
    NULLABLE,
    Answer,
    body,
    broken,
    document,
    kept,
    operation,
    parameters,
    run,
    schema,
)
from tests.check.running import SEEDS

LISTED = {"type": "array", "items": {"$ref": "#/components/schemas/Shelf"}}
SHELVES = {
    "get": operation("list", "Shelf.list", "Shelf")
    | {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": LISTED}}}}},
    "post": operation("make", "Shelf.create", "Shelf", **body(name_="string")),
}
SHELF = {
    "parameters": parameters("id"),
    "get": operation("read", "Shelf.read", "Shelf"),
    "patch": operation("change", "Shelf.update", "Shelf", **body(name="string", note=NULLABLE)),
}
BOOK = {
    "parameters": parameters("id"),
    "post": operation("putIn", "Book.create", "Book", **body(title_="string")),
}
TITLE = {"post": operation("order", "Order.create", "Order", **body(title_="string"))}
MANAGED = {"id": "create"}
SCHEMAS = {
    "Shelf": schema(id="string", name="string", note=NULLABLE, moved="integer"),
    "Book": schema(id="string", title="string"),
    "Order": schema(id="string", title="string"),
}

BESIDE = document(
    {
        "Shelf": {"id": "id", "managed": {**MANAGED, "moved": "create"}},
        "Order": {"id": "id", "managed": MANAGED},
    },
    {"/shelves": SHELVES, "/shelves/{id}": SHELF, "/orders": TITLE},
    SCHEMAS,
)
"""An order moves every shelf, of which the document says nothing."""

BELOW = document(
    {
        "Shelf": {"id": "id", "managed": {**MANAGED, "moved": "write"}},
        "Book": {"id": "id", "parent": {"resource": "Shelf", "by": "id"}, "managed": MANAGED},
    },
    {"/shelves": SHELVES, "/shelves/{id}": SHELF, "/shelves/{id}/books": BOOK},
    SCHEMAS,
)
"""A book moves its shelf."""


def library(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """All as described, but that an order or a book moves shelves, and that a note may not be null."""
    if path[0] == "shelves" and len(path) > 1 and path[1] not in stored:
        return 404, {}
    if method == "GET":
        return 200, _shown(path, stored)
    if not isinstance(given, dict):
        return 422, {}
    if method == "PATCH":
        return _changed(stored[path[1]], given)
    name = "name" if path == ["shelves"] else "title"
    if not isinstance(given.get(name), str):
        return 422, {}
    made = {"id": str(len(stored) + 1), name: given[name]}
    if name == "title":
        _move(stored, path[1:])
        stored[made["id"]] = made
    else:
        stored[made["id"]] = made | {"moved": 0, "note": None}
    return 201, stored[made["id"]]


def _shown(path: list[str], stored: dict[str, Any]) -> Any:
    if path == ["shelves"]:
        return [one for one in stored.values() if "name" in one]
    return stored[path[1]]


def _move(stored: dict[str, Any], named: list[str]) -> None:
    for id, one in stored.items():
        if "moved" in one and (not named or id in named):
            one["moved"] += 1


def _changed(shelf: dict[str, Any], given: dict[str, Any]) -> Answer:
    if not isinstance(given.get("name", ""), str) or not isinstance(given.get("note", ""), str):
        return 422, {}
    shelf.update({name: given[name] for name in ("name", "note") if name in given})
    return 200, shelf


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("given", [BESIDE, BELOW], ids=["beside", "below"])
def test_an_update_is_not_blamed_for_what_another_call_has_moved(
    tmp_path: Path, given: dict[str, Any], seed: int
) -> None:
    report = run(tmp_path, given, library, seed=seed)
    assert set(broken(report)) == {"change/schema/note/null/inside"}
    assert "change/frame/others" in kept(report)
