"""One record in several media types: which one a client gets, and the entity tag of each (RFC 9110, section
8.8.1: a strong one is of one representation)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.document.media_types import acceptable, media_type
from troth.contracts.document.remembering import remembered_if_short
from troth.contracts.model import Operation, Response


def in_accepted(response: Response, accept: str) -> Response:
    """A response in the media type that a client likes best; the usual one where it likes none."""
    if not accept or not response.others:
        return response
    liked = liked_of(tuple(response.media_types), accept)
    if not liked:
        return response
    return response.of_type(liked[0])


@remembered_if_short(1024)
def liked_of(media_types: tuple[str, ...], accept: str) -> tuple[str, ...]:
    """Those of some media types that a client takes, what it likes best first."""
    return tuple(acceptable(media_types, accept))


def tag_in(usual: Response | None, accept: str, tag: str) -> str:
    """The tag of a record in the media type in which a client gets it."""
    if usual is None or not accept:
        return tag
    return variant(usual, in_accepted(usual, accept).media_type, tag)


def variant(usual: Response, media: str | None, tag: str) -> str:
    """The tag of a record in one of the media types of a response; the usual one has that of the record."""
    if media is None or media == usual.media_type or not tag.endswith('"'):
        return tag
    return f'{tag[:-1]}-{re.sub(r"[^a-z0-9]+", ".", media_type(media).name)}"'


def variants(contract: Contract, resource: str, tag: str) -> Iterable[str]:
    """The tags that a record has in all its media types."""
    return [tag, *(variant(usual, media, tag) for usual, media in _readable(contract, resource))]


@remembered
def _readable(contract: Contract, resource: str) -> tuple[tuple[Response, str], ...]:
    """The media types in which a record is answered, each with the response that has it."""
    found: list[tuple[Response, str]] = []
    for operation in contract.operations.values():
        if operation.resource == resource and operation.bears_tag:
            found += _others(operation)
    return tuple(found)


def _others(operation: Operation) -> Iterable[tuple[Response, str]]:
    usual = operation.response(operation.success_status)
    if usual is None:
        return ()
    return [(usual, media) for media in usual.media_types[1:]]
