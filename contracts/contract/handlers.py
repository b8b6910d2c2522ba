"""What ``handlers.py`` beside a document works with: the few rules that no word can say, in Python.

A handler is a function named like an ``operationId``. It gets an :class:`Asked` and says what the call
does: a :class:`Done`, a :class:`Refuse`, or a list of them where the documentation leaves it open (the mock
does the first). It must be pure: the mock and the checks call it alike, as often as they like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from troth.contracts.model import Json, Node, Unknown

ANY: Final = Unknown()
"""A value that the documentation does not determine: the mock shows a sample, a check takes any."""


@dataclass(frozen=True)
class Asked:
    """A valid call, and what is known when it comes.

    ``record`` and ``hidden``: the record that it is about; ``parent``, ``parent_hidden``: the one that it
    belongs to. ``known``: all records of the resource (of the same parent) with their ids; None where a check
    does not know all of them. Values may be :data:`ANY`, where a check does not know them.
    """

    path: Mapping[str, Node]
    query: Mapping[str, Node]
    headers: Mapping[str, Node]
    body: Node
    record: Mapping[str, Node] | None
    hidden: Mapping[str, Node]
    parent: Mapping[str, Node] | None
    parent_hidden: Mapping[str, Node]
    known: Sequence[Mapping[str, Node]] | None
    now: datetime


@dataclass(frozen=True)
class Refuse:
    """The call is refused and changes nothing. ``status`` None: that of ``errors.<kind>``."""

    message: str | None = None
    status: int | None = None
    kind: str = "refused"


@dataclass(frozen=True)
class Done:
    """The call succeeds.

    ``answers``: values of the body by JSON Pointer. ``set``, ``hidden``: what changes of the record;
    ``parent_hidden``: of its parent's hidden variables. ``create``: new records of the resource (ids and
    fields that the server sets are added); ``update``: fields of others by id; ``delete``: ids that go.
    """

    answers: Mapping[str, Json] = field(default_factory=dict)
    set: Mapping[str, Json] = field(default_factory=dict)
    hidden: Mapping[str, Json] = field(default_factory=dict)
    parent_hidden: Mapping[str, Json] = field(default_factory=dict)
    create: Sequence[Mapping[str, Json]] = ()
    update: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    delete: Sequence[str] = ()


Handled: TypeAlias = Done | Refuse | Sequence[Done | Refuse]
