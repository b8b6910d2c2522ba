"""Component schemas of a document without words: what they are called, and what they have."""

from __future__ import annotations

from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Node


def properties_of(document: Document, schema: str) -> dict[str, Node]:
    """The properties of a component schema."""
    resolved = document.schemas.resolve({"$ref": join("#/components/schemas", schema)})
    return mapping(resolved, "properties")


def letters_of(name: str) -> str:
    """``pet_id``, ``pet-id`` and ``petId`` are one."""
    return name.lower().replace("_", "").replace("-", "")


def component(schema: str) -> str:
    """The reference to a component schema."""
    return f"#{join('/components/schemas', schema)}"
