"""Media types and ranges of them (RFC 9110, sections 8.3.1 and 12.5.1): which of those declared is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from troth.contracts.document.remembering import remembered_if_short

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_PIECE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)++')
_OPTION = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^;]*+)')
"""Nothing in these is looked at twice: a client sends what they read."""

OPTIONS = 100
"""Parameters of a media type that are read: nobody means more of them."""

_UNIMPORTANT = frozenset({"charset", "boundary", "q"})
"""Parameters that say nothing of what a body means: JSON is UTF-8 whatever is said (RFC 8259, 8.1)."""


@dataclass(frozen=True)
class MediaType:
    """A media type, or a range of them, with its parameters; all but their values in small letters."""

    type: str
    subtype: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.type}/{self.subtype}"

    def includes(self, other: MediaType) -> bool:
        """Whether another one is of this range, its parameters included."""
        if self.type not in ("*", other.type):
            return False
        if not self._takes(other.subtype):
            return False
        return all(other.options.get(name) == value for name, value in self.telling.items())

    def _takes(self, subtype: str) -> bool:
        """Whether a subtype is of this one; ``*+json`` is each that ends so (as ASP.NET writes it)."""
        if self.subtype.startswith("*+"):
            return subtype.endswith(self.subtype[1:])
        return self.subtype in ("*", subtype)

    @property
    def telling(self) -> dict[str, str]:
        """The parameters that tell types apart."""
        return {name: value for name, value in self.options.items() if name not in _UNIMPORTANT}

    @property
    def precision(self) -> tuple[int, int]:
        """How much a range says: a type more than a range, one with parameters more than one without."""
        named = (self.type != "*") + (self.subtype != "*") + ("*" not in self.subtype)
        return named, len(self.telling)


@remembered_if_short(2048)
def media_type(text: str) -> MediaType:
    """A media type as it is written."""
    essence, _, _ = text.partition(";")
    kind, _, subtype = essence.strip().lower().partition("/")
    options = {}
    for found in islice(_OPTION.finditer(text[len(essence) :]), OPTIONS):
        options[found[1].lower()] = found[2].strip().strip('"')
    return MediaType(kind, subtype.strip(), options)


@remembered_if_short(2048)
def meant(declared: tuple[str, ...], sent: str) -> str | None:
    """The declared type or range that says most of one that was sent; None: it is not declared."""
    one = media_type(sent)
    best: str | None = None
    for name in declared:
        known = media_type(name)
        if not known.includes(one):
            continue
        if best is None or known.precision > media_type(best).precision:
            best = name
    return best


def acceptable(declared: Sequence[str], accept: str) -> list[str]:
    """Those of the declared types that an ``Accept`` header takes, what it likes best first."""
    ranges = list(_ranges(accept))
    if not ranges:
        return list(declared)
    weighed = []
    for name in declared:
        weight = _weight(media_type(name), ranges)
        if weight > 0:
            weighed.append((weight, name))
    return [name for _, name in sorted(weighed, key=lambda pair: -pair[0])]


def _weight(known: MediaType, ranges: Sequence[tuple[MediaType, float]]) -> float:
    """How much a type is liked: the most precise range that includes it says so."""
    fitting = [(one, weight) for one, weight in ranges if one.includes(known) or known.includes(one)]
    if not fitting:
        return 0
    return max(fitting, key=lambda pair: pair[0].precision)[1]


def _ranges(accept: str) -> Iterator[tuple[MediaType, float]]:
    for piece in _PIECE.findall(accept):
        one = media_type(piece)
        if one.type:
            yield one, _quality(one.options.get("q", "1"))


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def is_json(name: str) -> bool:
    """Whether bodies of a type are JSON (``+json``, RFC 6839)."""
    subtype = media_type(name).subtype
    return subtype == "json" or subtype.endswith("+json")


def is_xml(name: str) -> bool:
    """Whether bodies of a type are XML (RFC 7303)."""
    subtype = media_type(name).subtype
    return subtype == "xml" or subtype.endswith("+xml")


def is_yaml(name: str) -> bool:
    """Whether bodies of a type are YAML (RFC 9512)."""
    subtype = media_type(name).subtype
    return subtype in ("yaml", "x-yaml", "vnd.yaml") or subtype.endswith("+yaml")


def is_text(name: str) -> bool:
    """Whether bodies of a type are plain texts."""
    return media_type(name).type == "text"


def is_form(name: str) -> bool:
    """Whether bodies of a type are HTML forms."""
    return media_type(name).name == FORM


def is_multipart(name: str) -> bool:
    """Whether bodies of a type have parts."""
    return media_type(name).type == "multipart"
