"""D01: the document against the OpenAPI Initiative's own JSON Schema of its version."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from troth.contracts.document import Document, join
from troth.contracts.document.bundle import EMBEDDED
from troth.contracts.document.official import official_schema
from troth.contracts.model import Finding

_DRAFTS: dict[str, Any] = {
    "3.0": jsonschema_rs.Draft4Validator,
    "3.1": jsonschema_rs.Draft202012Validator,
    "3.2": jsonschema_rs.Draft202012Validator,
}


def check(document: Document) -> Iterator[Finding]:
    """Where the document is not what its OpenAPI version allows."""
    whole = {key: value for key, value in document.data.items() if key != EMBEDDED}
    for error in _validator(document.version).iter_errors(whole):
        error = _deepest(error)
        pointer = join("", *error.instance_path)
        yield document.finding("D01", _wording(error), pointer, "error")


@cache
def _validator(version: str) -> Any:
    return _DRAFTS[version](official_schema(version))


def _deepest(error: Any) -> Any:
    """Of alternatives, the error that lies deepest; ``$ref`` is not what an author meant who wrote none."""
    while branches := [e for branch in getattr(error.kind, "context", ()) for e in branch]:
        meant = [e for e in branches if "$ref" not in e.message.partition(" is a required")[0]]
        error = max(meant or branches, key=lambda e: len(e.instance_path))
    return error


def _wording(error: Any) -> str:
    text = str(error.message)
    if len(text) <= 200:
        return text
    return text[:120] + " … " + text[-70:]
