"""Entity tags (RFC 9110, section 8.8.3) in the shape that the document declares for them."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from random import Random

from troth.contracts.contract import Contract, remembered
from troth.contracts.document import join
from troth.contracts.document.pointers import mapping, reference
from troth.contracts.document.samples import like
from troth.contracts.model import Pointer, Record


def entity_tag(contract: Contract, record: Record) -> str:
    """A strong tag by what the record shows; one that the schema of the declared header takes."""
    shown = json.dumps(record.data, sort_keys=True, default=str)
    number = zlib.crc32(shown.encode())
    pointer = _schema(contract, record.resource)
    if pointer is None:
        return f'"{number:08x}"'
    for text in _shapes(contract, pointer, number):
        if contract.document.schemas.valid(pointer, text):
            return text
    return f'"{number:08x}"'


def _shapes(contract: Contract, pointer: Pointer, number: int) -> Iterator[str]:
    """The shapes that tags usually have, and one made for the pattern."""
    for opaque in (f"{number:08x}", str(number), f"{number:08x}" * 4, f"{number:08x}" * 5):
        yield from (f'"{opaque}"', f'W/"{opaque}"', opaque)
    schema = contract.document.schemas.resolve(reference(pointer))
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        least, most = schema.get("minLength", 0), schema.get("maxLength", 200)
        for attempt in range(20):
            yield like(pattern, least, most, Random(number + attempt)) or ""


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
