"""OpenAPI 3.2: `query`, and methods that nobody has heard of (`additionalOperations`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check.running import WHOLE, finds
from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

DOCUMENT = """
openapi: 3.2.0
info: {title: Lights, version: '1'}
x-contract:
  resources: {Light: {id: id, state: {field: status, initial: dark}, managed: {id: create}}}
paths:
  /lights:
    get:
      operationId: listLights
      x-contract: {acts: Light.list}
      responses: {'200': &all {description: ok, content: {application/json: {schema: &list {type: array, items: {$ref: '#/components/schemas/Light'}}}}}}
    post:
      operationId: addLight
      x-contract: {acts: Light.create}
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string, minLength: 1}}}}}}
      responses: {'201': &one {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Light'}}}}, 4XX: &no {description: no}}
    query:
      operationId: findLights
      x-contract: {acts: Light.list}
      requestBody: {content: {application/json: {schema: {type: object, properties: {status: {type: string, enum: [dark, lit]}}}}}}
      responses: {'200': *all, 4XX: *no}
  /lights/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readLight, x-contract: {acts: Light.read}, responses: {'200': *one, 4XX: *no}}
    additionalOperations:
      SWITCH:
        operationId: switchLight
        x-contract: {acts: Light.action, transition: {from: dark, to: lit}}
        responses: {'200': *one, 4XX: *no}
components:
  schemas:
    Light:
      type: object
      required: [id, name, status]
      properties: {id: {type: string}, name: {type: string}, status: {type: string, enum: [dark, lit]}}
"""  # noqa: E501
FAULTS = {
    "switch_twice": "switchLight/transition/from=lit",
    "switch_forgets": "switchLight/transition/from=dark",
    "switch_number": "switchLight/response",
    "query_takes_anything": "findLights/schema/status/enum/outside",
    "query_number": "findLights/response",
}


class Lights(SmallHandler):
    def _collection(self) -> None:
        lights, sent = self.server.lights, self._sent()
        if self.command == "GET":
            return self._send(200, list(lights.values()))
        if self.command == "QUERY":
            return self._find(lights, sent)
        if not isinstance(sent, dict) or not isinstance(sent.get("name"), str) or not sent["name"]:
            return self._send(400, {"error": "a name, please"})
        made = {"id": f"light-{len(lights)}", "name": sent["name"], "status": "dark"}
        lights[made["id"]] = made
        return self._send(201, made)

    def _sent(self) -> Any:
        try:
            return json.loads(self._received() or b"{}")
        except ValueError:
            return "no JSON"

    def _find(self, lights: dict[str, dict[str, Any]], sent: Any) -> None:
        wanted = sent.get("status") if isinstance(sent, dict) else None
        strange = not isinstance(sent, dict) or ("status" in sent and wanted not in ("dark", "lit"))
        if strange and "query_takes_anything" not in self.server.faults:
            return self._send(400, {"error": "dark or lit"})
        found = [light for light in lights.values() if wanted in (None, light["status"])]
        return self._send(200, 7 if "query_number" in self.server.faults else found)

    def _item(self, id: str) -> None:
        light, faults = self.server.lights.get(id), self.server.faults
        if light is None:
            return self._send(404, {"error": "no such light"})
        if self.command == "SWITCH":
            if light["status"] == "lit" and "switch_twice" not in faults:
                return self._send(400, {"error": "it is lit"})
            light["status"] = "dark" if "switch_forgets" in faults else "lit"
            if "switch_number" in faults:
                return self._send(200, 7)
        return self._send(200, light)

    def _answer(self) -> None:
        _, _, id = self.path.strip("/").partition("/")
        self._item(id) if id else self._collection()

    do_GET = do_POST = do_QUERY = do_SWITCH = _answer


def check(tmp_path: Path, *faults: str, only: tuple[str, ...] = ()) -> Report:
    path = tmp_path / "lights.yaml"
    path.write_text(DOCUMENT, "utf-8")
    with served(Lights, lights={}, faults=faults) as url:
        return Checker(load(path), Target("lights", url), only=only).run()


def test_a_correct_server_is_not_accused(tmp_path: Path) -> None:
    report = check(tmp_path)
    assert [(v.promise.id, v.evidence) for v in report.verdicts if v.result == BROKEN] == []
    kept = {v.promise.id for v in report.verdicts if v.result == KEPT}
    assert kept >= set(FAULTS.values())


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize(("fault", "promise"), FAULTS.items())
def test_a_fault_is_found(fault: str, promise: str, tmp_path: Path, *, whole: bool) -> None:
    assert finds(lambda only: check(tmp_path, fault, only=only), promise, whole=whole)
