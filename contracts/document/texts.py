"""Texts that keep their schema: pattern, length and format together, however few there are of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any

import jsonschema_rs

from troth.contracts.document.engine import validator
from troth.contracts.document.patterns import texts_like
from troth.contracts.model import Json, Schema

LONGEST = 1_000_000
_KEYWORDS = ("pattern", "minLength", "maxLength", "format")

ENDS = ("Z", ".000Z", ".000000Z", "+00:00", ".000+00:00", ".000000+00:00", ".0Z")
"""How times end: with parts of a second or without, by either name of UTC (RFC 3339, section 5.6)."""

_PLAIN: Mapping[str, tuple[str, ...]] = {
    "date-time": tuple(f"2026-01-05T09:00:00{end}" for end in ENDS),
    "date": ("2026-01-05",),
    "time": tuple(f"09:00:00{end}" for end in ENDS),
    "duration": ("P1D", "PT1H30M"),
    "email": ("someone@example.com", "some@example.com", "a@example.com", "a@b.co", "a@b"),
    "idn-email": ("someone@example.com", "a@b.co", "a@b"),
    "hostname": ("www.example.com", "example.com", "a.example", "a.test", "host", "h"),
    "idn-hostname": ("www.example.com", "a.test", "h"),
    "uri": ("https://example.com/", "https://a.test", "urn:a:b", "a:b"),
    "iri": ("https://example.com/", "https://a.test", "a:b"),
    "url": ("https://example.com/", "https://a.test"),
    "uri-reference": ("/example", "/a", "a"),
    "iri-reference": ("/example", "/a", "a"),
    "uri-template": ("/example/{id}", "/{a}", "a"),
    "uuid": ("3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1", "::1"),
    "json-pointer": ("/name", "/a", ""),
    "relative-json-pointer": ("0/name", "0"),
    "regex": ("^[a-z]+$", "a"),
    "byte": ("ZXhhbXBsZQ==", "YWJj", ""),
    "base64url": ("ZXhhbXBsZQ", "YWJj", ""),
    "char": ("x",),
    "decimal": ("12.50", "1.5", "1"),
    "http-date": ("Mon, 05 Jan 2026 09:00:00 GMT",),
    "media-range": ("text/plain", "*/*"),
}
"""Texts of each format, from the usual one to the shortest."""


def _long_email(length: int) -> str:
    """An address: 64 characters before the sign at most, 63 in one label after it (RFC 5321)."""
    rest = max(length - 64 - 1 - 4, 1)
    host = ".".join("a" * min(60, rest - start) for start in range(0, rest, 61))
    return "a" * min(64, max(length - len(host) - 5, 1)) + "@" + host + ".com"


_LONG: Mapping[str, Callable[[int], str]] = {
    "email": _long_email,
    "idn-email": _long_email,
    "uri": lambda n: "https://example.com/" + "a" * (n - 20),
    "iri": lambda n: "https://example.com/" + "a" * (n - 20),
    "url": lambda n: "https://example.com/" + "a" * (n - 20),
    "uri-reference": lambda n: "/" + "a" * (n - 1),
    "iri-reference": lambda n: "/" + "a" * (n - 1),
    "hostname": lambda n: ("a" * 60 + ".") * (n // 61) + "a" * (n % 61) + "a" * (n % 61 == 0),
    "byte": lambda n: "QUJD" * -(-n // 4),
    "base64url": lambda n: "QUJD" * -(-n // 4),
    "decimal": lambda n: "1." + "0" * (n - 2),
    "json-pointer": lambda n: "/" + "a" * (n - 1),
    "regex": lambda n: "a" * n,
}
"""Texts of a format that are as long as is asked for."""


def fits(schema: Schema, text: Json, *, formats: bool = True) -> bool:
    """Whether a text keeps what a schema says of texts."""
    asked = tuple((key, schema[key]) for key in _KEYWORDS if isinstance(schema.get(key), (str, int)))
    if not asked:
        return True
    validator = _validator(asked, formats)
    return validator is None or bool(validator.is_valid(text))


@lru_cache(maxsize=4096)
def _validator(asked: tuple[tuple[str, Any], ...], formats: bool) -> Any:
    """What checks texts; None where the pattern is none that can be read."""
    try:
        return validator(dict(asked), formats=formats)
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def bounds_of(schema: Schema) -> tuple[int, int]:
    """The least and the greatest length of a text; none is made that is longer than the longest one."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", LONGEST)
    if not isinstance(least, int):
        least = 0
    if not isinstance(most, int):
        most = LONGEST
    return min(int(least), LONGEST), int(most)


def fitting(schema: Schema, random: Random) -> str | None:
    """A text that keeps a schema; one that breaks its format alone where nothing else is found; None where
    there is none."""
    soft: str | None = None
    for text in _candidates(schema, random):
        if fits(schema, text):
            return text
        if soft is None and fits(schema, text, formats=False):
            soft = text
    return soft


def _candidates(schema: Schema, random: Random) -> Iterator[str]:
    least, most = bounds_of(schema)
    pattern, format_ = schema.get("pattern"), str(schema.get("format", ""))
    if not isinstance(pattern, str):
        pattern = ""
    yield from _PLAIN.get(format_, ())
    if least and format_ in _LONG:
        yield _LONG[format_](min(least, LONGEST))
    if format_ in ("date", "date-time"):
        usual = _PLAIN[format_][0]
        yield from (f"{year}{usual[4:]}" for year in range(2030, 1969, -1))
        yield usual[:most]
    if pattern:
        yield from texts_like(pattern, least, most, random)
        yield from _padded(pattern, least, most, random)
        for known in _PLAIN.values():
            yield from known[:1]
        yield from ("0", "1", "a", "0" * 24)
    yield _of_length(least, most)


def _padded(pattern: str, least: int, most: int, random: Random) -> Iterator[str]:
    """Texts that are longer than what their pattern asks for: it need not be about all of a text."""
    for text in islice(texts_like(pattern, 0, most, random), 8):
        more = "a" * (min(least, LONGEST) - len(text))
        yield text + more
        yield more + text


def _of_length(least: int, most: int) -> str:
    text = "text"
    if least > len(text):
        text = ("text " * (1 + min(least, LONGEST) // 5))[: min(least, LONGEST)]
        text = re.sub(r" $", "s", text)
    return text[:most]
