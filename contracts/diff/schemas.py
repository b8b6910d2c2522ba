"""Schemas held against each other: what of them is tighter, what looser, and what cannot be told.

A tighter request breaks clients that send what was allowed; a looser answer breaks those that read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from troth.contracts.diff.change import Change
from troth.contracts.diff.differences import (
    Difference,
    Properties,
    differing_keywords,
    differing_types,
    judged,
)
from troth.contracts.diff.flat import REQUEST, Flat, Flattener, Parts
from troth.contracts.diff.relations import LOOSER, OTHER, TIGHTER, UNTOLD, tighter_if, types_of
from troth.contracts.document import Document, split
from troth.contracts.model import Node, Pointer


class Pair(NamedTuple):
    """The same schema in both versions, in requests or in answers."""

    old: Parts
    new: Parts
    direction: str


User: TypeAlias = Pair | str
"""What a schema is part of: another one, or an operation by its label."""


class Comparison:
    """Compares schemas; what operations share is compared once and told for all of them."""

    def __init__(self, old: Flattener, new: Flattener) -> None:
        self.old, self.new = old, new
        self.found: dict[Pair, list[Difference]] = {}
        self.users: dict[Pair, dict[User, None]] = {}

    @classmethod
    def of(cls, old: Document, new: Document) -> Comparison:
        """One of two documents."""
        return cls(Flattener(old), Flattener(new))

    def compare(self, old: Pointer, new: Pointer, direction: str, where: str, operation: str) -> None:
        """Compare the schemas at two places, for an operation."""
        pair = self._pair((old,), (new,), direction)
        self.users.setdefault(pair, {})[operation] = None
        self._visit(pair, where)

    def changes(self) -> Iterator[Change]:
        """Every difference with the operations that it concerns, and what it means for their clients."""
        for pair, differences in self.found.items():
            if not differences:
                continue
            operations = self._operations(pair)
            for found in differences:
                breaking, why = judged(found, pair.direction)
                kind = f"schema/{found.kind}"
                yield Change(kind, breaking, found.says, why, operations, (), found.old, found.new)

    def _operations(self, pair: Pair) -> tuple[str, ...]:
        seen: set[User] = set()
        stack: list[User] = [pair]
        while stack:
            user = stack.pop()
            if user in seen:
                continue
            seen.add(user)
            if not isinstance(user, str):
                stack += self.users.get(user, {})
        return tuple(sorted(user for user in seen if isinstance(user, str)))

    def _pair(self, old: Parts, new: Parts, direction: str) -> Pair:
        return Pair(self.old.canonical(old), self.new.canonical(new), direction)

    def _visit(self, pair: Pair, where: str) -> None:
        """Compare a pair that was not compared yet, and all that is inside."""
        stack = [(pair, where)]
        while stack:
            pair, where = stack.pop()
            if pair in self.found:
                continue
            step = _Step(self, pair, _component(pair.old) or where)
            self.found[pair] = []
            self.found[pair] = list(step.differences())
            for below, name in step.inner:
                self.users.setdefault(below, {})[pair] = None
                stack.append((below, name))

    def same(self, old: Parts, new: Parts) -> bool:
        """Whether two schemas say the same, in a comparison of their own."""
        trial = Comparison(self.old, self.new)
        trial._visit(trial._pair(old, new, REQUEST), "")
        return not any(trial.found.values())


class _Step:
    """One pair of schemas; ``inner``: the pairs below it, which are compared later, with their names."""

    def __init__(self, comparison: Comparison, pair: Pair, where: str) -> None:
        self.comparison, self.pair, self.where = comparison, pair, where
        self.old: Flat = comparison.old.flat(pair.old)
        self.new: Flat = comparison.new.flat(pair.new)
        self.at = (pair.old[0], pair.new[0])
        self.inner: list[tuple[Pair, str]] = []

    def differences(self) -> Iterator[Difference]:
        yield from self._nothing()
        if not types_of(self.old) & types_of(self.new):  # of what lies inside nothing can be compared
            yield differing_types(self.old, self.new, self.where)
            return
        yield from self._own()
        for name in self.old.properties.keys() & self.new.properties.keys():
            self._below(self.old.properties[name], self.new.properties[name], name)
        yield from self._items()
        yield from self._additional()
        for keyword in {**self.old.choices, **self.new.choices}:
            yield from self._choices(keyword)

    def _below(self, old: Parts, new: Parts, name: str) -> None:
        pair = self.comparison._pair(old, new, self.pair.direction)
        self.inner.append((pair, f"{self.where}/{name}"))

    def _places(self, keyword: str) -> tuple[Pointer, Pointer]:
        """Where a keyword stands, or the schema that lacks it."""
        return self.old.place(keyword) or self.at[0], self.new.place(keyword) or self.at[1]

    def _nothing(self) -> Iterator[Difference]:
        if self.old.nothing != self.new.nothing:
            allowed = "nothing" if self.new.nothing else "something"
            says = f"`{self.where}` allows {allowed} now"
            yield Difference("changed", tighter_if(self.new.nothing), says, *self.at)

    def _own(self) -> Iterator[Difference]:
        """What the two say themselves."""
        direction = self.pair.direction
        sides = self.comparison.old, self.comparison.new
        properties = Properties(sides, self.old, self.new, direction)
        found = list(differing_keywords(self.old, self.new, self.where, direction))
        found += properties.differences(self.where)
        for one in found:
            yield replace(one, old=one.old or self.at[0], new=one.new or self.at[1])

    def _items(self) -> Iterator[Difference]:
        """The items of certain places first, then those of all other places."""
        for index in sorted({*self.old.first, *self.new.first}):
            one = self.old.first.get(index, self.old.items)
            other = self.new.first.get(index, self.new.items)
            yield from self._items_at(one, other, str(index), f"its item {index}")
        yield from self._items_at(self.old.items, self.new.items, "*", "its items")

    def _items_at(self, one: Parts, other: Parts, name: str, which: str) -> Iterator[Difference]:
        if one and other:
            self._below(one, other, name)
        elif one:
            yield Difference("items", LOOSER, f"`{self.where}` says nothing about {which} now", *self.at)
        elif other:
            yield Difference("items", TIGHTER, f"`{self.where}` says something about {which} now", *self.at)

    def _additional(self) -> Iterator[Difference]:
        """Properties that are not declared: open, closed or of a schema."""
        keyword = "additionalProperties"
        was, is_ = _undeclared(self.old), _undeclared(self.new)
        places = self._places(keyword)
        if _is_one_schema(was) and _is_one_schema(is_):
            self._below((places[0],), (places[1],), "*")
        elif was != is_:
            relation = UNTOLD
            if _openness(was) != _openness(is_):
                relation = tighter_if(_openness(is_) < _openness(was))
            yield Difference(keyword, relation, f"`{self.where}` {_takes(is_)} now", *places)

    def _choices(self, keyword: str) -> Iterator[Difference]:
        """Alternatives: matched by what they refer to, then by being the same; the rest came or went."""
        one, other = self.old.choices.get(keyword, []), self.new.choices.get(keyword, [])
        places = self._places(keyword)
        word = keyword.rstrip("+")
        if not one:
            yield Difference(word, TIGHTER, f"`{self.where}` has alternatives (`{word}`) now", *places)
            return
        if not other:
            yield Difference(word, LOOSER, f"`{self.where}` has no alternatives now", *places)
            return
        pairs, gone, come = self._paired(one, other)
        for old, new in pairs:
            self._below(old, new, word)
        if gone and come:
            says = f"alternatives of `{self.where}` (`{word}`) came and went"
            yield Difference(word, OTHER, says, *places)
        elif gone:
            says = f"`{self.where}` has {_alternatives(len(gone), 'fewer')} (`{word}`)"
            yield Difference(word, TIGHTER, says, *places)
        elif come:
            says = f"`{self.where}` has {_alternatives(len(come), 'more')} (`{word}`)"
            yield Difference(word, LOOSER, says, *places)

    def _paired(
        self, one: list[Parts], other: list[Parts]
    ) -> tuple[list[tuple[Parts, Parts]], list[Parts], list[Parts]]:
        """Those that belong together, those that are gone, and those that have come."""
        pairs, gone, come = [], [], list(other)
        for old in one:
            new = self._twin(old, come)
            if new is None:
                gone.append(old)
            else:
                come.remove(new)
                pairs.append((old, new))
        if len(gone) == len(come) == 1:
            pairs.append((gone.pop(), come.pop()))
        return pairs, gone, come

    def _twin(self, old: Parts, candidates: list[Parts]) -> Parts | None:
        name = _component(self.comparison.old.canonical(old))
        for new in candidates:
            if name and _component(self.comparison.new.canonical(new)) == name:
                return new
        for new in candidates:
            if self.comparison.same(old, new):
                return new
        return None


def _component(parts: Parts) -> str:
    """The name of a shared schema."""
    if len(parts) != 1:
        return ""
    match tuple(split(parts[0])):
        case ("components", "schemas", name):
            return str(name)
    return ""


def _undeclared(flat: Flat) -> Node:
    """What is said of undeclared properties; an empty schema says as much as ``true``."""
    value = flat.said.get("additionalProperties", True)
    return True if value == {} else value


def _is_one_schema(value: Node) -> bool:
    """Whether undeclared properties are of one schema, which can be compared."""
    return isinstance(value, dict) and "both" not in value


def _openness(value: Node) -> int:
    if value is True:
        return 2
    if value is False:
        return 0
    return 1


def _takes(value: Node) -> str:
    if value is False:
        return "takes no undeclared properties"
    if isinstance(value, dict):
        return "takes undeclared properties of one shape"
    return "takes undeclared properties"


def _alternatives(count: int, word: str) -> str:
    ending = "s" if count > 1 else ""
    return f"{count} {word} alternative{ending}"
