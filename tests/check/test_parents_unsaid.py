"""Of documents without words: what is made without naming what it belongs to, below what the server likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.check.plain_api import broken, kept
from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

THREADS: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Threads, version: '1'}
paths:
  /threads:
    get: {operationId: threads, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thread'}}}}}}}
    post:
      operationId: addThread
      requestBody: {required: true, content: {application/json: {schema: &text {type: object, required: [text], properties: {text: {type: string}}}}}}
      responses: {'201': &thread {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thread'}}}}, '422': &no {description: no}}
  /threads/{thread_id}:
    parameters: &thread_id [{name: thread_id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readThread, responses: {'200': *thread, '404': *no}}
    delete: {operationId: dropThread, responses: {'204': *no, '404': *no}}
  /threads/{thread_id}/runs:
    parameters: *thread_id
    get: {operationId: runs, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Run'}}}}}, '404': *no}}
  /threads/{thread_id}/runs/{run_id}:
    parameters: [{name: thread_id, in: path, required: true, schema: {type: string}}, {name: run_id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readRun, responses: {'200': &run {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Run'}}}}, '404': *no}}
    delete: {operationId: dropRun, responses: {'204': *no, '404': *no}}
  /runs:
    post: {operationId: addRun, requestBody: {required: true, content: {application/json: {schema: *text}}}, responses: {'201': *run, '422': *no}}
components:
  schemas:
    Thread: {type: object, required: [id, text], properties: {id: {type: string}, text: {type: string}}}
    Run: {type: object, required: [id, thread_id, text], properties: {id: {type: string}, thread_id: {type: string}, text: {type: string}}}
""")  # noqa: E501


class Handler(SmallHandler):
    """A run belongs to a thread that is made for it."""

    def _answer(self) -> None:
        raw, threads, runs = self._received(), self.server.threads, self.server.runs
        path = self.path.partition("?")[0].strip("/").split("/")
        if self.command == "POST":
            self._make(path[0], raw)
        elif len(path) == 1:
            self._send(200, [*threads.values()])
        elif path[1] not in threads:
            self._send(404, {})
        elif len(path) == 3:
            self._send(200, [run for run in runs.values() if run["thread_id"] == path[1]])
        else:
            there, id = (threads, path[1]) if len(path) == 2 else (runs, path[3])
            self._one(there, id, path[1])

    def _one(self, there: dict[str, Any], id: str, thread: str) -> None:
        if there.get(id, {}).get("thread_id", thread) != thread or id not in there:
            self._send(404, {})
        elif self.command == "DELETE":
            del there[id]
            for run in [run for run in self.server.runs.values() if run["thread_id"] == id]:
                del self.server.runs[run["id"]]
            self._send(204, None)
        else:
            self._send(200, there[id])

    def _make(self, what: str, raw: bytes) -> None:
        try:
            sent = json.loads(raw)
        except ValueError:
            sent = None
        if not isinstance(sent, dict) or not isinstance(sent.get("text"), str):
            return self._send(422, {})
        thread = self._stored(self.server.threads, {"text": sent["text"] if what == "threads" else ""})
        if what == "threads":
            return self._send(201, thread)
        return self._send(
            201, self._stored(self.server.runs, {"text": sent["text"], "thread_id": thread["id"]})
        )

    def _stored(self, there: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        self.server.made += 1
        made = {**data, "id": f"x{self.server.made}"}
        there[made["id"]] = made
        return made

    do_GET = do_POST = do_DELETE = _answer


def test_the_server_says_where_it_belongs(tmp_path: Path) -> None:
    path = tmp_path / "threads.yaml"
    path.write_text(yaml.safe_dump(THREADS, sort_keys=False))
    with served(Handler, threads={}, runs={}, made=0) as url:
        report = Checker(load(path, infer=True), Target("t", url)).run()
    assert broken(report) == {}
    assert "addRun/writes/text/any" in kept(report)
