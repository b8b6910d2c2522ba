"""Documents with what few documents have: each loads, is linted and served, and no answer breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.corpus.walking import Walker
from tests.mock_server.calling import Client
from troth import Mock, load
from troth.contracts.lint import examine

ODD: dict[str, Any] = {
    document.pop("x-case"): document
    for document in yaml.safe_load_all(Path(__file__).with_name("odd.yaml").read_text("utf-8"))
    if document
}


def written(folder: Path, document: Any) -> Path:
    path = folder / "odd.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return path


@pytest.mark.parametrize("case", ODD)
def test_odd(case: str, tmp_path: Path) -> None:
    path = written(tmp_path, ODD[case])
    assert examine(path).document is not None
    walk = Walker(load(str(path), infer=True)).walk()
    assert walk.problems == []
    assert walk.impossible == {}


def test_openapi_32(tmp_path: Path) -> None:
    path = written(tmp_path, ODD["OpenAPI 3.2"])
    assert [f.message for f in examine(path).findings if f.code == "D01"] == []
    call = Client(Mock([load(str(path), infer=True)]))
    assert call("QUERY", "/search", {}).status == 400
    assert call("QUERY", "/search", {"text": "a"}).status == 200
    assert call("COPY", "/search").status == 201
    assert call("Frob", "/search").status == 200
    refused = call("POST", "/search")
    assert refused.status == 405
    assert refused.headers["allow"] == "COPY, Frob, QUERY"
    assert call("GET", "/events").raw.startswith(b"event: made\ndata: ")
    lines = call("GET", "/lines")
    assert (lines.headers["content-type"], lines.raw) == ("application/jsonl", b'{"id":1}\n{"id":2}\n')


def test_a_mistake_in_openapi_32_is_found(tmp_path: Path) -> None:
    document = {**ODD["OpenAPI 3.2"], "tags": [{"name": "a", "parents": "b"}]}
    (found,) = [f for f in examine(written(tmp_path, document)).findings if f.code == "D01"]
    assert "parents" in found.message


def test_files_that_refer_to_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("A: {type: object, properties: {b: {$ref: 'b.yaml#/B'}}}")
    (tmp_path / "b.yaml").write_text(
        "B: {type: object, required: [n], properties: {n: {type: integer}, a: {$ref: 'a.yaml#/A'}}}"
    )
    answer = {"description": "A.", "content": {"application/json": {"schema": {"$ref": "a.yaml#/A"}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": answer}}}},
    }
    assert Walker(load(str(written(tmp_path, document)), infer=True)).walk().problems == []
