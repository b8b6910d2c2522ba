"""What differs between two flat schemas by themselves: keywords, and properties that came and went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from troth.contracts.diff.flat import REQUEST, Flat, Flattener, Parts, dumped
from troth.contracts.diff.relations import LOOSER, OTHER, TIGHTER, UNTOLD, of_ranges, relation, tighter_if
from troth.contracts.model import Node, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

LONGEST = 120
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Difference:
    """One keyword that differs: how the new set of values lies to the old one, and in words."""

    kind: str
    relation: str
    says: str
    old: Pointer | None = None
    new: Pointer | None = None
    verdict: str | None = None
    """Where convention knows better than inclusion: a property more in an answer breaks nobody."""
    why: str = ""


_IN_REQUESTS = {
    UNTOLD: (MAYBE, "which of the two allows more cannot be told"),
    OTHER: (BREAKS, "clients send what is not allowed now"),
    TIGHTER: (BREAKS, "requests that were allowed are refused"),
    LOOSER: (SAFE, "more requests are allowed"),
}
_IN_ANSWERS = {
    UNTOLD: (MAYBE, "which of the two allows more cannot be told"),
    OTHER: (BREAKS, "clients read what they do not know"),
    TIGHTER: (SAFE, "answers keep what was said"),
    LOOSER: (BREAKS, "answers may hold what was excluded"),
}


def judged(found: Difference, direction: str) -> tuple[str, str]:
    """Whether a difference breaks clients, and why."""
    if found.verdict is not None:
        return found.verdict, found.why
    if direction == REQUEST:
        return _IN_REQUESTS[found.relation]
    return _IN_ANSWERS[found.relation]


def differing_types(old: Flat, new: Flat, where: str) -> Difference:
    """Two schemas that no value fits both of."""
    says = _was_and_is("type", where, old.said.get("type"), new.said.get("type"))
    return Difference("type", OTHER, says, old.place("type"), new.place("type"))


def differing_keywords(old: Flat, new: Flat, where: str, direction: str) -> Iterator[Difference]:
    """Keywords that have another value, and allow other values because of it."""
    skipped = {"required", "additionalProperties"}
    if direction != REQUEST:
        skipped.add("default")
    for keyword in {**old.said, **new.said}:
        one, other = old.said.get(keyword), new.said.get(keyword)
        if keyword in skipped or dumped(_ordered(one)) == dumped(_ordered(other)):
            continue
        found = relation(keyword, one, other)
        if keyword == "format":
            found = of_ranges(old, new) or found
        if found:
            says = _was_and_is(keyword, where, one, other)
            yield Difference(keyword, found, says, old.place(keyword), new.place(keyword))


def _was_and_is(keyword: str, where: str, one: Node, other: Node) -> str:
    return f"`{keyword}` of `{where}` was {_shown(one)}, is {_shown(other)}"


def _ordered(value: Node) -> Node:
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def _shown(value: Node) -> str:
    if value is None:
        return "not there"
    if isinstance(value, frozenset):
        return " or ".join(f"`{item}`" for item in sorted(value))
    text = _as_json(value)
    if isinstance(value, list):
        text = ", ".join(map(_as_json, value))
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"`{text}`"


def _as_json(value: Node) -> str:
    """A value as a document has it; a text as it is."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


class Properties:
    """The properties of two schemas: which came and went, which became required or optional."""

    def __init__(self, sides: tuple[Flattener, Flattener], old: Flat, new: Flat, direction: str) -> None:
        self.before, self.after = sides
        self.old, self.new = old, new
        self.request = direction == REQUEST
        self.was_needed: set[str] = set(old.said.get("required", ()))
        self.needed: set[str] = set(new.said.get("required", ()))

    def differences(self, where: str) -> Iterator[Difference]:
        """All of them; ``where`` names the schema."""
        for name, parts in self.new.properties.items():
            if name not in self.old.properties and not self._hidden(self.after, parts):
                yield replace(self._added(where, name), new=parts[0])
        for name, parts in self.old.properties.items():
            if name not in self.new.properties and not self._hidden(self.before, parts):
                yield replace(self._removed(where, name), old=parts[0])
        for name in sorted(self.needed ^ self.was_needed):
            if self._stayed(name):
                yield self._required(where, name)

    def _stayed(self, name: str) -> bool:
        """Whether a property is in both versions, or in none: one that came or went is told already."""
        one, other = self.old.properties.get(name), self.new.properties.get(name)
        if bool(one) != bool(other):
            return False
        return not (other and self._hidden(self.after, other))

    def _hidden(self, side: Flattener, parts: Parts) -> bool:
        """Whether a property is no part of this direction."""
        keyword = "readOnly" if self.request else "writeOnly"
        return side.flat(parts).said.get(keyword) is True

    def _required(self, where: str, name: str) -> Difference:
        needed = name in self.needed
        says = f"`{where}/{name}` is {required_or_optional(needed)} now"
        places = self.old.place("required"), self.new.place("required")
        return Difference("required", tighter_if(needed), says, *places)

    def _added(self, where: str, name: str) -> Difference:
        says = f"`{where}/{name}` is new"
        verdict, why = SAFE, "clients ignore what they do not know"
        if self.request and name in self.needed:
            says += " and required"
            verdict, why = BREAKS, "requests without it are refused"
        elif self.request:
            why = "it may be left out"
        return Difference("property-added", TIGHTER, says, verdict=verdict, why=why)

    def _removed(self, where: str, name: str) -> Difference:
        verdict, why = self._judged_removal(name)
        return Difference("property-removed", LOOSER, f"`{where}/{name}` is gone", verdict=verdict, why=why)

    def _judged_removal(self, name: str) -> tuple[str, str]:
        if not self.request:
            if name in self.was_needed:
                return BREAKS, "clients count on it"
            return MAYBE, "clients may read it where it is there"
        if self.new.said.get("additionalProperties") is False:
            return BREAKS, "requests with it are refused"
        return MAYBE, "who sends it is ignored or refused"


def required_or_optional(needed: bool) -> str:
    """In words."""
    return "required" if needed else "optional"
