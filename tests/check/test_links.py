"""`links`: what is linked is listed, what is taken out is not, and the others stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
    REFUSED,
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
from tests.gate import often

MEMBERS = {"of": "User", "in": "members"}


def teams(*, listed: bool = True, by_body: bool = False) -> dict[str, Any]:
    def action(name: str, status: str, **links: str) -> dict[str, Any]:
        answers = {status: {"description": "ok"}, **REFUSED}
        words = {"acts": "Team.action", "links": {**MEMBERS, **links}}
        return {"operationId": name, "x-contract": words, "responses": answers}

    listing = operation("members", "Team.action", "Users", words={"links": {**MEMBERS, "does": "list"}})
    joining = action("join", "204", by="user", does="add")
    paths: dict[str, Any] = {
        "/teams": {"post": operation("addTeam", "Team.create", "Team", **body(name="string"))},
        "/teams/{id}": {"parameters": parameters("id"), "get": operation("readTeam", "Team.read", "Team")},
        "/users": {
            "get": operation("users", "User.list", "Users"),
            "post": operation("addUser", "User.create", "User", **body(name="string")),
        },
        "/users/{id}": {"parameters": parameters("id"), "get": operation("readUser", "User.read", "User")},
        "/teams/{id}/members": {"parameters": parameters("id"), **({"get": listing} if listed else {})},
        "/teams/{id}/members/{user}": {
            "parameters": parameters("id", "user"),
            "delete": action("leave", "204", by="user", does="remove"),
            "put": joining,
        },
    }
    if by_body:
        del paths["/teams/{id}/members/{user}"]["put"]
        strings = {"type": "array", "items": {"type": "string"}}
        ids = {"type": "object", "required": ["users"], "properties": {"users": strings}}
        content = {"application/json": {"schema": ids}}
        joining = action("join", "204", by="users", does="add")
        paths["/teams/{id}/members"]["post"] = {
            **joining,
            "requestBody": {"required": True, "content": content},
        }
    resources = {name: {"id": "id", "managed": {"id": "create"}} for name in ("Team", "User")}
    users = {"type": "array", "items": {"$ref": "#/components/schemas/User"}}
    shapes = {name: schema(id="string", name="string") for name in ("Team", "User")}
    return document(resources, paths, {**shapes, "Users": users})


class Server:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.things: dict[str, dict[str, Any]] = {"teams": {}, "users": {}}
        self.members: dict[str, list[str]] = {}

    def answer(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        kind, *rest = path
        there = self.things[kind]
        if method == "POST" and not rest:
            if not isinstance(given, dict) or not isinstance(given.get("name", ""), str):
                return 422, {}
            id = f"{kind[0]}{len(there) + 1}"
            there[id] = {**given, "id": id}
            return 201, there[id]
        if not rest:
            return 200, [*there.values()]
        if rest[0] not in there:
            return 404, {}
        if len(rest) == 1:
            return 200, there[rest[0]]
        return self._members(method, self.members.setdefault(rest[0], []), rest[2:], given)

    def _members(self, method: str, members: list[str], named: list[str], given: Any) -> Answer:
        users = self.things["users"]
        if method == "GET":
            return 200, [users[id] for id in members if id in users]
        if method == "POST":
            if not isinstance(given, dict) or not isinstance(given.get("users"), list):
                return 422, {}
            named = given["users"]
        if any(id not in users for id in named):
            return 404, {}
        if method == "DELETE":
            return self._taken_out(members, named[0])
        if self.fault == "join_moves":
            members[:] = named
        elif self.fault != "join_none":
            members += [id for id in named if id not in members or self.fault == "join_twice"]
        return 204, None

    def _taken_out(self, members: list[str], id: str) -> Answer:
        if id not in members:
            return 404, {}
        if self.fault == "leave_deletes":
            del self.things["users"][id]
        if self.fault == "leave_all":
            members.clear()
        elif self.fault != "leave_none":
            members.remove(id)
        return 204, None


PROMISES = {"join/links/add", "leave/links/remove"}


@pytest.mark.parametrize("by_body", [False, True], ids=["path", "body"])
def test_what_is_linked_is_proved(tmp_path: Path, by_body: bool) -> None:
    report = run(tmp_path, teams(by_body=by_body), Server().answer)
    assert broken(report) == {}
    assert kept(report) >= PROMISES


@pytest.mark.parametrize(
    ("fault", "guilty"),
    often(
        [
            ("join_none", {"join/links/add"}),
            ("join_moves", {"join/links/add"}),
            ("join_twice", {"join/links/add"}),
            ("leave_deletes", {"leave/links/remove"}),
            ("leave_none", {"leave/links/remove"}),
            ("leave_all", {"leave/links/remove"}),
        ],
        "join_none",
        "leave_none",
    ),
)
def test_a_fault_breaks_its_promise(tmp_path: Path, fault: str, guilty: set[str]) -> None:
    report = run(tmp_path, teams(), Server(fault).answer)
    assert set(broken(report)) == guilty


def test_where_nothing_lists_them_nothing_is_said(tmp_path: Path) -> None:
    report = run(tmp_path, teams(listed=False), Server("join_none").answer)
    assert broken(report) == {}
    assert not kept(report) & PROMISES
