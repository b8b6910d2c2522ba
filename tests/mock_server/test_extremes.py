"""Documents with numbers, sizes and texts beyond what is usual: served, or told where they are wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from time import perf_counter

import pytest

from tests.mock_server.calling import Answer, Client, exchange
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


def test_many_large_integers_are_told_apart(tmp_path: Path) -> None:
    """Four thousand of them would take a minute were each compared with all others."""
    client = Client(Mock(load(written(tmp_path, '{"type": "array", "uniqueItems": true}'), infer=True)))
    numbers = [{"a": 10**30 + number} for number in range(25_000)]
    assert client("POST", "/x", numbers).status == 204
    refused = client("POST", "/x", [*numbers, {"a": 10**30}])
    assert refused.status == 400
    assert "has non-unique elements" in refused.headers["x-mock-reason"]
    same_hash = [number * (2**61 - 1) for number in range(40_000)]
    assert client("POST", "/x", same_hash).status == 204
    assert client("POST", "/x", [1, 1.0]).status == 400


NUMBERS = {f"a{number}": 1e308 for number in range(20_000)}
REPEATED = {
    "items": ({"items": {"multipleOf": 0.01}}, [*NUMBERS.values()]),
    "items of items": ({"items": {"items": {"allOf": [{"multipleOf": 0.01}]}}}, [[*NUMBERS.values()]]),
    "members": ({"additionalProperties": {"multipleOf": 0.01}}, NUMBERS),
    "members by pattern": ({"patternProperties": {"^a": {"multipleOf": 0.01}}}, NUMBERS),
}
"""What the engine takes long for, as it is written in C."""


@pytest.mark.parametrize(("schema", "body"), REPEATED.values(), ids=REPEATED)
def test_others_are_answered_while_much_is_validated(schema: object, body: object, tmp_path: Path) -> None:
    mock = Mock(load(written(tmp_path, json.dumps(schema)), infer=True))
    waits: list[float] = []
    raw = json.dumps(body).encode()

    async def ticking() -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = perf_counter()
            waits.append(now - last)
            last = now

    async def both() -> Answer:
        ticks = asyncio.create_task(ticking())
        answer = await exchange(mock, "POST", "/x", [(b"content-type", b"application/json")], [raw])
        ticks.cancel()
        return answer

    assert asyncio.run(both()).status == 204
    assert max(waits) < sum(waits) / 2  # at once, nearly all of the time is one wait


def test_a_number_of_too_many_digits_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"api.json:3:\d+: .*holds a number of too many digits"):
        load(written(tmp_path, f'{{"maximum": {"9" * 5000}}}'))
