"""Schemas held against each other: what of them is tighter, what looser, and what cannot be told.

A tighter request breaks clients that send what was allowed; a looser answer breaks those that read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from troth.contracts.diff.change import Change
from troth.contracts.diff.flat import LEAST, MOST, REQUEST, Flat, Flattener, Node, dumped
from troth.contracts.document import Document, split
from troth.contracts.model import Json, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

TIGHTER, LOOSER, OTHER, UNTOLD = "tighter", "looser", "other", "untold"
_KEY = tuple[Node, Node, str]
_VALUE_WORDS = {True: "appeared", False: "vanished"}


@dataclass(frozen=True)
class Difference:
    """One keyword that differs: how the new set of values lies to the old one, and in words."""

    kind: str
    relation: str
    says: str
    old: Pointer | None
    new: Pointer | None
    verdict: str | None = None
    """Where convention knows better than inclusion: a property more in an answer breaks nobody."""
    why: str | None = None


class Comparison:
    """Compares schemas; what operations share is compared once and told for all of them."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = Flattener(old), Flattener(new)
        self.found: dict[_KEY, list[Difference]] = {}
        self.users: dict[_KEY, dict[_KEY | str, None]] = {}

    def root(self, pointers: tuple[Pointer, Pointer], direction: str, where: str, operation: str) -> None:
        """Compare the schemas at two places, for an operation."""
        key = self._key((pointers[0],), (pointers[1],), direction)
        self.users.setdefault(key, {})[operation] = None
        self._visit(key, where)

    def changes(self) -> Iterator[Change]:
        """Every difference with the operations that it concerns, and what it means for their clients."""
        for key, differences in self.found.items():
            operations = tuple(self._operations(key)) if differences else ()
            for found in differences:
                breaking, why = _judged(found, key[2])
                kind = f"schema/{found.kind}"
                yield Change(kind, breaking, found.says, why, operations, (), found.old, found.new)

    def _operations(self, key: _KEY) -> list[str]:
        seen: dict[_KEY | str, None] = {}
        stack: list[_KEY | str] = [key]
        while stack:
            one = stack.pop()
            if one not in seen:
                seen[one] = None
                stack += [] if isinstance(one, str) else self.users.get(one, {})
        return sorted(one for one in seen if isinstance(one, str))

    def _key(self, old: Node, new: Node, direction: str) -> _KEY:
        return self.old.canonical(old), self.new.canonical(new), direction

    def _visit(self, key: _KEY, where: str) -> None:
        """Compare a pair that was not compared yet, and all that is inside."""
        stack = [(key, where)]
        while stack:
            key, where = stack.pop()
            if key in self.found:
                continue
            where = _component(key[1]) or where
            self.found[key] = []
            inner: list[tuple[_KEY, str]] = []
            self.found[key] = list(self._differences(key, where, inner))
            for below, name in inner:
                self.users.setdefault(below, {})[key] = None
                stack.append((below, name))

    def _differences(self, key: _KEY, where: str, inner: list[tuple[_KEY, str]]) -> Iterator[Difference]:
        old, new, direction = self.old.flat(key[0]), self.new.flat(key[1]), key[2]
        at = (key[0][0], key[1][0])
        if old.nothing != new.nothing:
            relation = TIGHTER if new.nothing else LOOSER
            says = f"`{where}` {'allows nothing' if new.nothing else 'allows something'} now"
            yield Difference("changed", relation, says, *at)
        if not _types(old) & _types(new):  # of what lies inside nothing can be compared
            yield _kinds(old, new, where)
            return
        for found in (*_keywords(old, new, where, direction), *_properties(self, old, new, where, direction)):
            yield replace(found, old=found.old or at[0], new=found.new or at[1])
        for name in old.properties.keys() & new.properties.keys():
            below = self._key(old.properties[name], new.properties[name], direction)
            inner.append((below, f"{where}/{name}"))
        if old.items and new.items:
            inner.append((self._key(old.items, new.items, direction), f"{where}/*"))
        elif old.items or new.items:
            relation = LOOSER if old.items else TIGHTER
            says = f"`{where}` says {'nothing' if old.items else 'something'} about its items now"
            yield Difference("items", relation, says, *at)
        yield from self._additional(key, old, new, where, inner)
        for keyword in {**old.choices, **new.choices}:
            yield from self._choices(key, keyword, where, inner)

    def _additional(
        self, key: _KEY, old: Flat, new: Flat, where: str, inner: list[tuple[_KEY, str]]
    ) -> Iterator[Difference]:
        """Properties that are not declared: open, closed or of a schema."""
        was, is_ = (flat.said.get("additionalProperties", True) for flat in (old, new))
        was, is_ = (True if value == {} else value for value in (was, is_))
        at = (old.place("additionalProperties") or key[0][0], new.place("additionalProperties") or key[1][0])
        if isinstance(was, dict) and isinstance(is_, dict) and "both" not in was and "both" not in is_:
            below = self._key((at[0],), (at[1],), key[2])
            inner.append((below, f"{where}/*"))
        elif was != is_:
            rank = {False: 0, True: 2}
            one, other = (rank[v] if isinstance(v, bool) else 1 for v in (was, is_))
            relation = UNTOLD if one == other else TIGHTER if other < one else LOOSER
            shown = "takes no undeclared properties" if is_ is False else "takes undeclared properties"
            shown += " of one shape" if isinstance(is_, dict) else ""
            yield Difference("additionalProperties", relation, f"`{where}` {shown} now", *at)

    def _choices(
        self, key: _KEY, keyword: str, where: str, inner: list[tuple[_KEY, str]]
    ) -> Iterator[Difference]:
        """Alternatives: matched by what they refer to, then by being the same; the rest came or went."""
        old, new = self.old.flat(key[0]), self.new.flat(key[1])
        one, other = old.choices.get(keyword, []), new.choices.get(keyword, [])
        at = (old.place(keyword) or key[0][0], new.place(keyword) or key[1][0])
        word = keyword.rstrip("+")
        if not one or not other:
            relation = LOOSER if one else TIGHTER
            says = f"`{where}` has {'no alternatives' if one else f'alternatives (`{word}`)'} now"
            yield Difference(word, relation, says, *at)
            return
        pairs, gone, come = self._paired(one, other)
        if len(gone) == len(come) == 1:
            pairs, gone, come = [*pairs, (gone[0], come[0])], [], []
        inner += [(self._key(a, b, key[2]), f"{where}/{word}") for a, b in pairs]
        if gone and come:
            says = f"alternatives of `{where}` (`{word}`) came and went"
            yield Difference(word, OTHER, says, *at)
        elif gone or come:
            count, what = len(gone or come), "fewer" if gone else "more"
            says = f"`{where}` has {count} {what} alternative{'s' * (count > 1)} (`{word}`)"
            yield Difference(word, TIGHTER if gone else LOOSER, says, *at)

    def _paired(
        self, one: list[Node], other: list[Node]
    ) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
        pairs, come = [], list(other)
        gone = []
        for node in one:
            name = _component(self.old.canonical(node))
            twin = next((n for n in come if name and _component(self.new.canonical(n)) == name), None)
            twin = twin or next((n for n in come if self._same(node, n)), None)
            if twin is None:
                gone.append(node)
            else:
                come.remove(twin)
                pairs.append((node, twin))
        return pairs, gone, come

    def _same(self, old: Node, new: Node) -> bool:
        """Whether two schemas say the same, in a comparison of their own."""
        trial = Comparison.__new__(Comparison)
        trial.old, trial.new, trial.found, trial.users = self.old, self.new, {}, {}
        trial._visit(trial._key(old, new, REQUEST), "")
        return not any(trial.found.values())


def _judged(found: Difference, direction: str) -> tuple[str, str]:
    if found.verdict is not None:
        return found.verdict, found.why or ""
    request = direction == REQUEST
    if found.relation == UNTOLD:
        return MAYBE, "which of the two allows more cannot be told"
    if found.relation == OTHER:
        return (
            BREAKS,
            "clients send what is not allowed now" if request else "clients read what they do not know",
        )
    if found.relation == TIGHTER:
        return (
            (BREAKS, "requests that were allowed are refused")
            if request
            else (SAFE, "answers keep what was said")
        )
    return (SAFE, "more requests are allowed") if request else (BREAKS, "answers may hold what was excluded")


def _component(node: Node) -> str:
    """The name of a shared schema."""
    tokens = split(node[0]) if len(node) == 1 else ()
    return tokens[2] if len(tokens) == 3 and tokens[:2] == ("components", "schemas") else ""


def _keywords(old: Flat, new: Flat, where: str, direction: str) -> Iterator[Difference]:
    skipped = {"required", "additionalProperties", *(() if direction == REQUEST else ("default",))}
    for keyword in {**old.said, **new.said}:
        one, other = old.said.get(keyword), new.said.get(keyword)
        if keyword in skipped or dumped(_ordered(one)) == dumped(_ordered(other)):
            continue
        relation = _relation(keyword, one, other)
        if relation:
            says = f"`{keyword}` of `{where}` was {_shown(one)}, is {_shown(other)}"
            yield Difference(keyword, relation, says, old.place(keyword), new.place(keyword))


def _ordered(value: Json) -> Json:
    return sorted(value) if isinstance(value, frozenset) else value


def _shown(value: Json) -> str:
    if value is None:
        return "not there"
    if isinstance(value, frozenset):
        return " or ".join(f"`{item}`" for item in sorted(value))
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return f"`{text if len(text) <= 120 else text[:119] + '…'}`"


def _relation(keyword: str, one: Json, other: Json) -> str:
    """How the values that the new keyword allows lie to those of the old one; empty: they are the same."""
    if keyword in ("type", "enum"):
        return _sets(keyword, one, other)
    if keyword in LEAST or keyword in MOST:
        return _bounds(keyword, one, other)
    if keyword in ("readOnly", "writeOnly"):
        return UNTOLD if bool(one) != bool(other) else ""
    if keyword in ("format", "default", "discriminator"):
        return UNTOLD
    return _others(keyword, one, other)


def _others(keyword: str, one: Json, other: Json) -> str:
    if keyword == "uniqueItems":
        return "" if bool(one) == bool(other) else TIGHTER if other else LOOSER
    if one is None or other is None:
        return TIGHTER if one is None else LOOSER
    if keyword == "multipleOf" and isinstance(one, int) and isinstance(other, int):
        return TIGHTER if other % one == 0 else LOOSER if one % other == 0 else OTHER
    return UNTOLD


def _sets(keyword: str, one: Json, other: Json) -> str:
    if one is None or other is None:
        return TIGHTER if one is None else LOOSER
    was, is_ = ({dumped(v) for v in _numbers(values, keyword)} for values in (one, other))
    return "" if was == is_ else TIGHTER if is_ < was else LOOSER if was < is_ else OTHER


def _numbers(values: Json, keyword: str) -> Json:
    """Each number type: every integer is a number."""
    return {*values, "integer"} if keyword == "type" and "number" in values else values


def _bounds(keyword: str, one: Json, other: Json) -> str:
    counts = keyword.startswith("min") and keyword != "minimum"  # nothing has fewer than none
    was, is_ = ((0 if counts else None) if value is None else value for value in (one, other))
    if was == is_:
        return ""
    if was is None or is_ is None:
        return TIGHTER if was is None else LOOSER
    return TIGHTER if (is_ > was) is (keyword in LEAST) else LOOSER


def _properties(
    comparison: Comparison, old: Flat, new: Flat, where: str, direction: str
) -> Iterator[Difference]:
    """Properties that came and went, and those that became required or optional."""
    needed, was_needed = set(new.said.get("required", ())), set(old.said.get("required", ()))
    request = direction == REQUEST
    for name, node in new.properties.items():
        if name not in old.properties and not _hidden(comparison.new, node, request):
            found = _added(where, name, needed=name in needed, request=request)
            yield replace(found, new=node[0])
    for name, node in old.properties.items():
        if name not in new.properties and not _hidden(comparison.old, node, request):
            closed = new.said.get("additionalProperties") is False
            found = _removed(where, name, closed=closed, needed=name in was_needed, request=request)
            yield replace(found, old=node[0])
    for name in sorted(needed ^ was_needed):
        known = old.properties.get(name), new.properties.get(name)
        declared = bool(known[0]) == bool(known[1])  # a property that came or went is told already
        if declared and not (known[1] and _hidden(comparison.new, known[1], request)):
            relation = TIGHTER if name in needed else LOOSER
            says = f"`{where}/{name}` is {'required' if name in needed else 'optional'} now"
            yield Difference("required", relation, says, old.place("required"), new.place("required"))


def _hidden(side: Flattener, node: Node, request: bool) -> bool:
    """Whether a property is no part of this direction."""
    return side.flat(node).said.get("readOnly" if request else "writeOnly") is True


def _added(where: str, name: str, *, needed: bool, request: bool) -> Difference:
    says = f"`{where}/{name}` is new" + (" and required" if needed and request else "")
    if request and needed:
        return Difference(
            "property-added", TIGHTER, says, None, None, BREAKS, "requests without it are refused"
        )
    why = "it may be left out" if request else "clients ignore what they do not know"
    return Difference("property-added", TIGHTER, says, None, None, SAFE, why)


def _removed(where: str, name: str, *, closed: bool, needed: bool, request: bool) -> Difference:
    says = f"`{where}/{name}` is gone"
    if request:
        verdict = BREAKS if closed else MAYBE
        why = "requests with it are refused" if closed else "who sends it is ignored or refused"
    else:
        verdict = BREAKS if needed else MAYBE
        why = "clients count on it" if needed else "clients may read it where it is there"
    return Difference("property-removed", LOOSER, says, None, None, verdict, why)


_ANY = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def _types(flat: Flat) -> frozenset[str]:
    return frozenset(_numbers(flat.said.get("type", _ANY), "type"))


def _kinds(old: Flat, new: Flat, where: str) -> Difference:
    one, other = old.said.get("type"), new.said.get("type")
    says = f"`type` of `{where}` was {_shown(one)}, is {_shown(other)}"
    return Difference("type", OTHER, says, old.place("type"), new.place("type"))
