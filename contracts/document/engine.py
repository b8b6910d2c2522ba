"""What holds values against schemas: jsonschema-rs, with the formats, bounds and manners that troth means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from troth.contracts.document.equality import known_by
from troth.contracts.document.views import LOOKING, PAUSE, TEXT_FORMATS
from troth.contracts.document.violation_texts import TOO_MANY_STEPS
from troth.contracts.model import Json, Node

_STEPS = 10_000
_SIZES = (2_000, 20_000, 200_000, 20_000_000)
"""Lengths of texts: of each further one a tenth or less of the steps are taken."""

_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS)
"""How patterns are tried: of a text for which that takes more steps back it is not known whether it matches,
and it is refused. That is a millisecond; by itself the engine takes a hundred, for each text of a list."""


class _Pause:
    """Says nothing. It is called for every item of a list, and Python lets other threads go on when it is
    called: to hold 49,000 numbers against a ``multipleOf`` takes half a second, in which a server would
    answer nobody."""

    def __init__(self, schema: Node, value: Node, path: object) -> None: ...

    def validate(self, value: Json) -> None: ...


class _Unique:
    """``uniqueItems``: by itself the engine compares each integer beyond 64 bits with all others: ten seconds
    for 4,000 of them."""

    def __init__(self, schema: Node, value: Node, path: object) -> None:
        self.wanted = value is True

    def validate(self, value: Json) -> None:
        """Raises ValueError where two items are the same."""
        if not self.wanted or not isinstance(value, list):
            return
        seen = set()
        for item in value:
            known = known_by(item)
            if known in seen:
                raise ValueError(
                    f"{json.dumps(value[:100], ensure_ascii=False, default=str)} has non-unique elements"
                )
            seen.add(known)


class _Looking:
    """``pattern`` that looks around and may begin anywhere: by itself the engine takes its steps from each
    place of a text anew, and each step may go through all of it: 8 s for 20,000 characters. Here it begins
    at the start, and takes fewer steps where the text is longer."""

    def __init__(self, schema: Node, value: Node, path: object) -> None:
        self.pattern = str(value)
        self._from_start = {"pattern": rf"^[\s\S]*?(?:{self.pattern})"}
        self._engines: dict[int, Any] = {}

    def validate(self, value: Json) -> None:
        """Raises ValueError where a text does not match, or that would take too many steps."""
        if not isinstance(value, str):
            return
        size = next((size for size in _SIZES if len(value) <= size), _SIZES[-1])
        steps = max(_STEPS * _SIZES[0] // size, 1)
        if steps not in self._engines:
            self._engines[steps] = _engine(self._from_start, steps)
        try:
            self._engines[steps].validate(value)
        except jsonschema_rs.ValidationError as error:
            if not hasattr(error.kind, "pattern"):
                raise ValueError(TOO_MANY_STEPS) from None
            text = json.dumps(value, ensure_ascii=False)
            raise ValueError(f'{text} does not match "{self.pattern}"') from None


def _engine(schema: Node, steps: int) -> Any:
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=steps)
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=options)


KEYWORDS: Mapping[str, type] = {PAUSE: _Pause, LOOKING: _Looking, "uniqueItems": _Unique}
"""Keywords that are not the engine's own."""


def validator(schema: Node, *, formats: bool, registry: Any = None) -> Any:
    """What validates values of a schema (JSON Schema 2020-12); references lead into the registry. Raises
    ValueError, jsonschema_rs.ValidationError or ReferencingError for one that is none."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        registry=registry,
        validate_formats=formats,
        formats=dict(TEXT_FORMATS),
        pattern_options=_PATTERNS,
        keywords=dict(KEYWORDS),
    )
