"""Correct servers that were accused once, and one whose single fault was blamed on others."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

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
from troth import TargetError
from troth.contracts.lint import lint

# --- one property that may not be null, among others and one that nothing shows


@pytest.mark.parametrize("seed", range(4))
def test_one_property_is_to_blame(tmp_path: Path, seed: int) -> None:
    """Whatever is drawn beside it; null for what a body need not have is nobody's fault."""
    assert set(broken(run(tmp_path, PLAIN, boxes, seed=seed))) == {"change/schema/b/null/inside"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 24))
def test_one_property_is_to_blame_over_seeds(tmp_path: Path, seed: int) -> None:
    assert set(broken(run(tmp_path, PLAIN, boxes, seed=seed))) == {"change/schema/b/null/inside"}


# --- paths of three levels, and what a child does to its parent

NESTED = document(
    {
        "Org": {"id": "id", "managed": {"id": "create"}, "computed": {"large": "self.count > 1"}},
        "Team": {"id": "id", "parent": {"resource": "Org", "by": "org"}, "managed": {"id": "create"}},
        "Job": {"id": "id", "parent": {"resource": "Team", "by": "team"}, "managed": {"id": "create"}},
    },
    {
        "/orgs": {"post": operation("makeOrg", "Org.create", "Org", **body(name_="string"))},
        "/orgs/{org}": {"parameters": parameters("org"), "get": operation("readOrg", "Org.read", "Org")},
        "/orgs/{org}/teams": {
            "parameters": parameters("org"),
            "post": operation(
                "makeTeam", "Team.create", "Team", **body(name_="string"),
                words={"effects": {"counted": {"set": {"parent.count": "parent.count + 1"}}}},
            ),
        },
        "/orgs/{org}/teams/{team}": {
            "parameters": parameters("org", "team"),
            "get": operation("readTeam", "Team.read", "Team"),
        },
        "/orgs/{org}/teams/{team}/jobs": {
            "parameters": parameters("org", "team"),
            "post": operation("makeJob", "Job.create", "Job", **body(name_="string")),
        },
        "/orgs/{org}/teams/{team}/jobs/{job}": {
            "parameters": parameters("org", "team", "job"),
            "get": operation("readJob", "Job.read", "Job"),
        },
    },
    {
        "Org": schema(id="string", name="string", count="integer", large="boolean"),
        "Team": schema(id="string", name="string"),
        "Job": schema(id="string", name="string"),
    },
)  # fmt: skip


def orgs(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    above = "/".join(path[: len(path) // 2 * 2])
    if above and above not in stored:
        return 404, {}
    if method == "GET":
        return 200, stored[above]
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        return 422, {}
    key = "/".join([*path, str(len(stored) + 1)])
    stored[key] = {"id": key.split("/")[-1], "name": given["name"]}
    if path == ["orgs"]:
        stored[key] |= {"count": 0, "large": False}
    elif path[-1] == "teams":
        stored[above]["count"] += 1
        stored[above]["large"] = stored[above]["count"] > 1
    return 201, stored[key]


@pytest.mark.parametrize("seed", range(2))
def test_paths_of_three_levels(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, NESTED, orgs, seed=seed)
    assert broken(report) == {}
    assert {"makeJob/acts/create", "readJob/acts/read", "makeTeam/effects/counted"} <= kept(report)


# --- what clients cannot write

MANAGED = document(
    {"Box": {"id": "id", "managed": {"id": "create", "slug": "create"}, "unique": {"slug": {}}}},
    {
        "/boxes": {"post": operation("make", "Box.create", "Box", **body(name_="string", note="string"))},
        "/boxes/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Box.read", "Box"),
            "patch": operation(
                "change", "Box.update", "Box", **body(note="string"),
                words={"writes": {"note": {"as": "/remark"}}},
            ),
        },
    },
    {"Box": schema(id="string", name="string", slug="string")},
)  # fmt: skip


def slugs(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    if method == "POST":
        note = given.get("note") if isinstance(given, dict) else 1
        if (
            not isinstance(given, dict)
            or not isinstance(given.get("name"), str)
            or not isinstance(note, str | None)
        ):
            return 422, {}
        id = str(len(stored) + 1)
        stored[id] = {"id": id, "name": given["name"], "slug": f"slug-{id}"}
        return 201, stored[id]
    if path[1] not in stored:
        return 404, {}
    if method == "PATCH" and not (isinstance(given, dict) and isinstance(given.get("note"), str | None)):
        return 422, {}
    return 200, stored[path[1]]


def test_what_clients_do_not_set_is_not_refused(tmp_path: Path) -> None:
    report = run(tmp_path, MANAGED, slugs)
    assert broken(report) == {}
    assert "make/unique/slug" not in kept(report)


def test_lint_tells_of_a_place_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump(MANAGED, sort_keys=False))
    assert [str(f.message) for f in lint(path) if f.code == "C08"] == [
        "'note' lands in 'remark', which no Box shows; valid: id, name, slug"
    ]


# --- credentials

SECRET = {
    "components": {"securitySchemes": {"t": {"type": "http", "scheme": "bearer"}}},
    "security": [{"t": []}],
}


def secured(*, described: bool) -> dict[str, Any]:
    acts = "Box.read" if described else None
    paths: dict[str, Any] = {
        "/boxes/{id}": {"parameters": parameters("id"), "get": operation("read", acts, "Box")}
    }
    if described:
        paths["/boxes"] = deepcopy(PLAIN["paths"]["/boxes"])
    given = document(PLAIN["x-contract"]["resources"], paths, PLAIN["components"]["schemas"], **SECRET)
    for item in given["paths"].values():
        for node in item.values():
            if isinstance(node, dict):
                node["responses"] = {**node["responses"], "403": {"description": "no"}}
    return given


def test_a_wrong_token_may_be_forbidden_where_that_is_documented(tmp_path: Path) -> None:
    report = run(tmp_path, secured(described=True), boxes, token="right", denied=403)
    assert broken(report) == {}
    assert "read/security/wrong" in kept(report)


def test_a_refusal_of_what_is_not_described_says_nothing_of_the_token(tmp_path: Path) -> None:
    def forbidden(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        return 403, {}

    assert broken(run(tmp_path, secured(described=False), forbidden, token="right")) == {}
    with pytest.raises(TargetError):
        run(tmp_path, secured(described=True), forbidden, token="right", denied=403)


# --- names of the document are only names


@pytest.mark.parametrize("name", ["Box", "effects"])
def test_a_schema_may_be_called_like_a_word(tmp_path: Path, name: str) -> None:
    """A property that the server sets when it likes; the schema's name is part of every pointer to it."""
    resources = {name: {"id": "id", "managed": {"id": "create", "place": "anytime"}}}
    paths = {
        "/boxes": {"post": operation("make", f"{name}.create", name, **body(a="string"))},
        "/boxes/{id}": {"parameters": parameters("id"), "get": operation("read", f"{name}.read", name)},
    }
    shown = schema(id="string", a="string", place="string")
    shown["properties"]["place"] = {"type": "string", "example": "Turku"}

    def placed(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        status, found = boxes(method, path, given, stored)
        if status < 300:
            found = {n: v for n, v in found.items() if n in ("id", "a") and v is not None} | {"place": "Oulu"}
        return status, found

    assert broken(run(tmp_path, document(resources, paths, {name: shown}), placed)) == {}
