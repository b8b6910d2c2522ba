"""The document's JSON Schemas, compiled once: OpenAPI 3.0's dialect becomes JSON Schema 2020-12.

Compiled with jsonschema-rs, because the mock validates every request and the checks every answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from troth.contracts.document.pointers import split, walk
from troth.contracts.model import Json, Node, Pointer, Schema

ROOT = "urn:troth:document"
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "x-contract"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "schemas", "definitions"})
_UNTYPED = ("allOf", "oneOf", "anyOf", "$ref", "enum")
_TELLING = (("properties", "object"), ("items", "array"), ("minLength", "string"), ("pattern", "string"))
"""Keywords that tell the type of a schema that does not say it."""


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

    def __init__(self, document: dict[str, Node], version: str) -> None:
        self.data = document
        if version == "3.0":
            self.data = upgrade(document)
        self._compiled: dict[tuple[str, bool], jsonschema_rs.Draft202012Validator] = {}
        self._resolved: dict[str, Node] = {}
        self._registry: Any = None

    def at(self, pointer: Pointer) -> Node:
        """The schema at a pointer, in the 2020-12 dialect."""
        return walk(self.data, split(pointer))

    def resolve(self, schema: Node) -> Node:
        """A schema with its ``$ref`` followed (siblings of the reference win) and ``allOf`` merged flatly."""
        if not isinstance(schema, dict):
            return schema
        if "$ref" not in schema:
            return self._followed(schema) if "allOf" in schema else schema
        if len(schema) > 1:
            return self._followed(schema)
        reference = schema["$ref"]
        if reference not in self._resolved:
            self._resolved[reference] = self._followed(schema)
        return self._resolved[reference]

    def _followed(self, schema: Node) -> Node:
        for _ in range(50):
            if not _refers(schema):
                break
            target = walk(self.data, split(schema["$ref"].removeprefix("#")))
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        if isinstance(schema, dict) and "allOf" in schema:
            return self._merged(schema)
        return schema

    def _merged(self, schema: dict[str, Node]) -> dict[str, Node]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            for key, value in self.resolve(part).items():
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
        found = []
        for error in self._errors(pointer, value, formats=True):
            path = tuple(error.instance_path)
            soft = (path, error.message) not in hard
            found.append(Violation(path, error.message, soft, getattr(error.kind, "property", None)))
        return found

    def broken_by_request(self, pointer: Pointer, body: Json) -> list[Violation]:
        """The violations of a request body: what is ``readOnly`` and required need not be sent, and a null in
        the place of what need not be sent may be taken for just that."""
        found = self.violations(pointer, body)
        told = [violation for violation in found if not self._lacks_read_only(pointer, violation)]
        missing: set[tuple[str | int, ...]] | None = None
        for index, violation in enumerate(told):
            if not violation.path or _value_at(body, violation.path) is not None:
                continue
            if missing is None:
                missing = self._missing(pointer, _without_nulls(body))
            if violation.path not in missing:
                told[index] = replace(violation, soft=True)
        return told

    def _missing(self, pointer: Pointer, body: Json) -> set[tuple[str | int, ...]]:
        """The places of what a body must have and has not."""
        found = set()
        for violation in self.violations(pointer, body):
            if violation.missing is not None:
                found.add((*violation.path, violation.missing))
        return found

    def _lacks_read_only(self, pointer: Pointer, violation: Violation) -> bool:
        """Whether a violation is that a value lacks what only answers show."""
        if violation.missing is None:
            return False
        return self._read_only(pointer, (*violation.path, violation.missing))

    def _read_only(self, pointer: Pointer, path: tuple[str | int, ...]) -> bool:
        schema: Node = {"$ref": f"#{pointer}"}
        for token in path:
            schema = self.resolve(schema)
            if not isinstance(schema, dict):
                return False
            if isinstance(token, int):
                schema = schema.get("items", {})
            else:
                schema = schema.get("properties", {}).get(token, {})
        schema = self.resolve(schema)
        if not isinstance(schema, dict):
            return False
        return schema.get("readOnly") is True

    def valid(self, pointer: Pointer, value: Json) -> bool:
        """Whether a value keeps the schema at a pointer, formats included."""
        return bool(self._validator(pointer, formats=True).is_valid(value))

    def typed(self, schema: Node, value: Json, *, fill: bool = True) -> Node:
        """A value as expressions see it: ``3.0`` a 3 for an integer and (``fill``) ``default``s filled in."""
        if isinstance(value, (str, int, NoneType)):
            return value
        schema = self.resolve(schema)
        if not isinstance(schema, dict):
            return value
        if isinstance(value, float):
            return _typed_number(schema, value)
        if isinstance(value, dict):
            return self._typed_members(schema, value, fill=fill)
        if isinstance(value, list) and "items" in schema:
            return [self.typed(schema["items"], item, fill=fill) for item in value]
        return value

    def _typed_members(self, schema: Schema, value: Mapping[str, Json], *, fill: bool) -> dict[str, Json]:
        properties = schema.get("properties", {})
        typed = dict(value)
        for name, member in value.items():
            if name in properties:
                typed[name] = self.typed(properties[name], member, fill=fill)
        if not fill:
            return typed
        for name, inner in properties.items():
            if name in typed:
                continue
            inner = self.resolve(inner)
            if not isinstance(inner, dict):
                continue
            if "default" in inner:
                typed[name] = inner["default"]
        return typed

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


def _typed_number(schema: Schema, value: float) -> float:
    if value.is_integer() and "integer" in types_of(schema):
        return int(value)
    return value


def _together(known: dict[str, Node], more: dict[str, Node]) -> dict[str, Node]:
    """Properties of two parts; what both describe has the keywords of both, first those of the first."""
    together = {**more, **known}
    for name, schema in known.items():
        other: Node = more.get(name)
        if _is_plain(schema) and _is_plain(other):
            together[name] = {**other, **schema}
    return together


def _is_plain(schema: Node) -> bool:
    if not isinstance(schema, dict):
        return False
    return "$ref" not in schema


def _refers(schema: Node) -> bool:
    if not isinstance(schema, dict):
        return False
    return "$ref" in schema


def _without_nulls(value: Json) -> Json:
    """A value without the members that are null."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}


def _value_at(value: Json, path: tuple[str | int, ...]) -> Json:
    """What stands at a place of a value."""
    found: Node = value
    for token in path:
        found = found[token]
    told: Json = found
    return told


def types_of(schema: Node) -> tuple[str, ...]:
    """The ``type`` of a schema as a tuple; guessed from its keywords where it says none."""
    if not isinstance(schema, dict):
        return ()
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    if isinstance(declared, list):
        return tuple(declared)
    for keyword, type_ in _TELLING:
        if keyword in schema:
            return (type_,)
    return ()


def upgrade(value: Node, *, names: bool = False) -> Node:
    """OpenAPI 3.0's ``nullable`` and boolean ``exclusive*`` as JSON Schema 2020-12 says them."""
    if isinstance(value, list):
        return [upgrade(item) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {key: upgrade(item) for key, item in value.items()}
    upgraded = {}
    for key, item in value.items():
        upgraded[key] = item if key in _VALUES else upgrade(item, names=key in _NAMED)
    return _in_2020_12(upgraded)


def _in_2020_12(schema: dict[str, Node]) -> dict[str, Node]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]
    if schema.pop("nullable", False) is True:
        return _nullable(schema)
    return schema


def _nullable(schema: dict[str, Node]) -> dict[str, Node]:
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    untyped = {key: schema.pop(key) for key in _UNTYPED if key in schema}
    if not untyped:
        return schema
    return {**schema, "anyOf": [untyped, {"type": "null"}]}
