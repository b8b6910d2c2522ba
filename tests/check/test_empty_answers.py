"""Records with ids of their clients, of which the answer to their creation shows nothing: they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from tests.check.plain_api import Handler, body, broken, document, kept, operation, parameters, run, schema
from tests.check.running import SEEDS
from tests.check.small_server import served
from troth import load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

EMPTY = {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "ok"}
TEAMS = document(
    {"Team": {"id": "name"}},
    {
        "/teams": {
            "post": operation("make", "Team.create", "Team", **body(name_="string", motto="string")),
            "get": operation("list", "Team.list", "Teams"),
        },
        "/teams/{name}": {
            "parameters": parameters("name"),
            "get": operation("read", "Team.read", "Team"),
            "patch": operation("change", "Team.update", "Team", **body(motto="string")),
            "delete": operation("end", "Team.delete", "Team"),
        },
    },
    {
        "Team": {**schema(name="string", motto="string"), "required": ["name"]},
        "Teams": {"type": "array", "items": {"$ref": "#/components/schemas/Team"}},
    },
)
TEAMS["paths"]["/teams"]["post"]["responses"]["201"] = EMPTY
TEAMS["paths"]["/teams/{name}"]["delete"]["responses"] = {
    "204": {"description": "gone"},
    "404": {"description": "no"},
}
TEXT = {"type": "string", "minLength": 1, "pattern": "^[a-z][a-z0-9-]*$"}
TEAMS["paths"]["/teams"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"][
    "name"
] = TEXT


NAME = re.compile(r"[a-z][a-z0-9-]*")


def teams(lost: str | None = None) -> Any:
    """A server of teams that answers `{}`; ``lost``: what it forgets of a new one."""

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
        if method in ("POST", "PATCH") and not fits(given):
            return 422, {}
        if method == "POST":
            return make(given, stored, lost)
        if len(path) == 1:
            return 200, list(stored.values())
        if path[1] not in stored:
            return 404, {}
        if method == "DELETE":
            del stored[path[1]]
            return 204, None
        stored[path[1]].update({key: value for key, value in (given or {}).items() if key == "motto"})
        return 200, stored[path[1]]

    return answer


def make(given: Any, stored: dict[str, Any], lost: str | None) -> tuple[int, Any]:
    if not NAME.fullmatch(given.get("name", "")):
        return 422, {}
    if given["name"] in stored:
        return 409, {}
    stored[given["name"]] = {key: given[key] for key in ("name", "motto") if key in given and key != lost}
    return 201, {}


def fits(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(given.get(name, ""), str) for name in ("name", "motto"))


READ = {
    "make/acts/create",
    "make/writes/motto/any",
    "read/acts/read",
    "change/writes/motto/any",
    "end/acts/delete",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_they_are_read(seed: int, tmp_path: Path) -> None:
    report = run(tmp_path, TEAMS, teams(), seed=seed)
    assert broken(report) == {}
    assert kept(report) >= READ
    assert report.cleaned.removed > 0
    assert report.cleaned.left == ()


def test_what_is_lost_is_found(tmp_path: Path) -> None:
    report = run(tmp_path, TEAMS, teams("motto"))
    assert broken(report).keys() == {"make/writes/motto/any"}


def named(text: str) -> dict[str, Any]:
    return {
        "name": "shelf",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": text,
    }


def shelves(parameter: str) -> dict[str, Any]:
    """Shelves below shops, without a word of ours: their creation shows nothing."""
    missing = {"404": {"description": "no"}, "422": {"description": "no"}}
    found = document(
        {},
        {
            "/shops": {"post": operation("open", None, "Shop", **body(name_="string"))},
            "/shops/{shop}": {"parameters": parameters("shop"), "get": operation("shop", None, "Shop")},
            "/shops/{shop}/shelves": {
                "parameters": parameters("shop"),
                "get": operation("shelves", None, "Shelves"),
                "post": operation("put", None, "Shelf", **body(name_="string")),
            },
            "/shops/{shop}/shelves/{shelf}": {
                "parameters": [*parameters("shop"), named(parameter)],
                "get": operation("shelf", None, "Shelf"),
            },
        },
        {
            "Shop": {**schema(name="string"), "required": ["name"]},
            "Shelf": {**schema(id="string", name="string", shop="string"), "required": ["id", "name"]},
            "Shelves": {"type": "array", "items": {"$ref": "#/components/schemas/Shelf"}},
        },
    )
    del found["x-contract"]
    for path in found["paths"].values():
        for name in {"get", "post"} & path.keys():
            path[name]["responses"] |= missing
    for path in ("/shops", "/shops/{shop}/shelves"):
        found["paths"][path]["post"]["responses"]["200"] = EMPTY
    return found


def shops(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
    found: Any = stored
    for name in map(unquote, path[1::2]):
        if name not in found:
            return 404, {}
        found = found[name]
    if len(path) % 2 == 0:
        return 200, {"name": unquote(path[1])} if len(path) == 2 else found
    if method == "GET":
        return 200, list(found.values())
    if not fits(given) or "name" not in given:
        return 422, {}
    if len(path) == 1:
        found.setdefault(given["name"], {})
    else:
        found[given["name"]] = {"id": f"s{len(found)}", "name": given["name"], "shop": unquote(path[1])}
    return 200, {}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_named_below_another_is_found(seed: int, tmp_path: Path) -> None:
    """By the name that its parameter's description speaks of; the id beside it is the server's."""
    path = tmp_path / "shelves.yaml"
    path.write_text(yaml.safe_dump(shelves("Shelf name"), sort_keys=False))
    with served(Handler, answer=shops, stored={}, token=None, denied=401) as url:
        report = Checker(load(path, infer=True), Target("t", url, None), number=seed).run()
    assert broken(report) == {}
    assert kept(report) >= {"put/acts/create", "shelf/acts/read", "shelf/acts/missing", "shelves/acts/list"}
