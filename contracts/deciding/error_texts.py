"""What an error body says where only its names tell what they mean: the text, the status, that it failed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from troth.contracts.deciding.statuses import phrase
from troth.contracts.model import Json

_TEXT = re.compile(
    r"(error_?)?(message|msg|detail|details|description|reason)|error|user_?message", re.IGNORECASE
)
_STATUS = re.compile(r"(http_?)?status(_?code)?|code|error_?code", re.IGNORECASE)
_FAILED = re.compile(r"(is_?)?error|failed", re.IGNORECASE)
_SUCCEEDED = re.compile(r"success|ok|succeeded", re.IGNORECASE)
DEEPEST = 3
"""Levels of a body that are looked into."""


def in_words(body: Json, status: int, text: str, depth: int = 0) -> Json:
    """A made-up body with the status and the text of a refusal in the places of those names."""
    if depth > DEEPEST:
        return body
    if isinstance(body, list):
        return [in_words(item, status, text, depth + 1) for item in body[:1]]
    if not isinstance(body, Mapping):
        return body
    return {name: _told(name, value, status, text, depth) for name, value in body.items()}


def _told(name: str, value: Json, status: int, text: str, depth: int) -> Json:
    if isinstance(value, bool):
        if _FAILED.fullmatch(name):
            return True
        return value and not _SUCCEEDED.fullmatch(name)
    if isinstance(value, int) and _STATUS.fullmatch(name):
        return status
    if isinstance(value, str):
        return _text(name, value, status, text)
    return in_words(value, status, text, depth + 1)


def _text(name: str, value: str, status: int, text: str) -> str:
    if _TEXT.fullmatch(name):
        return text
    if name.lower() == "title":
        return phrase(status)
    if _STATUS.fullmatch(name) and value.isdigit():
        return str(status)
    return value
