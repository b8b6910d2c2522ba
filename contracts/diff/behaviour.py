"""Changes of behaviour: the facts of every word, held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.diff.change import Change
from troth.contracts.model import Json, Operation
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Fact
from troth.contracts.words import WORDS
from troth.contracts.words._word import Word

Pair: TypeAlias = tuple[Operation, Operation]
_PLACES = ("pointer", "schema", "scope", "assumed", "call")
"""Where something stands and whether it is a guess says nothing of what it is."""


def behaviour(old: Contract, new: Contract, pairs: list[Pair]) -> Iterator[Change]:
    """What the words of both versions make true, compared word by word."""
    names = _renamed(old, new, pairs)
    for word in WORDS:
        yield from _compared(word, (old, None), (new, None), names)
        for one, other in pairs:
            yield from _compared(word, (old, one), (new, other), names)


Side: TypeAlias = tuple[Contract, Operation | None]


def _compared(word: Word, old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    was = {fact.key: fact for fact in word.facts(*old)}
    is_ = {fact.key: fact for fact in (_called(fact, names) for fact in word.facts(*new))}
    told = _matched(was, is_)
    states = _states(was, is_)
    for key in dict.fromkeys((*was, *is_)):
        one, other = was.get(key), is_.get(key)
        differs = one is None or other is None or one.value != other.value
        told = told or differs
        state = (one or other or Fact(key, None, "", "")).state
        if state is None or state in states:
            yield from _change(word, old, one, other, differs=differs)
    if not told:
        yield from _untold(word, old, new, names)


Facts: TypeAlias = dict[tuple[str, ...], Fact]


def _matched(was: Facts, is_: Facts) -> bool:
    """Put what only bears another name under its old one; whether there was any."""
    found = False
    for key, fact in was.items():
        if key in is_ or not fact.renamable:
            continue
        twins = (k for k, f in is_.items() if k not in was and k[:-1] == key[:-1] and f.value == fact.value)
        twin = next(twins, None)
        if twin is not None:
            is_[key] = is_.pop(twin)
            found = True
    return found


def _states(was: Facts, is_: Facts) -> set[str | None]:
    """The states that both versions know; of a state that is new or gone nothing more is told."""
    return {fact.state for fact in was.values()} & {fact.state for fact in is_.values()}


def _change(word: Word, side: Side, old: Fact | None, new: Fact | None, *, differs: bool) -> Iterator[Change]:
    name = word.name or type(word).__name__.lower()
    known = new or old
    assert known is not None
    at = (old.pointer if old else None, new.pointer if new else None)
    operations = (label(side[1]),) if side[1] else ()
    states = (known.state,) if known.state else ()
    if not differs:
        if old and new and old.assumed != new.assumed:
            says = _sentence(known, known.says)
            kind, breaking, why = _DOCUMENTED if old.assumed else _ASSUMED
            yield Change(f"{name}/{kind}", breaking, says, why, operations, states, *at)
        return
    judged = word.judge(old, new)
    if judged is None:
        return
    breaking, why = judged
    if breaking == BREAKS and ((old and old.assumed) or (old and new and new.assumed)):
        breaking, why = MAYBE, f"{why}, but one of the two is only assumed"
    kind = "appeared" if old is None else "vanished" if new is None else "changed"
    part = f"{known.key[1]}-" if name == "resources" and len(known.key) > 1 else ""
    yield Change(f"{name}/{part}{kind}", breaking, _told(old, new), why, operations, states, *at)


_DOCUMENTED = ("documented", SAFE, "what was assumed is documented now")
_ASSUMED = ("assumed", MAYBE, "what was documented is only assumed now")


def _told(old: Fact | None, new: Fact | None) -> str:
    if old is None or new is None:
        fact = old or new
        assert fact is not None
        return _sentence(fact, fact.says) + (" (new)" if old is None else " (no longer)")
    return f"{_sentence(old, old.says)}; now it {new.says}"


def _sentence(fact: Fact, says: str) -> str:
    return f"{fact.about or 'the call'} {says}".rstrip(".")


def label(operation: Operation) -> str:
    """How an operation is called in a report."""
    call = f"{operation.method} {operation.path}"
    generic = operation.id == f"{operation.method.lower()}_{operation.path}"
    return call if generic else f"{call} ({operation.id})"


def _untold(word: Word, old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    """A word whose value differs although no fact does: something that the word does not tell yet."""
    was, is_ = (_value(word, side) for side in (old, new))
    if word.name and was and is_ and _plain(was, {}) != _plain(is_, names):
        why = f"the values of `{word.name}` differ in a way that is not told apart"
        at = [_at(word, side) for side in (old, new)]
        operations = (label(old[1]),) if old[1] else ()
        says = f"`{word.name}` is not what it was"
        yield Change(f"{word.name}/changed", MAYBE, says, why, operations, (), *at)


def _value(word: Word, side: Side) -> Json:
    contract, operation = side
    return (operation or contract).words.get(word.name)


def _at(word: Word, side: Side) -> str | None:
    if _value(word, side) is None:
        return None
    return f"{side[1].word_pointer if side[1] else '/x-contract'}/{word.name}"


def _plain(value: Json, names: Mapping[str, str]) -> Json:
    """A typed value without places, lists in an order of their own."""
    if is_dataclass(value):
        value = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in _PLACES}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = {k: v for k, v in value._asdict().items() if k not in _PLACES}
    if isinstance(value, Mapping):
        return {names.get(k, k): _plain(v, names) for k, v in value.items() if k not in _PLACES}
    if isinstance(value, (list, tuple)):
        return sorted((_plain(item, names) for item in value), key=repr)
    return names.get(value, value) if isinstance(value, str) else value


def _renamed(old: Contract, new: Contract, pairs: list[Pair]) -> dict[str, str]:
    """New names of resources that only the name of their schema tells from old ones."""
    found: dict[str, str] = {}
    for one, other in pairs:
        a, b = one.resource, other.resource
        if a and b and a not in new.resources and b not in old.resources:
            found.setdefault(b, a)
    return found


def _called(fact: Fact, names: Mapping[str, str]) -> Fact:
    """A fact with the old names of resources, so that a new name alone is no change."""
    if not names:
        return fact
    value = fact.value
    if isinstance(value, tuple):
        value = tuple(names.get(v, v) if isinstance(v, str) else v for v in value)
    return replace(fact, key=tuple(names.get(part, part) for part in fact.key), value=value)
