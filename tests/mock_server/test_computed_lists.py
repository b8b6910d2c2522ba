"""Lists by what follows from other properties: sorted by it, filtered by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

DOCUMENT = """
openapi: 3.0.3
info: {title: Boxes, version: '1'}
x-contract:
  resources:
    Box:
      id: id
      computed: {volume: self.side * self.side * self.side, big: self.volume > 20}
      fixtures: {a: {id: a, side: 2}, b: {id: b, side: 3}, c: {id: c, side: 1}}
paths:
  /boxes:
    get:
      operationId: listBoxes
      x-contract: {acts: Box.list, order: [self.volume]}
      parameters:
        - {name: volume, in: query, schema: {type: integer}}
        - {name: big, in: query, schema: {type: boolean}}
      responses: {'200': {description: Ok., content: {application/json: {schema: {type: array, items: &box
        {$ref: '#/components/schemas/Box'}}}}}}
  /boxes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    patch:
      operationId: updateBox
      x-contract: {acts: Box.update}
      requestBody:
        content: {application/json: {schema: {type: object, properties: {side: {type: integer}}}}}
      responses: {'200': {description: Ok., content: {application/json: {schema: *box}}}}
components:
  schemas:
    Box:
      type: object
      properties: {id: {type: string}, side: {type: integer}, volume: {type: integer}, big: {type: boolean}}
"""


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        (b"", ["c", "a", "b"], ["a", "b", "c"]),
        (b"volume=8", ["a"], ["a"]),
        (b"big=true", ["b"], ["b", "c"]),
        (b"big=false", ["c", "a"], ["a"]),
        (b"volume=9", [], []),
    ],
)
def test_lists(tmp_path: Path, query: bytes, before: list[str], after: list[str]) -> None:
    path = tmp_path / "boxes.yaml"
    path.write_text(DOCUMENT)
    mock = Mock([load(str(path))])
    call = Client(mock, prefix=mock.apis[0].mount)
    assert [box["id"] for box in call("GET", "/boxes", query=query).json] == before
    assert call("PATCH", "/boxes/c", {"side": 4}).status == 200
    assert [box["id"] for box in call("GET", "/boxes", query=query).json] == after
