"""Rules between times: what can be kept and broken is no finding, what cannot is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from troth.contracts.lint import examine

DOCUMENT = """
openapi: 3.0.3
info: {{title: Trips, version: '1'}}
x-contract: {{resources: {{Trip: {{id: id}}}}}}
paths:
  /trips:
    post:
      operationId: createTrip
      x-contract: {{acts: Trip.create}}
      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Trip'}}}}}}}}
      responses: {{'201': {{description: Ok., content: {{application/json: {{schema: {{$ref:
        '#/components/schemas/Trip'}}}}}}}}}}
components:
  schemas:
    Trip:
      type: object
      required: [id, start, end]
      x-contract: {{rules: {{span: {{rule: "{rule}"}}}}}}
      properties:
        id: {{type: string}}
        start: {{type: string, format: {format}}}
        end: {{type: string, format: {format}}}
"""


@pytest.mark.parametrize(
    ("rule", "format_", "found"),
    [
        ("timestamp(self.end) > timestamp(self.start)", "date-time", []),
        ("timestamp(self.end) - timestamp(self.start) >= duration('1h')", "date-time", []),
        ("self.end > self.start", "date", []),
        ("self.start != self.start", "date", ["C14"]),
        ("timestamp(self.end) == timestamp(self.end)", "date-time", ["C14"]),
    ],
)
def test_rules(tmp_path: Path, rule: str, format_: str, found: list[str]) -> None:
    path = tmp_path / "trips.yaml"
    path.write_text(DOCUMENT.format(rule=rule, format=format_))
    assert [f.code for f in examine(path).findings if f.code == "C14"] == found
