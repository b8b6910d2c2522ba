"""Files become one document: YAML 1.2 and JSON with positions, ``$ref`` across files, OpenAPI 3.0 to 3.2."""

from troth.contracts.document.bundle import Document, read_document
from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.pointers import join, split, walk

__all__ = ["Document", "did_you_mean", "join", "read_document", "split", "walk"]
