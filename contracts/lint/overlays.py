"""O2: a list in an overlay that grows each time the overlay is applied, because lists are concatenated.

Under ``x-contract`` a mapping says the same and may be applied twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import Document, join, split
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.origins import Origin
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Finding, Node, Pointer


def check(document: Document) -> Iterator[Finding]:
    """A warning for each list that stands directly under ``x-contract``, or is added to one inside."""
    if not document.sources.origin.inner:
        return
    for at, _ in carriers(document):
        for name, value in mapping(document.at(at), KEY).items():
            place = join(at, KEY, name)
            if isinstance(value, list) and _origin(document, place).source != "":
                message = f"overlays concatenate lists: applied twice, {name!r} is doubled; use a mapping"
                yield document.finding("O2", message, place, "warning")
            else:
                yield from _lengthened(document, place, value)


def _lengthened(document: Document, at: Pointer, value: Node) -> Iterator[Finding]:
    if isinstance(value, list):
        own = _origin(document, at)
        for item in (join(at, i) for i in range(len(value))):
            origin = _origin(document, item)
            if origin.source != own.source or not origin.pointer.startswith(f"{own.pointer}/"):
                message = "overlays concatenate lists: this is added to the list that stands there already"
                yield document.finding("O2", message, item, "warning")
                break
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lengthened(document, join(at, key), item)


def _origin(document: Document, pointer: Pointer) -> Origin:
    return document.sources.origin.under(split(pointer))
