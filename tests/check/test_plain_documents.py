"""Documents without a word of ours: what their schemas and their security promise is tried and proved."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import Handler, body, broken, kept, operation, parameters, run, schema
from tests.check.small_server import served
from tests.cli.running import here
from troth import load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

TOKEN = "s3cret-token"


def plain(*declared: str) -> dict[str, Any]:
    """Boxes that are made, listed and shown; which errors each call declares."""
    calls: dict[str, Any] = {
        "/boxes": {
            "get": operation("look", None, "Boxes"),
            "post": operation("make", None, "Box", **body(name_="string")),
        },
        "/boxes/{id}": {"parameters": parameters("id"), "get": operation("read", None, "Box")},
    }
    for call in [*calls["/boxes"].values(), calls["/boxes/{id}"]["get"]]:
        answers = {status: {"description": "no"} for status in declared}
        call["responses"] = {"200": call["responses"]["200"], **answers}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Boxes", "version": "1"},
        "security": [{"bearer": []}],
        "paths": calls,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Box": schema(id="string", name="string"),
                "Boxes": {"type": "array", "items": {"$ref": "#/components/schemas/Box"}},
            },
        },
    }


def boxes(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
    if method == "POST":
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            return 422, {}
        id = str(len(stored) + 1)
        stored[id] = {"id": id, "name": given["name"]}
        return 200, stored[id]
    if len(path) == 1:
        return 200, list(stored.values())
    return (200, stored[path[1]]) if path[1] in stored else (404, {})


def takes_all(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
    if method == "POST" and not isinstance(given, dict):
        given = {}
    if method == "POST":
        given = {"name": str(given.get("name"))}
    return boxes(method, path, given, stored)


def always_409(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
    return (409, {}) if method == "POST" else boxes(method, path, given, stored)


SECURITY = {f"{name}/security/{how}" for name in ("look", "make") for how in ("missing", "wrong")}
BODIES = {"make/schema/json", "make/schema/name/type/outside", "make/schema/name/required/outside"}


@pytest.mark.parametrize(
    ("declared", "denied", "proved"),
    [
        (("401", "422"), 401, SECURITY | BODIES),
        (("403", "422"), 403, SECURITY | BODIES),  # declared, and the same call is taken with a token
        (("401", "422"), 403, BODIES),  # it may be for another reason
        (("401", "404", "422"), 404, BODIES),
    ],
)
def test_what_is_refused_for_its_own_sake_is_kept(
    declared: tuple[str, ...], denied: int, proved: set[str], tmp_path: Path
) -> None:
    report = run(tmp_path, plain(*declared), boxes, token=TOKEN, denied=denied)
    assert not broken(report)
    assert kept(report) & (SECURITY | BODIES) == proved


def test_what_is_taken_without_a_token_is_broken(tmp_path: Path) -> None:
    report = run(tmp_path, plain("401", "422"), boxes)
    assert not kept(report) & SECURITY
    report = run(tmp_path, plain("401", "422"), boxes, token=TOKEN, denied=200)
    assert broken(report).keys() & SECURITY
    assert not kept(report) & SECURITY


def test_bodies_that_are_taken_are_broken(tmp_path: Path) -> None:
    report = run(tmp_path, plain("401", "422"), takes_all, token=TOKEN)
    assert broken(report).keys() >= BODIES - {"make/schema/name/type/outside"}  # some read 1 as "1"
    assert not kept(report) & BODIES


def test_refusals_for_other_reasons_prove_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, plain("401", "409", "422"), always_409, token=TOKEN)
    assert not kept(report) & BODIES


def test_what_names_suggest_is_tried_where_that_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("boxes.yaml").write_text(yaml.safe_dump(plain("401", "404", "422")))
    with served(Handler, answer=boxes, stored={}, token=TOKEN, denied=401) as url:
        asked = ("check", "boxes.yaml", "--target", url, "--token", TOKEN, "--all")
        alone, inferred = here(capsys, monkeypatch, *asked), here(capsys, monkeypatch, *asked, "--infer")
    assert "--infer" in alone.err
    assert "--infer" not in inferred.err
    assert "read/acts/missing" not in alone.out
    assert "read/acts/missing" in inferred.out
    assert (alone.code, inferred.code) == (0, 0)


TAG = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string", "maxLength": 50},
        "colour": {"type": "string", "maxLength": 50},
        "flag": {"type": ["boolean", "null"], "default": True},
    },
}


def tags() -> dict[str, Any]:
    """Tags that are made, shown, changed; no call says what it does not want."""
    calls: dict[str, Any] = {
        "/tags": {"post": operation("make", "Tag.create", "Tag")},
        "/tags/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", None, "Tag"),
            "patch": operation("change", None, "Tag"),
        },
    }
    sent = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tag"}}},
    }
    for call in (calls["/tags"]["post"], calls["/tags/{id}"]["patch"]):
        call |= {"requestBody": sent}
        call.pop("x-contract", None)
        call["responses"] = {k: v for k, v in call["responses"].items() if k in ("200", "201", "404")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tags", "version": "1"},
        "paths": calls,
        "components": {"schemas": {"Tag": TAG}},
    }


def serve_tags(first: bool | None, colours: int, made: int = 201) -> Any:
    """A server whose new tags have a flag, and whose colours may have so many characters."""

    numbers = itertools.count(1)

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
        if method != "GET":
            limits = {"title": 50, "colour": colours}
            if not isinstance(given, dict) or any(
                not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > most
                for name, most in limits.items()
            ):
                return 400, {}
            if not isinstance(given.get("flag"), bool | None) or not isinstance(given.get("id", ""), str):
                return 400, {}
            given = {name: value for name, value in given.items() if name != "id"}
        if method == "POST":
            id = str(next(numbers))
            stored[id] = {"id": id, "title": "", "colour": "", "flag": first, **given}
            return made, stored[id]
        if path[1] not in stored:
            return 404, {}
        if method == "PATCH":
            stored[path[1]] |= given
        return 200, stored[path[1]]

    return answer


@pytest.mark.parametrize(
    ("first", "colours", "told"),
    [
        (True, 50, set()),
        (True, 30, {"make/response", "change/response"}),  # a 400 for what may be, and that is not documented
        (None, 50, {"make/acts/create"}),  # not the default, and told once
    ],
)
def test_each_cause_is_told_once(first: bool | None, colours: int, told: set[str], tmp_path: Path) -> None:
    path = tmp_path / "tags.yaml"
    path.write_text(yaml.safe_dump(tags()))
    with served(Handler, answer=serve_tags(first, colours), stored={}, token=None, denied=401) as url:
        report = Checker(load(path, infer=True), Target("t", url, None)).run()
    assert broken(report).keys() == told


def test_another_success_than_the_documented_one_is_told_once_and_used(tmp_path: Path) -> None:
    path, stored = tmp_path / "tags.yaml", dict[str, Any]()
    given = tags()
    given["paths"]["/tags/{id}"]["delete"] = {
        "operationId": "drop",
        "responses": {"204": {"description": "gone"}, "404": {"description": "no"}},
    }
    path.write_text(yaml.safe_dump(given))
    answer = serve_tags(True, 50, made=202)

    def deletes(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> tuple[int, Any]:
        if method == "DELETE":
            return (204, None) if stored.pop(path[1], None) else (404, {})
        reply: tuple[int, Any] = answer(method, path, given, stored)
        return reply

    with served(Handler, answer=deletes, stored=stored, token=None, denied=401) as url:
        report = Checker(load(path, infer=True), Target("t", url, None)).run()
    assert broken(report).keys() == {"make/response"}
    assert kept(report) >= {
        "make/acts/create",
        "read/acts/read",
        "change/writes/title/any",
        "drop/acts/delete",
    }
    assert not stored
