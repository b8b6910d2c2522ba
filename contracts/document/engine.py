"""What holds values against schemas: jsonschema-rs, with the formats and the bounds that troth means."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from troth.contracts.document.views import TEXT_FORMATS
from troth.contracts.model import Node

_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000)
"""How patterns are tried: of a text for which that takes more steps back it is not known whether it matches,
and it is refused. That is a millisecond; by itself the engine takes a hundred, for each text of a list."""


def validator(schema: Node, *, formats: bool, registry: Any = None) -> Any:
    """What validates values of a schema (JSON Schema 2020-12); references lead into the registry. Raises
    ValueError, jsonschema_rs.ValidationError or ReferencingError for one that is none."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        registry=registry,
        validate_formats=formats,
        formats=dict(TEXT_FORMATS),
        pattern_options=_PATTERNS,
    )
