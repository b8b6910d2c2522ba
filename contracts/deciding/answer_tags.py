"""The entity tag that an answer bears (RFC 9110, section 8.8.3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

from troth.contracts.model import Record, Unknown
from troth.contracts.words._step import Step

DIGITS = 32
"""Digits of the tag of a list."""


def tag_of(step: Step) -> str | None:
    """The entity tag of the answer; only where it bears one: to make one takes long."""
    if not step.operation.bears_tag:
        return None
    if step.records is not None:
        return _of_list(step, step.records)
    if step.after is None:
        return None
    return step.world.tag(step.after)


def _of_list(step: Step, records: Sequence[Record]) -> str | None:
    """The entity tag of a list: another one when a record of it is, or what is said of the page. How a tested
    API makes it, nobody knows."""
    if isinstance(step.world.moment, Unknown):
        return None
    told = [f"{'/'.join(place)}={value!r}" for place, value in step.shows.items()]
    tags = [str(step.world.tag(record)) for record in records]
    digest = blake2b(json.dumps([*tags, *told]).encode(), digest_size=DIGITS // 2).hexdigest()
    return f'"{digest}"'
