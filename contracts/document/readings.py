"""Other values that servers read for a value which is not written as its schema says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from troth.contracts.model import Json

_TRUTHS = dict.fromkeys(("true", "1", "yes", "y", "on", "t"), True)
_TRUTHS |= dict.fromkeys(("false", "0", "no", "n", "off", "f"), False)


def readings(value: Json) -> Iterator[Json]:
    """What else a value may be read as: a number for a text, a text for a number, an item for its list."""
    if value is None or isinstance(value, Mapping):
        return
    if isinstance(value, list):
        if len(value) == 1:
            yield value[0]
        return
    yield [value]
    if isinstance(value, bool):
        yield from (int(value), str(value).lower(), str(value))
        return
    if isinstance(value, str):
        yield from _of_text(value)
    if isinstance(value, (int, float)):
        yield str(value)
        if isfinite(value) and value == int(value):
            yield int(value)
    if str(value).lower() in _TRUTHS:
        yield _TRUTHS[str(value).lower()]


def _of_text(text: str) -> Iterator[Json]:
    yield from (text.strip(), text.lower(), text.upper())
    for read in (int, float):
        try:
            yield read(text)
        except ValueError:
            continue
