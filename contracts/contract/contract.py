"""The contract: one loaded document with the words it carries."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from troth.contracts.contract.identity import as_whole, id_schema
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document import Document
from troth.contracts.document.pointers import join, listing, mapping, referred, said
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.document.views import sendable
from troth.contracts.model import Errors, Json, Node, Operation, Parameter, Pointer, Resource, Schema

P = ParamSpec("P")
T = TypeVar("T")

_OF_PATHS = ("pattern", "format", "maxLength", "example")
"""What the path parameter of a record says of its id that the schema may leave out."""

_LEAST = ("minimum", "exclusiveMinimum", "minLength")
_MOST = ("maximum", "exclusiveMaximum", "maxLength")


@dataclass(frozen=True, eq=False)
class Contract:
    """Everything that a document promises; built by :func:`contracts.load`."""

    name: str
    title: str
    document: Document
    base_path: str
    errors: Errors
    resources: Mapping[str, Resource]
    operations: Mapping[str, Operation]
    words: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def made(self) -> dict[Hashable, Any]:
        """What has been worked out of the contract: see :func:`remembered`."""
        return {}

    @cached_property
    def guessed(self) -> bool:
        """Whether nobody has said how the API behaves: its words are inferred (`guessed`), or it has none."""
        said = self.words.get("guessed")
        if said is None:
            return not self.words and not any(one.words for one in self.operations.values())
        return bool(said)

    def resource_of(self, operation: Operation) -> Resource | None:
        return self.resources.get(operation.resource or "")

    def acting(self, resource: str, verb: str) -> Operation | None:
        """The first operation that acts so on a resource (``acting("Campaign", "read")``); where all is a
        guess, the first one at the resource's own path, and nothing else shows it."""
        return _acting(self, resource, verb)

    def properties(self, resource: Resource) -> Mapping[str, Node]:
        """The properties that records of a resource may have, whatever kind they are of."""
        return mapping(self.document.schemas.whole(resource.schema), "properties")

    def field_schema(self, resource: Resource, name: str) -> Node:
        """The schema of a resource's property in the 2020-12 dialect; ``{}`` where it has none."""
        schemas = self.document.schemas
        properties = self.properties(resource)
        if name == resource.id:
            schema = as_whole(schemas.resolve(id_schema(schemas, properties, name) or {}))
            return self._as_in_paths(resource, schema)
        return schemas.resolve(properties.get(name, {}))

    def _as_in_paths(self, resource: Resource, schema: Node) -> Node:
        """An id's schema with what the path parameter of the same record asks for besides."""
        parameter = self.naming_parameter(resource)
        if parameter is None or not isinstance(schema, dict):
            return schema
        asked = self.document.schemas.resolve(parameter.schema)
        said = {key: asked[key] for key in _OF_PATHS if key in asked}
        if types_of(asked) == ("integer",) and _is_any_text(schema):
            said = {"pattern": _digits(asked)}
        return {**said, **schema, **_bounds(schema, asked)}

    def naming_parameter(self, resource: Resource) -> Parameter | None:
        """The path parameter by which calls name a record."""
        naming = (self.acting(resource.name, verb) for verb in ("read", "update", "delete"))
        reading = next((operation for operation in naming if operation is not None), None)
        if reading is None:
            return None
        return reading.parameter("path", reading.item_parameter)

    def record_schema(self, operation: Operation) -> Schema:
        """The schema of the record in an operation's request body, in the 2020-12 dialect."""
        if operation.body is None:
            return {}
        schema = self.document.schemas.whole(operation.body)
        for token in operation.inside:
            schema = self.document.schemas.whole(mapping(schema, "properties").get(token))
        if not isinstance(schema, dict):
            return {}
        return schema

    def record_pointer(self, operation: Operation) -> Pointer | None:
        """Where that schema stands; None where the body has none."""
        pointer = operation.body_pointer
        for token in operation.inside:
            if pointer is not None:
                pointer = _property_at(self.document.schemas, pointer, token)
        return pointer

    def body_properties(self, operation: Operation) -> Mapping[str, Node]:
        """The properties of the record that an operation's request body may say. What is ``readOnly`` is not
        among them: it is the server's, and ignored or refused (JSON Schema Validation, section 9.4)."""
        return _sent(self, operation)

    def stored_properties(self, operation: Operation) -> Mapping[str, Node]:
        """The properties of a body that are stored, if the call is accepted: all that it may say of a record
        that it makes or changes; of an action's those of which ``writes`` speaks."""
        if operation.verb in ("create", "update"):
            return self.body_properties(operation)
        if operation.verb != "action":
            return {}
        said = writes_of(operation)
        return {name: schema for name, schema in self.body_properties(operation).items() if name in said}

    def body_required(self, operation: Operation) -> Sequence[str]:
        """The properties that the record in an operation's request body must have; one that is ``readOnly``
        need not be sent (OpenAPI, Schema Object)."""
        schema, sent = self.record_schema(operation), self.body_properties(operation)
        servers = mapping(schema, "properties").keys() - sent.keys()
        return [name for name in schema.get("required", ()) if name not in servers]

    def where(self, pointer: Pointer) -> str:
        """``file:line:column`` of a place in the document."""
        return str(self.document.locate(pointer))


def _property_at(schemas: Schemas, pointer: Pointer, name: str) -> Pointer | None:
    """Where the schema of a property stands; None where no part of the whole schema has it."""
    schema = schemas.at(pointer)
    if name in mapping(schema, "properties"):
        return join(pointer, "properties", name)
    parts = [join(pointer, "allOf", index) for index in range(len(listing(schema, "allOf")))]
    if said(schema, "$ref") is not None:
        parts.append(referred(schema))
    for part in parts:
        found = _property_at(schemas, part, name)
        if found is not None:
            return found
    return None


def remembered(function: Callable[Concatenate[Contract, P], T]) -> Callable[Concatenate[Contract, P], T]:
    """Works a value out once for a contract and its further arguments; forgets it with the contract."""

    @wraps(function)
    def lookup(contract: Contract, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (function, args)
        if kwargs:
            key = (function, args, *sorted(kwargs.items()))
        made = contract.made
        if key not in made:
            made[key] = function(contract, *args, **kwargs)
        value: T = made[key]
        return value

    return lookup


@remembered
def _sent(contract: Contract, operation: Operation) -> Mapping[str, Node]:
    declared: Mapping[str, Node] = mapping(contract.record_schema(operation), "properties")
    return sendable(declared, contract.document.schemas.resolve)


@remembered
def _acting(contract: Contract, resource: str, verb: str) -> Operation | None:
    found = [o for o in contract.operations.values() if o.resource == resource and o.verb == verb]
    singles = {one.name for one in contract.resources.values() if one.single}
    if contract.document.guessed and resource not in singles:
        found.sort(key=_is_elsewhere)
        if verb == "read":
            found = [operation for operation in found if not _is_elsewhere(operation)]
    return next(iter(found), None)


def _is_elsewhere(operation: Operation) -> bool:
    """Whether a path does not end in what names a record (`/users/me`, `/things/{id}/status`)."""
    if operation.verb in ("create", "list"):
        return False
    return "}" not in operation.path.rpartition("/")[2]


def _is_any_text(schema: Schema) -> bool:
    """Whether a schema says of a text only that it is one."""
    return types_of(schema) == ("string",) and schema.keys().isdisjoint(
        ("format", "pattern", "enum", "const")
    )


def _digits(asked: Schema) -> str:
    """What a text looks like that a path takes for a number of some schema."""
    fewest, most = 3, 6
    if asked.get("minimum", 0) > 1:
        fewest = len(str(int(asked["minimum"]))) + 1
        most = max(most, fewest)
    if "maximum" in asked:
        most = max(1, len(str(int(asked["maximum"]))) - 1)
    return f"^[1-9][0-9]{{{min(fewest, most) - 1},{most - 1}}}$"


def _bounds(schema: Schema, asked: Schema) -> Schema:
    """What two schemas allow both: the higher of two least values, the lower of two greatest."""
    found: dict[str, Json] = {}
    for keyword in (*_LEAST, *_MOST):
        values = [one[keyword] for one in (schema, asked) if isinstance(one.get(keyword), (int, float))]
        if values:
            found[keyword] = max(values) if keyword in _LEAST else min(values)
    return found
