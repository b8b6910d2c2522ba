"""Rules that hold a value against what a record has by then: what a crate carries, how urgent a jar is."""

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

JAR = body(grams_="integer", haste_="string")
_SENT = JAR["requestBody"]["content"]["application/json"]["schema"]
_SENT["properties"] = {
    "grams": {"type": "integer", "minimum": 1, "maximum": 60},
    "haste": {"type": "string", "enum": ["none", "some", "all"]},
}
CHANGE = body(haste_="string")
CHANGE["requestBody"]["content"]["application/json"]["schema"]["properties"]["haste"] = {
    "type": "string",
    "enum": ["none", "some", "all"],
}
CRATES = document(
    {
        "Crate": {"id": "id", "managed": {"id": "create"}},
        "Jar": {"id": "id", "parent": {"resource": "Crate", "by": "crate"}, "managed": {"id": "create"}},
    },
    {
        "/crates": {"post": operation("build", "Crate.create", "Crate", **body(name_="string"))},
        "/crates/{crate}": {
            "parameters": parameters("crate"),
            "get": operation("look", "Crate.read", "Crate"),
        },
        "/crates/{crate}/jars": {
            "parameters": parameters("crate"),
            "post": operation(
                "pack",
                "Jar.create",
                "Jar",
                words={
                    "rules": {
                        "weight": {"rule": "parent.load + request.body.grams <= 100", "status": 409},
                    },
                    "effects": {"weighed": {"set": {"parent.load": "parent.load + self.grams"}}},
                },
                **JAR,
            ),
        },
        "/crates/{crate}/jars/{jar}": {
            "parameters": parameters("crate", "jar"),
            "get": operation("read", "Jar.read", "Jar"),
            "patch": operation(
                "change",
                "Jar.update",
                "Jar",
                words={
                    "rules": {
                        "haste": {
                            "rule": "request.body.haste != 'none' || self.haste != 'all'",
                            "status": 409,
                        },
                    },
                },
                **CHANGE,
            ),
        },
    },
    {
        "Crate": schema(id="string", name="string", load="integer"),
        "Jar": schema(id="string", grams="integer", haste="string"),
    },
)


def crates(fault: str = "") -> Server:
    def answer(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
        if any(id not in stored for id in path[1::2]):
            return 404, {}
        if method == "GET":
            return 200, stored[path[-1]]
        if not isinstance(given, dict):
            return 422, {}
        if path == ["crates"]:
            return _built(given, stored)
        if given.get("haste") not in ("none", "some", "all"):
            return 422, {}
        return (
            _packed(given, path, stored, fault) if method == "POST" else _changed(given, path, stored, fault)
        )

    return answer


def _built(given: dict[str, Any], stored: dict[str, Any]) -> Answer:
    if not isinstance(given.get("name"), str):
        return 422, {}
    return _stored({"name": given["name"], "load": 0}, stored)


def _packed(given: dict[str, Any], path: list[str], stored: dict[str, Any], fault: str) -> Answer:
    crate, grams = stored[path[1]], given.get("grams")
    if not isinstance(grams, int) or not 1 <= grams <= 60:
        return 422, {}
    if crate["load"] + grams > 100 + (fault == "one more") and fault != "carries all":
        return 409, {}
    crate["load"] += grams
    return _stored({"grams": grams, "haste": given["haste"]}, stored)


def _changed(given: dict[str, Any], path: list[str], stored: dict[str, Any], fault: str) -> Answer:
    jar = stored[path[-1]]
    if (jar["haste"], given["haste"]) == ("all", "none") and fault != "calms down":
        return 409, {}
    jar["haste"] = given["haste"]
    return 200, jar


def _stored(data: dict[str, Any], stored: dict[str, Any]) -> Answer:
    id = f"n{len(stored)}"
    stored[id] = {"id": id, **data}
    return 201, stored[id]


RULES = ("pack/rules/weight", "pack/rules/weight/edge", "change/rules/haste")


def test_each_is_broken_on_a_record_that_was_led_there(tmp_path: Path) -> None:
    report = run(tmp_path, CRATES, crates(), only=RULES)
    assert broken(report) == {}
    assert set(RULES) <= kept(report)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("carries all", "pack/rules/weight"),
        ("one more", "pack/rules/weight/edge"),
        ("calms down", "change/rules/haste"),
    ],
)
def test_one_that_is_not_held_is_found(tmp_path: Path, fault: str, promise: str) -> None:
    assert promise in broken(run(tmp_path, CRATES, crates(fault), only=(promise,)))
