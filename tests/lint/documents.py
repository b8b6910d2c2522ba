"""One sound document; each case of a lint rule is a small change to it."""

from __future__ import annotations

from pathlib import Path

from troth import lint
from troth.contracts.model import Finding

LAMP = """\
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  errors: {refused: 409, limited: 429, message: /error}
  resources:
    Lamp:
      id: id
      state:
        field: status
        initial: dark
        auto:
          worn: {from: lit, to: broken, when: hidden.hours == 0}
      managed: {id: create, seen: write}
      hidden: {hours: 9}
      fixtures:
        hall: {id: hall, status: dark, watts: 5}
        porch: {id: porch, status: lit, watts: 7}
paths:
  /lamps:
    get:
      operationId: list
      x-contract:
        acts: Lamp.list
      responses:
        '200':
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Lamp'}}}}
  /lamps/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: string}}]
    patch:
      operationId: change
      x-contract:
        acts: Lamp.update
        writes:
          watts: {in: dark, outside: ignored}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}}
      responses: &answers
        '200': &lamp
          description: The lamp.
          content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}
        '409': &no
          description: No.
          content: {application/json: {schema: {$ref: '#/components/schemas/Error'}, example: {error: No}}}
  /lamps/{id}/light:
    parameters: *id
    post:
      operationId: light
      x-contract:
        acts: Lamp.action
        transition: {from: dark, to: lit, refused: It is lit already}
        repeat: refused
      responses: *answers
components:
  schemas:
    Lamp:
      type: object
      properties:
        id: {type: string}
        status: {type: string, enum: [dark, lit, broken]}
        watts: {type: integer, minimum: 1}
        seen: {type: string, format: date-time}
        note: {type: string}
    Change:
      type: object
      x-contract:
        rules:
          round: {rule: 'self.watts % 5 == 0 || self.watts % 7 == 0'}
      properties:
        watts: {type: integer, minimum: 1, default: 5}
        note: {type: string}
    Error: {type: object, properties: {error: {type: string}}}
"""


def changed(*swaps: tuple[str, str]) -> str:
    """The sound document with texts replaced, each of which is there exactly once."""
    text = LAMP
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def findings(folder: Path, text: str) -> list[Finding]:
    path = folder / "lamps.yaml"
    path.write_text(text)
    return lint(path)


def short(finding: Finding) -> str:
    """``C04 error 12:9 the message``."""
    at = finding.location
    assert at is not None
    return f"{finding.code} {finding.severity} {at.line}:{at.column} {finding.message}"
