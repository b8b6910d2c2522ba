"""What may be deleted in one state only is not led into one that nothing leads out of."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path

from tests.check.small_server import SmallHandler, served
from tests.cli.running import run

DOCUMENT = """
openapi: 3.0.3
info: {title: Boxes, version: '1'}
x-contract:
  resources:
    Box: {id: id, state: {field: at, initial: open}, managed: {id: create}}
  errors: {message: /error, refused: 409, missing: 404, invalid: 422}
paths:
  /boxes:
    get:
      operationId: listBoxes
      x-contract: {acts: Box.list}
      responses: {'200': {description: all, content: {application/json: {schema: {
        type: array, items: {$ref: '#/components/schemas/Box'}}}}}}
    post:
      operationId: makeBox
      x-contract: {acts: Box.create}
      requestBody: {required: true, content: {application/json: {schema: {
        type: object, required: [name], properties: {name: {type: string, minLength: 1, maxLength: 20}}}}}}
      responses: {'201': &box {description: one, content: {application/json: {schema: {
        $ref: '#/components/schemas/Box'}}}}, '422': {description: no}}
  /boxes/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readBox
      x-contract: {acts: Box.read}
      responses: {'200': *box, '404': {description: none}}
    delete:
      operationId: deleteBox
      x-contract:
        acts: Box.delete
        rules: {shelved: {rule: "self.at == 'shelved'", status: 409, message: it stands}}
      responses:
        '204': {description: gone}
        '404': {description: none}
        '409': {$ref: '#/components/responses/No'}
  /boxes/{id}/close:
    parameters: *id
    post:
      operationId: closeBox
      x-contract: {acts: Box.action, transition: {from: open, to: closed}}
      responses: {'200': *box, '404': {description: none}, '409': {$ref: '#/components/responses/No'}}
  /boxes/{id}/shelve:
    parameters: *id
    post:
      operationId: shelveBox
      x-contract: {acts: Box.action, transition: {from: open, to: shelved}}
      responses: {'200': *box, '404': {description: none}, '409': {$ref: '#/components/responses/No'}}
components:
  responses:
    'No': {description: no, content: {application/json: {schema: {
      type: object, properties: {error: {type: string}}}}}}
  schemas:
    Box:
      type: object
      required: [id, name, at]
      properties: {id: {type: string}, name: {type: string}, at: {enum: [open, closed, shelved]}}
"""
MOVES = {"close": "closed", "shelve": "shelved"}


class Boxes(SmallHandler):
    """Boxes that are deleted from the shelf only."""

    def _do(self) -> None:
        body = self._received()
        boxes, (_, id, act) = self.server.boxes, [*self.path.split("/")[1:], "", ""][:3]
        box, method = boxes.get(id), self.command
        if (method, id) == ("GET", ""):
            self._send(200, list(boxes.values()))
        elif method == "POST" and not id:
            self._make(body)
        elif box is None:
            self._say(404)
        elif method == "GET":
            self._send(200, box)
        elif act in MOVES and box["at"] == "open":
            box["at"] = MOVES[act]
            self._send(200, box)
        elif method == "DELETE" and box["at"] == "shelved":
            del boxes[id]
            self._send(204, None)
        else:
            self._say(409)

    do_GET = do_POST = do_DELETE = _do

    def _make(self, body: bytes) -> None:
        try:
            name = json.loads(body)["name"]
        except (ValueError, KeyError, TypeError):
            name = None
        if not isinstance(name, str) or not 1 <= len(name) <= 20:
            self._say(422)
            return
        made = {"id": f"b{next(self.server.numbers)}", "name": name, "at": "open"}
        self.server.boxes[made["id"]] = made
        self._send(201, made)

    def _say(self, status: int) -> None:
        self._send(status, {"error": "it stands" if status == 409 else "no"})


def test_what_was_made_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "boxes.yaml").write_text(DOCUMENT)
    with served(Boxes, boxes=(boxes := dict[str, dict[str, str]]()), numbers=count(1)) as url:
        done = run("check", "boxes.yaml", "--target", url, folder=tmp_path)
    assert done.code == 0, done
    counts = re.search(r"records of this run: (\d+) removed, (\d+) led to a final state\n", done.out)
    assert counts is not None
    assert {box["at"] for box in boxes.values()} == {"closed"}  # by what was tried on them
    assert int(counts[2]) == len(boxes) < int(counts[1])
