"""Entity tags (RFC 9110, section 8.8.3) in the shape that the document declares for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import blake2b
from random import Random

from troth.contracts.contract import Contract, cel, computed, remembered
from troth.contracts.document import join
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.samples import like
from troth.contracts.model import Json, Pointer, Record
from troth.contracts.words.answers import answers_of

USUAL = 32
"""Digits of a tag."""


def entity_tag(contract: Contract, record: Record) -> str:
    """A strong tag by what is shown of a record, computed properties included; one that the schema of the
    declared header takes."""
    resource = contract.resources[record.resource]
    told: dict[str, Json] = {**record.data, **computed.values(resource, record, lenient=True)}
    for name in _told_besides(contract, record.resource):
        told[f"hidden.{name}"] = record.hidden.get(name)
    shown = json.dumps(told, sort_keys=True, default=str)
    digest = blake2b(shown.encode(), digest_size=32).hexdigest()
    pointer = _schema(contract, record.resource)
    if pointer is None:
        return f'"{digest[:USUAL]}"'
    for text in _shapes(contract, pointer, digest):
        if contract.document.schemas.valid(pointer, text):
            return text
    return f'"{digest[:USUAL]}"'


def _shapes(contract: Contract, pointer: Pointer, digest: str) -> Iterator[str]:
    """The shapes that tags usually have, and one made for the pattern."""
    number = int(digest[:16], 16)
    for opaque in (digest[:USUAL], digest[:40], digest, digest[:16], str(number), digest[:8]):
        yield from (f'"{opaque}"', f'W/"{opaque}"', opaque)
    schema = contract.document.schemas.resolve(reference(pointer))
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        least, most = schema.get("minLength", 0), schema.get("maxLength", 200)
        for attempt in range(20):
            yield like(pattern, least, most, Random(number + attempt)) or ""


@remembered
def _told_besides(contract: Contract, resource: str) -> tuple[str, ...]:
    """The hidden variables that answers about a resource tell beside its record."""
    found: set[str] = set()
    for operation in contract.operations.values():
        if operation.resource == resource:
            for answer in answers_of(operation):
                found |= {path[1] for path in cel.names(answer.text) if path[0] == "hidden" and len(path) > 1}
    return tuple(sorted(found))


@remembered
def _schema(contract: Contract, resource: str) -> Pointer | None:
    """Where the schema of the ``ETag`` of a resource stands, if it says anything."""
    for operation in contract.operations.values():
        if operation.resource != resource:
            continue
        for response in operation.responses:
            for name in response.tags:
                at, node = contract.document.resolve(join(response.pointer, "headers", name))
                if re.search(r"pattern|Length|enum|const|format", json.dumps(mapping(node, "schema"))):
                    return join(at, "schema")
    return None
