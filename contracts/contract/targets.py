"""Where the value of a request property lands (``as`` of ``writes``): each way of it a type, parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from troth.contracts.document import split

_CHOSEN = re.compile(r"\[(?P<key>[^=]*)=(?P<by>.*)\]")
_PARAMETER = re.compile(r"\{(?P<name>.*)\}")


@dataclass(frozen=True)
class Property:
    """``/x`` or ``/x/y``: a property of the record, or of an object in it."""

    path: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the pointer."""
        return self.path

    @property
    def place(self) -> tuple[str, ...]:
        """What is written to: two properties that share it get in each other's way."""
        return self.path[:1]


@dataclass(frozen=True)
class Keyed:
    """``/list/*/key``: objects of a list, which the values sent name by their key."""

    list: str
    key: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the pointer."""
        return (self.list, "*", self.key)

    @property
    def place(self) -> tuple[str, ...]:
        """What is written to: the list as a whole."""
        return (self.list,)


@dataclass(frozen=True)
class Column:
    """``/list/[key=sent]/member``: a member of the stored items that the items sent name by ``sent``."""

    list: str
    key: str
    sent: str
    member: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the pointer."""
        return (self.list, f"[{self.key}={self.sent}]", self.member)

    @property
    def place(self) -> tuple[str, ...]:
        """What is written to: the list as a whole."""
        return (self.list,)


@dataclass(frozen=True)
class Item:
    """``/list/[key={parameter}]/member``: a member of the item that a path parameter names."""

    list: str
    key: str
    parameter: str
    member: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the pointer."""
        return (self.list, f"[{self.key}={{{self.parameter}}}]", self.member)

    @property
    def place(self) -> tuple[str, ...]:
        """What is written to: this one member."""
        return self.tokens


Target: TypeAlias = Property | Keyed | Column | Item


def target_of(pointer: str) -> Target:
    """The target that a pointer of ``as`` names."""
    tokens = split(pointer)
    if len(tokens) != 3:
        return Property(tokens)
    first, middle, last = tokens
    if middle == "*":
        return Keyed(first, last)
    chosen = _CHOSEN.fullmatch(middle)
    if chosen is None:
        return Property(tokens)
    parameter = _PARAMETER.fullmatch(chosen["by"])
    if parameter is None:
        return Column(first, chosen["key"], chosen["by"], last)
    return Item(first, chosen["key"], parameter["name"], last)
