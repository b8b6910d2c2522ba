"""The shape of one operation in two versions, there and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from troth import load
from troth.contracts.diff import compare

CASES = yaml.safe_load((Path(__file__).parent / "shapes.yaml").read_text("utf-8"))


def operation(case: Mapping[str, Any], version: int) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": "A"}}
    if "request" in case:
        content = {"application/json": {"schema": case["request"][version]}}
        return {"requestBody": {"required": True, "content": content}, "responses": answers}
    if "answer" in case:
        answers["200"]["content"] = {"application/json": {"schema": case["answer"][version]}}
        return {"responses": answers}
    whole: dict[str, Any] = case["operation"][version]
    return whole


def written(folder: Path, case: Mapping[str, Any], version: int) -> str:
    path = folder / f"{version}.json"
    head = {"openapi": "3.2.0", "info": {"title": "A", "version": "1"}}
    path.write_text(json.dumps({**head, "paths": {"/a": {"post": operation(case, version)}}}), "utf-8")
    return str(path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_shape_there_and_back(case: Mapping[str, Any], tmp_path: Path) -> None:
    old, new = (load(written(tmp_path, case, version), infer=True) for version in (0, 1))
    there, back = compare(old, new), compare(new, old)
    assert sorted(f"{change.breaking} {change.kind}" for change in there) == sorted(case["there"])
    assert sorted(f"{change.breaking} {change.kind}" for change in back) == sorted(case["back"])


def test_values_are_told_as_a_document_has_them(tmp_path: Path) -> None:
    case = {"answer": [{"enum": ["a", None]}, {"enum": ["a", None, True]}]}
    found = compare(*(load(written(tmp_path, case, version), infer=True) for version in (0, 1)))
    assert [change.says for change in found] == ["`enum` of `answer 200` was `a, null`, is `a, null, true`"]
