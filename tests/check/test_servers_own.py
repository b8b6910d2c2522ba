"""Of documents without words: what a server works out itself, and doors that stand open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.check.plain_api import broken, kept
from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

SENT = ("name", "note")
POOLS: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Pools, version: '1'}
security: [{token: []}]
x-shown: &shown {application/json: {schema: {$ref: '#/components/schemas/Pool'}}}
paths:
  /pools:
    get:
      operationId: listPools
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pool'}}}}
    post:
      operationId: makePool
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewPool'}}}
      responses: {'201': &pool {description: ok, content: *shown}, '403': &no {description: no}, '422': *no}
  /pools/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readPool, responses: {'200': *pool, '404': *no}}
    delete: {operationId: dropPool, responses: {'204': {description: gone}, '404': *no}}
  /settings: {get: {operationId: readSettings, responses: {'200': {description: ok}, '403': *no}}}
  /news: {get: {operationId: readNews, responses: {'200': {description: ok}, '403': *no}}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    NewPool: {type: object, required: [name, note], properties: {}}
    Pool:
      type: object
      required: [id, name, open, busy, shut]
      properties: {id: {type: string}, open: {type: integer}, busy: {type: integer}, shut: {type: boolean}}
""")
for _schema in POOLS["components"]["schemas"].values():
    _schema["properties"] |= {name: {"type": "string", "minLength": 1, "maxLength": 90} for name in SENT}


class Handler(SmallHandler):
    """Pools, of which the server says itself how many places are open; nobody is asked for a token."""

    def _answer(self) -> None:
        raw, pools, path = self._received(), self.server.pools, self.path.partition("?")[0]
        id = path.removeprefix("/pools/")
        if path in ("/settings", "/news"):
            self._send(403 if path == "/settings" else 200, {})
        elif path == "/pools" and self.command == "POST":
            self._make(raw)
        elif path == "/pools":
            self._send(200, list(pools.values()))
        elif id not in pools:
            self._send(404, {})
        elif self.command == "DELETE":
            del pools[id]
            self._send(204, None)
        else:
            self._send(200, pools[id])

    def _make(self, raw: bytes) -> None:
        try:
            sent = json.loads(raw)
        except ValueError:
            sent = None
        if not isinstance(sent, dict) or not all(_is_text(sent.get(name)) for name in SENT):
            return self._send(422, {})
        self.server.made += 1
        pool = {name: sent[name] for name in SENT}
        pool |= {"id": f"p{self.server.made}", "open": -1, "busy": 0, "shut": True}
        self.server.pools[pool["id"]] = pool
        return self._send(201, pool)

    do_GET = do_POST = do_DELETE = _answer


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 90


def check(folder: Path) -> Report:
    path = folder / "pools.yaml"
    path.write_text(yaml.safe_dump(POOLS, sort_keys=False))
    with served(Handler, pools={}, made=0) as url:
        return Checker(load(path, infer=True), Target("t", url, "secret")).run()


def test_what_a_server_works_out_is_its_own(tmp_path: Path) -> None:
    """And of doors that all stand open one is told, whoever else refuses everything."""
    report = check(tmp_path)
    assert [*broken(report)] == ["listPools/security/missing"]
    assert "makePool/writes/note/any" in kept(report)
