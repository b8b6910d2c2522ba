"""Small APIs described in Python, served by hand-written servers, and checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

Answer = tuple[int, Any]
Server = Callable[..., Answer]
"""Method, path, body (or "broken") and what is stored: to status and body."""

REFUSED = {str(status): {"description": "no"} for status in (401, 404, 409, 422)}


class Handler(SmallHandler):
    def _answer(self) -> None:
        raw, parts = self._received(), urlsplit(self.path)
        path = parts.path.strip("/").split("/")
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = "broken"
        if (
            self.server.token is not None
            and self.headers.get("Authorization") != f"Bearer {self.server.token}"
        ):
            self._send(self.server.denied, {})
            return
        asked: tuple[Any, ...] = (self.command, path, body, self.server.stored)
        more: dict[str, Any] = {}
        if "query" in signature(self.server.answer).parameters:
            more["query"] = dict(parse_qsl(parts.query, keep_blank_values=True))
        if "headers" in signature(self.server.answer).parameters:
            more["headers"] = {name.lower(): value for name, value in self.headers.items()}
        self._send(*self.server.answer(*asked, **more))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer


def operation(name: str, acts: str | None, resource: str, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{resource}"}}}
    status = "201" if "create" in (acts or "") else "200"
    words = {"acts": acts} | more.pop("words", {})
    answers = {status: {"description": "ok", "content": content}, **REFUSED}
    return {"operationId": name, "responses": answers, **({"x-contract": words} if acts else {}), **more}


def body(**properties: Any) -> dict[str, Any]:
    required = [name for name in properties if name.endswith("_")]
    properties = {name.rstrip("_"): {"type": kind} for name, kind in properties.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = [name.rstrip("_") for name in required]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def document(resources: Any, paths: Any, schemas: Any, **more: Any) -> dict[str, Any]:
    errors = {"missing": 404, "invalid": 422, "conflict": 409, "unauthenticated": 401, "refused": 409}
    found = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "x-contract": {"errors": errors, "resources": resources},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    for key, value in more.items():
        found[key] = {**found[key], **value} if isinstance(found.get(key), dict) else value
    return found


def parameters(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id"],
        "properties": {n: {"type": k} for n, k in properties.items()},
    }


def run(
    folder: Path,
    given: dict[str, Any],
    answer: Server,
    *,
    seed: int = 0,
    token: str | None = None,
    denied: int = 401,
    only: tuple[str, ...] = (),
    clock: bool = False,
) -> Report:
    path = folder / "t.yaml"
    path.write_text(yaml.safe_dump(given, sort_keys=False))
    with served(Handler, answer=answer, stored={}, token=token, denied=denied) as url:
        target = Target("t", url, token, clock=f"{url}/clock" if clock else None)
        return Checker(load(path), target, number=seed, only=only).run()


def broken(report: Report) -> dict[str, Any]:
    return {v.promise.id: v.evidence and v.evidence.mismatches for v in report.verdicts if v.result == BROKEN}


def kept(report: Report) -> set[str]:
    return {v.promise.id for v in report.verdicts if v.result == KEPT}


NULLABLE = ["string", "null"]
PLAIN = document(
    {"Box": {"id": "id", "managed": {"id": "create"}}},
    {
        "/boxes": {"post": operation("make", "Box.create", "Box", **body(a="string", b="string"))},
        "/boxes/{id}": {
            "parameters": parameters("id"),
            "get": operation("read", "Box.read", "Box"),
            "patch": operation(
                "change", "Box.update", "Box", **body(a=NULLABLE, b=NULLABLE, c=NULLABLE, x="object")
            ),
        },
    },
    {"Box": schema(id="string", a=NULLABLE, b=NULLABLE, c=NULLABLE)},
)


def fits(given: Any, names: str) -> bool:
    if not isinstance(given, dict):
        return False
    texts = all(given.get(name) is None or isinstance(given[name], str) for name in names)
    return texts and isinstance(given.get("x", {}), dict)


def boxes(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    if method == "POST":
        if not fits(given, "ab"):
            return 422, {}
        id = str(len(stored) + 1)
        stored[id] = {"id": id, "c": None, **{n: given.get(n) for n in "ab"}}
        return 201, stored[id]
    if path[1] not in stored:
        return 404, {}
    if method == "PATCH":
        if not fits(given, "abc"):
            return 422, {}
        if given.get("b", "") is None:
            return 409, {}
        stored[path[1]].update({n: given[n] for n in "abc" if n in given})
    return 200, stored[path[1]]
