"""Documents with numbers, sizes and texts beyond what is usual: served, or told where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load
from troth.contracts.errors import ContractError

DOCUMENT = """{"openapi": "3.1.0", "info": {"title": "Extremes", "version": "1"}, "paths": {"/x": {
  "post": {
    "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
    "responses": {"204": {"description": "A"}, "20": {"description": "B"}}
  },
  "get": {"responses": {"200": {"description": "A", "content": {"application/json": {"schema": SCHEMA}}}}}
}}}"""

SCHEMAS = {
    # name: (schema, a body that keeps it, one that does not)
    "large bounds": ('{"type": "integer", "minimum": 1e308, "maximum": 1.7e308}', 1.5e308, 1),
    "small steps": ('{"type": "number", "multipleOf": 1e-320}', 1, "a"),
    "long texts": ('{"type": "string", "minLength": 1000000000}', None, "a"),
    "long lists": ('{"type": "array", "minItems": 1000000000, "items": {"type": "string"}}', None, ["a"]),
    "many members": ('{"type": "object", "minProperties": 100000000}', None, {}),
    "half a pair": (r'{"enum": ["\ud800", "a"]}', "a", "b"),
    "half a pair in a pattern": (r'{"type": "string", "pattern": "^[^\ud800-\udfff]$"}', "a", "aa"),
    "half a pair in a name": (r'{"type": "object", "required": ["a\udfff"]}', None, {}),
    "a pair": (r'{"enum": ["\ud83d\ude00"]}', "😀", "b"),
}


def written(folder: Path, schema: str) -> Path:
    path = folder / "api.json"
    path.write_text(DOCUMENT.replace("SCHEMA", schema), "utf-8")
    return path


@pytest.mark.parametrize(("schema", "kept", "broken"), SCHEMAS.values(), ids=SCHEMAS)
def test_extremes_are_served(schema: str, kept: object, broken: object, tmp_path: Path) -> None:
    client = Client(Mock(load(written(tmp_path, schema), infer=True)))
    assert client("GET", "/x").status == 200
    assert client("POST", "/x", broken).status == 400
    if kept is not None:
        assert client("POST", "/x", kept).status == 204


def test_a_number_of_too_many_digits_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"api.json:3:\d+: .*holds a number of too many digits"):
        load(written(tmp_path, f'{{"maximum": {"9" * 5000}}}'))
