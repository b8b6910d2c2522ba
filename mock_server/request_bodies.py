"""The body of a request as the media type says that was sent: JSON, forms, texts, XML, YAML, or bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import yaml

from troth.contracts.contract import Contract
from troth.contracts.document.casting import kinds_of, texts_of
from troth.contracts.document.forms import from_pairs
from troth.contracts.document.media_types import (
    is_form,
    is_json,
    is_multipart,
    is_text,
    is_xml,
    is_yaml,
    meant,
)
from troth.contracts.document.openapi import sequential
from troth.contracts.document.parameters import from_form
from troth.contracts.document.remembering import remembered_if_short
from troth.contracts.document.xml import NotXml, from_xml
from troth.contracts.document.yaml_loader import bounded_loader
from troth.contracts.model import ABSENT, MALFORMED, Absent, Content, Json, Malformed, Operation
from troth.mock_server.bodies import Part, form_parts, from_json_bytes
from troth.mock_server.measuring import LEVELS, VALUES

_YAML = bounded_loader(LEVELS, VALUES)

_Reader: TypeAlias = "Callable[[Contract, Content, str, bytes], Json | Absent | Malformed]"


class Sent(NamedTuple):
    """A body, and the declared media type (or range) that it is of."""

    body: Json | Absent | Malformed
    media_type: str | None = None


def read_body(contract: Contract, operation: Operation, content_type: str, body: bytes) -> Sent:
    """The body that was sent; it is of the usual type where none is said (RFC 9110, section 8.3)."""
    if not operation.contents:
        return Sent(_no_body(operation))
    name = meant(operation.media_types, content_type) or _usual(operation)
    content = operation.content(name)
    if content is None:
        return Sent(ABSENT)
    if not body.strip():
        return Sent(_empty(operation, content, body, content_type), name)
    return Sent(_read(contract, content, content_type or name, body), name)


def _usual(operation: Operation) -> str:
    """The type of a body that does not say its own: JSON, a form where that is all."""
    for name in operation.media_types:
        if is_json(name):
            return name
    if operation.form:
        return meant(operation.media_types, operation.form) or operation.media_types[0]
    return operation.media_types[0]


def _empty(operation: Operation, content: Content, body: bytes, content_type: str) -> Json | Absent:
    """No body; a text, where one was sent or said to be: it may be empty."""
    if is_text(content.media_type) and (body or content_type):
        return body.decode("utf-8", "replace")
    return _no_body(operation)


def _no_body(operation: Operation) -> Json | Absent:
    if not operation.form:
        return ABSENT
    if not operation.body_required:
        return ABSENT
    return {}  # a form without fields is one


def _read(contract: Contract, content: Content, sent_as: str, body: bytes) -> Json | Absent | Malformed:
    """A body by the type that it says, where that is known, else by the declared one."""
    read = _reader_of(sent_as, content.media_type)
    if read is None or _is_file(contract, content):
        return _bytes(contract, content, body)
    return read(contract, content, sent_as, body)


def _is_file(contract: Contract, content: Content) -> bool:
    """Whether a range takes any file, of whatever type it is."""
    if "*" not in content.media_type or content.schema is None:
        return False
    schema = contract.document.schemas.resolve(content.schema)
    return isinstance(schema, dict) and schema.get("format") == "binary"


@remembered_if_short(1024)
def _reader_of(sent_as: str, declared: str) -> _Reader | None:
    """What reads bodies of a type; None: they are bytes."""
    if "*" in sent_as:  # a range is declared, and nothing was said
        return _json
    for name in (sent_as, declared):
        for is_kind, read in _READERS:
            if is_kind(name):
                return read
    return None


def _bytes(contract: Contract, content: Content, body: bytes) -> Json | Absent:
    """Bytes, one character each; ABSENT where the schema means no text."""
    if content.schema is None:
        return body.decode("latin-1")
    kinds = kinds_of(contract.document.schemas, content.schema)
    if kinds and "string" not in kinds:
        return ABSENT
    return body.decode("latin-1")


def _json(_contract: Contract, _content: Content, _sent_as: str, body: bytes) -> Json | Malformed:
    try:
        return from_json_bytes(body)
    except ValueError:
        return MALFORMED


def _items(_contract: Contract, _content: Content, _sent_as: str, body: bytes) -> Json | Malformed:
    """Items one after another, each JSON."""
    found = []
    for line in body.decode("utf-8", "replace").replace("\x1e", "\n").splitlines():
        if not line.strip():
            continue
        try:
            found.append(from_json_bytes(line.encode()))
        except ValueError:
            return MALFORMED
    return found


def _form(contract: Contract, content: Content, _sent_as: str, body: bytes) -> Json:
    return from_form(contract.document.schemas, content, body.decode("utf-8", "replace"))


def _plain(contract: Contract, content: Content, _sent_as: str, body: bytes) -> Json:
    return texts_of(contract.document.schemas, content.schema).read(body.decode("utf-8", "replace"))


def _xml(contract: Contract, content: Content, _sent_as: str, body: bytes) -> Json | Malformed:
    try:
        text = body.decode("utf-8")
        if content.schema is None:
            return text
        return from_xml(contract.document.schemas, content.schema, text)
    except (NotXml, UnicodeDecodeError):
        return MALFORMED


def _yaml(_contract: Contract, _content: Content, _sent_as: str, body: bytes) -> Json | Malformed:
    text = body.decode("utf-8", "replace")
    try:
        if "*" in text and _has_alias(text):
            return MALFORMED
        value: Json = yaml.load(text, Loader=_YAML)  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, RecursionError, ValueError):
        return MALFORMED
    return value


def _has_alias(text: str) -> bool:
    """Whether something is repeated by name: it may stand for much more than is written."""
    events = yaml.parse(text, Loader=_YAML)
    return any(isinstance(event, yaml.AliasEvent) for event in events)


def _from_parts(contract: Contract, content: Content, content_type: str, body: bytes) -> Json | Malformed:
    parts = form_parts(body, content_type)
    if parts is None:
        return MALFORMED
    for part in parts:
        if not _is_taken(content, part):
            return MALFORMED
    return from_pairs(contract.document.schemas, content.schema, [(part.name, part.text) for part in parts])


def _is_taken(content: Content, part: Part) -> bool:
    """Whether a part is of a type that ``encoding`` lists for it; JSON that is none is not."""
    how = content.encoding.get(part.name)
    if part.content_type is not None and is_json(part.content_type):
        try:
            json.loads(part.text)
        except (ValueError, RecursionError):
            return False
    if not isinstance(how, Mapping) or part.content_type is None:
        return True
    wanted = str(how.get("contentType") or "*/*").split(",")
    return meant(tuple(one.strip() for one in wanted), part.content_type) is not None


_READERS: tuple[tuple[Callable[[str], bool], _Reader], ...] = (
    (sequential, _items),
    (is_json, _json),
    (is_form, _form),
    (is_multipart, _from_parts),
    (is_xml, _xml),
    (is_yaml, _yaml),
    (is_text, _plain),
)
"""By kind of media type, what reads a body of it."""
