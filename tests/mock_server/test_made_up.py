"""Answers that nobody has written down keep their schema, however little keeps it: judged by `jsonschema`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.mock_server.calling import Client
from troth import Mock, load

CASES = yaml.safe_load((Path(__file__).parent / "made_up.yaml").read_text("utf-8"))
SCHEMAS: dict[str, Any] = {
    "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    "Dog": {
        "type": "object",
        "required": ["kind", "bark"],
        "properties": {"kind": {"type": "string"}, "bark": {"type": "integer"}},
    },
    "Animal": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind"},
    },
    "Lion": {
        "allOf": [
            {"$ref": "#/components/schemas/Animal"},
            {"required": ["mane"], "properties": {"mane": {"type": "integer"}}},
        ]
    },
    "Node": {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]}},
    },
    "Fork": {
        "type": "object",
        "required": ["left", "right"],
        "properties": {
            "left": {"anyOf": [{"$ref": "#/components/schemas/Fork"}, {"type": "null"}]},
            "right": {"oneOf": [{"$ref": "#/components/schemas/Fork"}, {"type": "string"}]},
        },
    },
    "Endless": {
        "type": "object",
        "required": ["left", "right"],
        "properties": {
            "left": {"$ref": "#/components/schemas/Endless"},
            "right": {"type": "array", "minItems": 3, "items": {"$ref": "#/components/schemas/Endless"}},
        },
    },
}
ONE_OF_MANY = "discriminator"
"""Only one of those that are alike is meant: that is for the discriminator to say, not for `oneOf`."""


def served(tmp_path: Path) -> Client:
    paths: dict[str, Any] = {}
    for number, case in enumerate(CASES):
        content = {"application/json": {"schema": case["schema"]}}
        paths[f"/{number}"] = {"get": {"responses": {"200": {"description": "ok", "content": content}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Made up", "version": "1"},
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    return Client(Mock([load(path, infer=True)]), token=None)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return served(tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_made_up(client: Client, number: int) -> None:
    case, answer = CASES[number], client("GET", f"/{number}")
    assert answer.status == 200
    value = answer.json
    if ONE_OF_MANY not in case["schema"] and not case.get("soft"):
        root = {**case["schema"], "components": {"schemas": SCHEMAS}}
        Draft202012Validator(root, format_checker=FormatChecker()).validate(value)
    assert re.search(case.get("like", ""), answer.raw.decode())
    if case.get("different"):
        assert len(set(map(json.dumps, value.values()))) == len(value)
