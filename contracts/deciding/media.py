"""The media type of an answer: which one the client likes best, and a body written in it."""

from __future__ import annotations

from urllib.parse import urlencode

import yaml

from troth.contracts.contract import Contract
from troth.contracts.contract.variants import liked_of
from troth.contracts.document.forms import pairs
from troth.contracts.document.media_types import is_form, is_xml, is_yaml
from troth.contracts.document.xml import to_xml
from troth.contracts.model import Json, Operation, Response


def unacceptable(operation: Operation, accept: str) -> list[str]:
    """The media types of a success, where a client takes none of them (RFC 9110, section 15.5.7)."""
    if not accept:
        return []
    response = operation.response(operation.success_status)
    if response is None or not response.media_types:
        return []
    if liked_of(tuple(response.media_types), accept):
        return []
    return response.media_types


def written(contract: Contract, response: Response, body: Json) -> Json:
    """A body as it is written in its media type; JSON stays as it is."""
    media = response.media_type or ""
    if isinstance(body, str):
        return body
    if is_xml(media):
        return to_xml(contract.document.schemas, response.schema, body)
    if is_yaml(media):
        return str(yaml.safe_dump(body, sort_keys=False, allow_unicode=True))
    if is_form(media):
        return urlencode(pairs(body))
    return body
