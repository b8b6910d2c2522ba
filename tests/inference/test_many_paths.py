"""What a document without words suggests is found in a time that grows as the document does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.work import counted_calls
from troth import load


def document(number: int) -> dict[str, Any]:
    """So many kinds of things: listed, searched, made, read, changed and closed."""
    paths: dict[str, Any] = {}
    schemas = {}
    for one in range(number):
        thing = {"$ref": f"#/components/schemas/Thing{one}"}
        shows = {"200": {"description": "It.", "content": {"application/json": {"schema": thing}}}}
        many = {"type": "array", "items": thing}
        lists = {"200": {"description": "All.", "content": {"application/json": {"schema": many}}}}
        body = {"content": {"application/json": {"schema": thing}}}
        id_ = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        place = f"/things{one}"
        paths[place] = {
            "get": {"operationId": f"list{one}", "responses": lists},
            "post": {"operationId": f"make{one}", "requestBody": body, "responses": shows},
        }
        paths[f"{place}/{{id}}"] = {
            "parameters": id_,
            "get": {"operationId": f"read{one}", "responses": shows},
            "patch": {"operationId": f"change{one}", "requestBody": body, "responses": shows},
        }
        close = {"operationId": f"close{one}", "responses": shows}
        paths[f"{place}/{{id}}/close"] = {"parameters": id_, "post": close}
        paths[f"{place}/search"] = {"get": {"operationId": f"search{one}", "responses": lists}}
        properties = {"id": {"type": "string"}, "name": {"type": "string"}}
        schemas[f"Thing{one}"] = {"type": "object", "properties": properties}
    info = {"title": "Many", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def work(tmp_path: Path, number: int) -> int:
    path = tmp_path / f"things{number}.json"
    path.write_text(json.dumps(document(number)))
    with counted_calls() as calls:
        contract = load(path, infer=True)
    assert len(contract.resources) == number
    assert contract.operations["search1"].verb == "list"
    return calls.number


def test_eight_times_the_paths_take_about_eight_times_the_work(tmp_path: Path) -> None:
    work(tmp_path, 5)  # what is worked out once
    assert work(tmp_path, 80) < 12 * work(tmp_path, 10)
