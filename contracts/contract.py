"""The contract: one loaded document with the words it carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.document import Document
from contracts.model import Errors, Json, Operation, Pointer, Resource


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

    def resource_of(self, operation: Operation) -> Resource | None:
        return self.resources.get(operation.resource or "")

    def acting(self, resource: str, verb: str) -> Operation | None:
        """The first operation that acts so on a resource (``acting("Campaign", "read")``)."""
        found = (o for o in self.operations.values() if o.resource == resource and o.verb == verb)
        return next(found, None)

    def field_schema(self, resource: Resource, name: str) -> Json:
        """The schema of a resource's property in the 2020-12 dialect; ``{}`` where it has none."""
        schemas = self.document.schemas
        properties = schemas.resolve(resource.schema).get("properties", {})
        return schemas.resolve(properties.get(name, {}))

    def body_properties(self, operation: Operation) -> Mapping[str, Json]:
        """The declared properties of an operation's request body, in the 2020-12 dialect."""
        if operation.body is None:
            return {}
        schema = self.document.schemas.resolve(operation.body)
        properties: Mapping[str, Json] = schema.get("properties", {}) if isinstance(schema, dict) else {}
        return properties

    def where(self, pointer: Pointer) -> str:
        """``file:line:column`` of a place in the document."""
        return str(self.document.locate(pointer))
