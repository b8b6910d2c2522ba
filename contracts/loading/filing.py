"""Bytes that things have in a document without words: what is put to a path below a thing is got there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from troth.contracts.document import Document
from troth.contracts.document.media_types import is_form, is_json, is_multipart, is_xml, is_yaml
from troth.contracts.document.pointers import mapping
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.belonging import form_of
from troth.contracts.loading.placing import ITEM, Operations, last_of
from troth.contracts.model import Node, Operation

_OF_VALUES = (is_json, is_form, is_xml, is_yaml)
_DOES = {"PUT": "store", "POST": "store", "PATCH": "store", "DELETE": "remove", "GET": "show"}


def filing(
    document: Document, operations: Operations, owners: Mapping[str, str], guesses: Iterable[Guess]
) -> Iterator[Guess]:
    """``PUT`` and ``GET /users/{id}/avatar``, and files in forms that make a thing: only a mock takes that
    for granted."""
    above, uploaded = {form_of(item): schema for item, schema in owners.items()}, set[str]()
    for guess in _uploading(document, operations, guesses):
        uploaded.add(str(guess.value["acts"]).partition(".")[0])
        yield guess
    for path in dict.fromkeys(path for method, path in operations if method == "GET"):
        schema = above.get(form_of(path.rpartition("/")[0]))
        if schema is None:
            continue
        if not _shows_bytes(document, operations["GET", path]):
            continue
        doing = {method: operations[method, path] for method in _DOES if (method, path) in operations}
        stored = [one for one in doing.values() if one.method != "GET" and _takes_bytes(document, one)]
        if stored or schema in uploaded:
            yield from _filed(doing, schema, last_of(path), stored)


def _uploading(document: Document, operations: Operations, guesses: Iterable[Guess]) -> Iterator[Guess]:
    """What makes a thing by a form with a file, which is kept."""
    by_pointer = {operation.pointer: operation for operation in operations.values()}
    for guess in guesses:
        operation = by_pointer.get(guess.pointer)
        if operation is None:
            continue
        if not str(guess.value.get("acts")).endswith(".create"):
            continue
        if _takes_a_file(document, operation):
            yield guess._replace(besides={**guess.besides, "file": {"does": "store"}})


def files(document: Document, operations: Operations) -> Iterator[re.Match[str]]:
    """The paths that name files by themselves: bytes are put there, and got (``/blobs/{name}``)."""
    for path in dict.fromkeys(path for method, path in operations if method == "PUT"):
        match, putting, getting = ITEM.match(path), operations["PUT", path], operations.get(("GET", path))
        if match is None:
            continue
        if getting is None:
            continue
        if not _shows_bytes(document, getting):
            continue
        if putting.contents and _takes_bytes(document, putting):
            yield match


def as_files(document: Document, operations: Operations, path: str, schema: str) -> Iterator[Guess]:
    """What is done with files at their path: only a mock takes that for granted."""
    for method, verb in (("PUT", "update"), ("GET", "read"), ("DELETE", "delete")):
        operation = operations.get((method, path))
        if operation is None:
            continue
        words: dict[str, Node] = {"acts": f"{schema}.{verb}"}
        if verb != "delete":
            words["file"] = {"does": _DOES[method]}
        yield Guess(operation.pointer, words, f"{method} {path} is about a file", serves=True, untried=True)


def _filed(
    doing: Mapping[str, Operation], schema: str, name: str, stored: list[Operation]
) -> Iterator[Guess]:
    for method, operation in doing.items():
        if method not in ("GET", "DELETE") and operation not in stored:
            continue
        words: dict[str, Node] = {"acts": f"{schema}.{'read' if method == 'GET' else 'action'}"}
        words["file"] = {"does": _DOES[method], "in": name}
        why = f"{method} {operation.path} is about bytes of the {schema} that it names"
        yield Guess(operation.pointer, words, why, serves=True, untried=True)


def _shows_bytes(document: Document, operation: Operation) -> bool:
    """Whether a success is nothing but bytes."""
    success = operation.success
    if success is None:
        return False
    if success.media_type is None:
        return False
    if success.schema is None:
        return True
    said = mapping({"": document.schemas.resolve(success.schema)}, "")
    if "*" not in success.media_type:
        return False
    return said.get("format") == "binary"


def _takes_bytes(document: Document, operation: Operation) -> bool:
    """Whether a body is bytes, or a form with a file."""
    if _takes_a_file(document, operation):
        return True
    return any(not _is_of_values(media) for media in operation.media_types)


def _is_of_values(media: str) -> bool:
    return is_multipart(media) or any(is_kind(media) for is_kind in _OF_VALUES)


def _takes_a_file(document: Document, operation: Operation) -> bool:
    """Whether a body is a form of which some part is a file."""
    for content in operation.contents:
        if not is_multipart(content.media_type):
            continue
        parts = mapping(document.schemas.whole(content.schema), "properties").values()
        for part in parts:
            said = mapping({"": document.schemas.resolve(part)}, "")
            if said.get("format") == "binary":
                return True
            if "contentMediaType" in said:
                return True
    return False
