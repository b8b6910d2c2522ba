"""What of a document cannot be used is told with its place, left out, and the rest is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from troth import Mock, lint, load

DOCUMENT = """\
openapi: {version}
info: {{title: T, version: '1'}}
paths:
  /things/{{id}}:
    get:
      operationId: get
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
      responses: {{'200': {{description: OK, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}}}
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties:
        id: {{type: string}}
        part: {part}
"""  # noqa: E501

SCHEMAS = {
    "{type: strng}": '"strng" is no type; valid: array, boolean, integer, null, number, object, string',
    "{type: [string, int]}": '["string","int"] is no type; valid: array',
    "null": "null",
    "{type: string, minLength: -1}": "-1",
    "{type: string, minLength: '1'}": '"1"',
    "{type: string, pattern: '[a'}": 'the pattern "[a" is not a regular expression (ECMA-262)',
    "{type: object, required: true}": "true",
    "{type: object, required: [a, a]}": "non-unique",
    "{type: object, properties: [a]}": '["a"]',
    "{type: array, items: [{type: string}]}": "items",
    "{type: array, items: {type: array, items: {minItems: x}}}": '"x"',
    "{enum: a}": '"a"',
    "{oneOf: []}": "[]",
    "{allOf: {type: string}}": "allOf",
    "{additionalProperties: 3}": "3",
    "{$ref: '#/components/schemas/Thong'}": "points to nothing; did you mean 'Thing'?",
    "{$ref: 'gone.yaml#/A'}": "there is no file 'gone.yaml' there",
    "{$ref: 'https://example.com/a.yaml'}": "leads to the network, which is not read",
    "{$ref: '#/components/schemas/Thing/properties/part'}": "leads back to itself",
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("part", SCHEMAS)
def test_a_schema_that_is_none(tmp_path: Path, version: str, part: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT.format(version=version, part=part))
    [fault] = load(path).document.faults
    assert SCHEMAS[part] in fault.message
    assert fault.location is not None
    assert fault.location.line == 16
    assert [f for f in lint(path) if f.severity == "error"] == [fault]
    answer = Client(Mock(path))("GET", "/things/1")
    assert answer.status in (200, 404), answer


def test_a_name_of_digits_is_no_place_in_a_list(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(
        DOCUMENT.format(version="3.1.0", part="{type: object, properties: {'00': {type: strng}}}")
    )
    [fault] = load(path).document.faults
    assert fault.pointer == "/components/schemas/Thing/properties/part/properties/00/type"


STRUCTURES = {
    "info: nothing": ("info", "found 'nothing', expected a mapping"),
    "servers: [{description: here}]": ("servers", "'url' is missing"),
    "tags: [1]": ("tags", "found 1, expected a mapping"),
    "security: all": ("security", "found 'all', expected a list"),
    "components: {securitySchemes: {key: {type: apiKey, name: k}}}": (
        "components",
        "'in' is missing; valid: query, header, cookie",
    ),
    "components: {securitySchemes: {key: {type: http}}}": ("components", "'scheme' is missing"),
    "components: {parameters: {p: {name: p}}}": (
        "components",
        "'in' is missing; valid: path, query, header, cookie",
    ),
    "components: {responses: {r: {content: [a]}}}": ("components", "found a list, expected a mapping"),
    "components: {schemas: []}": ("components", "found a list, expected a mapping"),
}


@pytest.mark.parametrize("line", STRUCTURES)
def test_what_is_of_another_kind(tmp_path: Path, line: str) -> None:
    key, says = STRUCTURES[line]
    frame = {"info": "info: {title: T, version: '1'}"} | {key: line}
    path = tmp_path / "api.yaml"
    path.write_text("\n".join(["openapi: 3.1.0", "paths: {/a: {get: {responses: {}}}}", *frame.values()]))
    document = load(path).document
    assert [fault.message for fault in document.faults] == [says]
    assert Client(Mock(path))("GET", "/a").status == 200


GOOD = {
    "brackets and escapes without u": (
        r"""{type: string, pattern: '^(?:[\w\-.]|\[\x01-\x09])*"\@}{1,2}\_[^\d-z-]$'}"""
    ),
    "a reference in data": (
        "{type: object, default: {$ref: nowhere}, examples: [{$ref: '#/no'}], const: {$ref: 1}}"
    ),
    "properties with the names of keywords": (
        "{type: object, properties: {default: {$ref: '#/components/schemas/Thing'}, $ref: {type: string}}}"
    ),
    "patterns with and without u": "{type: string, pattern: '^[\\w-.]+\\/\\p{L}$'}",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_no_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT.format(version="3.1.0", part=GOOD[name]))
    assert load(path).document.faults == ()


NAMED = """\
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {
          anchored: {$ref: '#small'}, named: {$ref: 'https://example.com/whole'},
          inside: {$ref: 'https://example.com/whole#/$defs/inner'},
          escaped: {$ref: '#/components/schemas/a%20b'}}}}}
      responses: {'204': {description: OK}}
components:
  schemas:
    Small: {$anchor: small, type: string, maxLength: 1}
    Whole: {$id: 'https://example.com/whole', $ref: '#/$defs/inner', $defs: {inner: {type: integer}}}
    a b: {type: boolean}
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"anchored": "a", "named": 1, "inside": 1, "escaped": True}, 204),
        ({"anchored": "ab"}, 400),
        ({"named": "1"}, 400),
        ({"inside": "1"}, 400),
        ({"escaped": 1}, 400),
    ],
)
def test_names_of_schemas(tmp_path: Path, body: object, status: int) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(NAMED)
    assert load(path).document.faults == ()
    assert Client(Mock(path))("POST", "/a", body).status == status


@pytest.mark.parametrize("command", [["lint"], ["docs"], ["diff"], ["infer"], ["check", "--mock"]])
def test_every_command_says_so(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(DOCUMENT.format(version="3.1.0", part="{type: strng}"))
    files = [str(path)] * (2 if command == ["diff"] else 1)
    done = subprocess.run(
        [sys.executable, "-m", "troth", *command, *files], capture_output=True, text=True, check=False
    )
    assert "api.yaml:16:16" in done.stdout + done.stderr, done
    assert "strng" in done.stdout + done.stderr
    assert done.returncode in (0, 1, 2)


ODD = """\
openapi: 3.1.0
info: true
servers: [{url: 'https://[host]/v1'}]
paths:
  /things:
    get:
      parameters: [{in: query, schema: {type: string}}, {name: [], in: query, schema: {$ref: '//[host]#a'}}]
      responses: {'200': {description: OK, content: {application/json: {schema: {type: array, items: {
        $ref: '#/components/schemas/Thing'}}, examples: {a: {externalValue: 'https://[host]/a.json'}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'201': {description: OK}}
  /things/{id}:
    get:
      responses: {'200': {description: OK, content: {application/json: {schema: {
        $ref: '#/components/schemas/Thing'}}}}}
  /parts/{id}:
    put:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Part'}}}}
      responses: {'200': {description: OK, content: {application/json: {schema: {
        $ref: '#/components/schemas/Part'}}}}}
    get:
      responses: {'200': {description: OK, content: {application/json: {schema: {
        $ref: '#/components/schemas/Part'}}}}}
components: {schemas: {Part: {type: object, properties: {id: {type: string}}},
  Thing: {$id: 'https://[host]/thing', type: object, properties: {id: {type: string}, n: {
  $ref: '[host'}}}}}
"""


@pytest.mark.parametrize("command", [["lint"], ["docs"], ["diff"], ["infer"]])
def test_odd_names_and_places_are_told(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(ODD)
    files = [str(path)] * (2 if command == ["diff"] else 1)
    done = subprocess.run(
        [sys.executable, "-m", "troth", *command, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done
    assert "api.yaml:2:1" in done.stdout + done.stderr
    assert "api.yaml:7:20" in done.stdout + done.stderr
    assert Client(Mock(load(path, infer=True)))("GET", "/things").status == 200
