"""The first calls of a run: what may be refused for a good reason says nothing of the target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.check.plain_api import kept
from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

DOCUMENT = """
openapi: 3.1.0
info: {title: Labels, version: '1'}
x-contract:
  resources:
    Label: {id: id, managed: {id: create}, fixtures: {}}
    Shelf: {id: id, managed: {id: create}, fixtures: {}}
paths:
  /rooms/{room}/labels:
    get:
      operationId: listLabels
      parameters: [{name: room, in: path, required: true, schema: {type: string}}]
      x-contract: {acts: Label.list}
      responses: {'200': {description: All., content: {application/json: {schema: {type: array, items: &Label
        {$ref: '#/components/schemas/Label'}}}}}, '404': {description: No such room.}}
  /shelves:
    get:
      operationId: listShelves
      x-contract: {acts: Shelf.list}
      responses: {'200': {description: All., content: {application/json: {schema: {type: array, items: &Shelf
        {$ref: '#/components/schemas/Shelf'}}}}}}
    post:
      operationId: addShelf
      x-contract: {acts: Shelf.create}
      requestBody: {content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
      responses: {'201': {description: Made., content: {application/json: {schema: *Shelf}}},
        '400': {description: No.}}
components:
  schemas:
    Label: {type: object, properties: {id: {type: string}}}
    Shelf: {type: object, properties: {id: {type: string}, text: {type: string}}}
"""


class Shelves(SmallHandler):
    """Has shelves, and no rooms at all."""

    def do_GET(self) -> None:  # noqa: N802 (http.server's name)
        if self.path == "/shelves":
            self._send(200, list(self.server.shelves.values()))
        else:
            self._send(404, {"error": "no such room"})

    def do_POST(self) -> None:  # noqa: N802
        try:
            shelf: Any = json.loads(self._received() or b"{}")
        except ValueError:
            shelf = None
        if not isinstance(shelf, dict) or not isinstance(shelf.get("text", ""), str):
            self._send(400, {"error": "no shelf"})
            return
        shelf["id"] = f"s{len(self.server.shelves)}"
        self.server.shelves[shelf["id"]] = shelf
        self._send(201, shelf)


def test_a_list_below_a_made_up_thing_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(DOCUMENT)
    with served(Shelves, shelves={}) as url:
        report: Report = Checker(load(path), Target("labels", url)).run()
    assert "addShelf/writes/text/any" in kept(report)
    assert report.ended is None
