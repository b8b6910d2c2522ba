"""Records that nothing makes: what uses one up comes after what it is needed for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import here

LAMP = """
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  errors: {refused: 409, message: /error}
  resources:
    Lamp: {id: id, state: {field: status, initial: dark}, fixtures: {hall: {id: hall, status: dark}}}
paths:
  /lamps/{id}/light:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: light
      x-contract: {acts: Lamp.action, transition: {from: dark, to: lit, refused: It is lit already}}
      responses:
        '200': {description: Lit., content: {application/json: {schema: {$ref: '#/components/schemas/Lamp'}}}}
        '409': {description: No., content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
components:
  schemas:
    Lamp: {type: object, properties: {id: {type: string}, status: {enum: [dark, lit]}}}
    Error: {type: object, properties: {error: {type: string}}}
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_only_lamp_is_lit_before_it_is_lit_again(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lamps.yaml"
    path.write_text(LAMP)
    done = here(capsys, monkeypatch, "check", str(path), "--mock", "--all", "--seed", str(seed))
    for promise in ("transition/from=dark", "transition/from=lit", "response", "acts/missing"):
        assert f"kept  light/{promise}" in done.out
