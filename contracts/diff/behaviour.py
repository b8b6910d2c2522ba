"""Changes of behaviour: the facts of every word, held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.diff.change import Change
from troth.contracts.model import Node, Operation, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Fact
from troth.contracts.words import WORDS
from troth.contracts.words._word import Word

Matched: TypeAlias = tuple[Operation, Operation]
"""The same operation in both versions."""

Side: TypeAlias = tuple[Contract, Operation | None]
"""A version of an operation; None: of the API as a whole."""

Facts: TypeAlias = dict[tuple[str, ...], Fact]

_PLACES = ("pointer", "schema", "scope", "assumed", "call")
"""Where something stands and whether it is a guess says nothing of what it is."""

_DOCUMENTED = ("documented", SAFE, "what was assumed is documented now")
_ASSUMED = ("assumed", MAYBE, "what was documented is only assumed now")


def behaviour(old: Contract, new: Contract, pairs: list[Matched]) -> Iterator[Change]:
    """What the words of both versions make true, compared word by word."""
    names = _renamed(old, new, pairs)
    for word in WORDS:
        yield from _compared(word, (old, None), (new, None), names)
        for one, other in pairs:
            yield from _compared(word, (old, one), (new, other), names)


def _compared(word: Word, old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    was = {fact.key: fact for fact in word.facts(*old)}
    is_ = {fact.key: fact for fact in (_with_old_names(fact, names) for fact in word.facts(*new))}
    told = _move_renamed(was, is_)
    common = _states(was) & _states(is_)  # of a state that is new or gone nothing more is told
    for key in {**was, **is_}:
        one, other = was.get(key), is_.get(key)
        told = told or _differ(one, other)
        state = _known(one, other).state
        if state is None or state in common:
            yield from _changes(word, old, one, other)
    if not told:
        yield from _untold(word, old, new, names)


def _move_renamed(was: Facts, is_: Facts) -> bool:
    """Put what only bears another name under its old one; whether there was any."""
    found = False
    for key, fact in was.items():
        if key in is_ or not fact.renamable:
            continue
        twin = _twin(fact, was, is_)
        if twin is not None:
            is_[key] = is_.pop(twin)
            found = True
    return found


def _twin(fact: Fact, was: Facts, is_: Facts) -> tuple[str, ...] | None:
    """The new name of a fact: what is new beside it and has the same value."""
    for key, other in is_.items():
        if key not in was and key[:-1] == fact.key[:-1] and other.value == fact.value:
            return key
    return None


def _states(facts: Facts) -> set[str | None]:
    return {fact.state for fact in facts.values()}


def _differ(old: Fact | None, new: Fact | None) -> bool:
    if old is None or new is None:
        return True
    return bool(old.value != new.value)


def _known(old: Fact | None, new: Fact | None) -> Fact:
    """The newer of two versions of a fact, of which one is there."""
    fact = new or old
    assert fact is not None
    return fact


def _changes(word: Word, side: Side, old: Fact | None, new: Fact | None) -> Iterator[Change]:
    """What differs in one fact."""
    if not _differ(old, new):
        yield from _certainty(word, side, old, new)
        return
    judged = word.judge(old, new)
    if judged is None:
        return
    breaking, why = judged
    if breaking == BREAKS and _only_assumed(old, new):
        breaking, why = MAYBE, f"{why}, but one of the two is only assumed"
    kind = f"{_part(word, _known(old, new))}{_what_happened(old, new)}"
    yield _change(word, side, kind, breaking, _told(old, new), why, old, new)


def _certainty(word: Word, side: Side, old: Fact | None, new: Fact | None) -> Iterator[Change]:
    """The same fact, which was assumed or is now."""
    if old is None or new is None or old.assumed == new.assumed:
        return
    kind, breaking, why = _DOCUMENTED if old.assumed else _ASSUMED
    yield _change(word, side, kind, breaking, _sentence(new, new.says), why, old, new)


def _change(
    word: Word, side: Side, kind: str, breaking: str, says: str, why: str, old: Fact | None, new: Fact | None
) -> Change:
    state = _known(old, new).state
    return Change(
        f"{_name(word)}/{kind}",
        breaking,
        says,
        why,
        _labels(side),
        (state,) if state else (),
        old.pointer if old else None,
        new.pointer if new else None,
    )


def _name(word: Word) -> str:
    return word.name or type(word).__name__.lower()


def _labels(side: Side) -> tuple[str, ...]:
    operation = side[1]
    if operation is None:
        return ()
    return (label(operation),)


def _only_assumed(old: Fact | None, new: Fact | None) -> bool:
    """Whether a change may be none: what was, or what is instead, is a guess."""
    if old is None:
        return False
    if old.assumed:
        return True
    return new is not None and new.assumed


def _what_happened(old: Fact | None, new: Fact | None) -> str:
    if old is None:
        return "appeared"
    if new is None:
        return "vanished"
    return "changed"


def _part(word: Word, fact: Fact) -> str:
    """Which part of a resource it is about."""
    if _name(word) == "resources" and len(fact.key) > 1:
        return f"{fact.key[1]}-"
    return ""


def _told(old: Fact | None, new: Fact | None) -> str:
    if old is not None and new is not None:
        return f"{_sentence(old, old.says)}; now it {new.says}"
    fact = _known(old, new)
    ending = "(new)" if old is None else "(no longer)"
    return f"{_sentence(fact, fact.says)} {ending}"


def _sentence(fact: Fact, says: str) -> str:
    about = fact.about or "the call"
    return f"{about} {says}".rstrip(".")


def label(operation: Operation) -> str:
    """How an operation is called in a report."""
    call = f"{operation.method} {operation.path}"
    if operation.id == f"{operation.method.lower()}_{operation.path}":  # nobody has named it
        return call
    return f"{call} ({operation.id})"


def _untold(word: Word, old: Side, new: Side, names: Mapping[str, str]) -> Iterator[Change]:
    """A word whose value differs although no fact does: something that the word does not tell yet."""
    was, is_ = _value(word, old), _value(word, new)
    if not word.name or not was or not is_:
        return
    if _bare(was, {}) == _bare(is_, names):
        return
    says = f"`{word.name}` is not what it was"
    why = f"the values of `{word.name}` differ in a way that is not told apart"
    places = _place(word, old), _place(word, new)
    yield Change(f"{word.name}/changed", MAYBE, says, why, _labels(old), (), *places)


def _value(word: Word, side: Side) -> Node:
    contract, operation = side
    if operation is None:
        return contract.words.get(word.name)
    return operation.words.get(word.name)


def _place(word: Word, side: Side) -> Pointer:
    operation = side[1]
    if operation is None:
        return f"/x-contract/{word.name}"
    return f"{operation.word_pointer}/{word.name}"


def _bare(value: Node, names: Mapping[str, str]) -> Node:
    """A typed value without places, lists in an order of their own."""
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {names.get(key, key): _bare(v, names) for key, v in value.items() if key not in _PLACES}
    if isinstance(value, (list, tuple)):
        return sorted((_bare(item, names) for item in value), key=repr)
    if isinstance(value, str):
        return names.get(value, value)
    return value


def _renamed(old: Contract, new: Contract, pairs: list[Matched]) -> dict[str, str]:
    """New names of resources that only the name of their schema tells from old ones."""
    found: dict[str, str] = {}
    for one, other in pairs:
        was, is_ = one.resource, other.resource
        if was is None or is_ is None:
            continue
        if was not in new.resources and is_ not in old.resources:
            found.setdefault(is_, was)
    return found


def _with_old_names(fact: Fact, names: Mapping[str, str]) -> Fact:
    """A fact with the old names of resources, so that a new name alone is no change."""
    if not names:
        return fact
    value = fact.value
    if isinstance(value, tuple):
        value = tuple(_old_name(part, names) for part in value)
    return replace(fact, key=tuple(names.get(part, part) for part in fact.key), value=value)


def _old_name(part: Node, names: Mapping[str, str]) -> Node:
    if isinstance(part, str):
        return names.get(part, part)
    return part
