"""The OpenAPI Initiative's own JSON Schemas of documents, as openapi-spec-validator ships them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def official_schema(version: str) -> dict[str, Any]:
    """The schema of a version (``3.0``, ``3.1``, ``3.2``).

    Read from the package's files, because importing the package takes longer than linting most documents.
    """
    found = find_spec("openapi_spec_validator")
    assert found is not None
    assert found.origin is not None
    file = Path(found.origin).parent / "resources" / "schemas" / f"v{version}" / "schema.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema
