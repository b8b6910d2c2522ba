"""What `troth infer` prints is served as the document is by itself, as far as nobody has changed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.inference.test_families_checked import groups
from tests.mock_server.calling import Client
from troth import Mock, load
from troth.contracts.commands.main import commands

TASKS = """
openapi: 3.0.3
info: {title: Tasks, version: '1'}
paths:
  /tasks:
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Task'}}}}}}}
    post: {requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}, responses: {'201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}}}
  /tasks/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}}}
  /tasks/{id}/archive:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {operationId: archive, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}}}
components: {schemas: {Task: {type: object, properties: {id: {type: string}, title: {type: string}, status: {enum: [open, archived]}}}}}
"""  # noqa: E501


def printed(folder: Path, document: Any) -> Path:
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    result = CliRunner().invoke(commands, ["infer", str(folder / "openapi.yaml")], catch_exceptions=False)
    text = yaml.safe_load(result.output)
    text["extends"] = "openapi.yaml"
    path = folder / "behaviour.yaml"
    path.write_text(yaml.safe_dump(text, sort_keys=False), "utf-8")
    return path


@pytest.mark.parametrize("title", ["Tasks", "Teams"])
def test_what_was_printed_says_as_much(title: str, tmp_path: Path) -> None:
    document = yaml.safe_load(TASKS) if title == "Tasks" else groups()[title]["document"]
    overlay = load(printed(tmp_path, document), infer=True)
    alone = load(tmp_path / "openapi.yaml", infer=True)
    words = [
        {name: {key: str(value) for key, value in one.words.items()} for name, one in of.operations.items()}
        for of in (alone, overlay)
    ]
    assert words[0] == words[1]


def archived(path: Path) -> object:
    client = Client(Mock(load(path, infer=True)))
    id = client("POST", "/tasks", {"title": "one"}).json["id"]
    client("POST", f"/tasks/{id}/archive")
    return client("GET", f"/tasks/{id}").json.get("status")


def test_what_was_changed_is_as_it_is_written(tmp_path: Path) -> None:
    path = printed(tmp_path, yaml.safe_load(TASKS))
    assert archived(path) == "archived"
    text = path.read_text("utf-8")
    path.write_text(text.replace("guessed: true", "guessed: false"), "utf-8")
    assert archived(path) != "archived"


LISTED = """
openapi: 3.0.3
info: {title: Cups, version: '1'}
x-contract:
  resources: {Cup: {id: id, fixtures: {a: {id: a, colour: red}, b: {id: b, colour: blue}, c: {id: c, colour: red}}}}
paths:
  /cups:
    get:
      parameters:
      - {name: limit, in: query, schema: {type: integer}}
      - {name: offset, in: query, schema: {type: integer}}
      - {name: colour, in: query, schema: {type: string}}
      x-contract: {acts: Cup.list}
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object, required: [items, total], properties: {total: {type: integer}, items: {type: array, items: {$ref: '#/components/schemas/Cup'}}}}}}}}
  /cups/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {x-contract: {acts: Cup.read}, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Cup'}}}}}}
components: {schemas: {Cup: {type: object, properties: {id: {type: string}, colour: {type: string}}}}}
"""  # noqa: E501

PAGES = {"": ("abc", 3), "limit=1": ("a", 3), "limit=1&offset=1": ("b", 3), "colour=red": ("ac", 2)}


@pytest.mark.parametrize("query", PAGES)
def test_lists_of_which_no_word_says_more_are_cut_and_counted(query: str, tmp_path: Path) -> None:
    path = tmp_path / "cups.yaml"
    path.write_text(LISTED)
    shown = Client(Mock([str(path)]))("GET", "/cups", query=query.encode()).json
    assert ("".join(cup["id"] for cup in shown["items"]), shown["total"]) == PAGES[query]


def test_a_list_that_says_what_it_means_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cups.yaml"
    path.write_text(
        LISTED.replace("  resources: {Cup", "  paging: {size: offset, total: /total}\n  resources: {Cup")
    )
    shown = Client(Mock([str(path)]))("GET", "/cups", query=b"limit=1&offset=2").json
    assert len(shown["items"]) == 2
