"""A new record has the documented defaults of what its body leaves out."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, Server, broken, document, kept, operation, parameters, run
from tests.gate import often

SENT: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "size": {"enum": ["small", "large"], "default": "large"},
        "count": {"type": "integer", "default": 3},
        "on": {"type": "boolean", "default": True},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
    },
}
TENT = {
    **SENT,
    "required": ["id", *SENT["properties"]],
    "properties": {"id": {"type": "string"}, **SENT["properties"]},
}
TENTS = document(
    {"Tent": {"id": "id", "managed": {"id": "create"}}},
    {
        "/tents": {
            "post": operation(
                "pitch",
                "Tent.create",
                "Tent",
                requestBody={"required": True, "content": {"application/json": {"schema": SENT}}},
            )
        },
        "/tents/{id}": {"parameters": parameters("id"), "get": operation("read", "Tent.read", "Tent")},
    },
    {"Tent": TENT},
)
DEFAULTS = {"size": "large", "count": 3, "on": True, "tags": []}
KINDS: dict[str, Any] = {"name": str, "size": str, "count": (int, float), "on": bool, "tags": list}


def tents(*without: str, **others: Any) -> Server:
    """Defaults of its own; what it has none of it shows only where that was sent."""
    defaults = {name: value for name, value in {**DEFAULTS, **others}.items() if name not in without}

    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if method == "GET":
            return (200, stored[path[1]]) if path[1] in stored else (404, {})
        if not isinstance(given, dict) or "name" not in given or not _fits(given):
            return 422, {}
        made = {"id": f"t{len(stored)}", **defaults, **{n: v for n, v in given.items() if n in KINDS}}
        stored[made["id"]] = made
        return 201, made

    return answer


def _fits(given: dict[str, Any]) -> bool:
    for name, value in given.items():
        if name in KINDS and not isinstance(value, KINDS[name]):
            return False
    count = given.get("count", 0)
    if isinstance(count, bool) or count != int(count):
        return False
    return given.get("size", "small") in ("small", "large") and all(
        isinstance(tag, str) for tag in given.get("tags", [])
    )


@pytest.mark.parametrize("seed", range(3))
def test_defaults_are_promised_and_kept(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, TENTS, tents(), seed=seed, only=("pitch/*",))
    assert broken(report) == {}
    assert {f"pitch/writes/{name}/default" for name in DEFAULTS} <= kept(report)


@pytest.mark.parametrize(
    ("name", "other"),
    often([("size", "small"), ("count", 0), ("on", False), ("tags", ["new"])], "on", "tags"),
)
def test_another_default_is_told_once(tmp_path: Path, name: str, other: Any) -> None:
    report = run(tmp_path, TENTS, tents(**{name: other}), only=("pitch/*",))
    assert set(broken(report)) == {f"pitch/writes/{name}/default"}


def test_what_answers_need_not_show_may_be_anything(tmp_path: Path) -> None:
    """A property that no answer must have: some servers leave out what was not sent."""
    given = deepcopy(TENTS)
    given["components"]["schemas"]["Tent"]["required"] = ["id", "name"]
    for server in (tents(), tents("size", "count"), tents(count=7)):
        report = run(tmp_path, given, server, only=("pitch/*",))
        assert broken(report) == {}
        assert not [v for v in report.verdicts if v.promise.id.endswith("/default")]


KEYED = deepcopy(TENTS)
KEYED["x-contract"]["resources"]["Tent"]["unique"] = {"name": {}}
KEYED["paths"]["/tents"]["post"]["x-contract"]["repeat"] = {"key": "Idempotency-Key"}
KEYED["paths"]["/tents"]["post"]["parameters"] = [
    {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
]


def keyed(**others: Any) -> Server:
    """The same with names of their own; a key gets its first answer again."""
    plain, answers = tents(**others), dict[str, Any]()

    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], headers: dict[str, str]
    ) -> Answer:
        key = headers.get("idempotency-key")
        if method == "POST" and key in answers:
            sent, first = answers[key]
            return first if sent == given else (422, {})
        name = given.get("name") if isinstance(given, dict) else None
        if method == "POST" and any(one["name"] == name for one in stored.values()):
            return 409, {}
        found = plain(method, path, given, stored)
        if key is not None and found[0] == 201:
            answers[key] = given, found
        return found

    return answer


def test_a_key_stands_for_its_answer_whatever_is_wrong_with_the_record(tmp_path: Path) -> None:
    only = ("pitch/repeat/*", "pitch/writes/*")
    assert broken(run(tmp_path, KEYED, keyed(), only=only)) == {}
    report = run(tmp_path, KEYED, keyed(size="small"), only=only)
    assert set(broken(report)) == {"pitch/writes/size/default"}
