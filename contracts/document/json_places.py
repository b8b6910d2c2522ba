"""Where things stand in a JSON text: objects are looked into only on the way to what is asked for.

What is beside the way is skipped by the decoder of the standard library, at the speed of C; so to place one
finding in a document of several megabytes takes a fraction of what composing all of its nodes would.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

_BLANK = re.compile(r"[ \t\n\r]*")


class Place(NamedTuple):
    """Offsets into the text: of the key (of the value, in a list) and of the value."""

    key: int
    value: int


class JsonPlaces:
    """The text of a sound JSON file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._decode = json.JSONDecoder().raw_decode
        self._members: dict[int, dict[str, Place]] = {}

    def find(self, tokens: tuple[str, ...]) -> Place:
        """The place at the end of a way; that of the nearest existing parent where it ends before."""
        return self._follow(tokens)[0]

    def span(self, tokens: tuple[str, ...]) -> tuple[int, int] | None:
        """From where to where the value at the end of a way stands; None where the way ends before."""
        place, whole = self._follow(tokens)
        if not whole:
            return None
        return place.value, self._decode(self.text, place.value)[1]

    def _follow(self, tokens: tuple[str, ...]) -> tuple[Place, bool]:
        """How far a way leads, and whether that is its end."""
        at = self._after_blank(0)
        place = Place(at, at)
        for token in tokens:
            inner = self._inside(place.value).get(token)
            if inner is None:
                return place, False
            place = inner
        return place, True

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n?|\n", self.text))]

    def _inside(self, start: int) -> dict[str, Place]:
        if start not in self._members:
            self._members[start] = self._read(start)
        return self._members[start]

    def _read(self, start: int) -> dict[str, Place]:
        opening = self.text[start]
        if opening == "{":
            return self._object(start)
        if opening == "[":
            return self._list(start)
        return {}

    def _object(self, start: int) -> dict[str, Place]:
        members: dict[str, Place] = {}
        at = self._after_blank(start + 1)
        while self.text[at] == '"':
            key_at = at
            key, at = self._decode(self.text, at)
            value_at = self._after_blank(self._after_blank(at) + 1)
            members[key] = Place(key_at, value_at)
            at = self._next(value_at)
        return members

    def _list(self, start: int) -> dict[str, Place]:
        items: dict[str, Place] = {}
        at = self._after_blank(start + 1)
        while self.text[at] != "]":
            items[str(len(items))] = Place(at, at)
            at = self._next(at)
        return items

    def _next(self, value_at: int) -> int:
        """Where the next member begins, or the object ends."""
        end = self._after_blank(self._decode(self.text, value_at)[1])
        if self.text[end] == ",":
            return self._after_blank(end + 1)
        return end

    def _after_blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        assert found is not None
        return found.end()
