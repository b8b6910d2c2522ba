"""What was never exercised once, for no good reason: states behind optional properties, rules about headers,
things of which there is one only, neighbours on paths that do not name their parent, filters by days."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, body, broken, document, kept, operation, parameters, run
from tests.gate import seldom
from troth.contracts.check.results import Report

NULLABLE = ["string", "null"]
FILTERS = {
    "q": {"is": "search", "of": "title"},
    "due_by": {"is": "filter", "of": "due", "by": "<="},
    "points": {"is": "filter", "of": "points", "by": ">="},
    "status": {"is": "filter", "of": "status"},
    "title": {"is": "filter", "of": "title"},
    "sort": {"is": "sort"},
}
LIST = {
    "type": "object",
    "required": ["tasks"],
    "properties": {"tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}},
}


def asked(name: str, where: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema}


TASKS = document(
    {
        "Board": {"id": "id", "managed": {"id": "create"}},
        "Task": {
            "id": "id",
            "parent": {"resource": "Board", "by": "board"},
            "state": {"field": "status", "initial": "open"},
            "managed": {"id": "create"},
        },
        "Settings": {"single": True},
    },
    {
        "/boards": {"post": operation("makeBoard", "Board.create", "Board", **body(name_="string"))},
        "/boards/{board}": {
            "parameters": parameters("board"),
            "get": operation("readBoard", "Board.read", "Board"),
            "patch": operation(
                "changeBoard", "Board.update", "Board",
                words={"writes": {"look": {"merge": True}}},
                requestBody={
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"look": {"$ref": "#/components/schemas/Look"}},
                            }
                        }
                    },
                },
            ),
            "delete": operation(
                "dropBoard", "Board.delete", "Board",
                parameters=[asked("X-Role", "header", enum=["member", "admin"])],
                words={
                    "rules": {
                        "admin": {
                            "rule": "'X-Role' in request.headers && request.headers['X-Role'] == 'admin'",
                            "status": 409,
                        }
                    }
                },
            ),
        },
        "/boards/{board}/tasks": {
            "parameters": parameters("board"),
            "get": operation(
                "listTasks", "Task.list", "Task",
                words={"query": {"parameters": FILTERS}},
                parameters=[
                    asked("q", "query", type="string"),
                    asked("due_by", "query", type="string", format="date"),
                    asked("points", "query", type="integer"),
                    asked("status", "query", enum=["open", "doing"]),
                    asked("title", "query", type="string"),
                    asked("sort", "query", enum=["points", "-points"]),
                ],
            ),
            "post": operation(
                "makeTask", "Task.create", "Task",
                **body(title_="string", who=NULLABLE, due=NULLABLE, points="integer"),
            ),
        },
        "/tasks/{task}": {
            "parameters": parameters("task"),
            "get": operation("readTask", "Task.read", "Task"),
        },
        "/tasks/{task}/start": {
            "parameters": parameters("task"),
            "post": operation(
                "startTask", "Task.action", "Task",
                words={
                    "transition": {"from": "open", "to": "doing"},
                    "rules": {"somebody": {"rule": "self.who != null", "status": 409}},
                },
            ),
        },
        "/tasks/{task}/stop": {
            "parameters": parameters("task"),
            "post": operation(
                "stopTask", "Task.action", "Task", words={"transition": {"from": "doing", "to": "open"}}
            ),
        },
        "/settings": {
            "get": operation("readSettings", "Settings.read", "Settings"),
            "put": operation("writeSettings", "Settings.update", "Settings", **body(theme_="string")),
        },
    },
    {
        "Board": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "look": {"$ref": "#/components/schemas/Look"},
            },
        },
        "Look": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"note": {"type": NULLABLE}, "size": {"type": "integer"}},
        },
        "Task": {
            "type": "object",
            "required": ["id", "title", "who", "due", "points", "status"],
            "properties": {
                "id": {"type": "string"},
                "title": {"type": "string"},
                "who": {"type": NULLABLE},
                "due": {"type": NULLABLE, "format": "date"},
                "points": {"type": "integer"},
                "status": {"enum": ["open", "doing"]},
            },
        },
        "Settings": {"type": "object", "required": ["theme"], "properties": {"theme": {"type": "string"}}},
    },
)  # fmt: skip
TASKS["paths"]["/boards/{board}/tasks"]["get"]["responses"]["200"]["content"]["application/json"][
    "schema"
] = LIST
_TASK = TASKS["paths"]["/boards/{board}/tasks"]["post"]["requestBody"]["content"]["application/json"][
    "schema"
]
_TASK["properties"]["due"]["format"] = "date"
_TASK["properties"]["who"]["minLength"] = 1


CHOICES = {"status": {"open", "doing"}, "sort": {"points", "-points"}}
"""What `listTasks` takes."""


class Tasks:
    """The server; ``fault`` is what it does wrong, if anything."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.boards: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.settings = {"theme": "light"}
        self.made = 0

    def answer(
        self,
        method: str,
        path: list[str],
        given: Any,
        stored: Any,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Answer:
        if path == ["settings"]:
            return self._of_settings(method, given)
        if path[0] == "tasks":
            return self._of_task(method, path, self.tasks.get(path[1]))
        if path == ["boards"]:
            return self._make_board(given)
        return self._of_board(method, path, given, query, headers)

    def _of_board(
        self,
        method: str,
        path: list[str],
        given: Any,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Answer:
        board = self.boards.get(path[1])
        if board is None:
            return 404, {}
        if len(path) == 3:
            return self._of_tasks(method, board, given, query)
        if method == "PATCH":
            return self._change_board(board, given)
        if method == "DELETE":
            if headers.get("x-role") not in {"admin", "member" if self.fault == "member_drops" else "admin"}:
                return 409, {}
            del self.boards[board["id"]]
            self.tasks = {id: task for id, task in self.tasks.items() if task["board"] != board["id"]}
        return 200, board

    def _change_board(self, board: dict[str, Any], given: Any) -> Answer:
        if not isinstance(given, dict) or not is_look(given.get("look", {})):
            return 422, {}
        for name, value in given.get("look", {}).items():
            if value is not None:
                board["look"][name] = value
            elif self.fault != "null_passed_over":
                board["look"].pop(name, None)
        return 200, board

    def _of_settings(self, method: str, given: Any) -> Answer:
        if method == "PUT":
            if not isinstance(given, dict) or not isinstance(given.get("theme"), str):
                return 422, {}
            if self.fault != "theme_lost":
                self.settings = {"theme": given["theme"]}
        return 200, self.settings

    def _make_board(self, given: Any) -> Answer:
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            return 422, {}
        self.made += 1
        board = self.boards[f"b{self.made}"] = {"id": f"b{self.made}", "name": given["name"], "look": {}}
        return 201, board

    def _of_task(self, method: str, path: list[str], task: dict[str, Any] | None) -> Answer:
        if task is None:
            return 404, {}
        if method == "POST":
            before, after = {"start": ("open", "doing"), "stop": ("doing", "open")}[path[2]]
            if task["status"] != before or (path[2] == "start" and task["who"] is None):
                return 409, {}
            task["status"] = after
            if self.fault == "starts_all":
                for other in self.tasks.values():
                    if other["board"] == task["board"]:
                        other["status"] = after
        return 200, shown(task)

    def _of_tasks(self, method: str, board: dict[str, Any], given: Any, query: Mapping[str, str]) -> Answer:
        if method == "POST":
            if not is_task(given):
                return 422, {}
            self.made += 1
            task: dict[str, Any] = {
                "id": f"t{self.made}",
                "who": None,
                "due": None,
                "points": 0,
                "status": "open",
            }
            known = {name: given[name] for name in ("title", "who", "due", "points") if name in given}
            self.tasks[task["id"]] = {**task, **known, "board": board["id"]}
            return 201, shown(self.tasks[task["id"]])
        if "points" in query and not query["points"].lstrip("-").isdigit():
            return 422, {}
        if any(value not in CHOICES.get(name, {value}) for name, value in query.items()):
            return 422, {}
        found = [task for task in self.tasks.values() if task["board"] == board["id"]]
        if "sort" in query:
            rank = str if self.fault == "sorted_as_text" else int
            found.sort(key=lambda task: rank(task["points"]), reverse=query["sort"].startswith("-"))
        return 200, {"tasks": [shown(task) for task in found if self._is_asked(task, query)]}

    def _is_asked(self, task: dict[str, Any], query: Mapping[str, str]) -> bool:
        asked = {
            "q": self.fault == "q_ignored" or query.get("q", "").lower() in task["title"].lower(),
            "points": "points" not in query or task["points"] >= int(query["points"]),
            "status": query.get("status", task["status"]) == task["status"],
            "title": query.get("title", task["title"]) == task["title"],
            "due_by": "due_by" not in query or self._is_due(task["due"], query["due_by"]),
        }
        if self.fault == "title_ignored_beside" and "status" in query:
            del asked["title"]
        return all(asked.values())

    def _is_due(self, due: str | None, day: str) -> bool:
        if due is None:
            return False
        if self.fault == "due_before":
            return due < day
        return due <= day or self.fault == "due_ignored"


def shown(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name != "board"}


def is_look(given: Any) -> bool:
    if not isinstance(given, dict) or not given.keys() <= {"note", "size"}:
        return False
    return isinstance(given.get("note"), str | None) and type(given.get("size", 0)) is int


def is_task(given: Any) -> bool:
    if not isinstance(given, dict) or not isinstance(given.get("title"), str):
        return False
    if any(not isinstance(given.get(name), str | None) for name in ("who", "due")) or given.get("who") == "":
        return False
    return type(given.get("points", 0)) is int


def checked(folder: Path, server: Tasks, **more: Any) -> Report:
    return run(folder, TASKS, partial(Tasks.answer, server), **more)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return checked(tmp_path_factory.mktemp("tasks"), Tasks())


def test_nothing_is_found_in_a_correct_server(report: Report) -> None:
    assert broken(report) == {}


@pytest.mark.parametrize(
    "promise",
    [
        "startTask/transition/from=open",
        "startTask/rules/somebody",
        "stopTask/transition/from=doing",
        "stopTask/frame/others",
        "dropBoard/acts/delete",
        "dropBoard/rules/admin",
        "listTasks/query/q",
        "listTasks/query/due_by",
        "listTasks/query/points",
        "listTasks/query/title",
        "listTasks/query/sort",
        "changeBoard/writes/look/merge",
        "readSettings/acts/read",
        "writeSettings/writes/theme/any",
        "writeSettings/accepts/any",
    ],
)
def test_it_is_exercised(report: Report, promise: str) -> None:
    assert promise in kept(report)


FAULTS = {
    "member_drops": ("dropBoard/rules/admin", "dropBoard/*"),
    "theme_lost": ("writeSettings/writes/theme/any", "writeSettings/*"),
    "starts_all": ("startTask/frame/others", "startTask/*"),
    "q_ignored": ("listTasks/query/q", "listTasks/*"),
    "title_ignored_beside": ("listTasks/query/title", "listTasks/*"),
    "sorted_as_text": ("listTasks/query/sort", "listTasks/*"),
    "null_passed_over": ("changeBoard/writes/look/merge", "changeBoard/*"),
    "due_before": ("listTasks/query/due_by", "listTasks/*"),
    "due_ignored": ("listTasks/query/due_by", "listTasks/*"),
}


@pytest.mark.parametrize("fault", seldom(FAULTS, "due_before", "title_ignored_beside", "q_ignored"))
def test_a_fault_is_found_by_its_promise(tmp_path: Path, fault: str) -> None:
    promise, only = FAULTS[fault]
    assert set(broken(checked(tmp_path, Tasks(fault), only=(only,)))) == {promise}


def test_what_there_is_one_of_only_is_as_it_was(tmp_path: Path) -> None:
    server = Tasks()
    checked(tmp_path, server, only=("writeSettings/*",))
    assert server.settings == {"theme": "light"}
