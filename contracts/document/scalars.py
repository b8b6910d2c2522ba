"""Texts and numbers that a field's name, its format and its bounds tell."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from random import Random

from troth.contracts.document.known_names import Told, known, stamped
from troth.contracts.document.numbers import bounded, bounded_integer
from troth.contracts.document.samples import like
from troth.contracts.document.texts import ENDS, bounds_of, fits, fitting
from troth.contracts.model import Json, Schema

NEW_WORDS = 4
"""How often new words are drawn for a text that another field of the record has already."""

_FORMATS: Mapping[str, Callable[[Told], str]] = {
    "date-time": lambda t: _written(t.made),
    "date": lambda t: t.made.date().isoformat(),
    "time": lambda t: f"{t.made:%H:%M:%S}Z",
    "email": lambda t: f"{t.user}@example.com",
    "idn-email": lambda t: f"{t.user}@example.com",
    "uri": lambda t: f"https://example.com/{t.slug}",
    "url": lambda t: f"https://example.com/{t.slug}",
    "iri": lambda t: f"https://example.com/{t.slug}",
    "uri-reference": lambda t: f"/{t.slug}",
    "hostname": lambda t: f"{t.slug}.example",
    "ipv4": lambda t: f"192.0.2.{t.random.randrange(1, 255)}",
    "ipv6": lambda t: f"2001:db8::{t.random.randrange(1, 9999):x}",
    "uuid": lambda t: t.unique,
    "duration": lambda t: f"PT{t.random.randrange(1, 60)}M",
    "byte": lambda t: b64encode(t.title.encode()).decode(),
    "base64url": lambda t: urlsafe_b64encode(t.title.encode()).decode().rstrip("="),
    "decimal": lambda t: f"{t.price:.2f}",
    "regex": lambda t: "^[a-z]+$",
    "json-pointer": lambda t: "/name",
}

_SIGNS = {
    "email": "@",
    "uri": "://",
    "url": "://",
    "ipv4": "192.",
    "ipv6": "::",
    "hostname": ".example",
    "date": "-",
    "uuid": "-",
}
"""What texts of a format have in them."""


class Scalars:
    """The texts and numbers of one record: they belong together, and no two texts are the same."""

    def __init__(self, random: Random, attempt: int) -> None:
        self.random, self.attempt = random, attempt
        self.told = Told(random)
        self.used: set[str] = set()

    def text(self, schema: Schema, name: str) -> Json:
        """A text that keeps its schema; no other one of the same record says the same, if that can be."""
        repeated = None
        for _ in range(NEW_WORDS):
            for text in self.texts(schema, name):
                if not fits(schema, text):
                    continue
                if text not in self.used:
                    self.used.add(text)
                    return text
                repeated = text
            if repeated is None:
                break
            self.told.renew()
        if repeated is not None:
            return repeated
        found = fitting(schema, self.random)
        if found is None:
            return "text"  # nothing keeps it
        return found

    def texts(self, schema: Schema, name: str) -> Iterator[str]:
        """Texts for a field, the most telling first."""
        least, most = bounds_of(schema)
        yield from self.told_texts(str(schema.get("format", "")), name, most)
        if name.lower().endswith("id"):
            yield self.told.hexadecimal(min(24, most))
        if schema.get("contentEncoding") == "base64":
            yield b64encode(self.told.title.encode()).decode()
        if isinstance(schema.get("pattern"), str):
            yield like(schema["pattern"], least, most, self.random) or ""
        if schema.get("format") not in _FORMATS:
            yield self.told.title
            slug = self.told.slug
            yield (slug * (1 + least // 5))[: max(least, min(most, len(slug)))]

    def told_texts(self, format_: str, name: str, most: int) -> Iterator[str]:
        """What a name and a format tell."""
        moment = stamped(self.told, name)
        if moment is not None:
            yield from _moment_texts(moment, format_)
        if format_ in _FORMATS:
            suggested = self.suggested(name)
            if _looks(format_, suggested):
                yield str(suggested)
            yield _FORMATS[format_](self.told)
            return
        if moment is not None and format_ != "":
            return
        if known(name):
            yield str(self.suggested(name))
            yield str(self.suggested(name))[:most]

    def suggested(self, name: str) -> Json:
        """A value that fits a name; None where it tells none. Each is a new one."""
        maker = known(name)
        if maker is None:
            return None
        return maker(self.told)

    def number(self, schema: Schema, kind: str, name: str) -> float:
        value = self.told_number(name)
        if value is None:
            value = self.any_number(kind, name)
        if kind == "integer":
            return bounded_integer(schema, value)
        found = bounded(schema, value, schema.get("multipleOf"))
        if found == value and isinstance(value, int):
            return value
        return found

    def told_number(self, name: str) -> float | None:
        """What a name tells; None where it tells no number."""
        told, moment = self.suggested(name), stamped(self.told, name)
        if moment is not None:
            return int(moment.timestamp())
        if isinstance(told, (int, float)):
            return told
        return None

    def any_number(self, kind: str, name: str) -> float:
        least, end = 1, 100
        if name.lower().endswith("id"):
            least, end = 1000, 10**6
        number = self.random.randrange(least, end)
        if kind == "number" and self.attempt % 2:
            return number + 0.5
        return number


def _moment_texts(moment: datetime, format_: str) -> Iterator[str]:
    if format_ == "date":
        yield moment.date().isoformat()
    elif format_ == "date-time":
        yield from (_written(moment).removesuffix("Z") + end for end in ENDS)
    elif format_ == "":
        yield _written(moment)


def _looks(format_: str, suggested: Json) -> bool:
    """Whether what a name suggests is of the format."""
    if not isinstance(suggested, str):
        return False
    sign = _SIGNS.get(format_)
    if sign is None:
        return False
    if sign not in suggested:
        return False
    if format_ in ("date", "uuid"):
        return " " not in suggested
    return True


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
