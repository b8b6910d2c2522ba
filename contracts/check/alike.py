"""Whether two answers of two servers say the same, where each has ids, times and records of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from troth.contracts.check.comparing import instant, short
from troth.contracts.document.pointers import join
from troth.contracts.model import Json

_OPAQUE = 8
"""Texts of so many characters, with a digit and without a space, may be ids or tags of a server's own."""


@dataclass(frozen=True)
class Difference:
    """What two answers do not say alike; ``at``: the status, a header, or a JSON pointer into the body."""

    at: str
    first: str
    second: str


@dataclass
class Twins:
    """What is called one thing by the first server and another by the second: ids, entity tags."""

    known: dict[str, str] = field(default_factory=dict)

    def learn(self, first: str, second: str) -> None:
        """That the second server says this where the first one says that."""
        self.known.setdefault(first, second)

    def of(self, value: Any) -> Any:
        """A value as the second server knows it, at any depth."""
        if isinstance(value, str):
            return self.known.get(value, value)
        if isinstance(value, Mapping):
            return {name: self.of(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.of(item) for item in value]
        return value

    def differences(self, first: Json, second: Json, at: str = "") -> Iterator[Difference]:
        """Where two bodies differ. Times may; ids may, as long as they do so always in the same way."""
        match first, second:
            case Mapping(), Mapping():
                yield from self._of_objects(first, second, at)
            case list(), list():
                yield from self._of_lists(first, second, at)
            case _ if not self._same(first, second):
                yield Difference(at, short(first), short(second))

    def _of_objects(
        self, first: Mapping[str, Json], second: Mapping[str, Json], at: str
    ) -> Iterator[Difference]:
        met = set()
        for name in first:
            place, other = join(at, name), self.known.get(name, name)
            met.add(other)
            if other in second:
                yield from self.differences(first[name], second[other], place)
            else:
                yield Difference(place, short(first[name]), "nothing")
        for name in second.keys() - met:
            yield Difference(join(at, name), "nothing", short(second[name]))

    def _of_lists(self, first: list[Json], second: list[Json], at: str) -> Iterator[Difference]:
        if len(first) != len(second):
            yield Difference(at, f"{len(first)} items", f"{len(second)} items")
            return
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from self.differences(one, other, join(at, str(number)))

    def _same(self, first: Json, second: Json) -> bool:
        match first, second:
            case (bool(), _) | (_, bool()):
                return first is second
            case _ if first == second:
                return True
            case int(), int():
                return self.known.get(str(first)) == str(second)
            case str(), str():
                return self._alike(first, second)
        return False

    def _alike(self, first: str, second: str) -> bool:
        """Whether two texts are times, or what each server has made up for the same."""
        if first in self.known:
            return self.known[first] == second
        if None not in (instant(first), instant(second)):
            return True
        opaque = all(map(is_opaque, (first, second)))
        if opaque:
            self.learn(first, second)
        return opaque


def is_opaque(text: str) -> bool:
    """Whether a text may be one that a server made up: an id, a tag, a trace."""
    if len(text) < _OPAQUE:
        return text.isdigit()
    if any(sign.isspace() for sign in text):
        return False
    return any(sign.isdigit() for sign in text)
