"""A small document that is sound, and how to spoil it."""

from __future__ import annotations

from pathlib import Path

GOOD = """\
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  errors: {refused: 409, message: /error}
  resources:
    Lamp:
      id: id
      state: {field: status, initial: dark}
      fixtures: {hall: {id: hall, status: dark}}
paths:
  /lamps/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      x-contract: {acts: Lamp.read}
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
  /lamps/{id}/light:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: light
      x-contract:
        acts: Lamp.action
        transition: {from: dark, to: lit, refused: It is lit already}
      responses:
        '200': {description: Lit., content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
        '409': {description: No., content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
components:
  schemas:
    Lamp: {type: object, properties: {id: {type: string}, status: {enum: [dark, lit]}}}
    Error: {type: object, properties: {error: {type: string}}}
"""


def spoiled(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


ERROR = "    Error: {type: object, properties: {error: {type: string}}}\n"
DOCUMENTS: dict[str, tuple[str | bytes, str, int]] = {
    # name: (the file, what every command says, what lint exits with)
    "syntax": (spoiled("version: '1'}", "version: '1'"), "api.yaml:3:1: did not find expected ',' or '}'", 2),
    "typo": (
        spoiled("transition:", "transitoin:"),
        "api.yaml:24:9: there is no 'transitoin' here; did you mean 'transition'?",
        1,
    ),
    "cel": (
        spoiled("to: lit,", "to: {lit: self.status ==, dark: otherwise},"),
        "api.yaml:24:58: `self.status ==` does not compile: it ends too early",
        1,
    ),
    "duplicate": (
        spoiled("      id: id\n", "      id: id\n      id: id\n"),
        "api.yaml:8:7: duplicate key 'id'",
        2,
    ),
    "binary": (bytes(range(256)) * 40, "api.yaml:1:1: is not UTF-8 text (byte 128)", 2),
    "empty": (b"", "api.yaml:1:1: is not an OpenAPI document: found nothing, expected a mapping", 2),
    "swagger": (
        b"swagger: '2.0'\n",
        "api.yaml:1:1: is Swagger 2.0, which is not read; convert it to OpenAPI 3 first",
        1,
    ),
}


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "api.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


NEXT = "{{$ref: '#/components/schemas/E{0}'}}"
WIDE = "".join(
    f"    E{number}: {{oneOf: [{NEXT.format(number + 1)}, {NEXT.format(number + 1)}]}}\n"
    for number in range(12)
)
WIDE += "    E12: {type: string}\n"

DEEP = "".join(
    f"    D{number}: {'{allOf: [' * 6}{{$ref: '#/components/schemas/D{number + 1}'}}{']}' * 6}\n"
    for number in range(20)
)
DEEP += "    D20: {type: object}\n"

LEFT_OUT: dict[str, tuple[str, str]] = {
    # name: (the file, what every command says of it before it goes on without)
    "dangling": (
        spoiled("schemas/Error", "schemas/Eror"),
        "api.yaml:27:73: $ref '#/components/schemas/Eror' points to nothing; did you mean 'Error'?",
    ),
    "recursive": (
        spoiled(
            ERROR,
            "    Error: {$ref: '#/components/schemas/Cause'}\n"
            "    Cause: {$ref: '#/components/schemas/Error'}\n",
        ),
        "api.yaml:27:73: $ref '#/components/schemas/Error' leads back to itself",
    ),
    "part of itself": (
        spoiled(ERROR, "    Error: {allOf: [{$ref: '#/components/schemas/Error'}, {type: object}]}\n"),
        "api.yaml:27:73: $ref '#/components/schemas/Error' leads back to itself",
    ),
    "alternatives of alternatives": (
        spoiled(ERROR, "    Error: {oneOf: [{$ref: '#/components/schemas/E0'}, {type: object}]}\n" + WIDE),
        "the schema would look at one value in 1,024 ways; at most 1,000 are tried",
    ),
    "parts of parts of parts": (
        spoiled(ERROR, "    Error: {allOf: [{$ref: '#/components/schemas/D0'}]}\n" + DEEP),
        "the schema looks at one value more than 100 schemas deep",
    ),
    "nameless": (
        spoiled("      operationId: read\n", "      operationId: read\n      parameters: [{in: query}]\n"),
        "api.yaml:15:20: 'name' is missing",
    ),
}
