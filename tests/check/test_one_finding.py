"""One cause, one finding: what follows from something that is broken is told beneath it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import Answer, Handler, body, broken, document, operation, parameters, run, schema
from tests.check.small_server import served
from tests.gate import often
from troth import load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

LOCKED = {"open": {"rule": "!has(self.locked) || self.locked != true", "status": 409}}
BOXES = document(
    {"Box": {"id": "id", "managed": {"id": "create"}}},
    {
        "/boxes": {"post": operation("make", "Box.create", "Box", **body(a_="string", b_="string"))},
        "/boxes/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Box.read", "Box"),
            "put": operation(
                "write", "Box.update", "Box", words={"rules": LOCKED}, **body(a_="string", b_="string")
            ),
        },
        "/boxes/{id}/lock": {
            "parameters": parameters("id"),
            "post": operation(
                "lock", "Box.action", "Box",
                words={"effects": {"shut": {"set": {"locked": "true", "by": "request.body.who"}}}},
                **body(who_="string"),
            ),
        },
    },
    {"Box": schema(id="string", a="string", b="string", locked="boolean", by="string")},
)  # fmt: skip
for _path, _method in (("/boxes", "post"), ("/boxes/{id}", "put"), ("/boxes/{id}/lock", "post")):
    _sent = BOXES["paths"][_path][_method]["requestBody"]["content"]["application/json"]["schema"]
    for _property in _sent["properties"].values():
        _property |= {"minLength": 1, "maxLength": 9}


def are_texts(given: Any, *names: str) -> bool:
    if not isinstance(given, dict):
        return False
    return all(isinstance(given.get(name), str) and 0 < len(given[name]) < 10 for name in names)


def boxes(fault: str, method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    if len(path) == 1:
        if not are_texts(given, "a", "b"):
            return 422, {}
        id = str(len(stored) + 1)
        stored[id] = {"id": id, "a": given["a"], "b": given["b"]}
        return 200 if fault == "made_200" else 201, stored[id]
    box = stored.get(path[1])
    if box is None:
        return 404, {}
    if path[2:] == ["lock"]:
        if not are_texts(given, "who"):
            return 422, {}
        box |= {"locked": True, "by": "somebody" if fault == "by_somebody" else given["who"]}
    elif method == "PUT":
        return write(fault, box, given)
    return 200, box


def write(fault: str, box: dict[str, Any], given: Any) -> Answer:
    if not are_texts(given, "a", "b"):
        return 422, {}
    if box.get("locked") and fault != "locked_written":
        return 409, {}
    box["a"] = given["a"]
    if fault != "b_stays":
        box["b"] = given["b"]
    return 200, box


FAULTS = {
    "": (),
    "b_stays": ("write/writes/b/any",),
    "by_somebody": ("lock/effects/shut",),
    "locked_written": ("write/rules/open",),
    "made_200": ("make/response",),
}


@pytest.mark.parametrize("fault", often(FAULTS, "", "locked_written", "made_200"))
def test_one_finding(tmp_path: Path, fault: str) -> None:
    report = run(tmp_path, BOXES, partial(boxes, fault))
    assert set(broken(report)) == {*FAULTS[fault]}


def test_what_follows_says_so(tmp_path: Path) -> None:
    report = run(tmp_path, BOXES, partial(boxes, "b_stays"), only=("write/*",))
    reasons = {v.promise.id: v.reason for v in report.verdicts}
    assert reasons["write/writes/a/any"] == "what it shows follows from write/writes/b/any"


LOCKED_UP = {
    **BOXES,
    "security": [{"token": []}],
    "components": {**BOXES["components"], "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}
DOORS = {
    "": (),
    "all open": ("make/security/missing",),
    "one open": ("lock/security/missing",),
    "any token": (
        "make/security/wrong",
        "read/security/wrong",
        "write/security/wrong",
        "lock/security/wrong",
    ),
}
"""Who is let in where, and what is told of it."""


def guarded(
    fault: str, method: str, path: list[str], given: Any, stored: dict[str, Any], headers: dict[str, str]
) -> Answer:
    sent = headers.get("authorization")
    let_in = {
        "all open": True,
        "one open": path[2:] == ["lock"] or sent == "Bearer t",
        "any token": sent is not None,
    }
    if not let_in.get(fault, sent == "Bearer t"):
        return 401, {}
    return boxes("", method, path, given, stored)


@pytest.mark.parametrize("fault", DOORS)
def test_a_target_that_lets_everybody_in_is_told_once(tmp_path: Path, fault: str) -> None:
    only = ("*/security/*", "*/acts/*")

    def answer(
        method: str, path: list[str], given: Any, stored: dict[str, Any], headers: dict[str, str]
    ) -> Answer:
        return guarded(fault, method, path, given, stored, headers)

    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump(LOCKED_UP, sort_keys=False))
    with served(Handler, answer=answer, stored={}, token=None, denied=401) as url:
        report = Checker(load(path), Target("t", url, "t"), only=only).run()
    assert set(broken(report)) == {*DOORS[fault]}
