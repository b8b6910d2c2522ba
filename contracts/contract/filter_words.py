"""What filters say of properties in words: expressions, selectors of labels, a comparison before a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from troth.contracts.contract.identity import id_path
from troth.contracts.contract.narrowing import EVERY, NONE, SAID_BY, SOME, Test, as_said, compared, grouped
from troth.contracts.model import Json

_LABEL = re.compile(
    r"([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)|([\w./-]+)\s*(==|!=|=)\s*([\w.:/-]*)|(!?)([\w./-]+)"
)
"""One requirement of a label selector, as Kubernetes writes it: by sets, by equality, by being there."""

LEVELS, MOST = 50, 100
"""Parentheses and negations in each other, and comparisons; who says more means something else."""

_PREFIXED = re.compile(r"(not\.)?([a-z]+)\.(.*)", re.DOTALL)
"""A comparison before a value, as PostgREST writes it: ``gte.5``, ``not.eq.a``, ``in.(a,b)``."""


def in_words(text: str, properties: Iterable[str]) -> Iterator[Test]:
    """What a filter says in words (``userName eq "ann" and (age gt 3 or contains(note, 'x'))``, also with the
    signs of AIP-160 and RSQL); nothing where some of it is of another form, or about no property."""
    known = {id_path(name)[-1].lower(): id_path(name) for name in properties}
    try:
        yield _Words(text, known).whole()
    except _Unsaid:
        return


class _Unsaid(Exception):
    """A filter that is of another form."""


class _Words:
    """Reads a filter in words from left to right."""

    _SPACE = re.compile(r"\s*")
    _OR, _AND = re.compile(r"(?:or\b|\|\||,)", re.I), re.compile(r"(?:and\b|&&|;)", re.I)
    _NOT, _OPEN, _CLOSE = re.compile(r"(?:not\b|!|-)(?!=)", re.I), re.compile(r"\("), re.compile(r"\)")
    _COMMA, _NAME = re.compile(","), re.compile(r"[A-Za-z_@$][\w.@$/-]*")
    _BY = re.compile(r"=[a-z]+=|[=!<>]=|[=<>:]|(?:eq|ne|gt|ge|lt|le|co|sw|ew|in|pr|has|like|ilike)\b", re.I)
    _VALUE = re.compile(r"\"([^\"]*)\"|'((?:[^']|'')*)'|([^\s()\"',;]+)")

    def __init__(self, text: str, known: Mapping[str, tuple[str, ...]]) -> None:
        self._text, self._at, self._known = text, 0, known
        self._level = self._compared = 0

    def whole(self) -> Test:
        found = self._any_of()
        if self._at < len(self._text.rstrip()):
            raise _Unsaid
        return found

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        space = self._SPACE.match(self._text, self._at)
        start = space.end() if space else self._at
        found = pattern.match(self._text, start)
        if found is not None:
            self._at = found.end()
        return found

    def _need(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = self._take(pattern)
        if found is None:
            raise _Unsaid
        return found

    def _any_of(self) -> Test:
        parts = [[self._all_of()]]
        while self._take(self._OR):
            parts.append([self._all_of()])
        return grouped(SOME, parts)

    def _all_of(self) -> Test:
        parts = [self._one()]
        while self._take(self._AND):
            parts.append(self._one())
        return grouped(EVERY, [parts])

    def _one(self) -> Test:
        self._level += 1
        if self._level > LEVELS:
            raise _Unsaid
        found = self._inner()
        self._level -= 1
        return found

    def _inner(self) -> Test:
        if self._take(self._NOT):
            return grouped(NONE, [[self._one()]])
        if self._take(self._OPEN):
            found = self._any_of()
            self._need(self._CLOSE)
            return found
        name = self._need(self._NAME)[0]
        self._compared += 1
        if self._compared > MOST:
            raise _Unsaid
        if self._take(self._OPEN):
            return self._called(name.lower())
        return self._comparison(self._path(name))

    def _path(self, name: str) -> tuple[str, ...]:
        first, *rest = re.split("[./]", name)
        if first.lower() not in self._known:
            raise _Unsaid
        return (*self._known[first.lower()], *rest)

    def _called(self, function: str) -> Test:
        """``contains(Name, 'x')``; in OData 3 ``substringof('x', Name)``."""
        if function not in SAID_BY:
            raise _Unsaid
        if function == "substringof":
            value = self._literal()
            self._need(self._COMMA)
            path = self._path(self._need(self._NAME)[0])
        else:
            path = self._path(self._need(self._NAME)[0])
            self._need(self._COMMA)
            value = self._literal()
        self._need(self._CLOSE)
        return compared(path, SAID_BY[function], value)

    def _comparison(self, path: tuple[str, ...]) -> Test:
        by = self._need(self._BY)[0].lower()
        if len(by) > 2:
            by = by.strip("=") or by
        if by not in SAID_BY:
            raise _Unsaid
        if by == "pr":
            return compared(path, "has", True)
        if self._take(self._OPEN):
            values = [self._literal()]
            while self._take(self._COMMA):
                values.append(self._literal())
            self._need(self._CLOSE)
            return compared(path, SAID_BY[by], values)
        return compared(path, SAID_BY[by], self._literal())

    def _literal(self) -> Json:
        match = self._need(self._VALUE)
        if match[3] is not None:
            return as_said(match[3])
        return match[1] if match[1] is not None else match[2].replace("''", "'")


def by_labels(text: str, at: Sequence[str] | None) -> Iterator[Test]:
    """What a selector of Kubernetes asks of labels at a place (``app in (a,b),tier!=x,!old``); of properties
    by their dotted names where the place is None. Nothing where some of it is of another form."""
    found = []
    for piece in _requirements(text):
        match = _LABEL.fullmatch(piece.strip())
        if match is None:
            return
        name = match[1] or match[4] or match[8]
        path = name.split(".") if at is None else [*at, name]
        if match[1]:
            values = [value.strip() for value in match[3].split(",")]
            found.append(compared(path, "=" if match[2] == "in" else "!=", values))
        elif match[4]:
            found.append(compared(path, "!=" if match[5] == "!=" else "=", match[6]))
        else:
            found.append(compared(path, "lacks" if match[7] else "has", True))
    yield from found


def _requirements(text: str) -> Iterator[str]:
    """What stands between commas that are not in parentheses."""
    level = start = 0
    for at, sign in enumerate(text):
        level += (sign == "(") - (sign == ")")
        if sign == "," and not level:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def by_prefix(path: Sequence[str], text: Json) -> Iterator[Test]:
    """What a value with a comparison before it asks of a property (``gte.5``)."""
    match = _PREFIXED.fullmatch(str(text))
    if match is None:
        return
    if match[2] not in SAID_BY:
        return
    by, value = SAID_BY[match[2]], as_said(match[3])
    if match[2] == "in":
        value = [as_said(one.strip('"')) for one in match[3].strip("()").split(",")]
    if match[2] == "is" and match[3] in ("null", "not_null"):
        by, value = "lacks", match[3] == "null"
    test = compared(path, by, value)
    yield grouped(NONE, [[test]]) if match[1] else test
