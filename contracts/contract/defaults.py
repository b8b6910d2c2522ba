"""What a body means that leaves a property out: the ``default`` of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.model import Json, Operation, Schema

OTHER_DEFAULTS: Final = "other defaults"
"""In denied contracts: a property that is left out is something else than its default."""


@remembered
def defaults_of(contract: Contract, operation: Operation) -> Mapping[str, Json]:
    """The documented defaults of the properties of a body, as far as they keep their schemas."""
    found: dict[str, Json] = {}
    for name, schema in contract.body_properties(operation).items():
        resolved = contract.document.schemas.resolve(schema)
        if not isinstance(resolved, Mapping) or "default" not in resolved:
            continue
        default = resolved["default"]
        if not contract.document.schemas.fits(resolved, default):
            continue
        if operation.words.get(OTHER_DEFAULTS) == name:
            default = _another(resolved, default)
        found[name] = default
    return found


def _another(schema: Schema, value: Any) -> Json:
    """Another value in the place of a default."""
    others = [other for other in schema.get("enum", ()) if other != value]
    if others:
        found: Json = others[0]
        return found
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return None
