"""The OpenAPI Initiative's own JSON Schemas of documents; where they are from, ``NOTICE.md`` says."""

from __future__ import annotations

import json
from pathlib import Path

from troth.contracts.model import Schema

_FOLDER = Path(__file__).parent


def official_schema(version: str) -> Schema:
    """The schema of a version (``3.0``, ``3.1``, ``3.2``)."""
    file = _FOLDER / f"openapi-{version}.json"
    schema: Schema = json.loads(file.read_text("utf-8"))
    return schema
