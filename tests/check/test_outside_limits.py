"""What a document refuses is refused: texts of a pattern that are too long, spaces around a word, what a
closed schema does not know, and queries beyond their limits."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, Server, broken, document, kept, operation, parameters, run
from tests.gate import often
from troth.contracts.check.results import SKIPPED

KINDS, CODE, PLACE = ["bow", "stern"], "^[a-z]+(-[a-z]+)*$", "^[^@ ]+@[^@ ]+$"
SIZES = ("minLength", "maxLength")
SENT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "kind"],
    "properties": {
        "code": {"type": "string", "minLength": 3, "maxLength": 6, "pattern": CODE},
        "kind": {"enum": KINDS},
        "place": {"type": "string", "minLength": 3, "maxLength": 9, "pattern": PLACE},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 4}},
    },
}
ROPE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        **{name: {"type": "string"} for name in ("code", "kind", "place")},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
LISTED = {"type": "array", "items": {"$ref": "#/components/schemas/Rope"}}
QUERY: list[dict[str, Any]] = [
    {"name": "kind", "in": "query", "schema": {"enum": KINDS}},
    {"name": "least", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 40}},
    {"name": "word", "in": "query", "schema": {"type": "string", "minLength": 2, "maxLength": 5}},
    {"name": "day", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"}},
]
ROPES = document(
    {"Rope": {"id": "id", "managed": {"id": "create"}}},
    {
        "/ropes": {
            "post": operation(
                "coil",
                "Rope.create",
                "Rope",
                requestBody={"required": True, "content": {"application/json": {"schema": SENT}}},
            ),
            "get": {
                "operationId": "list",
                "x-contract": {"acts": "Rope.list"},
                "parameters": QUERY,
                "responses": {
                    "200": {"description": "ok", "content": {"application/json": {"schema": LISTED}}},
                    "422": {"description": "no"},
                },
            },
        },
        "/ropes/{id}": {"parameters": parameters("id"), "get": operation("read", "Rope.read", "Rope")},
    },
    {"Rope": ROPE},
)


def ropes(fault: str = "") -> Server:
    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], query: dict[str, str]
    ) -> Answer:
        if method == "POST":
            if not _is_rope(given, fault):
                return 422, {}
            made = {"id": f"r{len(stored)}", **{k: v for k, v in given.items() if k in SENT["properties"]}}
            stored[made["id"]] = made
            return 201, made
        if len(path) == 2:
            return (200, stored[path[1]]) if path[1] in stored else (404, {})
        wrong = [name for name, value in query.items() if not _is_asked(name, value)]
        if wrong and fault not in wrong:
            return 422, {}
        return 200, [one for one in stored.values() if query.get("kind", one["kind"]) == one["kind"]]

    return answer


def _is_rope(given: Any, fault: str) -> bool:
    if not isinstance(given, dict) or not {"code", "kind"} <= set(given):
        return False
    if not all(isinstance(value, str) for name, value in given.items() if name != "tags"):
        return False
    if not _are_tags(given.get("tags", []), 5 if fault == "tags" else 4):
        return False
    kind = given["kind"].strip() if fault == "spaces" else given["kind"]
    closed = set(given) <= set(SENT["properties"]) or fault == "open"
    return closed and kind in KINDS and _is_code(given["code"], fault) and _is_place(given, fault)


def _are_tags(tags: Any, most: int) -> bool:
    return isinstance(tags, list) and all(isinstance(tag, str) and 2 <= len(tag) <= most for tag in tags)


def _is_code(code: str, fault: str) -> bool:
    least, most = 3 - (fault == "short"), 6 + (fault == "long")
    return least <= len(code) <= most and re.search(CODE, code) is not None


def _is_place(given: Any, fault: str) -> bool:
    place = given.get("place", "a@b")
    return 3 <= len(place) <= 9 and (fault == "anywhere" or re.search(PLACE, place) is not None)


def _is_asked(name: str, value: str) -> bool:
    if name == "kind":
        return value in KINDS
    if name == "least":
        return value.isdigit() and 1 <= int(value) <= 40
    if name == "word":
        return 2 <= len(value) <= 5
    return re.fullmatch(r"\d\d-\d\d", value) is not None


FAULTS = {
    "short": {"coil/schema/code/minLength/outside"},
    "long": {"coil/schema/code/maxLength/outside"},
    "anywhere": {"coil/schema/place/pattern/outside"},
    "tags": {"coil/schema/tags/*/maxLength/outside"},
    "spaces": {"coil/schema/kind/space/outside"},
    "open": {"coil/schema/no_such_property/additionalProperties/outside"},
    "kind": {"list/schema/query/kind/enum/outside", "list/schema/query/kind/case/outside"},
    "least": {"list/schema/query/least/minimum/outside", "list/schema/query/least/maximum/outside"},
    "word": {"list/schema/query/word/minLength/outside", "list/schema/query/word/maxLength/outside"},
    "day": {"list/schema/query/day/pattern/outside"},
}


@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_refuses_all_that_keeps_its_promises(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, ROPES, ropes(), seed=seed, only=("*/schema/*", "coil/accepts/any"))
    assert broken(report) == {}
    assert set().union(*FAULTS.values()) <= kept(report)
    inside = [f"coil/schema/{name}/{size}/inside" for name in ("code", "tags/*") for size in SIZES]
    assert set(inside) <= kept(report)
    assert [v.promise.id for v in report.verdicts if v.result == SKIPPED] == []


@pytest.mark.parametrize("fault", often(FAULTS, "short", "spaces", "kind", "least", "open"))
def test_what_is_taken_beyond_a_limit_is_found(tmp_path: Path, fault: str) -> None:
    report = run(tmp_path, ROPES, ropes(fault), only=("*/schema/*",))
    assert set(broken(report)) - {"coil/schema/broken"} == FAULTS[fault]


@pytest.mark.parametrize("guess", [True, False])
def test_a_query_beyond_its_limits_may_be_passed_over_where_no_refusal_is_documented(
    tmp_path: Path, guess: bool
) -> None:
    given = deepcopy(ROPES)
    if guess:
        given["x-contract"]["errors"]["invalid"] = {"status": 422, "assumed": True}
    else:
        del given["paths"]["/ropes"]["get"]["responses"]["422"]
    report = run(tmp_path, given, ropes("least"), only=("list/schema/*",))
    assert broken(report) == {}
    assert not [v for v in report.verdicts if v.promise.id.endswith("/outside")]
