"""A nested list shows what belongs to the record that is named; where one thing may belong to two, it may."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import (
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
from tests.gate import often

LISTED = {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}
TEAMS = document(
    {
        "Team": {"id": "id", "managed": {"id": "create"}},
        "Member": {"id": "id", "parent": {"resource": "Team", "by": "team"}, "managed": {"id": "create"}},
    },
    {
        "/teams": {"post": operation("make", "Team.create", "Team", **body(name_="string"))},
        "/teams/{team}": {"parameters": parameters("team"), "get": operation("read", "Team.read", "Team")},
        "/teams/{team}/members": {
            "parameters": parameters("team"),
            "post": operation("add", "Member.create", "Member", **body(name_="string")),
            "get": operation("list", "Member.list", "Member")
            | {
                "responses": {
                    "200": {"description": "ok", "content": {"application/json": {"schema": LISTED}}},
                    "404": {"description": "no"},
                }
            },
        },
    },
    {"Team": schema(id="string", name="string"), "Member": schema(id="string", name="string")},
)


def teams(
    id_of: Callable[[int, int, str], str], everywhere: Callable[[str], bool]
) -> Callable[[str, list[str], Any, dict[str, Any]], Answer]:
    """A server that numbers members by how many there are, here and anywhere, and by name; some of them are
    in every team."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if method == "GET" and len(path) == 2:
            return 200, stored[path[1]]["shown"]
        members = [] if len(path) < 3 else stored[path[1]]["members"]
        every = [one for team in stored.values() for one in team["members"]]
        if method == "GET":
            return 200, [*members, *(one for one in every if one not in members and everywhere(one["id"]))]
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            return 422, {}
        if len(path) == 1:
            made = {"id": str(len(stored) + 1), "name": given["name"]}
            stored[made["id"]] = {"shown": made, "members": []}
        else:
            made = {"id": id_of(len(members), len(every), given["name"]), "name": given["name"]}
            members.append(made)
        return 201, made

    return answer


@pytest.mark.parametrize("seed", SEEDS)
def test_what_belongs_to_another_is_not_in_the_list(tmp_path: Path, seed: int) -> None:
    own = teams(lambda here, all, name: f"m{all}", lambda id: False)
    assert broken(run(tmp_path, TEAMS, own, seed=seed)) == {}
    of_all = teams(lambda here, all, name: f"m{all}", lambda id: True)
    assert "list/parent/own" in broken(run(tmp_path, TEAMS, of_all, seed=seed, only=("list/*",)))


SHARED = {
    "ids of each team": (lambda here, all, name: f"m{here}", lambda id: False),
    "ids that are sent": (lambda here, all, name: name, lambda id: True),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", SHARED)
def test_what_may_belong_to_two_is_no_finding(tmp_path: Path, kind: str, seed: int) -> None:
    report = run(tmp_path, TEAMS, teams(*SHARED[kind]), seed=seed)
    assert "list/parent/own" not in broken(report)
    if kind == "ids that are sent":
        assert "list/parent/own" not in kept(report)


ISSUES = deepcopy(TEAMS)
_ONE = {"parameters": [*parameters("team"), {**parameters("id")[0], "schema": {"type": "integer"}}]}
ISSUES["components"]["schemas"]["Member"]["properties"]["id"] = {"type": "integer"}
ISSUES["x-contract"]["resources"]["Member"] |= {"managed": {"id": "create", "state": "create"}}
ISSUES["x-contract"]["resources"]["Member"]["state"] = {"field": "state", "initial": "open"}
ISSUES["components"]["schemas"]["Member"]["properties"]["state"] = {
    "type": "string",
    "enum": ["open", "closed"],
}
ISSUES["paths"]["/teams/{team}/members/{id}"] = _ONE | {
    "get": operation("see", "Member.read", "Member"),
    "patch": operation("change", "Member.update", "Member", **body(name="string")),
    "delete": {
        "operationId": "drop",
        "x-contract": {"acts": "Member.delete"},
        "responses": {"204": {"description": "gone"}, "404": {"description": "no"}},
    },
}
ISSUES["paths"]["/teams/{team}/members/{id}/close"] = _ONE | {
    "post": operation(
        "close", "Member.action", "Member", words={"transition": {"from": "open", "to": "closed"}}
    )
}


def numbered(begun_with: int) -> Callable[[str, list[str], Any, dict[str, Any]], Answer]:
    """A correct server that numbers the members of each team by themselves, some of them there at once."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if len(path) > 3:
            return _of_one(method, path[3:], given, stored[path[1]]["members"])
        if method == "GET":
            shown = {"id": path[1], "name": stored[path[1]]["name"]}
            return 200, shown if len(path) == 2 else list(stored[path[1]]["members"].values())
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            return 422, {}
        if len(path) == 1:
            id = f"t{len(stored) + 1}"
            first = {
                str(n): {"id": n, "name": f"{id} {n}", "state": "open"} for n in range(1, begun_with + 1)
            }
            stored[id] = {"name": given["name"], "members": first, "last": begun_with}
            return 201, {"id": id, "name": given["name"]}
        team = stored[path[1]]
        team["last"] += 1
        made = {"id": team["last"], "name": given["name"], "state": "open"}
        team["members"][str(team["last"])] = made
        return 201, made

    return answer


def _of_one(method: str, path: list[str], given: Any, members: dict[str, Any]) -> Answer:
    if path[0] not in members:
        return 404, {}
    one = members[path[0]]
    if method == "DELETE":
        return 204, members.pop(path[0]) and None
    if method == "POST":
        status, one["state"] = (200 if one["state"] == "open" else 409), "closed"
        return status, one
    if method == "PATCH":
        if not isinstance(given, dict) or not isinstance(given.get("name", ""), str):
            return 422, {}
        one["name"] = given.get("name", one["name"])
    return 200, one


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("begun_with", often([0, 1, 2], 0))
def test_numbers_may_begin_anew_in_each_team(tmp_path: Path, begun_with: int, seed: int) -> None:
    known: list[dict[str, Any]] = []
    own = numbered(begun_with)

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        known[:] = [stored]
        return own(method, path, given, stored)

    assert broken(run(tmp_path, ISSUES, answer, seed=seed)) == {}
    left = [member["id"] for team in known[0].values() for member in team["members"].values()]
    assert [id for id in left if id > begun_with] == [], "what was made is removed, below whichever team"
