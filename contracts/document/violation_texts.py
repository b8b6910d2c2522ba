"""What JSON Schema says against a value, in words: of alternatives each, of lists of values all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

MOST = 30
"""Values, or alternatives, that are named."""

TOO_MANY_STEPS = "takes more steps than there are to see whether it matches the pattern"
"""What is said of a text for which trying a pattern was given up."""

_SEVERAL = "fits several of the alternatives of which it is to fit one"


def told(error: Any, depth: int = 0) -> str:
    """What an error of jsonschema-rs says."""
    kind = error.kind
    if missing := getattr(kind, "property", None):
        return f'"{missing}" is a required property'
    if kind.name == "enum" and len(kind.options) > 1:
        return f"{_quoted(error.instance)} is not one of {_listed(kind.options)}"
    if kind.name in ("anyOf", "oneOf"):
        return _alternatives(error, depth)
    if kind.name == "not":
        return _forbidden(error)
    if kind.name == "pattern" and not hasattr(kind, "pattern"):
        return TOO_MANY_STEPS
    message: str = error.message
    return message


def _alternatives(error: Any, depth: int) -> str:
    """Why a value fits none of several schemas, each in turn, once where they say the same; or too many."""
    if not hasattr(error.kind, "context"):
        return _SEVERAL
    if depth:
        return "fits none of the alternatives"
    reasons: dict[str, None] = {}
    branches = error.kind.context
    if not all(branches):
        return _SEVERAL
    for branch in branches[:MOST]:
        reasons[" and ".join(dict.fromkeys(_with_place(inner, error) for inner in branch[:MOST]))] = None
    if len(reasons) == 1:
        return next(iter(reasons))
    return f"fits none of {len(branches)} alternatives: {'; or '.join(reasons)}"


def _with_place(inner: Any, outer: Any) -> str:
    """What is wrong in an alternative, and where in the value."""
    depth = len(list(outer.instance_path))
    path = "/".join(str(token) for token in list(inner.instance_path)[depth:])
    if not path:
        return told(inner, 1)
    return f"/{path}: {told(inner, 1)}"


def _forbidden(error: Any) -> str:
    """Why a value fits what it must not fit."""
    schema = error.kind.schema
    if isinstance(schema, Mapping) and schema.keys() == {"required"} and schema["required"]:
        names = [f'"{name}"' for name in schema["required"]]
        if len(names) == 1:
            return f"{names[0]} is not allowed"
        return f"{', '.join(names[:-1])} and {names[-1]} may not be there together"
    message: str = error.message
    return message


def _listed(values: Iterable[Any]) -> str:
    named = [_quoted(value) for value in values]
    if len(named) > MOST:
        named = [*named[:MOST], f"{len(named) - MOST} others"]
    return f"{', '.join(named[:-1])} or {named[-1]}"


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
