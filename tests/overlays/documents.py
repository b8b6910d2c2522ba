"""A vendor's document, and an overlay that says how the API behaves."""

from __future__ import annotations

from pathlib import Path

VENDOR = """\
openapi: 3.0.3
info: {title: Lamps, version: '1'}
paths:
  /lamps/{id}/light:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: light
      responses:
        '200': {description: Lit., content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
        '409': {description: No., content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
components:
  schemas:
    Lamp: {type: object, properties: {id: {type: string}, status: {enum: [dark, lit]}}}
    Error: {type: object, properties: {error: {type: string}}}
"""
OVERLAY = """\
overlay: 1.1.0
info: {title: How lamps behave, version: '1'}
extends: vendor.yaml
actions:
  - target: $
    update:
      x-contract:
        errors: {refused: 409, message: /error}
        resources:
          Lamp:
            id: id
            state: {field: status, initial: dark}
            fixtures: {hall: {id: hall, status: dark}}
  - target: $.paths['/lamps/{id}/light'].post
    update:
      x-contract:
        acts: Lamp.action
        transition: {from: dark, to: lit, refused: It is lit already}
"""


def written(folder: Path, overlay: str = OVERLAY, vendor: str = VENDOR) -> tuple[Path, Path]:
    """Both as files."""
    (folder / "vendor.yaml").write_text(vendor)
    (folder / "behaviour.yaml").write_text(overlay)
    return folder / "vendor.yaml", folder / "behaviour.yaml"
