"""The JSON Schema of OpenAPI documents with ``x-contract``, for editors: words complete, hovering explains.

It is draft-07, which every editor reads: the OpenAPI Initiative's schemas of 3.0 (draft-04), 3.1 and 3.2
(2020-12) are brought to it, and ``x-contract`` is described where troth reads it. What draft-07 cannot say
is left out: an editor may accept a little more than ``troth lint`` does, and never less.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable

from troth.contracts.document.official import official_schema
from troth.contracts.loading.shape import meta_schema
from troth.contracts.model import Node, Schema
from troth.contracts.words import WORDS
from troth.contracts.words._word import Word

_KEY = "x-contract"
_SUBSCHEMAS = {
    "schema": ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    "list": ("allOf", "anyOf", "oneOf", "prefixItems"),
    "map": ("properties", "patternProperties", "$defs", "dependentSchemas"),
}
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_LATER = frozenset(
    {"$dynamicAnchor", "$anchor", "$vocabulary", "unevaluatedProperties", "$comment", "$id", "id", "$schema"}
)


def editor_schema() -> dict[str, Node]:
    """A schema that takes 3.0 to 3.2; what it says of ``x-contract`` is the words' own schemas and texts."""
    parts = {
        "v3.0": _openapi_30(),
        "v3.1": _openapi_later("3.1"),
        "v3.2": _openapi_later("3.2"),
        "contract": _words(),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "OpenAPI 3.0 to 3.2 with x-contract",
        "type": "object",
        "if": {"properties": {"openapi": {"type": "string", "pattern": "^3\\.0\\."}}},
        "then": {"$ref": "#/definitions/v3.0-document"},
        "else": {
            "if": {"properties": {"openapi": {"type": "string", "pattern": "^3\\.2\\."}}},
            "then": {"$ref": "#/definitions/v3.2-document"},
            "else": {"$ref": "#/definitions/v3.1-document"},
        },
        "definitions": {f"{of}-{name}": part for of, named in parts.items() for name, part in named.items()},
    }


def _words() -> dict[str, Node]:
    """The meta-schema, with the documentation of each word where it may stand."""
    made: dict[str, Node] = _rewritten(meta_schema()["$defs"], _moved("#/$defs/", "#/definitions/contract-"))
    by_name = {word.name: word for word in WORDS if word.name}
    for place in {place for word in WORDS for place in word.places}:
        made[place]["title"] = _KEY
        for name, shape in made[place]["properties"].items():
            if name in by_name:
                made[place]["properties"][name] = {**_documented(by_name[name]), "allOf": [shape]}
    return made


def _documented(word: Word) -> dict[str, str]:
    about = inspect.getdoc(sys.modules[type(word).__module__]) or ""
    plain = about.replace("``", "`")
    return {"title": word.name, "description": plain, "markdownDescription": plain}


def _openapi_30() -> dict[str, Node]:
    schema = official_schema("3.0")
    made = _rewritten(schema, _moved("#/definitions/", "#/definitions/v3.0-"))
    parts: dict[str, Node] = made.pop("definitions")
    parts["document"] = made
    for name, place in (("document", "document"), ("Operation", "operation"), ("Schema", "schema")):
        _allow(parts[name], place)
    return parts


def _openapi_later(version: str) -> dict[str, Node]:
    schema = official_schema(version)
    made = _rewritten(schema, _moved("#/$defs/", f"#/definitions/v{version}-"))
    parts: dict[str, Node] = made.pop("$defs")
    parts["document"] = made
    parts["schema"] = _any_schema(version)
    for name, place in (("document", "document"), ("operation", "operation"), ("schema", "schema")):
        _allow(parts[name], place)
    return parts


def _any_schema(version: str) -> dict[str, Node]:
    """A schema of 3.1 and later: whatever JSON Schema takes, with ``x-contract`` at every depth."""
    this = {"$ref": f"#/definitions/v{version}-schema"}
    properties: dict[str, Node] = dict.fromkeys(_SUBSCHEMAS["schema"], this)
    properties |= {name: {"type": "array", "items": this} for name in _SUBSCHEMAS["list"]}
    properties |= {name: {"type": "object", "additionalProperties": this} for name in _SUBSCHEMAS["map"]}
    return {"type": ["object", "boolean"], "properties": properties}


def _allow(part: dict[str, Node], place: str) -> None:
    part.setdefault("properties", {})[_KEY] = {"$ref": f"#/definitions/contract-{place}"}


def _moved(old: str, new: str) -> Callable[[str], str]:
    return lambda reference: reference.replace(old, new, 1).replace("/dependentSchemas/", "/dependencies/")


def _rewritten(value: Node, reference: Callable[[str], str], *, names: bool = False) -> Node:
    """A schema in draft-07, its references moved; ``names``: the keys are no keywords."""
    if isinstance(value, list):
        return [_rewritten(item, reference) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {key: _rewritten(item, reference) for key, item in value.items()}
    if "$dynamicRef" in value:
        value = {"$ref": "#/$defs/schema"}
    made = {}
    for key, item in value.items():
        if not _is_left_out(key, value):
            made[key] = _keyword(key, item, reference)
    return _in_draft_07(made)


def _is_left_out(key: str, schema: Schema) -> bool:
    if key in _LATER:
        return True
    if "minContains" in schema:  # draft-07 cannot say that there may be none
        return key.lower().endswith("contains")
    return False


def _keyword(key: str, value: Node, reference: Callable[[str], str]) -> Node:
    if key == "$ref":
        return reference(value)
    if key in ("enum", "const", "default", "examples", "required", "dependentRequired"):
        return value
    return _rewritten(value, reference, names=key in _NAMED)


def _in_draft_07(schema: dict[str, Node]) -> dict[str, Node]:
    """Siblings of ``$ref`` moved where draft-07 sees them; draft-04's boolean bounds as numbers."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True:
            schema[exclusive] = schema.pop(bound)
        elif schema.get(exclusive) is False:
            del schema[exclusive]
    for later in ("dependentSchemas", "dependentRequired"):
        if later in schema:
            schema["dependencies"] = {**schema.get("dependencies", {}), **schema.pop(later)}
    if "$ref" in schema and len(schema) > 1:
        schema["allOf"] = [*schema.get("allOf", []), {"$ref": schema.pop("$ref")}]
    return schema
