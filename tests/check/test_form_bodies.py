"""An API that takes HTML forms, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.check.running import WHOLE, finds
from tests.check.small_server import SmallHandler, served
from tests.gate import seldom
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

DOCUMENT = """
openapi: 3.0.3
info: {title: Rooms, version: '1'}
x-contract:
  resources: {Room: {id: id, managed: {id: create}}}
paths:
  /rooms:
    post:
      operationId: addRoom
      x-contract: {acts: Room.create}
      requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/NewRoom'}}}}
      responses: {'201': &one {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Room'}}}}, 4XX: &no {description: no}}
  /rooms/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readRoom, x-contract: {acts: Room.read}, responses: {'200': *one, 4XX: *no}}
    patch:
      operationId: setRoom
      x-contract: {acts: Room.update}
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Change'}}}}
      responses: {'200': *one, 4XX: *no}
components:
  schemas:
    Change: &change
      type: object
      properties: &fields
        name: {type: string, minLength: 1, maxLength: 40}
        beds: {type: integer, minimum: 1, maximum: 6}
        sea_view: {type: boolean}
        tags: {type: array, maxItems: 3, items: {type: string, minLength: 1}}
    NewRoom: {<<: *change, required: [name]}
    Room: {type: object, required: [id, name], properties: {<<: *fields, id: {type: string}}}
"""  # noqa: E501
FAULTS = {
    "beds_as_text": "addRoom/response",
    "seven_beds": "setRoom/schema/beds/maximum/outside",
    "any_beds": "addRoom/schema/beds/type/outside",
    "last_tag_only": "addRoom/schema/tags/maxItems/inside",
    "forgets_view": "setRoom/writes/sea_view/any",
    "nameless": "addRoom/schema/name/required/outside",
}


class Rooms(SmallHandler):
    def _answer(self) -> None:
        sent = parse_qsl(self._received().decode(), keep_blank_values=True)
        _, _, id = self.path.strip("/").partition("/")
        if id and id not in self.server.rooms:
            return self._send(404, {"error": "no such room"})
        if self.command == "GET":
            return self._send(200, self.server.rooms[id])
        told = self._told(sent)
        if told is None or self._lacks_name(id, told):
            return self._send(400, {"error": "not like this"})
        return self._store(id, told)

    def _lacks_name(self, id: str, told: dict[str, Any]) -> bool:
        """Whether a new room comes without a name."""
        if id or "nameless" in self.server.faults:
            return False
        return "name" not in told

    def _store(self, id: str, told: dict[str, Any]) -> None:
        """Make or change a room."""
        rooms = self.server.rooms
        id = id or f"room-{len(rooms)}"
        rooms[id] = {"id": id, "name": "?", **rooms.get(id, {}), **told}
        self._send(201 if self.command == "POST" else 200, rooms[id])

    def _told(self, sent: list[tuple[str, str]]) -> dict[str, Any] | None:
        """What a form says, or None where it says something that cannot be, or is none."""
        if self.headers["Content-Type"] != "application/x-www-form-urlencoded":
            return None
        texts = dict(sent)
        told = self._typed(texts, [value for name, value in sent if name == "tags"])
        if not self._has_possible_beds(texts.get("beds", "1")):
            return None
        if texts.get("sea_view", "true") not in ("true", "false"):
            return None
        if not 1 <= len(told.get("name", "?")) <= 40:
            return None
        tags = told.get("tags", ())
        if len(tags) > 3 or "" in tags:
            return None
        return told

    def _typed(self, texts: dict[str, str], tags: list[str]) -> dict[str, Any]:
        """The fields of a room as a form says them."""
        faults = self.server.faults
        told: dict[str, Any] = {}
        if "name" in texts:
            told["name"] = texts["name"]
        if "beds" in texts:
            told["beds"] = self._beds(texts["beds"])
        if "sea_view" in texts and "forgets_view" not in faults:
            told["sea_view"] = texts["sea_view"] == "true"
        if tags:
            told["tags"] = tags[-1:] if "last_tag_only" in faults else tags
        return told

    def _beds(self, count: str) -> int | str:
        if "beds_as_text" in self.server.faults or not count.isdecimal():
            return count
        return int(count)

    def _has_possible_beds(self, count: str) -> bool:
        faults = self.server.faults
        if "any_beds" in faults:
            return True
        most = 7 if "seven_beds" in faults else 6
        return count.isdecimal() and 1 <= int(count) <= most

    do_GET = do_POST = do_PATCH = _answer


def check(tmp_path: Path, *faults: str, only: tuple[str, ...] = ()) -> Report:
    path = tmp_path / "rooms.yaml"
    path.write_text(DOCUMENT, "utf-8")
    with served(Rooms, rooms={}, faults=faults) as url:
        return Checker(load(path), Target("rooms", url), only=only).run()


def test_a_correct_server_is_not_accused(tmp_path: Path) -> None:
    report = check(tmp_path)
    assert [(v.promise.id, v.evidence) for v in report.verdicts if v.result == BROKEN] == []
    assert {v.promise.id for v in report.verdicts if v.result == KEPT} >= set(FAULTS.values())


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize(("fault", "promise"), seldom(FAULTS.items(), "beds_as_text"))
def test_a_fault_is_found(fault: str, promise: str, tmp_path: Path, *, whole: bool) -> None:
    assert finds(lambda only: check(tmp_path, fault, only=only), promise, whole=whole)


def test_the_evidence_is_a_form(tmp_path: Path) -> None:
    verdicts = {v.promise.id: v for v in check(tmp_path, "seven_beds").verdicts}
    evidence = verdicts[FAULTS["seven_beds"]].evidence
    assert evidence
    assert "--data-urlencode beds=7" in evidence.exchanges[-1].curl()


UPLOADS = """\
openapi: 3.0.3
info: {title: Files, version: '1'}
x-contract: {errors: {invalid: 400}, resources: {Doc: {id: id, fixtures: {one: {id: one, name: n}}}}}
paths:
  /docs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getDoc
      x-contract: {acts: Doc.read}
      responses: &answers {'200': {description: A, content: {application/json: {schema: {
        $ref: '#/components/schemas/Doc'}}}}, '400': {description: No}, '404': {description: Gone}}
  /docs/{id}/file:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: upload
      x-contract: {acts: Doc.action}
      requestBody: {required: true, content: {TYPE}}
      responses: *answers
components: {schemas: {Doc: {type: object, properties: {id: {type: string}, name: {type: string}}}}}
"""


@pytest.mark.parametrize(
    "content", ["application/octet-stream: {schema: {type: string, format: binary}}", "'image/*': {}"]
)
def test_a_required_body_of_another_type_is_sent(content: str, tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(UPLOADS.replace("TYPE", content))
    done = subprocess.run(
        [sys.executable, "-m", "troth", "check", str(path), "--mock", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {found["id"]: found["result"] for found in json.loads(done.stdout)["promises"]}
    assert verdicts["upload/acts/missing"] == "kept", done.stdout
