"""Lists, filters, unique values and nested records, found by index: the same answers as by looking at all."""

from __future__ import annotations

import gc
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from tests.work import counted_calls
from troth import Mock
from troth.contracts.model import Keep, Outcome, Record
from troth.mock_server.stores import keys

DOCUMENT = """\
openapi: 3.1.0
info: {title: Desk, version: '1'}
x-contract:
  paging: {page: page, size: limit, default: 5, total: /total}
  resources:
    Task:
      id: id
      managed: {id: create}
      unique: {name: {}}
      state: {field: status, initial: open, auto: {aged: {from: open, to: old, after: PT60S}}}
    Note: {id: id, managed: {id: create}, parent: {resource: Task, by: task}}
paths:
  /tasks:
    get:
      operationId: listTasks
      x-contract: {acts: Task.list, order: ['-self.rank', self.name]}
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: status, in: query, schema: {type: string}}
        - {name: rank, in: query, schema: {type: integer}}
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema:
                type: object
                properties: {total: {type: integer}, items: {type: array, items: {$ref: '#/components/schemas/Task'}}}
    post:
      operationId: createTask
      x-contract: {acts: Task.create}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/TaskInput'}}}}
      responses: {'201': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}}
  /tasks/{task}:
    parameters: [{name: task, in: path, required: true, schema: {type: string}}]
    patch:
      operationId: updateTask
      x-contract: {acts: Task.update}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/TaskInput'}}}}
      responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}}
    delete:
      operationId: deleteTask
      x-contract: {acts: Task.delete}
      responses: {'204': {description: OK}}
  /tasks/{task}/notes:
    parameters: [{name: task, in: path, required: true, schema: {type: string}}]
    get:
      operationId: listNotes
      x-contract: {acts: Note.list}
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}
    post:
      operationId: createNote
      x-contract: {acts: Note.create}
      requestBody: {content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
      responses: {'201': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}
components:
  schemas:
    TaskInput: {type: object, properties: {name: {type: string}, rank: {type: integer}}}
    Task:
      type: object
      required: [id, status]
      properties: {id: {type: string}, name: {type: string}, rank: {type: integer}, status: {enum: [open, old]}}
    Note: {type: object, required: [id], properties: {id: {type: string}, text: {type: string}}}
"""  # noqa: E501


class Desk:
    """The mock, and beside it what it must say: plain lists, searched from end to end."""

    def __init__(self, client: Client) -> None:
        self.client, self.tasks = client, list[dict[str, object]]()

    def create(self, name: str, rank: int) -> None:
        answer = self.client("POST", "/tasks", {"name": name, "rank": rank})
        taken = any(task["name"] == name for task in self.tasks)
        assert answer.status == (409 if taken else 201)
        if not taken:
            self.tasks.append(answer.json)

    def rename(self, place: int, **changes: object) -> None:
        task = self.tasks[place]
        answer = self.client("PATCH", f"/tasks/{task['id']}", changes)
        assert answer.status == 200
        task.update(changes)

    def delete(self, place: int) -> None:
        assert self.client("DELETE", f"/tasks/{self.tasks.pop(place)['id']}").status == 204

    def pass_time(self, seconds: float) -> None:
        self.client.mock.clock.advance(seconds)
        for task in self.tasks:
            task["status"] = "old"

    def check(self) -> None:
        """Every page of every filter."""
        for status, rank in itertools.product((None, "open", "old"), (None, 1, 2)):
            wanted = [
                task["name"]
                for task in sorted(self.tasks, key=lambda task: (-int(str(task["rank"])), str(task["name"])))
                if status in (None, task["status"]) and rank in (None, task["rank"])
            ]
            query = "&".join(f"{k}={v}" for k, v in (("status", status), ("rank", rank)) if v is not None)
            shown: list[object] = []
            for page in itertools.count(1):
                answer = self.client("GET", "/tasks", query=f"{query}&page={page}&limit=2".encode()).json
                assert answer["total"] == len(wanted)
                if not answer["items"]:
                    break
                shown += [task["name"] for task in answer["items"]]
            assert shown == wanted


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    path = tmp_path / "desk.yaml"
    path.write_text(DOCUMENT)
    mock = Mock(path)
    mock.clock.freeze()
    client = Client(mock)
    for task in client("GET", "/tasks", query=b"limit=100").json["items"]:
        client("DELETE", f"/tasks/{task['id']}")
    return Desk(client)


def test_lists_after_every_kind_of_write(desk: Desk) -> None:
    for number in range(6):
        desk.create(f"t{number}", number % 3)
        desk.check()
    desk.create("t3", 1)
    desk.rename(0, rank=2)
    desk.check()
    desk.rename(1, name="a")
    desk.create("t1", 0)
    desk.check()
    desk.delete(2)
    desk.check()
    desk.create("t2", 2)
    desk.pass_time(61)
    desk.check()
    desk.create("new", 1)
    desk.rename(0, name="z")
    desk.check()


def test_time_that_is_turned_back_has_not_passed(desk: Desk) -> None:
    desk.create("one", 1)
    desk.client.mock.clock.advance(61)
    assert desk.client("GET", "/tasks", query=b"status=old").json["total"] == 1
    desk.client.mock.session.turn_back_clock()
    desk.client.mock.clock.freeze()
    assert desk.client("GET", "/tasks", query=b"status=open").json["total"] == 1
    desk.check()


def test_nested_records_go_with_their_own_parent(desk: Desk) -> None:
    desk.create("one", 1)
    desk.create("two", 1)
    first, second = (str(task["id"]) for task in desk.tasks)
    for parent, text in ((first, "a"), (second, "b"), (first, "c")):
        assert desk.client("POST", f"/tasks/{parent}/notes", {"text": text}).status == 201
    assert [note["text"] for note in desk.client("GET", f"/tasks/{first}/notes").json] == ["a", "c"]
    desk.delete(0)
    assert [note["text"] for note in desk.client("GET", f"/tasks/{second}/notes").json] == ["b"]
    assert desk.client("GET", f"/tasks/{first}/notes").status == 404


def work(desk: Desk, method: str, path: str, body: object = None, query: bytes = b"") -> int:
    desk.client(method, path, body, query=query)
    with counted_calls() as calls:
        answer = desk.client(method, path, body, query=query)
    assert answer.status < 300
    return calls.number


def test_a_page_costs_what_is_on_it(desk: Desk) -> None:
    """Also behind a write, which puts one record in its place and does not sort all of them anew."""

    def costs() -> list[int]:
        first = str(desk.tasks[0]["id"])
        page = work(desk, "GET", "/tasks", query=b"limit=5")
        renamed = work(desk, "PATCH", f"/tasks/{first}", {"name": "first"})
        return [page, renamed, work(desk, "GET", "/tasks", query=b"limit=5"), work(desk, "GET", "/tasks")]

    for number in range(20):
        desk.create(f"t{number:04}", 1)
    few = costs()
    for number in range(20, 600):
        desk.create(f"t{number:04}", 1)
    many = costs()
    for before, after in zip(few, many, strict=True):
        assert after < before * 1.5 + 50


RULED = DOCUMENT.replace(
    "    Task:\n      type: object\n",
    "    Task:\n      type: object\n      x-contract: {rules: {ranked: {rule: 'self.rank >= 0'}}}\n",
)


def test_older_versions_of_a_record_are_let_go(tmp_path: Path) -> None:
    """Also where a rule, whose result is remembered with a record, is the last that was asked of it."""
    assert RULED != DOCUMENT
    path = tmp_path / "ruled.yaml"
    path.write_text(RULED)
    client = Client(Mock(path))
    made = client("POST", "/tasks", {"name": "one", "rank": 0}).json

    def alive() -> int:
        gc.collect()
        return sum(isinstance(found, Record) for found in gc.get_objects())

    for rank in range(1, 11):
        assert client("PATCH", f"/tasks/{made['id']}", {"rank": rank}).status == 200
    few = alive()
    for rank in range(11, 61):
        assert client("PATCH", f"/tasks/{made['id']}", {"rank": rank}).status == 200
    assert alive() <= few


def test_keyed_answers_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEYS", 3)
    mock = desk.client.mock
    store, now = mock.session.store_of(mock.apis[0]), datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(5):
        store.apply([Keep(str(number), "", Outcome(200, True, "ok", ""), now + timedelta(days=1))], now)
    assert [bool(store.kept(str(number))) for number in range(5)] == [False, False, True, True, True]
