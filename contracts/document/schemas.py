"""The document's JSON Schemas, compiled once: OpenAPI 3.0's dialect becomes JSON Schema 2020-12.

Compiled with jsonschema-rs, because the mock validates every request and the checks every answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from troth.contracts.document.pointers import split, walk
from troth.contracts.model import Json, Pointer

ROOT = "urn:troth:document"
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "x-contract"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "schemas", "definitions"})


@dataclass(frozen=True)
class Violation:
    """Where a value breaks its schema (path of tokens into the value) and how; ``soft``: only a format."""

    path: tuple[str | int, ...]
    message: str
    soft: bool = False
    missing: str | None = None
    """The property that is required and not there."""


class Schemas:
    """Validators by pointer into the document."""

    def __init__(self, document: dict[str, Json], version: str) -> None:
        self.data = upgrade(document) if version == "3.0" else document
        self._compiled: dict[tuple[str, bool], jsonschema_rs.Draft202012Validator] = {}
        self._resolved: dict[str, Json] = {}
        self._registry: Any = None

    def at(self, pointer: Pointer) -> Json:
        """The schema at a pointer, in the 2020-12 dialect."""
        return walk(self.data, split(pointer))

    def resolve(self, schema: Json) -> Json:
        """A schema with its ``$ref`` followed (siblings of the reference win) and ``allOf`` merged flatly."""
        if not isinstance(schema, dict) or not ("$ref" in schema or "allOf" in schema):
            return schema
        if len(schema) > 1 or "$ref" not in schema:
            return self._followed(schema)
        reference = schema["$ref"]
        if reference not in self._resolved:
            self._resolved[reference] = self._followed(schema)
        return self._resolved[reference]

    def _followed(self, schema: Json) -> Json:
        for _ in range(50):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            target = walk(self.data, split(schema["$ref"].removeprefix("#")))
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        if isinstance(schema, dict) and "allOf" in schema:
            schema = self._merged(schema)
        return schema

    def _merged(self, schema: dict[str, Json]) -> dict[str, Json]:
        merged = {k: v for k, v in schema.items() if k != "allOf"}
        for part in schema["allOf"]:
            part = self.resolve(part)
            for key, value in part.items():
                if key == "properties":
                    merged[key] = _together(merged.get(key, {}), value)
                elif key == "required":
                    merged[key] = sorted({*value, *merged.get(key, [])})
                else:
                    merged.setdefault(key, value)
        return merged

    def violations(self, pointer: Pointer, value: Json) -> list[Violation]:
        """Every way in which a value breaks the schema at a pointer."""
        hard = {(tuple(e.instance_path), e.message) for e in self._errors(pointer, value, formats=False)}
        return [
            Violation(path, message, (path, message) not in hard, missing)
            for path, message, missing in (
                (tuple(e.instance_path), e.message, getattr(e.kind, "property", None))
                for e in self._errors(pointer, value, formats=True)
            )
        ]

    def broken_by_request(self, pointer: Pointer, body: Json) -> list[Violation]:
        """The violations of a request body: what is ``readOnly`` and required need not be sent."""
        found = self.violations(pointer, body)
        return [v for v in found if v.missing is None or not self._read_only(pointer, (*v.path, v.missing))]

    def _read_only(self, pointer: Pointer, path: tuple[str | int, ...]) -> bool:
        schema: Json = {"$ref": f"#{pointer}"}
        for token in path:
            schema = self.resolve(schema)
            schema = schema if isinstance(schema, dict) else {}
            inner = (
                schema.get("items", {})
                if isinstance(token, int)
                else schema.get("properties", {}).get(token, {})
            )
            schema = inner
        schema = self.resolve(schema)
        return isinstance(schema, dict) and schema.get("readOnly") is True

    def valid(self, pointer: Pointer, value: Json) -> bool:
        """Whether a value keeps the schema at a pointer, formats included."""
        return bool(self._validator(pointer, formats=True).is_valid(value))

    def typed(self, schema: Json, value: Json, *, fill: bool = True) -> Json:
        """A value as expressions see it: ``3.0`` a 3 for an integer and (``fill``) ``default``s filled in."""
        if value is None or isinstance(value, (str, int)):
            return value
        schema = self.resolve(schema)
        if not isinstance(schema, dict):
            return value
        if isinstance(value, float) and value.is_integer() and "integer" in types_of(schema):
            return int(value)
        if isinstance(value, list) and "items" in schema:
            return [self.typed(schema["items"], item, fill=fill) for item in value]
        if not isinstance(value, dict):
            return value
        properties = schema.get("properties", {})
        filled = {
            name: self.typed(properties[name], v, fill=fill) if name in properties else v
            for name, v in value.items()
        }
        for name, inner in properties.items() if fill else ():
            inner = self.resolve(inner)
            if name not in filled and isinstance(inner, dict) and "default" in inner:
                filled[name] = inner["default"]
        return filled

    def _errors(self, pointer: Pointer, value: Json, *, formats: bool) -> Iterator[Any]:
        return iter(self._validator(pointer, formats=formats).iter_errors(value))

    def _validator(self, pointer: Pointer, *, formats: bool) -> Any:
        key = (pointer, formats)
        if key not in self._compiled:
            if self._registry is None:
                self._registry = jsonschema_rs.Registry([(ROOT, self.data)])
            self._compiled[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{ROOT}#{quote(pointer)}"}, registry=self._registry, validate_formats=formats
            )
        return self._compiled[key]


def _together(known: dict[str, Json], more: dict[str, Json]) -> dict[str, Json]:
    """Properties of two parts; what both describe has the keywords of both, first those of the first."""
    both = {
        name: {**more[name], **known[name]}
        for name in known
        if _plain(known[name]) and _plain(more.get(name))
    }
    return {**more, **known, **both}


def _plain(schema: Json) -> bool:
    return isinstance(schema, dict) and "$ref" not in schema


def types_of(schema: Json) -> tuple[str, ...]:
    """The ``type`` of a schema as a tuple; guessed from its keywords where it says none."""
    if not isinstance(schema, dict):
        return ()
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    if isinstance(declared, list):
        return tuple(declared)
    for keyword, type_ in (
        ("properties", "object"),
        ("items", "array"),
        ("minLength", "string"),
        ("pattern", "string"),
    ):
        if keyword in schema:
            return (type_,)
    return ()


def upgrade(value: Json, *, names: bool = False) -> Json:
    """OpenAPI 3.0's ``nullable`` and boolean ``exclusive*`` as JSON Schema 2020-12 says them."""
    if isinstance(value, list):
        return [upgrade(item) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {key: upgrade(item) for key, item in value.items()}
    result = {
        key: item if key in _VALUES else upgrade(item, names=key in _NAMED) for key, item in value.items()
    }
    return _dialect(result)


def _dialect(schema: dict[str, Json]) -> dict[str, Json]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]
    if schema.pop("nullable", False) is not True:
        return schema
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    plain = {k: schema.pop(k) for k in ("allOf", "oneOf", "anyOf", "$ref", "enum") if k in schema}
    return {**schema, "anyOf": [plain, {"type": "null"}]} if plain else schema
