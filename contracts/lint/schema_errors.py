"""What a JSON Schema says is wrong with a document, in words: each mistake at the key that is wrong.

Of alternatives the one is meant that a discriminating key names (``type``, ``in``); where that has none of
the values, it is what is wrong. ``$ref`` is not what an author meant who wrote none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from troth.contracts.document.hints import closest, did_you_mean
from troth.contracts.document.pointers import said
from troth.contracts.model import Node, Schema

_DISCRIMINATING = ("type", "in")
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SHOWN = 60
_KINDS = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


@dataclass(frozen=True)
class Problem:
    """A mistake: where it stands, and what it is."""

    path: tuple[str | int, ...]
    message: str
    kind: str
    options: tuple[str, ...] = ()
    """What would be valid, where that is a few values."""
    about: str | None = None
    """The key that is missing, or that a key is meant to be that has no business there."""


def problems(error: Any, official: Schema) -> list[Problem]:
    """The mistakes that an error of a validator comes down to."""
    branches = [list(branch) for branch in getattr(error.kind, "context", ())]
    if error.kind.name == "oneOfMultipleValid" or not any(branches):
        return list(_one(error, official))
    found = [[p for inner in branch for p in problems(inner, official)] for branch in branches]
    return _meant([branch for branch in found if branch and not _is_reference(branch)] or found, error)


def _is_reference(branch: Sequence[Problem]) -> bool:
    return any(problem.kind == "required" and "'$ref'" in problem.message for problem in branch)


def _meant(branches: Sequence[list[Problem]], error: Any) -> list[Problem]:
    """The mistakes of the alternative that is meant."""
    own = [_mismatch(branch, error) for branch in branches]
    fitting = [branch for branch, mismatch in zip(branches, own, strict=True) if mismatch is None]
    if fitting:
        return min(fitting, key=lambda branch: (any(p.kind == "type" for p in branch), len(branch)))
    wrong = [mismatch for mismatch in own if mismatch is not None]
    options = dict.fromkeys(option for mismatch in wrong for option in mismatch.options)
    return [_not_one_of(wrong[0].path, _value_at(error, wrong[0].path), list(options))]


def _mismatch(branch: Sequence[Problem], error: Any) -> Problem | None:
    """The discriminating key that says that a branch is not meant."""
    depth = len(error.instance_path) + 1
    for problem in branch:
        if problem.options and len(problem.path) == depth and problem.path[-1] in _DISCRIMINATING:
            return problem
    return None


def _value_at(error: Any, path: Sequence[str | int]) -> Node:
    value = error.instance
    for token in path[len(error.instance_path) :]:
        value = value[token]
    return value


def _not_one_of(path: tuple[str | int, ...], value: Node, options: Sequence[Any]) -> Problem:
    names = [_shown(option) for option in options]
    near = closest(str(value), options)
    hint = f"valid: {', '.join(names)}"
    if near is not None:
        hint = f"did you mean {near!r}?"
    if len(names) > 1 and near is not None:
        hint += f" Valid: {', '.join(names)}"
    return Problem(path, f"found {_shown(value)}; {hint}", "enum", tuple(str(option) for option in options))


def _one(error: Any, official: Schema) -> Iterator[Problem]:
    """What one error says; each key that has no business there by itself."""
    path, kind = tuple(error.instance_path), error.kind
    match kind.name:
        case "additionalProperties" | "unevaluatedProperties":
            known = _known(official, error.schema_path)
            for key in kind.unexpected:
                near = closest(str(key), known)
                yield Problem((*path, key), _unexpected(path, str(key), known), "unexpected", about=near)
        case "required":
            name = kind.property.strip(chr(34))
            yield Problem(path, missing(name, error.instance), "required", about=name)
        case "enum":
            options = kind.options
            yield _not_one_of(path, error.instance, options if isinstance(options, list) else [options])
        case "const":
            yield _not_one_of(path, error.instance, [kind.expected_value])
        case "propertyNames":
            for key in error.instance:
                if not re.fullmatch(r"[a-zA-Z0-9._-]+", str(key)):
                    yield Problem((*path, key), _NO_NAME.format(key), "name")
        case _:
            yield Problem(path, _wording(error), kind.name)


def missing(name: str, value: Node) -> str:
    """That a key is missing, and what may stand there."""
    places = ["path", "query", "header", "cookie"]
    if said(value, "type") == "apiKey":
        places.remove("path")
    if name == "in":
        return f"'in' is missing; valid: {', '.join(places)}"
    if name == "paths" and str(said(value, "openapi")).startswith(("3.1", "3.2")):
        return "one of 'paths', 'components' and 'webhooks' is missing"
    return f"{name!r} is missing"


_NO_NAME = "{!r} is no name of a component: letters, digits, '.', '-' and '_' are valid"


def _unexpected(path: Sequence[str | int], key: str, known: Sequence[str]) -> str:
    if path[-1:] == ("paths",):
        return f"the path {key!r} does not begin with a slash"
    if path[-1:] == ("responses",):
        return f"{key!r} is no status; valid are '200', '2XX' and the like, and 'default'"
    if len(path) == 2 and path[0] == "components":
        return _NO_NAME.format(key)
    if len(path) == 2 and path[0] in ("paths", "webhooks"):
        known = [*_METHODS, *known]
    if key in known:
        return f"{key!r} does not go with what stands beside it"
    return f"there is no {key!r} here{did_you_mean(key, known)}"


def _known(official: Schema, schema_path: Sequence[str | int]) -> list[str]:
    """The keys that a part of a document may have, by its official schema."""
    schema: Any = official
    for token in list(schema_path)[:-1]:
        if "$ref" in schema and token not in schema:
            schema = _resolved(official, schema)
        schema = schema[token]
    return sorted(dict.fromkeys(_properties(official, schema, 0)))


def _properties(official: Schema, schema: Any, depth: int) -> Iterator[str]:
    if not isinstance(schema, Mapping) or depth > 6:
        return
    if "$ref" in schema:
        yield from _properties(official, _resolved(official, schema), depth + 1)
    yield from schema.get("properties", ())
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from _properties(official, part, depth + 1)
    for keyword in ("if", "then", "else"):
        yield from _properties(official, schema.get(keyword), depth + 1)
    for part in schema.get("dependentSchemas", {}).values():
        yield from _properties(official, part, depth + 1)


def _resolved(official: Schema, schema: Any) -> Any:
    target: Any = official
    for token in str(schema["$ref"]).removeprefix("#/").split("/"):
        if not isinstance(target, Mapping) or token not in target:
            return {}
        target = target[token]
    return target


def _wording(error: Any) -> str:
    kind, value = error.kind, error.instance
    together = _exclusive(value)
    if kind.name in ("not", "oneOf", "oneOfMultipleValid") and together is not None:
        return together
    if kind.name in _WORDINGS:
        return _WORDINGS[kind.name](kind, value)
    text = str(error.message)
    if len(text) <= 200:
        return text
    return text[:120] + " … " + text[-70:]


_WORDINGS: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda kind, value: f"found {_shown(value)}, expected {_expected(kind.types)}",
    "minProperties": lambda _kind, _value: "is empty, at least one entry is needed",
    "maxProperties": lambda _kind, value: f"has {len(value)} entries, one is valid",
    "minItems": lambda _kind, _value: "is empty, at least one entry is needed",
    "uniqueItems": lambda _kind, _value: "the list has two equal entries",
    "format": lambda kind, value: f"{_shown(value)} is no {kind.format}",
    "pattern": lambda kind, value: f"found {_shown(value)}, expected text like {kind.pattern}",
}


def _exclusive(value: Node) -> str | None:
    """What a parameter, header or media type has of which it may have one only."""
    if not isinstance(value, dict):
        return None
    for one, other in (("schema", "content"), ("example", "examples")):
        if one in value and other in value:
            return f"`{one}` and `{other}` exclude each other"
    return None


def _expected(types: Any) -> str:
    names = [types] if isinstance(types, str) else list(types)
    return " or ".join(_KINDS.get(str(name), str(name)) for name in names)


def _shown(value: Node) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    if len(text) > _SHOWN:
        return f"{text[:_SHOWN]}…"
    return text
