"""A store of jobs and their notes in which others have records, too: ``python -m tests.check.jobs_server PORT [MODE]``.

A job that runs cannot be deleted; the notes of one that is go with it. ``/__store`` shows all records, and
``/__moves`` each state that a job was in when it was deleted. Modes: ``slow`` (answers take a little),
``gone:N`` (from the Nth call on every connection is closed, until ``/__back`` is called), ``lost`` (every
fourth call that makes something is carried out and not answered), ``sulky``
(a fault: a job of which a note was deleted is not run any more).
"""  # noqa: E501

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from typing import Any

from tests.check.small_server import SmallHandler, served

DOCUMENT = """
openapi: 3.0.3
info: {title: Jobs, version: '1'}
security: [{b: []}]
x-contract:
  errors: {refused: 409, missing: 404, invalid: 422, unauthenticated: 401, message: /error}
  resources:
    Job:
      id: id
      state: {field: state, initial: idle}
      managed: {id: create}
    Note:
      id: id
      parent: {resource: Job, by: id}
      managed: {id: create}
paths:
  /jobs:
    get:
      operationId: listJobs
      x-contract: {acts: Job.list}
      responses:
        '200': {description: l, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Job'}}}}}
        '401': {$ref: '#/components/responses/E'}
    post:
      operationId: createJob
      x-contract: {acts: Job.create}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewJob'}}}}
      responses: {'201': {$ref: '#/components/responses/J'}, '422': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getJob
      x-contract: {acts: Job.read}
      responses: {'200': {$ref: '#/components/responses/J'}, '404': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
    delete:
      operationId: deleteJob
      x-contract: {acts: Job.delete, rules: {still: {rule: "self.state != 'running'", status: 409, message: it runs}}}
      responses: {'204': {description: gone}, '404': {$ref: '#/components/responses/E'}, '409': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /jobs/{id}/run:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: runJob
      x-contract: {acts: Job.action, transition: {from: [idle, held], to: running, refused: it runs}}
      responses: {'200': {$ref: '#/components/responses/J'}, '404': {$ref: '#/components/responses/E'}, '409': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /jobs/{id}/hold:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: holdJob
      x-contract: {acts: Job.action, transition: {from: running, to: held, refused: it does not run}}
      responses: {'200': {$ref: '#/components/responses/J'}, '404': {$ref: '#/components/responses/E'}, '409': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /jobs/{id}/notes:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: listNotes
      x-contract: {acts: Note.list}
      responses:
        '200': {description: l, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}
        '404': {$ref: '#/components/responses/E'}
        '401': {$ref: '#/components/responses/E'}
    post:
      operationId: createNote
      x-contract: {acts: Note.create}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}}
      responses:
        '201': {description: n, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {$ref: '#/components/responses/E'}
        '422': {$ref: '#/components/responses/E'}
        '401': {$ref: '#/components/responses/E'}
  /jobs/{id}/notes/{note}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: note, in: path, required: true, schema: {type: string}}
    delete:
      operationId: deleteNote
      x-contract: {acts: Note.delete}
      responses: {'204': {description: gone}, '404': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
components:
  securitySchemes: {b: {type: http, scheme: bearer}}
  responses:
    J: {description: j, content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}
    E: {description: e, content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}}
  schemas:
    Job: {type: object, required: [id, state, title], properties: {id: {type: string}, state: {type: string, enum: [idle, running, held]}, title: {type: string, minLength: 1}}}
    NewJob: {type: object, required: [title], properties: {title: {type: string, minLength: 1, maxLength: 30}}}
    Note: {type: object, required: [id, text], properties: {id: {type: string}, text: {type: string}}}
    NewNote: {type: object, required: [text], properties: {text: {type: string, minLength: 1, maxLength: 30}}}
"""  # noqa: E501
TOKEN = "good"
STATES = {"run": (("idle", "held"), "running", "it runs"), "hold": (("running",), "held", "it does not run")}


class Store:
    """What the server knows: others have jobs in every state, one with a note."""

    def __init__(self, mode: str) -> None:
        self.mode, _, number = mode.partition(":")
        self.gone_from = int(number or 0)
        self.numbers, self.lock = itertools.count(1), threading.Lock()
        self.jobs: dict[str, dict[str, str]] = {
            f"theirs-{state}": {"id": f"theirs-{state}", "state": state, "title": f"theirs, {state}"}
            for state in ("idle", "running", "held")
        }
        self.notes: dict[str, dict[str, dict[str, str]]] = {
            "theirs-idle": {"n-theirs": {"id": "n-theirs", "text": "keep me"}}
        }
        self.calls = self.made = 0
        self.back = False
        self.bereft: set[str] = set()
        """Jobs of which a note was deleted."""
        self.ended: list[str] = []
        """The state of each job that was deleted, when it was."""

    def everything(self) -> dict[str, Any]:
        return {"jobs": self.jobs, "notes": {id: notes for id, notes in self.notes.items() if notes}}


class Handler(SmallHandler):
    """Its answers."""

    def answer(self) -> None:
        store: Store = self.server.store
        raw = self._received()
        if self.path == "/__store":
            self._send(200, store.everything())
        elif self.path == "/__moves":
            self._send(200, {"ended": store.ended, "calls": store.calls})
        elif self.path == "/__back":
            store.back = True
            self._send(200, {})
        else:
            self.call(store, raw)

    def call(self, store: Store, raw: bytes) -> None:
        with store.lock:
            store.calls += 1
            if store.mode == "gone" and store.calls >= store.gone_from and not store.back:
                self.close_connection = True
                return
            if store.mode == "slow":
                time.sleep(0.02)
            status, body = self.api(store, raw)
        if status == 201:
            store.made += 1
            if store.mode == "lost" and store.made % 4 == 0:
                self.close_connection = True
                return
        self._send(status, body)

    def api(self, store: Store, raw: bytes) -> tuple[int, Any]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "who are you"}
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts == ["jobs"]:
            return self.all_jobs(store, raw)
        job = store.jobs.get(parts[1]) if parts[0] == "jobs" else None
        if job is None:
            return 404, {"error": "no such job"}
        if len(parts) == 2:
            return self.one_job(store, job)
        if parts[2] == "notes":
            return self.of_notes(store, job, parts[3:], raw)
        return self.moved(store, job, parts[2])

    def moved(self, store: Store, job: dict[str, str], move: str) -> tuple[int, Any]:
        before, after, refused = STATES[move]
        if job["state"] not in before:
            return 409, {"error": refused}
        if store.mode == "sulky" and job["id"] in store.bereft:
            return 409, {"error": refused}
        job["state"] = after
        return 200, job

    def all_jobs(self, store: Store, raw: bytes) -> tuple[int, Any]:
        if self.command == "GET":
            return 200, list(store.jobs.values())
        title = text_of(raw, "title")
        if title is None:
            return 422, {"error": "bad"}
        id = f"j{next(store.numbers)}"
        store.jobs[id] = {"id": id, "state": "idle", "title": title}
        return 201, store.jobs[id]

    def one_job(self, store: Store, job: dict[str, str]) -> tuple[int, Any]:
        if self.command == "GET":
            return 200, job
        if job["state"] == "running":
            return 409, {"error": "it runs"}
        store.ended.append(job["state"])
        store.notes.pop(job["id"], None)
        del store.jobs[job["id"]]
        return 204, None

    def of_notes(self, store: Store, job: dict[str, str], rest: list[str], raw: bytes) -> tuple[int, Any]:
        notes = store.notes.setdefault(job["id"], {})
        if rest:
            if rest[0] not in notes:
                return 404, {"error": "no such note"}
            del notes[rest[0]]
            store.bereft.add(job["id"])
            return 204, None
        if self.command == "GET":
            return 200, list(notes.values())
        text = text_of(raw, "text")
        if text is None:
            return 422, {"error": "bad"}
        id = f"n{next(store.numbers)}"
        notes[id] = {"id": id, "text": text}
        return 201, notes[id]

    do_GET = do_POST = do_DELETE = answer


def text_of(raw: bytes, name: str) -> str | None:
    """A text of a JSON body, if it is one of the right length."""
    try:
        found = json.loads(raw)[name]
    except (ValueError, TypeError, LookupError):
        return None
    if isinstance(found, str) and 1 <= len(found) <= 30:
        return found
    return None


if __name__ == "__main__":
    with served(Handler, store=Store(sys.argv[2] if len(sys.argv) > 2 else ""), port=int(sys.argv[1])) as url:
        print(url, flush=True)
        threading.Event().wait()
