"""Kept is what was proved: what also fits a server that does otherwise is undistinguished."""

from __future__ import annotations

import copy
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
from troth.contracts.check.results import SKIPPED, Report
from troth.contracts.reports import check_json, check_text


def reasons(report: Report) -> dict[str, str]:
    return {v.promise.id: str(v.reason) for v in report.verdicts if v.result == SKIPPED}


def test_what_nothing_shows_is_undistinguished(tmp_path: Path) -> None:
    """`x` is taken and shown nowhere: stored and ignored look alike."""
    report = run(tmp_path, PLAIN, boxes)
    reason = reasons(report)["change/writes/x/any"]
    assert reason == "undistinguished: what was seen fits as well if it is ignored"
    assert "change/writes/a/any" in kept(report)
    assert report.undistinguished >= 1
    assert f'"undistinguished": {report.undistinguished}' in check_json.render(report)
    assert f"({report.undistinguished} undistinguished)" in check_text.render(report)


# --- a list with a filter, of records that differ or do not

LISTED = document(
    {"Pot": {"id": "id", "managed": {"id": "create"}}},
    {
        "/pots": {
            "get": {
                "operationId": "list",
                "x-contract": {"acts": "Pot.list"},
                "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pot"}}
                            }
                        },
                    }
                },
            },
            "post": operation("make", "Pot.create", "Pot", **body(kind_="string")),
        },
        "/pots/{id}": {"parameters": parameters("id"), "get": operation("read", "Pot.read", "Pot")},
    },
    {"Pot": schema(id="string", kind="string")},
)


def pots(*, alike: bool = False, ignored: bool = False) -> Any:
    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], query: dict[str, str]
    ) -> Answer:
        if method == "POST":
            if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
                return 422, {}
            id = str(len(stored) + 1)
            stored[id] = {"id": id, "kind": "clay" if alike else given["kind"]}
            return 201, stored[id]
        if len(path) == 1:
            wanted = None if ignored else query.get("kind")
            return 200, [pot for pot in stored.values() if wanted in (None, pot["kind"])]
        if path[1] not in stored:
            return 404, {}
        return 200, stored[path[1]]

    return answer


def test_a_filter_is_kept_where_it_leaves_something_out(tmp_path: Path) -> None:
    assert "list/query/kind" in kept(run(tmp_path, LISTED, pots()))


def test_a_filter_that_has_nothing_to_leave_out_is_undistinguished(tmp_path: Path) -> None:
    report = run(tmp_path, LISTED, pots(alike=True))
    assert reasons(report)["list/query/kind"].startswith("undistinguished: there was no record")


def test_a_filter_that_is_ignored_is_found(tmp_path: Path) -> None:
    assert "list/query/kind" in broken(run(tmp_path, LISTED, pots(ignored=True)))


# --- edges: characters, cases, null

EDGES = document(
    {"Jar": {"id": "id", "managed": {"id": "create"}}},
    {
        "/jars": {"post": operation("make", "Jar.create", "Jar", **body(label_="string", size_="string"))},
        "/jars/{id}": {"parameters": parameters("id"), "get": operation("read", "Jar.read", "Jar")},
    },
    {"Jar": schema(id="string", label="string", size="string")},
)
_SENT = EDGES["paths"]["/jars"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
_SENT["label"] |= {"maxLength": 6}
_SENT["size"] |= {"enum": ["small", "large"]}

LAPSES = {
    "bytes": "make/schema/label/characters/inside",
    "utf16": "make/schema/label/characters/inside",
    "stripped": "make/schema/label/characters/inside",
    "lowered": "make/schema/label/characters/inside",
    "caseless": "make/schema/size/case/outside",
    "null": "make/schema/label/null/outside",
}


def length(text: str, lapse: str | None) -> int:
    if lapse == "bytes":
        return len(text.encode())
    if lapse == "utf16":
        return len(text.encode("utf-16-le")) // 2
    return len(text)


def is_jar(given: Any, lapse: str | None) -> bool:
    if not isinstance(given, dict) or not {"label", "size"} <= given.keys():
        return False
    label, size = given["label"], given["size"]
    if lapse == "null" and label is None:
        label = ""
    if not isinstance(label, str) or not isinstance(size, str):
        return False
    if lapse == "caseless":
        size = size.lower()
    return length(label, lapse) <= 6 and size in ("small", "large")


def jars(lapse: str | None) -> Any:
    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if method == "POST":
            if not is_jar(given, lapse):
                return 422, {}
            id = str(len(stored) + 1)
            stored[id] = {"id": id, "label": tidied(given["label"] or "", lapse), "size": given["size"]}
            return 201, stored[id]
        if path[1] not in stored:
            return 404, {}
        return 200, stored[path[1]]

    return answer


def tidied(text: str, lapse: str | None) -> str:
    if lapse == "stripped":
        return text.strip()
    return text.lower() if lapse == "lowered" else text


def test_edges_are_kept(tmp_path: Path) -> None:
    report = run(tmp_path, EDGES, jars(None))
    assert broken(report) == {}
    assert set(LAPSES.values()) <= kept(report)


@pytest.mark.parametrize(("lapse", "promise"), LAPSES.items())
def test_a_lapse_at_an_edge_is_found(tmp_path: Path, lapse: str, promise: str) -> None:
    assert promise in broken(run(tmp_path, EDGES, jars(lapse)))


# --- the order of a list, of records that are made in another one

SORTED = document(
    {"Pot": {"id": "id", "managed": {"id": "create"}}},
    {
        "/pots": {
            "get": operation(
                "list",
                "Pot.list",
                "Pot",
                words={"order": ["self.kind"]},
                responses=LISTED["paths"]["/pots"]["get"]["responses"],
            ),
            "post": operation("make", "Pot.create", "Pot", **body(kind_="string")),
        },
        "/pots/{id}": {"parameters": parameters("id"), "get": operation("read", "Pot.read", "Pot")},
    },
    {"Pot": schema(id="string", kind="string")},
)


@pytest.mark.parametrize("way", ["sorted", "as made", "newest first", "backwards"])
def test_an_order_is_kept_where_nothing_else_would_look_like_it(tmp_path: Path, way: str) -> None:
    make_and_read = pots()

    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], query: dict[str, str]
    ) -> Answer:
        if method != "GET" or len(path) > 1:
            return make_and_read(method, path, given, stored, query)  # type: ignore[no-any-return]
        found = [*stored.values()]
        if way in ("sorted", "backwards"):
            found.sort(key=lambda pot: str(pot["kind"]))
        if way in ("newest first", "backwards"):
            found.reverse()
        return 200, found

    report = run(tmp_path, SORTED, answer, only=("list/*",))
    assert ("list/order" in kept(report)) is (way == "sorted")
    assert ("list/order" in broken(report)) is (way != "sorted")


# --- a default, of which a server that ignores what is sent makes the same

DEFAULTED = document(
    {"Jar": {"id": "id", "managed": {"id": "create"}}},
    {
        "/jars": {"post": operation("make", "Jar.create", "Jar", **body(label_="string", lid="boolean"))},
        "/jars/{id}": {"parameters": parameters("id"), "get": operation("read", "Jar.read", "Jar")},
    },
    {"Jar": {**schema(id="string", label="string", lid="boolean"), "required": ["id", "label", "lid"]}},
)
_MADE = DEFAULTED["paths"]["/jars"]["post"]["requestBody"]["content"]["application/json"]["schema"]
_MADE["properties"]["lid"] |= {"default": False}


@pytest.mark.parametrize("ignored", [False, True])
def test_another_value_than_the_default_is_sent(tmp_path: Path, ignored: bool) -> None:
    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if method == "GET":
            return (200, stored[path[1]]) if path[1] in stored else (404, {})
        if not isinstance(given, dict) or not isinstance(given.get("label"), str):
            return 422, {}
        lid = given.get("lid", False)
        if not isinstance(lid, bool):
            return 422, {}
        id = str(len(stored) + 1)
        stored[id] = {"id": id, "label": given["label"], "lid": lid and not ignored}
        return 201, stored[id]

    report = run(tmp_path, DEFAULTED, answer, only=("make/writes/*",))
    assert ("make/writes/lid/any" in kept(report)) is not ignored
    assert ("make/writes/lid/any" in broken(report)) is ignored


# --- of items with the same key the last one wins

COOKED = document(
    {"Dish": {"id": "id", "managed": {"id": "create"}}},
    {
        "/dishes": {"post": operation("make", "Dish.create", "Dish", **body(name_="string"))},
        "/dishes/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Dish.read", "Dish"),
            "patch": operation(
                "change",
                "Dish.update",
                "Dish",
                words={"writes": {"cooks": {"last-by": "name"}}},
                **body(cooks_="array"),
            ),
        },
    },
    {"Dish": schema(id="string", name="string", cooks="array")},
)
_CHANGED = COOKED["paths"]["/dishes/{id}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
_CHANGED["properties"]["cooks"]["items"] = {
    "type": "object",
    "required": ["name", "knife"],
    "properties": {"name": {"type": "string", "minLength": 1}, "knife": {"type": "integer"}},
}


@pytest.mark.parametrize(("first", "moved"), [(False, False), (False, True), (True, False)])
def test_the_last_of_items_with_the_same_key_wins(tmp_path: Path, first: bool, moved: bool) -> None:
    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if method == "POST":
            id = str(len(stored) + 1)
            stored[id] = {"id": id, "name": given["name"], "cooks": []}
            return 201, stored[id]
        if path[1] not in stored:
            return 404, {}
        if method == "PATCH":
            cooks: dict[str, Any] = {}
            for cook in given["cooks"]:
                if moved:
                    cooks.pop(cook["name"], None)
                if not first or cook["name"] not in cooks:
                    cooks[cook["name"]] = cook
            stored[path[1]]["cooks"] = [*cooks.values()]
        return 200, stored[path[1]]

    report = run(tmp_path, COOKED, answer, only=("change/writes/cooks/last-by",))
    assert ("change/writes/cooks/last-by" in broken(report)) is first
    assert ("change/writes/cooks/last-by" in kept(report)) is not first


@pytest.mark.parametrize("cooks", [True, {}, {"type": "array"}, {"type": "array", "items": True}])
def test_of_a_list_of_anything_no_last_one_is_known(tmp_path: Path, cooks: Any) -> None:
    given = copy.deepcopy(COOKED)
    change = given["paths"]["/dishes/{id}"]["patch"]
    change["requestBody"]["content"]["application/json"]["schema"]["properties"]["cooks"] = cooks
    report = run(tmp_path, given, lambda method, path, sent, stored: (404, {}), only=("change/*",))
    promised = {verdict.promise.id for verdict in report.verdicts}
    assert "change/frame/declared" in promised
    assert "change/writes/cooks/last-by" not in promised
