"""How deep and large a JSON text is, counted while it arrives, and how many fields a form has."""

from __future__ import annotations

import re

from troth.contracts.document.media_types import is_form, is_multipart, media_type

LEVELS = 100
"""Levels of arrays and objects in a body; deeper ones cannot be walked safely."""

VALUES = 100_000
"""Values in a body: to parse and to check more would keep everybody else waiting."""

FIELDS = 5_000
"""Fields of a form, or parts of one: each takes longer than a value."""

_INSIDE = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.DOTALL)
"""A text, whole or cut off, or what opens, closes and separates: nothing here is looked at twice."""


class JsonMeasure:
    """Counts what is outside of texts; what is not JSON is counted as if it were."""

    def __init__(self, most: int = VALUES) -> None:
        self.most = most
        """How many values it may have."""
        self.problem: str | None = None
        """What is too much of it, as soon as that is seen."""
        self._depth = self._values = 0
        self._in_text = False
        self._left = b""

    def feed(self, part: bytes) -> None:
        """The next part of the text."""
        if self.problem is not None:
            return
        part = self._left + part
        self._left, place = b"", 0
        if self._in_text:
            place = self._text_end(part)
        for token in _TOKEN.finditer(part, place):
            self._count(token, part)
            if self.problem is not None:
                return

    def _text_end(self, part: bytes) -> int:
        """Where a text ends that an earlier part has begun."""
        found = _INSIDE.match(part)
        end = found.end() if found else 0
        if part[end : end + 1] == b'"':
            self._in_text = False
            return end + 1
        self._left = part[end:]  # half of an escape
        return len(part)

    def _count(self, token: re.Match[bytes], part: bytes) -> None:
        first = token[0][:1]
        if first == b'"':
            if not token[1]:
                self._in_text, self._left = True, part[token.end() :]
            return
        if first in b"]}":
            self._depth -= 1
            return
        self._values += 1
        if first != b",":
            self._depth += 1
        if self._depth > LEVELS:
            self.problem = f"the body is nested more than {LEVELS} levels deep"
        elif self._values > self.most:
            self.problem = f"the body has more than {self.most:,} values"


def too_much(body: bytes) -> str | None:
    """What is too much of a body, all of it at once."""
    if len(body) <= VALUES and body.count(b"[") + body.count(b"{") <= LEVELS:
        return None
    measure = JsonMeasure()
    measure.feed(body)
    return measure.problem


def too_many_fields(body: bytes, content_type: str) -> str | None:
    """What is too much of a form."""
    between = b"&"
    if is_multipart(content_type):
        between = b"--" + media_type(content_type).options.get("boundary", "--").encode("latin-1", "replace")
    elif not is_form(content_type):
        return None
    if body.count(between) <= FIELDS:
        return None
    return f"the body has more than {FIELDS:,} fields"
