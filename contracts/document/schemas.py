"""The document's JSON Schemas, compiled once: OpenAPI 3.0's dialect becomes JSON Schema 2020-12.

Compiled with jsonschema-rs, because the mock validates every request and the checks every answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote

import jsonschema_rs

from troth.contracts.document.alternatives import with_alternatives
from troth.contracts.document.breaches import Breaches, branches_without_end, is_small
from troth.contracts.document.engine import validator
from troth.contracts.document.pointers import named_in, reference, split, walk
from troth.contracts.document.references import target as target_of
from troth.contracts.document.secrets import is_secret
from troth.contracts.document.typing import Typing
from troth.contracts.document.views import (
    LOOKING,
    NAMED,
    UNTYPED_NULL,
    VALUES,
    for_answers,
    for_engine,
    for_requests,
    told_apart,
    with_ranges,
    without_untyped_nulls,
)
from troth.contracts.document.violation_texts import told
from troth.contracts.model import Json, Node, Pointer, Schema

ROOT = "urn:troth:document"
MOST_LOOSE = 5000
"""Validators that are kept of schemas which do not stand in the document."""

MOST_TOLD = 20
"""Ways in which a large value breaks its schema that are told."""

_Path: TypeAlias = tuple[str | int, ...]

LONGEST_MESSAGE = 400
"""Characters of a message: it quotes the value, which may be a book."""

_AS_OBJECTS: Mapping[bool, Schema] = {True: {}, False: {"not": {}}}

_UNTYPED = ("allOf", "oneOf", "anyOf", "$ref", "enum")


class _View(NamedTuple):
    """As what schemas are read: of requests, of answers, of what is made up, or of none of these; with or
    without formats."""

    side: str
    formats: bool


_WHOLE = _View("", True)
_MADE = _View("made", True)


@dataclass(frozen=True)
class Violation:
    """Where a value breaks its schema (path of tokens into the value) and how; ``soft``: only a format."""

    path: tuple[str | int, ...]
    message: str
    soft: bool = False
    missing: str | None = None
    """The property that is required and not there."""
    open: bool = False
    """Whether only one reading of the schema has it: a ``discriminator`` says which alternative is meant."""


class Schemas:
    """Validators by pointer into the document."""

    def __init__(self, document: dict[str, Node], version: str) -> None:
        self.data: Node = document
        if version == "3.0":
            self.data = upgrade(self.data)
        self._compiled: dict[tuple[Pointer, int, bool], jsonschema_rs.Draft202012Validator] = {}
        self._resolved: dict[str, Node] = {}
        self._wholes: dict[str, Node] = {}
        self._secret: dict[tuple[Pointer, tuple[str, ...]], bool] = {}
        self._typings: dict[str, Typing] = {}
        self._views: dict[_View, Node] = {}
        self._registries: dict[int, Any] = {}
        self._endless: dict[Pointer, bool] = {}
        self._parts: dict[tuple[Pointer, int, bool], Any] = {}
        self._loose: dict[int, tuple[Node, Any]] = {}

    def at(self, pointer: Pointer) -> Node:
        """The schema at a pointer, in the 2020-12 dialect."""
        return walk(self.data, split(pointer))

    def resolve(self, schema: Node, above: frozenset[str] = frozenset()) -> Node:
        """A schema with its ``$ref`` followed (siblings of the reference win) and ``allOf`` merged flatly;
        ``above``: the references on the way, to which a part that leads back says nothing more. A schema that
        is ``true`` or ``false`` is given as the object that says the same (JSON Schema 2020-12, 4.3.2)."""
        if isinstance(schema, bool):
            return _AS_OBJECTS[schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" not in schema:
            return self._followed(schema, above) if "allOf" in schema else schema
        reference = schema["$ref"]
        if reference in above:
            return {}
        if len(schema) > 1:
            return self._followed(schema, above)
        if reference not in self._resolved:
            self._resolved[reference] = self._followed(schema, above)
        return self._resolved[reference]

    def whole(self, schema: Node) -> Node:
        """A resolved schema with the properties that its alternatives add."""
        resolved = self.resolve(schema)
        if not isinstance(resolved, dict):
            return resolved
        if resolved.keys().isdisjoint(("oneOf", "anyOf")):
            return resolved
        if not isinstance(schema, dict) or schema.keys() != {"$ref"}:
            return with_alternatives(resolved, self.resolve)
        if schema["$ref"] not in self._wholes:
            self._wholes[schema["$ref"]] = with_alternatives(resolved, self.resolve)
        return self._wholes[schema["$ref"]]

    def _followed(self, schema: Node, above: frozenset[str]) -> Node:
        for _ in range(50):
            if not _refers(schema):
                break
            above |= {schema["$ref"]}
            meant = walk(self.data, target_of(schema["$ref"]))
            if not isinstance(meant, dict):
                return meant
            schema = {**meant, **{key: value for key, value in schema.items() if key != "$ref"}}
        if isinstance(schema, dict) and "allOf" in schema:
            return self._merged(schema, above)
        return schema

    def _merged(self, schema: dict[str, Node], above: frozenset[str]) -> dict[str, Node]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            for key, value in self.resolve(part, above).items():
                if key == "properties":
                    merged[key] = _together(merged.get(key, {}), value)
                elif key == "required":
                    merged[key] = sorted({*value, *merged.get(key, [])})
                else:
                    merged.setdefault(key, value)
        return merged

    def violations(self, pointer: Pointer, value: Json) -> list[Violation]:
        """Every way in which a value breaks the schema at a pointer."""
        if self.valid(pointer, value):
            return []
        return self._violations(pointer, value, "")

    def _violations(self, pointer: Pointer, value: Json, side: str) -> list[Violation]:
        if self._has_no_end(pointer) or not is_small(value):
            return self._first_violations(pointer, value, side)
        plain = self._validator(pointer, _View(side, False))
        whole = self._validator(pointer, _View(side, True))
        hard = {_place(error) for error in plain.iter_errors(value)}
        found = []
        for error in whole.iter_errors(value):
            soft = _place(error) not in hard
            missing = getattr(error.kind, "property", None)
            path = named_in(value, error.instance_path)
            message = self._told(pointer, path, error.kind.name, missing) or _shortened(told(error))
            found.append(Violation(path, message, soft, missing))
        return found

    def _first_violations(self, pointer: Pointer, value: Json, side: str) -> list[Violation]:
        """Some ways in which a value breaks a schema, where to know them all may take endlessly; one that is
        certain is among them, if there is one."""
        found: list[Violation] = []
        only_soft = self.valid_as(pointer, value, side, formats=False)
        for breach in Breaches(_Read(self, side)).of(pointer, value):
            message = self._told(pointer, breach.path, breach.keyword, breach.missing)
            message = message or _shortened(breach.message)
            found.append(Violation(breach.path, message, breach.soft, breach.missing))
            if len(found) >= MOST_TOLD and breach.soft is only_soft:
                break
        return found

    def _has_no_end(self, pointer: Pointer) -> bool:
        """Whether alternatives of the schema at a pointer lead back into it."""
        if pointer not in self._endless:
            self._endless[pointer] = branches_without_end(
                reference(pointer), lambda ref: walk(self.data, target_of(ref))
            )
        return self._endless[pointer]

    def part_of(self, pointer: Pointer, part: Node, side: str, *, formats: bool) -> Any:
        """What validates a part of the schema at a pointer."""
        view = _View(side, formats)
        key = (pointer, id(self._seen(view)), formats)
        if key not in self._parts:
            self._parts[key] = validator(_absolute(part), formats=formats, registry=self._registry(view))
        return self._parts[key]

    def valid_as(self, pointer: Pointer, value: Json, side: str, *, formats: bool) -> bool:
        """Whether a value keeps the schema at a pointer, read as one of requests or answers."""
        return bool(self._validator(pointer, _View(side, formats)).is_valid(value))

    def read_as(self, side: str) -> Node:
        """The document, read as one of requests or answers."""
        return self._seen(_View(side, True))

    def broken_by_request(self, pointer: Pointer, body: Json) -> list[Violation]:
        """The violations of a request body: what is ``readOnly`` and required need not be sent, and a null in
        the place of what need not be sent may be taken for just that."""
        if self.valid(pointer, body):
            return []
        if self._validator(pointer, _View("request", True)).is_valid(body):
            return []
        found = self._violations(pointer, body, "request")
        if self._validator(pointer, _View("told", True)).is_valid(body):
            return [replace(violation, open=True) for violation in found]
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
        for violation in self._violations(pointer, body, "request"):
            if violation.missing is not None:
                found.add((*violation.path, violation.missing))
        return found

    def _told(self, pointer: Pointer, path: _Path, keyword: str, missing: str | None) -> str | None:
        """What is said of an error that does not tell the value: one that lacks, or a secret one."""
        if missing:
            return f'"{missing}" is a required property'
        place = (pointer, tuple(token for token in path if not isinstance(token, int)))
        if place not in self._secret:
            if len(self._secret) > MOST_LOOSE:  # names of members may be a client's
                self._secret.clear()
            self._secret[place] = is_secret(self._inside(pointer, path), self.resolve)
        if self._secret[place]:
            keyword = "pattern" if keyword == LOOKING else keyword
            return f"breaks `{keyword}` (the value is secret)"
        return None

    def _lacks_read_only(self, pointer: Pointer, violation: Violation) -> bool:
        """Whether a violation is that a value lacks what only answers show."""
        if violation.missing is None:
            return False
        return self._read_only(pointer, (*violation.path, violation.missing))

    def _read_only(self, pointer: Pointer, path: tuple[str | int, ...]) -> bool:
        schema = self.resolve(self._inside(pointer, path))
        if not isinstance(schema, dict):
            return False
        return schema.get("readOnly") is True

    def _inside(self, pointer: Pointer, path: tuple[str | int, ...]) -> Node:
        """The schema of a place inside of values, as far as properties and items tell."""
        schema: Node = reference(pointer)
        for token in path:
            schema = self.resolve(schema)
            if not isinstance(schema, dict):
                return {}
            if isinstance(token, int):
                schema = schema.get("items", {})
            else:
                schema = schema.get("properties", {}).get(token, {})
        return schema

    def valid(self, pointer: Pointer, value: Json) -> bool:
        """Whether a value keeps the schema at a pointer, formats included."""
        return bool(self._validator(pointer, _WHOLE).is_valid(value))

    def valid_answer(self, pointer: Pointer, value: Json) -> bool:
        """Whether an answer keeps the schema at a pointer: what is ``writeOnly`` is not shown."""
        if self.valid(pointer, value):
            return True
        return bool(self._validator(pointer, _View("answer", True)).is_valid(value))

    def valid_made(self, pointer: Pointer, value: Json) -> bool:
        """Whether a value that nobody has sent keeps the schema at a pointer by every reading of it."""
        return bool(self._validator(pointer, _MADE).is_valid(value))

    def valid_shown(self, pointer: Pointer, value: Json) -> bool:
        """Whether an answer that nobody has sent keeps the schema at a pointer by every reading of it."""
        if self.valid_made(pointer, value):
            return True
        return bool(self._validator(pointer, _View("shown", True)).is_valid(value))

    def broken_by_example(self, pointer: Pointer, value: Json, sides: Sequence[str]) -> list[Violation]:
        """How an example breaks a schema that is of a request, of an answer, or of both (``sides``)."""
        if self.valid(pointer, value):
            return []
        if any(self._validator(pointer, _View(side, True)).is_valid(value) for side in sides):
            return []
        return self._violations(pointer, value, sides[0])

    def fits(self, schema: Node, value: Json) -> bool:
        """Whether a value keeps a schema that need not stand in the document as it is."""
        known, validator = self._loose.get(id(schema), (None, None))
        if known is not schema:
            validator = self._loosely(schema)
            if len(self._loose) > MOST_LOOSE:
                self._loose.clear()
            self._loose[id(schema)] = (schema, validator)
        return validator is None or bool(validator.is_valid(value))

    def _loosely(self, schema: Node) -> Any:
        """A validator of a schema whose references lead into the document; None where it is none."""
        try:
            loose = _absolute(without_untyped_nulls(schema))
            return validator(loose, formats=True, registry=self._registry(_MADE))
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            return None

    def typed(self, schema: Node, value: Json, *, fill: bool = True) -> Node:
        """A value as expressions see it: ``3.0`` a 3 for an integer and (``fill``) ``default``s filled in."""
        if isinstance(value, (str, int, NoneType)):
            return value
        return self._typing(schema).typed(value, fill=fill)

    def _typing(self, schema: Node) -> Typing:
        """How values of a schema become typed; a schema of the document is looked at once."""
        if not isinstance(schema, dict) or schema.keys() != {"$ref"}:
            return Typing(schema, self.resolve)
        reference = schema["$ref"]
        if reference not in self._typings:
            self._typings[reference] = Typing(schema, self.resolve)
        return self._typings[reference]

    def _validator(self, pointer: Pointer, view: _View) -> Any:
        key = (pointer, id(self._seen(view)), view.formats)
        if key not in self._compiled:
            meant = {"$ref": f"{ROOT}#{quote(pointer)}"}
            self._compiled[key] = validator(meant, formats=view.formats, registry=self._registry(view))
        return self._compiled[key]

    def _registry(self, view: _View) -> Any:
        data = self._seen(view)
        if id(data) not in self._registries:
            self._registries[id(data)] = jsonschema_rs.Registry([(ROOT, for_engine(data))])
        return self._registries[id(data)]

    def _seen(self, view: _View) -> Node:
        """The document as it holds in a view; the same object where that changes nothing."""
        if view not in self._views:
            data: Node = self.data
            if view.side == "request":
                data = for_requests(data, self.resolve)
            elif view.side == "answer":
                data = for_answers(data, self.resolve)
            elif view.side == "told":
                data = told_apart(for_requests(data, self.resolve))
            elif view.side == "made":
                data = without_untyped_nulls(data)
            elif view.side == "shown":
                data = without_untyped_nulls(for_answers(data, self.resolve))
            if view.formats:
                data = with_ranges(data)
            self._views[view] = data
        return self._views[view]


class _Read(NamedTuple):
    """The document as it is read for one side."""

    schemas: Schemas
    side: str

    @property
    def data(self) -> Node:
        return self.schemas.read_as(self.side)

    def valid(self, pointer: Pointer, value: Json, *, formats: bool) -> bool:
        return self.schemas.valid_as(pointer, value, self.side, formats=formats)

    def validator(self, pointer: Pointer, schema: Node, *, formats: bool) -> Any:
        return self.schemas.part_of(pointer, schema, self.side, formats=formats)


def _place(error: Any) -> tuple[object, ...]:
    return (tuple(error.instance_path), error.message)


def _shortened(message: str) -> str:
    """A message without the middle of a value that is too long to be read."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    return f"{message[: LONGEST_MESSAGE // 2]} … {message[-LONGEST_MESSAGE // 2 :]}"


def _absolute(value: Node) -> Node:
    """A schema with references that say of which document they are."""
    if isinstance(value, list):
        return [_absolute(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: item if key in VALUES else _absolute(item) for key, item in value.items()}
    if isinstance(made.get("$ref"), str) and made["$ref"].startswith("#"):
        made["$ref"] = ROOT + made["$ref"]
    return made


def _together(known: dict[str, Node], more: dict[str, Node]) -> dict[str, Node]:
    """Properties of two parts; what both describe has the keywords of both, first those of the first."""
    together = {**more, **known}
    for name, schema in known.items():
        other: Node = more.get(name)
        if _is_plain(schema) and _is_plain(other):
            together[name] = {**other, **schema, **_common_values(schema, other)}
    return together


def _common_values(schema: Schema, other: Schema) -> dict[str, Node]:
    """What both of two parts allow, where both name their values."""
    if "enum" not in schema or "enum" not in other:
        return {}
    common = [value for value in schema["enum"] if value in other["enum"]]
    if not common:
        return {}
    return {"enum": common}


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
        upgraded[key] = item if key in VALUES else upgrade(item, names=key in NAMED)
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
        return schema  # an enum takes null where it says so ("Clarify Semantics of nullable", 3.0.3)
    untyped = {key: schema.pop(key) for key in _UNTYPED if key in schema}
    if not untyped:
        return schema
    return {**schema, "anyOf": [untyped, UNTYPED_NULL]}
